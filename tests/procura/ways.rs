//! Ways through, from the help to the result, as people go them: nobody types an id. What a person copies from what was shown
//! counts as copied.

use procura_tests::{
    Ran, Server, apply, procura, run, story,
    world::{ALEX, CARLA, FABRIKAM, NOAH, ODILE, User, by, by_operator, guid},
};
use serde_json::json;
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

/// Three hundred customers beside Contoso accepted one invitation of Fabrikam's, with delegated admin privileges.
fn many_customers() -> String {
    let invitation = guid(1, 77);
    let invites = json!({"invitation": invitation, "partner": FABRIKAM, "delegatedAdmin": true, "locale": "en",
        "uses": "many", "expiresInDays": 365});
    let mut lines = vec![by(ALEX, "SendInvite", invites).to_string()];
    for number in 1..=300 {
        let (customer, administrator) = (guid(2, number), guid(3, number));
        // Two have the same name.
        let name = if number <= 2 { "Twin".to_owned() } else { format!("Customer {number}") };
        let register = json!({"customer": customer, "name": name, "domain": format!("c{number}.example"),
                "globalAdministrator": administrator, "displayName": format!("Administrator {number}")});
        lines.push(by_operator("RegisterCustomer", register).to_string());
        let accepts = json!({"command": "AcceptInvite", "actor": {"tenant": customer, "user": administrator},
            "data": {"invitation": invitation, "customer": customer}});
        lines.push(accepts.to_string());
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_engineer_of_a_partner_looks_after_many_customers() {
    let home = tempfile::tempdir().unwrap();
    let told = fs::read_to_string(story::file()).unwrap();
    apply(home.path(), &(told + &many_customers())).all_recorded();
    let server = Server::start_on(home.path());
    let alex = Somebody::with(&server, ALEX, &[]);
    has(&alex.types("procura --help", 0), &["\n  customers ", "\n  devices ", "\n  import "]);
    // Whom does he look after, and where may he do everything?
    let customers = alex.types("procura customers --format csv", 0);
    assert_eq!(customers.lines().count(), 1 + 301, "{customers}");
    let with_dap = alex.types("procura customers --dap --format csv", 0);
    assert_eq!(with_dap.lines().count(), 1 + 300, "{with_dap}");
    has(&alex.types("procura customers --name c217", 0), &["Customer 217  c217.example  Fabrikam (delegated admin"]);
    // Somebody calls about a laptop: whose is it?
    has(&alex.types("procura devices --customer contoso.com --serial pf1k2m3n", 0), &["Contoso", "PF1K2M3N", "Lenovo"]);
    // New laptops came.
    fs::write(home.path().join("new.csv"), "Device Serial Number,Group Tag\nC02XG1,\nC02XG2,sales\n").unwrap();
    let file = home.path().join("new.csv");
    let import = format!("procura import devices '{}' --customer c217.example --partner fabrikam.com", file.display());
    let imported = alex.types(&import, 0);
    has(&imported, &["\"serialNumber\":\"C02XG1\",\"ok\":true", "\"serialNumber\":\"C02XG2\",\"ok\":true"]);
    has(&alex.types("procura devices --customer c217.example", 0), &["C02XG1", "C02XG2", "sales"]);
    let made = alex.types("procura do CreateProfile customer=c217.example name='Front desk'", 0);
    has(&made, &["CreateProfile is recorded: ProfileCreated"]);
    // A name that several customers go by acts on none of them, whatever is said.
    alex.types("procura do CreateProfile customer=Twin name='Front desk' --yes", 2);
    let auditor = Somebody::with(&server, ODILE, &["Auditor"]);
    let made = auditor.types("procura history --type ProfileCreated --format csv", 0);
    assert_eq!(made.lines().count(), 1 + 2, "the story's and this one: {made}");
    let told = alex.types("procura tell c217.example", 0);
    has(
        &told,
        &["Customer 217 (customer, c217.example)", "Partner Fabrikam: reseller since", "the AdminAgents of Fabrikam"],
    );
    assert!(!told.contains("Administrator 217"), "{told}");
    assert_eq!(alex.types("procura customers --name c218 --format csv", 0).lines().count(), 2);
    // Another partner's people find none of this.
    let nils = Somebody::with(&server, NOAH, &[]);
    assert_eq!(nils.types("procura customers --format csv", 0).lines().count(), 1 + 1);
    nils.types("procura tell c217.example", 2);
}

#[test]
fn an_operator_erases_somebody_and_finds_nothing_left() {
    let home = tempfile::tempdir().unwrap();
    let server = served(home.path(), |_, _| true);
    let operator = Somebody::with(&server, ODILE, &["Operator"]);
    has(&operator.types("procura --help", 0), &["\n  people ", "\n  erase "]);
    has(&operator.types("procura erase --help", 0), &["user:"]);
    has(
        &operator.types("procura people --tenant fabrikam.com", 0),
        &["Amir Said", "amir@fabrikam.com", "Helen Okafor"],
    );
    has(&operator.types("procura history --partner fabrikam.com --user amir@fabrikam.com", 0), &["Amir Said left"]);
    operator.types("procura erase user:amir@fabrikam.com", 0);
    operator.types("procura do ErasePersonalData subject=user:helen@fabrikam.com --yes", 0);
    let asks = [
        "procura people --tenant fabrikam.com",
        "procura history --format json",
        "procura history --at 2020-07-01",
        "procura who-could --action directory.administer --resource customer:contoso.com --format json",
        "procura report access-review --customer contoso.com --at 2020-07-01 --format html",
        "procura export",
        "procura export --customer contoso.com",
    ];
    for ask in asks {
        let answer = operator.types(ask, 0);
        assert!(answer.contains("Fabrikam") || answer.contains(FABRIKAM), "{ask}: {answer}");
        assert!(!answer.contains("Amir") && !answer.contains("amir@") && !answer.contains("Helen"), "{ask}: {answer}");
    }
    // What he is called may be said again, and nobody else is touched.
    operator.types(
        "procura check --subject user:amir@fabrikam.com --action customer.view --resource customer:contoso.com",
        2,
    );
    has(&operator.types("procura people --tenant fabrikam.com", 0), &["Alex Weber", "alex@fabrikam.com"]);
}
