//! `procura serve`, as a process of its own.

use crate::{
    PATIENCE,
    cli::{procura, run},
    client::Client,
    world::{Actor, Line, ODILE, User},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, like `http://127.0.0.1:40123`.
    pub url: String,
    data: PathBuf,
    /// What its certificate is signed with, if it has one.
    authority: Option<String>,
    child: Child,
    /// Holds what it writes on standard error, and its data where no directory was given.
    home: TempDir,
}

impl Server {
    /// Starts a server on an empty log.
    pub fn start() -> Self {
        let home = home();
        let data = home.path().join("data");
        Self::launch(Self::serve(procura(), &data), data, home)
    }

    /// Starts a server on that data directory.
    pub fn start_on(data: &Path) -> Self {
        Self::start_by(procura(), data)
    }

    /// The same, with `program` in place of the binary: a tracer with the binary as its last argument.
    pub fn start_by(program: Command, data: &Path) -> Self {
        Self::launch(Self::serve(program, data), data.to_owned(), home())
    }

    /// The same, with further flags.
    pub fn start_with(data: &Path, flags: &[&str]) -> Self {
        let mut command = Self::serve(procura(), data);
        command.args(flags);
        Self::launch(command, data.to_owned(), home())
    }

    /// The same, listening there.
    pub fn start_at(listen: &str, mut program: Command, data: &Path, flags: &[&str]) -> Self {
        program.arg("serve").arg("--data").arg(data).args(["--dev", "--listen", listen]).args(flags);
        Self::launch(program, data.to_owned(), home())
    }

    /// Starts a server on that data directory with that configuration file, and says everything it can say in its log.
    pub fn configured(data: &Path, configuration: &str) -> Self {
        let mut program = procura();
        program.env("PROCURA_LOG", "trace");
        Self::configured_by(program, data, configuration, &[])
    }

    /// The same, started by that program and with further flags; it logs what that program's environment says.
    pub fn configured_by(mut program: Command, data: &Path, configuration: &str, flags: &[&str]) -> Self {
        let home = home();
        let file = home.path().join("procura.toml");
        std::fs::write(&file, configuration).expect("a file");
        program.arg("serve").arg("--data").arg(data).arg("--config").arg(file).args(["--listen", "127.0.0.1:0"]);
        program.args(flags);
        Self::launch(program, data.to_owned(), home)
    }

    fn serve(mut program: Command, data: &Path) -> Command {
        program.arg("serve").arg("--data").arg(data).args(["--dev", "--listen", "127.0.0.1:0"]);
        program
    }

    fn launch(mut command: Command, data: PathBuf, home: TempDir) -> Self {
        let stderr = File::create(home.path().join("stderr")).expect("a file");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().expect("a server that starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut server = Self { url: String::new(), data, authority: None, child, home };
        let (sender, listening) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = sender.send(line);
        });
        let line = listening.recv_timeout(PATIENCE).unwrap_or_default();
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        server.url = url.unwrap_or_else(|| panic!("no server: it said {line:?} and {:?}", server.stderr()));
        server
    }

    /// The same, whose callers trust that authority, in PEM form.
    pub fn trusted_by(mut self, authority: &str) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What it wrote on standard error so far.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.home.path().join("stderr")).unwrap_or_default()
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing is finished, nothing is written any more.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and the orderly end that it brings.
    #[track_caller]
    pub fn stop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.process().to_string()]).status().expect("kill runs");
        assert!(told.success());
        let patience = Instant::now() + PATIENCE;
        let ended = loop {
            if let Some(ended) = self.child.try_wait().expect("a process") {
                break ended;
            }
            assert!(Instant::now() < patience, "the server does not stop");
            thread::sleep(Duration::from_millis(5));
        };
        assert!(ended.success(), "{ended}: {}", self.stderr());
    }

    /// A token from `procura token`.
    #[track_caller]
    pub fn token(&self, tenant: &str, user: &str, roles: &[&str]) -> String {
        let mut command = procura();
        command.arg("token").arg("--data").arg(&self.data).args(["--tenant", tenant, "--user", user]);
        command.args(roles.iter().flat_map(|role| ["--role", role]));
        let ran = run(&mut command, "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    }

    /// A caller with a token of that user and those service roles.
    #[track_caller]
    pub fn client(&self, tenant: &str, user: &str, roles: &[&str]) -> Client {
        self.caller(&self.token(tenant, user, roles))
    }

    /// A caller with a token of that person.
    #[track_caller]
    pub fn user(&self, User { tenant, user }: User) -> Client {
        self.client(tenant, user, &[])
    }

    /// A caller with a token of that service role, for a person of no registered tenant.
    #[track_caller]
    pub fn service(&self, role: &str) -> Client {
        self.client(ODILE.tenant, ODILE.user, &[role])
    }

    /// A caller without a token.
    pub fn stranger(&self) -> Client {
        self.caller("")
    }

    fn caller(&self, token: &str) -> Client {
        match &self.authority {
            Some(authority) => Client::trusting(&self.url, token, authority),
            None => Client::new(&self.url, token),
        }
    }

    /// Has the lines recorded, each as its actor's own request.
    #[track_caller]
    pub fn tell(&self, lines: &[Line]) {
        let mut clients: HashMap<Actor, Client> = HashMap::new();
        for Line { command, actor, data } in lines {
            let client = clients.entry(*actor).or_insert_with(|| match actor {
                Actor::Operator(_) => self.service("Operator"),
                Actor::User(user) => self.user(*user),
            });
            client.command(command, data);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn home() -> TempDir {
    tempfile::Builder::new().prefix("procura-").tempdir().expect("a directory")
}
