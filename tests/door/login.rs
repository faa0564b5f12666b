//! `procura login` against a real provider, with a browser or a code; what is kept of a login, and how it is renewed.

use crate::{
    browser::{Browser, Page},
    world::{Door, both, issuer},
};
use procura_engine::ambient::{Clock, SystemClock};
use procura_tests::{
    PATIENCE, Ran, procura,
    provider::{AUDIENCE, Provider},
    run, tools,
    world::ALEX,
};
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// Where a browser is sent back to.
const BACK: &str = "http://127.0.0.1:";

/// A person with a folder of its own for logins.
pub(crate) struct Person {
    home: TempDir,
}

/// A login that was begun.
pub(crate) struct Begun {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = procura();
        command.args(words).env("PROCURA_CONFIG_DIR", self.folder());
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn says(&self, words: &[&str]) -> Ran {
        run(&mut self.command(words), "")
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("procura")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("contexts.toml")
    }

    pub(crate) fn kept(&self) -> String {
        fs::read_to_string(self.file()).unwrap_or_default()
    }

    /// What is kept of the login of the only context.
    fn login(&self) -> toml::Table {
        let kept: toml::Table = self.kept().parse().unwrap();
        let context = kept["contexts"].as_table().unwrap().values().next().unwrap();
        context.get("login").and_then(toml::Value::as_table).cloned().unwrap_or_default()
    }

    /// Has the access token end at that time, as far as is known here.
    fn has_it_end(&self, at: &str) {
        let until = self.login()["until"].as_str().unwrap().to_owned();
        fs::write(self.file(), self.kept().replace(&until, at)).unwrap();
    }

    pub(crate) fn begins(&self, words: &[&str]) -> Begun {
        let mut child =
            self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Begun { child, lines, said: String::new() }
    }

    /// Logs in at the provider as Alex, to its end.
    pub(crate) fn logs_in(&self, server: &str, provider: &Provider) -> Ran {
        let mut begun = self.begins(&["login", "--server", server, "--issuer", provider.issuer()]);
        let page = through(&mut Browser::new(), &begun.address(), "no such end");
        assert_eq!(page.status, 200, "{}", page.text);
        begun.ends()
    }
}

impl Begun {
    /// The address that a person is told to open.
    pub(crate) fn address(&mut self) -> String {
        self.line(|line| line.starts_with("http"))
    }

    /// The first line like that.
    pub(crate) fn line(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it said {}", self.said));
            self.said += &format!("{line}\n");
            if is_it(&line) {
                return line;
            }
        }
    }

    pub(crate) fn ends(mut self) -> Ran {
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.said.extend(self.lines.iter().map(|line| line + "\n"));
        Ran { code: self.child.wait().unwrap().code().unwrap_or(-1), stdout, stderr: self.said }
    }
}

/// Through the provider's pages as Alex, up to an address that begins like that.
pub(crate) fn through(browser: &mut Browser, address: &str, short_of: &str) -> Page {
    let login = browser.visit(address);
    let consent = browser.submit(&login, &[("login", &ALEX.to_string()), ("password", "any")], short_of);
    browser.submit(&consent, &[], short_of)
}

/// A provider that many tests share, and none stops: it ends with the tests.
pub(crate) fn shared() -> &'static Provider {
    static PROVIDER: OnceLock<Provider> = OnceLock::new();
    PROVIDER.get_or_init(Provider::start)
}

pub(crate) fn door(provider: &Provider) -> Door {
    let login = format!("login = {{ client = \"procura-cli\", resource = \"{AUDIENCE}\" }}");
    Door::open(&issuer(provider.issuer(), &both(), &login)).with_keys()
}

#[test]
fn a_person_logs_in_with_a_browser_and_commands_go_there_until_logging_out() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    let server = door.server.url.as_str();
    // The server's word alone is not enough.
    let asked = person.says(&["login", "--server", server]);
    assert!(asked.code == 2 && asked.stderr.contains(&format!("--issuer {}", provider.issuer())), "{}", asked.stderr);
    assert!(!person.file().exists());

    let mut begun = person.begins(&["login", "--server", server, "--issuer", provider.issuer()]);
    let address = begun.address();
    for part in ["code_challenge_method=S256", "response_type=code", "redirect_uri=http%3A%2F%2F127.0.0.1%3A", "state="]
    {
        assert!(address.contains(part), "{part}: {address}");
    }
    let page = through(&mut Browser::new(), &address, "no such end");
    assert!(page.url.starts_with(BACK) && page.status == 200, "{page:?}");
    assert!(page.text.contains("You are logged in") && page.text.contains(&ALEX.to_string()), "{}", page.text);
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"), "{:?}", page.headers);
    assert_eq!((&*page.headers["referrer-policy"], &*page.headers["cache-control"]), ("no-referrer", "no-store"));
    let ran = begun.ends();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with(&format!("logged in to {server} as {ALEX}")), "{}", ran.stdout);

    // Only the person reads it, and nothing else shows the tokens.
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&person.folder()), mode(&person.file())), (0o700, 0o600));
    let login = person.login();
    let shown =
        ["context", "consumers"].map(|word| person.command(&[word]).env("PROCURA_LOG", "trace").output().unwrap());
    let shown = shown.map(|ran| String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned()).concat();
    for name in ["access_token", "refresh_token"] {
        let token = login[name].as_str().unwrap();
        assert!(!(ran.stdout.clone() + &ran.stderr + &shown).contains(token), "{name}");
    }

    // It goes there without a flag, and as that person.
    let listed: Value = serde_json::from_str(&person.says(&["context", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        (&listed["inUse"], &listed["user"], &listed["renews"]),
        (&json!(true), &json!(ALEX.to_string()), &json!(true))
    );
    let asked = person.says(&["consumers"]);
    assert_eq!(asked.code, 0, "{}", asked.stderr);

    // Logging out ends it here and there.
    let kept = person.kept();
    let out = person.says(&["logout"]);
    assert!(out.code == 0 && !out.stderr.contains("note"), "{}", out.stderr);
    assert!(!person.kept().contains("token"), "{}", person.kept());
    let refused = person.says(&["consumers"]);
    let advice = format!("`procura login --server {server}`");
    assert!(refused.code == 2 && refused.stderr.contains(&advice), "{}", refused.stderr);
    fs::write(person.file(), kept).unwrap();
    person.has_it_end("2020-01-01T00:00:00Z");
    let ended = person.says(&["consumers"]);
    assert!(
        ended.code == 2 && ended.stderr.contains("invalid_grant") && ended.stderr.contains(&advice),
        "{}",
        ended.stderr
    );
}

/// On a terminal the person is asked whether the provider that the server names is theirs.
#[test]
fn a_person_on_a_terminal_is_asked_whether_that_is_their_provider() {
    const TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    for (answer, code) in [("\n", 2), ("no\n", 2), ("y\n", 0)] {
        let mut command = tools::python_tool("python");
        let binary = procura().get_program().to_owned();
        command.args(["-c", TERMINAL]).arg(binary).args(["login", "--server", &door.server.url, "--no-browser"]);
        command.env("PROCURA_CONFIG_DIR", person.folder()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(answer.as_bytes()).unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if line.starts_with("http") && line.contains("/auth?") {
                assert_eq!(through(&mut Browser::new(), line.trim(), "no such end").status, 200);
            }
            said += &line;
        }
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        let asked = format!("{} says to log in at {} (as the program procura-cli)", door.server.url, provider.issuer());
        assert!(said.contains(&asked) && said.contains("[y/N]"), "{said}");
        assert_eq!(person.file().exists(), code == 0, "{said}");
    }
}

#[test]
fn a_person_logs_in_with_a_code_where_there_is_no_browser() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    let words = ["login", "--server", &door.server.url, "--issuer", provider.issuer(), "--device", "--name", "there"];
    let mut begun = person.begins(&words);
    let code = begun.line(|line| line.contains("type the code"));
    let code = code.rsplit_once("code ").unwrap().1.trim_end_matches(':').to_owned();
    let address = begun.address();
    let browser = &mut Browser::new();
    let input = browser.visit(&address);
    let confirm = browser.submit(&input, &[("user_code", &code)], "no such end");
    let login = browser.submit(&confirm, &[], "no such end");
    let consent = browser.submit(&login, &[("login", &ALEX.to_string()), ("password", "any")], "no such end");
    let done = browser.submit(&consent, &[], "no such end");
    assert_eq!(done.status, 200, "{}", done.text);
    let ran = begun.ends();
    assert!(ran.code == 0 && ran.stdout.contains("the context `there` is in use"), "{} {}", ran.stdout, ran.stderr);
    assert_eq!(person.says(&["consumers"]).code, 0);
}

/// The provider takes a refresh token once: whoever uses it again ends the whole login.
#[test]
fn a_login_is_renewed_once_however_many_need_it() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    assert_eq!(person.logs_in(&door.server.url, provider).code, 0);
    for round in 0..2 {
        let before = person.login();
        person.has_it_end("2020-01-01T00:00:00Z");
        let at_once: Vec<_> = (0..6).map(|_| person.begins(&["consumers"])).collect();
        for ran in at_once.into_iter().map(Begun::ends) {
            assert_eq!(ran.code, 0, "{round}: {}", ran.stderr);
        }
        let after = person.login();
        for name in ["access_token", "refresh_token", "until"] {
            assert_ne!(before[name], after[name], "{name}");
        }
        assert_eq!(fs::metadata(person.file()).unwrap().mode() & 0o777, 0o600);
    }
}

/// A provider that is away takes nothing from a login that is still good.
#[test]
fn a_login_that_cannot_be_renewed_is_used_to_its_end() {
    let (mut provider, person) = (Provider::start(), Person::new());
    let door = door(&provider);
    assert_eq!(person.logs_in(&door.server.url, &provider).code, 0);
    provider.stop();
    let soon = SystemClock.now() + Duration::from_secs(30);
    person.has_it_end(&soon.to_rfc3339());
    let ran = person.says(&["consumers"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    person.has_it_end("2020-01-01T00:00:00Z");
    let ran = person.says(&["consumers"]);
    assert!(ran.code == 2 && ran.stderr.contains("could not be renewed"), "{}", ran.stderr);
}

#[test]
fn a_login_that_others_can_read_or_change_is_not_used() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    assert_eq!(person.logs_in(&door.server.url, provider).code, 0);
    for (path, mode, advice) in [(person.file(), 0o640, "chmod 600"), (person.folder(), 0o755, "chmod 700")] {
        let good = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        for words in [&["consumers"][..], &["context"], &["logout"], &["login"]] {
            let ran = person.says(words);
            assert!(ran.code == 2 && ran.stderr.contains(advice), "{words:?}: {}", ran.stderr);
        }
        fs::set_permissions(&path, good).unwrap();
    }
    assert_eq!(person.says(&["consumers"]).code, 0);
}
