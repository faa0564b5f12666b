//! `scripts/bench feed`: how many readers follow, how long an event takes to them, what an idle one costs, how fast one catches
//! up, and what all of them cost the writer.

use crate::{
    machine,
    table::{self, Figure, quantile, row},
};
use procura_tests::{
    Server, apply, procura,
    world::{self, ALEX, CONTOSO, FABRIKAM, guid},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

/// How feeds are measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many readers follow, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 10, 100, 1_000])]
    readers: Vec<u64>,
    /// Commands a second while they follow; as many as can be are tried after that
    #[arg(long, default_value_t = 5_000)]
    commands: u64,
    /// How many idle readers are held to say what one costs
    #[arg(long, default_value_t = 5_000)]
    idle: u64,
    /// How many events one reader catches up with
    #[arg(long, default_value_t = 1_000_000)]
    catch_up: u64,
    /// A folder for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

const CONFIGURATION: &str = "[limits.connections]
connections = 12000
of_address_percent = 100
[limits.turns]
feeds_of_owner = 12000
[limits.rates]
user_commands_per_second = 1000000
user_commands_burst = 1000000
tenant_commands_per_second = 1000000
tenant_commands_burst = 1000000
";
/// Over so many connections commands are sent.
const COMMAND_CONNECTIONS: u64 = 64;
/// More positions than any measurement reaches.
const POSITIONS: usize = 4_000_000;

/// With so many readers.
#[derive(Default)]
struct Followed {
    readers: u64,
    commands: Figure,
    delivered: Figure,
    half: Figure,
    most: Figure,
}

/// When each position was acknowledged, in microseconds since the start.
struct Book {
    begun: Instant,
    acknowledged: Vec<AtomicU64>,
    over: AtomicBool,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::refuse_memory(&args.folder);
    machine::print(&args.folder);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let rows = |rate| {
        let of = |readers: &u64| Followed { readers: *readers, ..Followed::default() };
        (rate, args.readers.iter().map(of).collect::<Vec<_>>())
    };
    let mut all = [rows(Some(args.commands)), rows(None)];
    let mut idle = Figure::default();
    for number in 1..=args.runs {
        for (rate, followed) in &mut all {
            for followed in followed {
                eprintln!("run {number} of {}: {} readers", args.runs, followed.readers);
                let data = folder.path().join(format!("{number}-{rate:?}-{}", followed.readers));
                follow(args, &data, *rate, followed).await;
                fs::remove_dir_all(&data).unwrap();
            }
        }
        eprintln!("run {number} of {}: {} idle readers", args.runs, args.idle);
        idle.add(idle_bytes(args, &folder.path().join(format!("idle-{number}"))).await);
    }
    println!("\nMedian of {} runs, with the least and the most in brackets.", args.runs);
    for (rate, followed) in &all {
        let title = match rate {
            Some(rate) => format!("Readers of server-sent events, at up to {rate} commands a second"),
            None => "Readers of server-sent events, at as many commands as there can be".to_owned(),
        };
        let mut rows = vec![row(["readers", "commands/s", "events delivered/s", "p50 ms", "p99 ms"])];
        rows.extend(followed.iter().map(|Followed { readers, commands, delivered, half, most }| {
            vec![readers.to_string(), commands.text(0), delivered.text(0), half.text(2), most.text(2)]
        }));
        table::print(&title, &rows);
    }
    println!(
        "  p50, p99: from a command's answer to its event, over all readers; readers and callers are on this machine too"
    );
    println!("\nAn idle reader takes {} KiB of the server's memory ({} of them)", idle.text(1), args.idle);
    if args.catch_up > 0 {
        let data = folder.path().join("catch-up");
        let seconds = catch_up(args, &data).await;
        println!(
            "Catching up with {} events, one reader: {:.0} events a second",
            args.catch_up,
            args.catch_up as f64 / seconds
        );
    }
}

fn server(data: &Path) -> Server {
    Server::configured_by(procura(), data, CONFIGURATION, &["--dev"])
}

async fn follow(args: &Args, data: &Path, rate: Option<u64>, followed: &mut Followed) {
    apply(data, &world::text(&world::with_relationships())).all_recorded();
    let server = server(data);
    let fields =
        json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(77, 1), "kind": "azure", "name": "Web"});
    let answer = server.user(ALEX).command("ProvisionSubscription", &fields);
    let start = answer.pointer("/positions/1").and_then(Value::as_u64).unwrap();
    let acknowledged = std::iter::repeat_with(AtomicU64::default).take(POSITIONS).collect();
    let book = Arc::new(Book { begun: Instant::now(), acknowledged, over: AtomicBool::new(false) });
    let token = server.service("Auditor").token;
    let mut reading = JoinSet::new();
    for _ in 0..followed.readers {
        let stream = connected(&server.url, &token, start).await;
        reading.spawn(read(stream, book.clone()));
    }
    let token = server.user(ALEX).token;
    let mut sending = JoinSet::new();
    for _ in 0..COMMAND_CONNECTIONS {
        let pause = rate.map(|rate| Duration::from_secs_f64(COMMAND_CONNECTIONS as f64 / rate as f64));
        sending.spawn(send(server.url.clone(), token.clone(), pause, book.clone()));
    }
    let begun = Instant::now();
    sleep(Duration::from_secs(args.seconds)).await;
    book.over.store(true, Relaxed);
    let seconds = begun.elapsed().as_secs_f64();
    let commands: u64 = sending.join_all().await.into_iter().sum();
    let mut micros = Vec::new();
    let mut delivered = 0_u64;
    for (position, at) in reading.join_all().await.into_iter().flatten() {
        delivered += 1;
        let told = book.acknowledged.get(usize::try_from(position).unwrap()).map_or(0, |told| told.load(Relaxed));
        if told > 0 {
            micros.push(at.saturating_sub(told) as f64);
        }
    }
    micros.sort_by(f64::total_cmp);
    followed.commands.add(commands as f64 / seconds);
    followed.delivered.add(delivered as f64 / seconds);
    followed.half.add(quantile(&micros, 0.5) / 1e3);
    followed.most.add(quantile(&micros, 0.99) / 1e3);
}

/// A connection over which that feed comes.
async fn connected(url: &str, token: &str, after: u64) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET /v1/events HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {token}\r\naccept: text/event-stream\r\nlast-event-id: {after}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// What is there to be read; nothing if that takes too long.
async fn some<'a>(stream: &mut TcpStream, buffer: &'a mut [u8]) -> &'a [u8] {
    match tokio::time::timeout(Duration::from_millis(200), stream.read(buffer)).await {
        Ok(read) => {
            let read = read.unwrap();
            assert!(read > 0, "the stream ended");
            buffer.get(..read).unwrap()
        }
        Err(_) => &[],
    }
}

/// The positions of the events as they come, and when that was.
async fn read(mut stream: TcpStream, book: Arc<Book>) -> Vec<(u64, u64)> {
    let (mut seen, mut lines, mut buffer) = (Vec::new(), Lines::default(), vec![0; 64 * 1024]);
    loop {
        let came = some(&mut stream, &mut buffer).await;
        let at = u64::try_from(book.begun.elapsed().as_micros()).unwrap();
        if came.is_empty() && book.over.load(Relaxed) {
            return seen;
        }
        lines.take(came, |position| seen.push((position, at)));
    }
}

/// Looks for the ids of events in what comes.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
    id: Option<u64>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8], mut event: impl FnMut(u64)) {
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            // The beginning of a line tells what it is.
            self.begun.extend(line.iter().take(32));
            if lines.peek().is_none() {
                return;
            }
            if let Some(id) = self.begun.strip_prefix(b"id: ") {
                self.id = std::str::from_utf8(id).ok().and_then(|id| id.trim().parse().ok());
            } else if self.begun.starts_with(b"data: {\"specversion") {
                self.id.take().into_iter().for_each(&mut event);
            }
            self.begun.clear();
        }
    }
}

/// Sends commands one after the other, perhaps with a pause between them; says how many.
async fn send(url: String, token: String, pause: Option<Duration>, book: Arc<Book>) -> u64 {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let body = json!({"customer": CONTOSO, "subscription": guid(77, 1)}).to_string();
    let request = format!(
        "POST /v1/commands/RenewSubscription HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (mut sent, mut buffer, begun) = (0, vec![0; 64 * 1024], Instant::now());
    while !book.over.load(Relaxed) {
        stream.write_all(request.as_bytes()).await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        let at = u64::try_from(book.begun.elapsed().as_micros()).unwrap();
        let answer = String::from_utf8_lossy(buffer.get(..read).unwrap());
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let position = answer.lines().find_map(|line| line.strip_prefix("procura-position: ")).unwrap();
        if let Some(told) = position.trim().parse().ok().and_then(|position: usize| book.acknowledged.get(position)) {
            told.store(at, Relaxed);
        }
        sent += 1;
        if let Some(pause) = pause {
            let next = begun + pause.mul_f64(f64::from(u32::try_from(sent).unwrap()));
            sleep(next.saturating_duration_since(Instant::now())).await;
        }
    }
    sent
}

/// What an idle reader takes of the server's memory, in KiB.
async fn idle_bytes(args: &Args, data: &Path) -> f64 {
    apply(data, &world::text(&world::with_relationships())).all_recorded();
    let server = server(data);
    let token = server.service("Auditor").token;
    let resident = || machine::resident_bytes_of(server.process()) as f64;
    let before = resident();
    let mut streams = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..args.idle {
        let mut stream = connected(&server.url, &token, 0).await;
        while !String::from_utf8_lossy(some(&mut stream, &mut buffer).await).contains("heartbeat") {}
        streams.push(stream);
    }
    sleep(Duration::from_secs(1)).await;
    (resident() - before) / 1024.0 / args.idle as f64
}

/// How long one reader takes for so many events that were there before, in seconds.
async fn catch_up(args: &Args, data: &Path) -> f64 {
    eprintln!("filling a log with {} events", args.catch_up);
    let mut fill = Command::new(std::env::current_exe().unwrap());
    let filled = fill.arg("log-fill").arg(data).arg(args.catch_up.to_string()).stdout(Stdio::null()).status().unwrap();
    assert!(filled.success());
    let server = server(data);
    let token = server.service("Auditor").token;
    let begun = Instant::now();
    let mut stream = connected(&server.url, &token, 0).await;
    let (mut lines, mut buffer, mut newest) = (Lines::default(), vec![0; 256 * 1024], 0);
    while newest < args.catch_up {
        lines.take(some(&mut stream, &mut buffer).await, |position| newest = position);
    }
    begun.elapsed().as_secs_f64()
}
