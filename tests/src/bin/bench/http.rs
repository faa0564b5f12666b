//! `scripts/bench http`: access questions beside a bare handler, durable commands beside PostgreSQL.

use crate::{
    bare::Bare,
    machine,
    postgres::{self, Cluster, Postgres},
    table::{self, Figure, row},
    wrk::{self, Answered, Load},
};
use futures_util::TryStreamExt;
use procura_engine::ambient::{Clock, Entropy, SystemClock};
use procura_eventlog::{DataDirectory, FrameStore};
use procura_tests::{
    Client, Server, apply,
    liar::Liar,
    procura,
    provider::AUDIENCE,
    signing::SigningKey,
    world::{self, ALEX, CONTOSO, NADIA, NORTHWIND, ODILE, User},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How the server is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Seconds before each that do not count
    #[arg(long, default_value_t = 1)]
    warm_up: u64,
    /// Over how many connections questions are asked
    #[arg(long, default_value_t = 64)]
    connections: u64,
    /// Over how many connections commands are sent, one measurement each; 0 for no commands
    #[arg(long, value_delimiter = ',', default_values_t = [8, 64, 256])]
    command_connections: Vec<u64>,
    /// A folder for temporary files, which everybody may enter if this is root
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// The rates of the callers that are measured, above what they reach: quotas count, and refuse nothing.
const RATES: &str = "[limits.rates]
service_questions_per_second = 1000000
service_questions_burst = 1000000
user_commands_per_second = 1000000
user_commands_burst = 1000000
tenant_commands_per_second = 1000000
tenant_commands_burst = 1000000
";
/// How long the tokens live.
const TOKEN_SECONDS: i64 = 12 * 3_600;

/// Of the server with one kind of token.
struct Questions {
    token_of: &'static str,
    server: Server,
    token: String,
    ours: Answers,
    bare: Answers,
    of_bare: Figure,
}

/// What wrk said, run by run.
#[derive(Default)]
struct Answers {
    a_second: Figure,
    half: Figure,
    most: Figure,
}

/// Over one number of connections.
#[derive(Default)]
struct Commands {
    connections: u64,
    ours: Answers,
    inserts: Figure,
    of_inserts: Figure,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::refuse_memory(&args.folder);
    if !wrk::is_installed() {
        eprintln!("wrk is missing, which sends the requests: apt-get install wrk");
        std::process::exit(2);
    }
    let postgres = Postgres::find();
    machine::print(&args.folder);
    println!("beside   {}", postgres.as_ref().map_or_else(missing, Postgres::version));
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let provider = Liar::start();

    let mut questions = questions(folder.path(), &provider);
    let bare = Bare::start(&answer(&questions));
    let connections = args.command_connections.iter().filter(|connections| **connections > 0);
    let mut commands: Vec<_> =
        connections.map(|connections| Commands { connections: *connections, ..Default::default() }).collect();
    let cluster = postgres.filter(|_| !commands.is_empty()).map(|postgres| postgres.start(folder.path()));
    let mut event_bytes = 0;
    for number in 1..=args.runs {
        for questions in &mut questions {
            eprintln!("run {number} of {}: questions with a token of {}", args.runs, questions.token_of);
            questions.measure(args, &bare, number);
        }
        for commands in &mut commands {
            eprintln!("run {number} of {}: commands over {} connections", args.runs, commands.connections);
            event_bytes = commands.measure(args, &provider, cluster.as_ref()).await;
        }
    }
    println!("\nMedian of {} runs, with the least and the most in brackets.", args.runs);
    print_questions(&questions, args);
    if !commands.is_empty() {
        print_commands(&commands, args, event_bytes, cluster.is_some());
    }
}

fn missing() -> String {
    "nothing: PostgreSQL is missing (apt-get install postgresql)".to_owned()
}

/// The server with the built-in issuer, and with a configured one.
fn questions(folder: &Path, provider: &Liar) -> [Questions; 2] {
    let data = |name: &str| {
        let data = folder.join(name);
        apply(&data, &world::text(&world::with_relationships())).all_recorded();
        data
    };
    let built_in = Server::configured_by(procura(), &data("built-in"), RATES, &["--dev"]);
    let built_in_token = built_in.token(ODILE.tenant, ODILE.user, &["Decider"]);
    let configured = configured(&data("configured"), provider);
    let configured_token = token(provider, ODILE, &["Procura.Decider"]);
    let of = |token_of, server, token| Questions {
        token_of,
        server,
        token,
        ours: Answers::default(),
        bare: Answers::default(),
        of_bare: Figure::default(),
    };
    [of("the built-in issuer", built_in, built_in_token), of("a provider, RS256", configured, configured_token)]
}

/// A server on that data directory that takes the provider's tokens.
fn configured(data: &Path, provider: &Liar) -> Server {
    let issuer = provider.issuer();
    let settings = format!(
        "{RATES}\n[[issuers]]\nissuer = \"{issuer}\"\naudiences = [\"{AUDIENCE}\"]\nalgorithms = [\"RS256\"]\n\
         tenants = [\"{}\", \"{NORTHWIND}\"]\nservice_tenants = [\"{}\"]\n",
        ODILE.tenant, ODILE.tenant
    );
    Server::configured_by(procura(), data, &settings, &[])
}

/// The provider's token for that user.
fn token(provider: &Liar, User { tenant, user }: User, roles: &[&str]) -> String {
    let now = SystemClock.now().timestamp();
    let key = SigningKey::rsa();
    let claims = json!({"iss": provider.issuer(), "aud": AUDIENCE, "sub": user, "tid": tenant, "oid": user,
        "roles": roles, "iat": now, "nbf": now, "exp": now + TOKEN_SECONDS, "jti": "bench"});
    key.token(&key.header(), &claims)
}

/// What an enforcement point asks: whether a partner's agent sees a customer.
fn question() -> Value {
    json!({
        "subject": {"type": "user", "id": ALEX.to_string()},
        "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": CONTOSO},
    })
}

const EVALUATION: &str = "/access/v1/evaluation";

/// The answer, which is yes with either token.
fn answer(questions: &[Questions; 2]) -> Value {
    let [_, answer] = questions.each_ref().map(|Questions { server, token, .. }| {
        let reply = Client::new(&server.url, token).post(EVALUATION, &question(), &[]);
        assert_eq!((reply.status, reply.body.get("decision")), (200, Some(&true.into())), "{}", reply.body);
        reply.body
    });
    answer
}

impl Questions {
    /// The same requests to the server and to the bare handler; every other run the other way round.
    fn measure(&mut self, args: &Args, bare: &Bare, run: u32) {
        let (json, token, connections) = (&question().to_string(), self.token.as_str(), args.connections);
        let post = |url: &str| {
            let url = &format!("{url}{EVALUATION}");
            measure(&Load { url, token, json, connections }, args)
        };
        let (ours, bare) = if run.is_multiple_of(2) {
            let ours = post(&self.server.url);
            (ours, post(&bare.url))
        } else {
            let bare = post(&bare.url);
            (post(&self.server.url), bare)
        };
        self.ours.add(&ours);
        self.bare.add(&bare);
        self.of_bare.add(ours.a_second() / bare.a_second() * 100.0);
    }
}

impl Commands {
    /// On a fresh data directory, and then PostgreSQL with the last event's bytes; says how many those are.
    async fn measure(&mut self, args: &Args, provider: &Liar, cluster: Option<&Cluster>) -> usize {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
        let data = folder.path().join("data");
        apply(&data, &world::text(&world::with_relationships())).all_recorded();
        let mut server = configured(&data, provider);
        let url = &format!("{}/v1/commands/AddGroupMember", server.url);
        let json = &json!({"partner": NORTHWIND, "group": "SalesAgents", "user": "USER"}).to_string();
        let load = Load { url, token: &token(provider, NADIA, &[]), json, connections: self.connections };
        let ours = measure(&load, args);
        self.ours.add(&ours);
        server.stop();
        let (events, last) = events(&data).await;
        assert!(events >= ours.requests, "what was answered is in the log");
        if let Some(cluster) = cluster {
            let inserts = cluster.inserts_a_second(&last, self.connections, [args.warm_up, args.seconds]);
            self.inserts.add(inserts);
            self.of_inserts.add(ours.a_second() / inserts * 100.0);
        }
        last.len()
    }
}

fn measure(load: &Load<'_>, args: &Args) -> Answered {
    if args.warm_up > 0 {
        load.post(args.warm_up);
    }
    load.post(args.seconds)
}

/// How many events there are, and the last one as it is on the disk.
async fn events(data: &Path) -> (u64, String) {
    let directory = DataDirectory::open(data, Entropy::from_os().guid()).unwrap();
    let store = directory.store().unwrap();
    let last = store.read(1).try_fold(None, async |_, frame| Ok(Some(frame))).await.unwrap().unwrap();
    (last.last_position(), String::from_utf8(last.events().last().unwrap().to_vec()).unwrap())
}

impl Answers {
    fn add(&mut self, answered: &Answered) {
        self.a_second.add(answered.a_second());
        self.half.add(answered.half_millis());
        self.most.add(answered.most_millis());
    }

    fn cells(&self) -> [String; 3] {
        [self.a_second.text(0), self.half.text(2), self.most.text(2)]
    }
}

fn print_questions(questions: &[Questions], args: &Args) {
    let mut rows =
        vec![row(["token of", "evaluations/s", "p50 ms", "p99 ms", "bare/s", "p50 ms", "p99 ms", "of the bare %"])];
    rows.extend(questions.iter().map(|Questions { token_of, ours, bare, of_bare, .. }| {
        let (ours, bare) = (ours.cells(), bare.cells());
        [vec![(*token_of).to_owned()], ours.to_vec(), bare.to_vec(), vec![of_bare.text(0)]].concat()
    }));
    let (connections, seconds) = (args.connections, args.seconds);
    table::print(&format!("Access questions over {connections} connections, over {seconds} s each"), &rows);
    println!(
        "  bare: an axum handler that reads the same requests and writes an answer of the same bytes, in turn with"
    );
    println!("  the server; wrk sends with one thread, on this machine too; quotas count, with these rates:");
    RATES.lines().skip(1).for_each(|rate| println!("    {rate}"));
}

fn print_commands(commands: &[Commands], args: &Args, event_bytes: usize, beside_postgres: bool) {
    let head = ["connections", "commands/s", "p50 ms", "p99 ms", "PostgreSQL inserts/s", "of those %"];
    let columns = if beside_postgres { head.len() } else { 4 };
    let mut rows = vec![row(head)];
    rows.extend(commands.iter().map(|Commands { connections, ours, inserts, of_inserts }| {
        let inserts = vec![inserts.text(0), of_inserts.text(0)];
        [vec![connections.to_string()], ours.cells().to_vec(), inserts].concat()
    }));
    rows.iter_mut().for_each(|row| row.truncate(columns));
    let seconds = args.seconds;
    table::print(&format!("Durable commands over HTTP, over {seconds} s each in a fresh data directory"), &rows);
    println!("  one partner's administrator puts another user into a group each time: an event of {event_bytes} bytes");
    if beside_postgres {
        let settings = postgres::SETTINGS.join(", ");
        println!(
            "  PostgreSQL: pgbench inserts that event's bytes into a table with its position and id indexed, over a"
        );
        println!("  Unix socket, prepared, each committed on its own (synchronous_commit=on, fsync=on; {settings})");
    }
}
