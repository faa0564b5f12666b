//! Ways through, from the help to the result, as people go them: nobody types an id. What a person copies from what was shown
//! counts as copied.

use procura_tests::{
    Ran, Server, apply, procura, run, story,
    world::{CARLA, ODILE, User},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Somebody at a server with a token, as `procura login` or an administrator gave it.
struct Somebody<'s> {
    server: &'s Server,
    token: String,
}

impl<'s> Somebody<'s> {
    fn with(server: &'s Server, User { tenant, user }: User, roles: &[&str]) -> Self {
        Self { server, token: server.token(tenant, user, roles) }
    }

    /// Types a line.
    #[track_caller]
    fn types(&self, line: &str, code: i32) -> String {
        assert!(!line.contains("-0000-4000-"), "an id is typed: {line}");
        self.runs(line, code)
    }

    /// Copies a line that was shown, and adds `--yes`.
    #[track_caller]
    fn copies(&self, shown: &str, command: &str) -> String {
        let line = shown.lines().find(|line| line.trim_start().starts_with(command));
        let line = line.unwrap_or_else(|| panic!("no `{command}` in {shown}"));
        self.runs(&format!("{} --yes", line.trim()), 0)
    }

    #[track_caller]
    fn runs(&self, line: &str, code: i32) -> String {
        let binary = PathBuf::from(procura().get_program());
        let folder = binary.parent().unwrap().display().to_string();
        let mut command = Command::new("bash");
        command.args(["-c", line]).env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap()));
        command.env("PROCURA_CONFIG_DIR", "/nowhere").env_remove("PROCURA_DATA").env_remove("PROCURA_CONTEXT");
        command.env("PROCURA_SERVER", &self.server.url).env("PROCURA_TOKEN", &self.token);
        let Ran { code: ended, stdout, stderr } = run(&mut command, "");
        assert_eq!(ended, code, "{line}: {stdout}{stderr}");
        stdout
    }
}

/// A server with the story, or with the lines of it that are wanted.
fn served(home: &Path, is_wanted: impl Fn(usize, &str) -> bool) -> Server {
    let story = fs::read_to_string(story::file()).unwrap();
    let lines = story.lines().enumerate().filter(|(number, line)| is_wanted(*number, line));
    apply(home, &lines.map(|(_, line)| format!("{line}\n")).collect::<String>()).all_recorded();
    Server::start_on(home)
}

/// Says that the text has each of these.
#[track_caller]
fn has(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn a_security_lead_ends_what_a_partner_holds() {
    let home = tempfile::tempdir().unwrap();
    let server = served(home.path(), |number, line| number < 19 || line.contains("DescribeUser"));
    let carla = Somebody::with(&server, CARLA, &[]);
    has(&carla.types("procura --help", 0), &["\n  tell ", "\n  do "]);
    has(&carla.types("procura tell --help", 0), &["procura tell contoso.com"]);
    // Who is in her tenant?
    let tells = carla.types("procura tell contoso.com", 0);
    has(&tells, &["Carla Moreau of Contoso: Global administrator", "Partner Fabrikam: reseller since 2020-06-22"]);
    has(&tells, &["the AdminAgents of Fabrikam: Global administrator", "Partner Northwind"]);
    has(&carla.types("procura do RevokeDap --help", 0), &["customer  The customer's tenant."]);
    let ahead = carla.types("procura what-if RevokeDap customer=contoso.com partner=fabrikam.com", 0);
    has(&ahead, &["Nothing was recorded.", "- the AdminAgents of Fabrikam", "Left all the same"]);
    // It is done, and she is told what remains.
    let done = carla.types("procura do RevokeDap customer=contoso.com partner=fabrikam.com --yes", 0);
    has(&done, &["RevokeDap is recorded: DapRevoked", "Owner on subscription Contoso Web Shop", "Contributor on"]);
    let may = "procura check --subject alex@fabrikam.com --action subscription.manage \
        --resource 'subscription:Contoso Web Shop'";
    carla.types(may, 0);
    // She ends it with the commands that were shown.
    let one = carla.copies(&done, "procura do RemoveRoleAssignment");
    has(&one, &["RoleAssignmentRemoved", "Contributor on subscription Contoso Web Shop"]);
    let other = carla.copies(&one, "procura do RemoveRoleAssignment");
    assert!(!other.contains("procura do RemoveRoleAssignment"), "{other}");
    has(&other, &["Only Admin agents of Fabrikam end it:"]);
    carla.types(may, 1);
    let over = carla.types("procura tell contoso.com", 0);
    has(&over, &["Partner Fabrikam: reseller since 2020-06-22, no delegated admin privileges"]);
    assert!(!over.contains("AdminAgents of Fabrikam"), "{over}");
}

#[test]
fn an_auditor_finds_out_who_could_do_what_and_why() {
    let home = tempfile::tempdir().unwrap();
    let server = served(home.path(), |_, _| true);
    let auditor = Somebody::with(&server, ODILE, &["Auditor"]);
    has(&auditor.types("procura --help", 0), &["\n  who-could ", "\n  report "]);
    let asks = "procura who-could --action directory.administer --resource customer:contoso.com \
        --from 2020-07-01 --until 2020-07-01";
    let who = auditor.types(asks, 0);
    has(&who, &["Carla Moreau", "Alex Weber", "DAP-1", "DapGranted"]);
    assert!(!who.contains("Sam Rossi"), "{who}");
    let story = auditor.types("procura tell alex@fabrikam.com --at 2020-07-01", 0);
    has(&story, &["since 2020-06-03, by Greta Lindqvist", "Global administrator at Contoso, since 2020-06-22"]);
    assert!(!story.contains("procura do"), "what ends it is of now: {story}");
    has(&auditor.types("procura tell amir@fabrikam.com", 0), &["2020-07-15: Amir Said left the AdminAgents"]);
    let report = auditor.types("procura report access-review --customer contoso.com --at 2020-07-01 --format csv", 0);
    has(&report, &["Fabrikam", "GlobalAdministrator"]);
    // It writes nothing.
    let refused = auditor.types("procura do RevokeDap customer=contoso.com partner=northwindtraders.com --yes", 1);
    has(&refused, &["RevokeDap is refused", "VIS-4"]);
}
