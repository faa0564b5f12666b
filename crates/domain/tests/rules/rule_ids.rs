//! Every rule has its id, its sentence and a test that begins with its name.

use procura_domain::rule::{RULES_VERSION, Rule};

const CHAPTERS: [&str; 17] = [
    include_str!("tenants.rs"),
    include_str!("directory_roles.rs"),
    include_str!("invitations.rs"),
    include_str!("declining.rs"),
    include_str!("relationships.rs"),
    include_str!("delegated_admin.rs"),
    include_str!("subscriptions.rs"),
    include_str!("renewals.rs"),
    include_str!("autopilot.rs"),
    include_str!("devices.rs"),
    include_str!("profiles.rs"),
    include_str!("policies.rs"),
    include_str!("support.rs"),
    include_str!("visibility.rs"),
    include_str!("disclosure.rs"),
    include_str!("feeds.rs"),
    include_str!("people.rs"),
];

/// Rules that this crate decides nothing about: the draft of an invitation is made, and tested, in a crate of its own.
const ELSEWHERE: [Rule; 1] = [Rule::Inv3];

#[test]
fn every_rule_has_a_test_of_its_name() {
    let here = Rule::ALL.iter().filter(|rule| !ELSEWHERE.contains(rule));
    let untested = here.filter(|rule| {
        let name = format!("\nfn {}_", rule.id().to_lowercase().replace('-', "_"));
        !CHAPTERS.iter().any(|chapter| chapter.contains(&name))
    });
    assert_eq!(untested.collect::<Vec<_>>(), Vec::<&Rule>::new());
}

#[test]
fn rules_are_those_of_the_rulebook() {
    let ids = "TEN-1 TEN-2 TEN-3 INV-1 INV-2 INV-3 INV-4 INV-5 INV-6 INV-7 INV-8 REL-1 REL-2 REL-3 REL-4 DAP-1 DAP-2 \
               DAP-3 DAP-4 DAP-5 DAP-6 SUB-1 SUB-2 SUB-3 SUB-4 SUB-5 SUB-6 SUB-7 SUB-8 SUB-9 APL-1 APL-2 APL-3 APL-4 \
               APL-5 APL-6 APL-7 APL-8 SUP-1 SUP-2 SUP-3 VIS-1 VIS-2 VIS-3 VIS-4 VIS-5 VIS-6 VIS-7 \
               PEO-1 PEO-2 PEO-3 FEED-1 FEED-2 FEED-3";
    assert_eq!(Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>().join(" "), ids);
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
        assert_eq!(serde_json::from_value::<Rule>(rule.id().into()).unwrap(), *rule);
        assert_eq!(rule.to_string(), rule.id());
    }
    for unknown in ["", "DAP-7", "dap-1", "DAP-1 "] {
        assert!(serde_json::from_value::<Rule>(unknown.into()).is_err(), "{unknown}");
    }
    assert_eq!(RULES_VERSION, "2");
}
