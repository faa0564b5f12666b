//! The story, told by clicking.

use crate::browser::{runs, script};
use procura_tests::{Server, apply, story};
use tempfile::TempDir;

/// Fabrikam and Contoso as they stand before they know of each other: everybody is there, and has a name.
struct Beginning {
    server: Server,
    _data: TempDir,
}

impl Beginning {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let commands =
            ["RegisterPartner", "RegisterCustomer", "RegisterSubscription", "AddGroupMember", "DescribeUser"];
        let steps = story::steps().into_iter().filter(|step| commands.contains(&step.command()));
        let lines: String = steps.map(|step| format!("{}\n", step.line)).collect();
        let log = data.path().join("data");
        apply(&log, &lines).all_recorded();
        Self { server: Server::start_on(&log), _data: data }
    }
}

/// In both languages, once more without scripts, and by keyboard alone.
#[test]
fn the_story_is_told_by_clicking() {
    let tellings = ["en", "fr", "en-plain", "en-keys"].map(|telling| (telling, Beginning::new()));
    let arguments = tellings.iter().map(|(telling, Beginning { server, .. })| format!("{telling}={}", server.url));
    runs(script("story.mjs").args(arguments));
}
