//! `scripts/bench fair`: what one tenant waits, alone and beside attacks by others on the same server.

use crate::{
    attacks::{Attack, Outcome},
    crowd::{self, Sizes, small_page},
    machine,
    table::{self, Figure, quantile, row},
};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use procura_tests::{
    Client, Reply, Server, procura,
    world::{LITWARE, NADIA, NOAH, NORTHWIND},
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// How fairness is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Seconds before each in which the attack goes on and nothing counts
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Only these attacks
    #[arg(long, value_delimiter = ',')]
    attacks: Vec<Attack>,
    #[command(flatten)]
    sizes: Sizes,
    /// GiB of memory beyond which the server ends, to spare the machine
    #[arg(long, default_value_t = 8)]
    memory: u32,
    /// A folder for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// Between an answer and the next request of the tenant that is measured.
const PAUSE: Duration = Duration::from_millis(5);
/// One question in so many is asked on a new connection.
const CONNECTED_ANEW: usize = 20;
/// Answers before an attack begins, which do not count.
const FIRST_ANSWERS: usize = 20;

/// What one client waited.
#[derive(Default)]
struct Waits {
    half: Figure,
    most: Figure,
    longest: Figure,
}

/// Beside one attack, or none.
#[derive(Default)]
struct Situation {
    commands: Waits,
    questions: Waits,
    /// Requests of the measured tenant without the answer that they should get, in all runs.
    failed: usize,
    asked: Figure,
    refused: Figure,
    peak: Figure,
    /// In how many runs the server did not live to the end.
    ended: u32,
    strange: BTreeSet<String>,
}

/// Milliseconds until each answer, and how many answers were wrong or missing.
struct Waited {
    millis: Vec<f64>,
    failed: usize,
}

/// Measures and prints.
pub(crate) fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::print(&args.folder);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let filled = folder.path().join("filled");
    eprintln!("filling a data directory");
    let begun = Instant::now();
    crowd::fill(&filled, &folder.path().join("lines"), &args.sizes);
    eprintln!("filled in {:.0} s", begun.elapsed().as_secs_f64());

    let attacks = if args.attacks.is_empty() { Attack::value_variants() } else { &args.attacks };
    let beside = [None].into_iter().chain(attacks.iter().copied().map(Some));
    let mut situations: Vec<_> = beside.map(|attack| (attack, Situation::default())).collect();
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left: {msg}").unwrap();
    let bar = ProgressBar::new(u64::from(args.runs) * situations.len() as u64).with_style(style);
    for number in 1..=args.runs {
        for (attack, situation) in &mut situations {
            let doing = format!("run {number} of {}: {}", args.runs, name(*attack));
            if bar.is_hidden() {
                eprintln!("{doing}");
            }
            bar.set_message(doing);
            measure(args, &filled, *attack, situation);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    println!("\nMedian of {} runs, with the least and the most in brackets.", args.runs);
    print(args, &situations);
}

fn name(attack: Option<Attack>) -> String {
    attack.map_or_else(|| "alone".to_owned(), Attack::name)
}

/// A fresh server on a copy of the data, so that no attack finds what another has done.
fn measure(args: &Args, filled: &Path, attack: Option<Attack>, situation: &mut Situation) {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let data = folder.path().join("data");
    assert!(Command::new("cp").arg("-a").args([filled, &data]).status().unwrap().success());
    let mut limited = Command::new("sh");
    let script = format!("ulimit -d {}; exec \"$@\"", args.memory * 1024 * 1024);
    limited.args(["-c", &script, "sh"]).arg(procura().get_program());
    let server = Server::start_by(limited, &data);
    let (mut commands, mut questions) = (commands(&server), questions(&server));
    for number in 0..FIRST_ANSWERS {
        assert!(commands(number) && questions(number), "the tenant gets its answers while nobody attacks");
    }
    machine::forget_peak(server.process());
    let attackers = attack.map(|attack| attack.begin(&server));
    thread::sleep(Duration::from_secs_f64(args.warm_up));
    let end = Instant::now() + Duration::from_secs_f64(args.seconds);
    let (of_commands, of_questions) = thread::scope(|scope| {
        let commands = scope.spawn(|| wait(end, commands));
        (wait(end, questions), commands.join().unwrap())
    });
    situation.failed += of_commands.failed + of_questions.failed;
    situation.commands.add(of_commands);
    situation.questions.add(of_questions);
    match machine::peak_bytes(server.process()) {
        Some(peak) => situation.peak.add(peak as f64 / f64::from(1 << 20)),
        None => situation.ended += 1,
    }
    if let (Some(attack), Some(attackers)) = (attack, attackers) {
        situation.add(attack, &attackers.end());
    }
}

/// A small partner's administrator puts a user into a group and takes it out again.
fn commands(server: &Server) -> impl FnMut(usize) -> bool + Send + use<> {
    let client = server.user(NADIA);
    let member = json!({"partner": NORTHWIND, "group": "HelpdeskAgents", "user": NADIA.user}).to_string();
    move |number| {
        let name = if number.is_multiple_of(2) { "AddGroupMember" } else { "RemoveGroupMember" };
        let content = [("content-type", "application/json")];
        let reply = client.try_send("POST", &format!("/v1/commands/{name}"), &content, &member);
        reply.is_ok_and(|Reply { status, .. }| status == 201)
    }
}

/// One of its agents asks whether it sees a customer, and lists its customers.
fn questions(server: &Server) -> impl FnMut(usize) -> bool + Send + use<> {
    let mut client = server.user(NOAH);
    let question = json!({
        "subject": {"type": "user", "id": NOAH.to_string()},
        "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": LITWARE},
    });
    let question = question.to_string();
    move |number| {
        if number.is_multiple_of(CONNECTED_ANEW) {
            client = Client::new(&client.url, &client.token);
        }
        if number.is_multiple_of(2) {
            let content = [("content-type", "application/json")];
            let reply = client.try_send("POST", "/access/v1/evaluation", &content, &question);
            reply.is_ok_and(|reply| reply.status == 200 && reply.body.get("decision") == Some(&true.into()))
        } else {
            let reply = client.try_send("GET", &small_page(), &[], "");
            reply.is_ok_and(|reply| reply.status == 200 && reply.items().len() == 10)
        }
    }
}

/// Asks up to that instant, the next a pause after the answer.
fn wait(end: Instant, mut ask: impl FnMut(usize) -> bool) -> Waited {
    let mut waited = Waited { millis: vec![], failed: 0 };
    while Instant::now() < end {
        let begun = Instant::now();
        waited.failed += usize::from(!ask(waited.millis.len()));
        waited.millis.push(begun.elapsed().as_secs_f64() * 1e3);
        thread::sleep(PAUSE);
    }
    waited.millis.sort_by(f64::total_cmp);
    waited
}

impl Waits {
    fn add(&mut self, Waited { millis, .. }: Waited) {
        self.half.add(quantile(&millis, 0.5));
        self.most.add(quantile(&millis, 0.99));
        self.longest.add(quantile(&millis, 1.0));
    }

    fn cells(&self) -> [String; 3] {
        [self.half.text(1), self.most.text(1), self.longest.text(0)]
    }
}

impl Situation {
    fn add(&mut self, attack: Attack, outcome: &Outcome) {
        self.asked.add(outcome.requests as f64 / outcome.seconds);
        self.refused.add(outcome.refused() as f64 / outcome.seconds);
        self.strange.extend(outcome.strange(attack).into_iter().map(str::to_owned));
    }
}

fn print(args: &Args, situations: &[(Option<Attack>, Situation)]) {
    let mut rows = vec![row(["beside", "commands p50", "p99", "max", "questions p50", "p99", "max", "failed"])];
    rows.extend(situations.iter().map(|(attack, Situation { commands, questions, failed, .. })| {
        let waits = [commands.cells(), questions.cells()].concat();
        [vec![name(*attack)], waits, vec![failed.to_string()]].concat()
    }));
    let seconds = args.seconds;
    table::print(&format!("Milliseconds that another tenant waits, over {seconds} s each"), &rows);
    println!("  one client with commands and one with questions, each {} ms after the last answer;", PAUSE.as_millis());
    println!("  one question in {CONNECTED_ANEW} on a new connection; failed: without the right answer, in all runs");

    let mut rows = vec![row(["attack", "connections", "requests/s", "refused/s", "server's peak MiB"])];
    rows.extend(situations.iter().map(|(attack, Situation { asked, refused, peak, ended, .. })| {
        let (connections, asked, refused) = match attack {
            Some(attack) => (attack.connections().to_string(), asked.text(0), refused.text(0)),
            None => Default::default(),
        };
        let peak = if *ended > 0 { format!("ended in {ended} of {}", args.runs) } else { peak.text(0) };
        vec![name(*attack), connections, asked, refused, peak]
    }));
    table::print("What the attackers did, and what it took", &rows);
    println!(
        "  refused: 429, 503 or a closed connection, after which they go on at once; the attackers run on this machine"
    );
    println!("  too, with the lowest priority; the server ends if it wants more than {} GiB", args.memory);
    for (attack, Situation { strange, .. }) in situations.iter().filter(|(_, situation)| !situation.strange.is_empty())
    {
        let strange: Vec<_> = strange.iter().map(String::as_str).collect();
        println!("  {} also got {}: it is not the attack that it is meant to be", name(*attack), strange.join(", "));
    }
}
