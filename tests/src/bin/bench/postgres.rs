//! PostgreSQL beside Procura: a cluster of its own on the same disk, into which pgbench inserts events.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// PostgreSQL refuses to run as root; then it runs as nobody, who has this id and group.
const NOBODY: u32 = 65_534;
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// What differs from its own settings: room for the connections, and enough memory and log that nothing holds it up.
pub(crate) const SETTINGS: [&str; 3] = ["max_connections=1100", "shared_buffers=1GB", "max_wal_size=8GB"];
/// An event has its position and is found by its id too.
const TABLE: &str = "DROP TABLE IF EXISTS events; CREATE TABLE events (position bigint GENERATED ALWAYS AS IDENTITY \
    PRIMARY KEY, id uuid NOT NULL UNIQUE, event text NOT NULL)";
const INSERT: &str = "INSERT INTO events (id, event) VALUES (gen_random_uuid(), :event);\n";

/// An installation of PostgreSQL: the folder of its programs, empty if the shell finds them.
pub(crate) struct Postgres(PathBuf);

impl Postgres {
    /// The newest of Debian's, or else what the shell finds.
    pub(crate) fn find() -> Option<Postgres> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions.max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().ok());
        let postgres = Postgres(newest.map(|version| version.path().join("bin")).unwrap_or_default());
        let is_there = |name| postgres.program(name).arg("--version").output().is_ok();
        ["initdb", "postgres", "psql", "pgbench"].into_iter().all(is_there).then_some(postgres)
    }

    pub(crate) fn version(&self) -> String {
        said(self.program("postgres").arg("--version"))
    }

    /// Never as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join(name));
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Starts a fresh cluster in that folder, which its user must be able to enter.
    pub(crate) fn start(self, folder: &Path) -> Cluster {
        let folder = folder.canonicalize().unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let home = folder.join("postgres");
        fs::create_dir(&home).unwrap();
        if fs::metadata(&home).unwrap().uid() == 0 {
            chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = home.join("data");
        let cluster = ["--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C"];
        said(self.program("initdb").args(cluster).arg("--pgdata").arg(&data));
        let mut server = self.program("postgres");
        server.arg("-D").arg(data).arg("-k").arg(&home).args(["-c", "listen_addresses="]);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let server = server.stdout(Stdio::null()).stderr(fs::File::create(folder.join("postgres.log")).unwrap());
        let cluster = Cluster { server: server.spawn().unwrap(), programs: self, home };
        let patience = Instant::now() + PATIENCE;
        while !cluster.client("psql").args(["-c", "SELECT 1"]).output().unwrap().status.success() {
            assert!(Instant::now() < patience, "PostgreSQL starts");
            thread::sleep(Duration::from_millis(100));
        }
        cluster
    }
}

/// A running server; ended when dropped.
pub(crate) struct Cluster {
    programs: Postgres,
    /// Where its data and its socket are.
    home: PathBuf,
    server: Child,
}

impl Cluster {
    fn client(&self, name: &str) -> Command {
        let mut client = self.programs.program(name);
        client.arg("--host").arg(&self.home).args(["--username", "bench"]).env("PGDATABASE", "postgres");
        client
    }

    /// How often a second that text is inserted into a fresh table and committed, over so many connections.
    pub(crate) fn inserts_a_second(&self, event: &str, connections: u64, [warm_up, seconds]: [u64; 2]) -> f64 {
        said(self.client("psql").args(["-c", TABLE]));
        let script = self.home.join("insert.sql");
        fs::write(&script, INSERT).unwrap();
        let insert = |seconds: u64| {
            let mut pgbench = self.client("pgbench");
            pgbench.args(["--no-vacuum", "--protocol", "prepared", "--client", &connections.to_string()]);
            pgbench.args(["--time", &seconds.to_string(), "--define", &format!("event={event}"), "--file"]);
            said(pgbench.arg(&script))
        };
        if warm_up > 0 {
            insert(warm_up);
        }
        let told = insert(seconds);
        let a_second = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        a_second.unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A fast shutdown.
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// What a program said that went well.
fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}
