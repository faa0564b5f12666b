//! `scripts/bench time`: questions about the past beside the same ones about now, and reports while commands go on.

use crate::{
    changes, load, machine, reviews,
    table::{self, Figure, row},
};
use procura_app::Words;
use procura_domain::{
    access::Question,
    id::{Id as _, PartnerId},
    temporal::{Moment, Position},
    visibility::Audience,
    vocabulary::Locale,
};
use procura_engine::{Engine, When, ambient::Entropy};
use procura_views::{Filter, PermissionKey, effective_permissions, explain, partner_relationships, rows};
use std::{
    fs,
    hint::black_box,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How time is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// How many changes the customer's history has, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1_000])]
    changes: Vec<usize>,
    /// How many customers an access review goes over; 0 leaves that out
    #[arg(long, default_value_t = 10_000)]
    customers: usize,
    /// A folder for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// What is asked of a history, each about now and about random moments of the past.
#[derive(Clone, Copy)]
enum Asked {
    Decision,
    Reasons,
    Permissions,
    Relationships,
}

const ASKED: [(Asked, &str); 4] = [
    (Asked::Decision, "access questions"),
    (Asked::Reasons, "… with reasons"),
    (Asked::Permissions, "effective permissions"),
    (Asked::Relationships, "partner relationships"),
];

/// Of one kind of question at one length of history.
#[derive(Default)]
struct Pair {
    now: Figure,
    past: Figure,
    ratio: Figure,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::print(&args.folder);
    let mut figures: Vec<(usize, [Pair; 4])> =
        args.changes.iter().map(|changes| (*changes, Default::default())).collect();
    for (changes, pairs) in &mut figures {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
        let (_directory, engine) = load::open(&folder.path().join("data")).await;
        let begins = changes::tell(&engine, *changes).await;
        for number in 1..=args.runs {
            eprintln!("run {number} of {}: a history of {changes} changes", args.runs);
            for ((asked, _), pair) in ASKED.iter().zip(pairs.iter_mut()) {
                measure(args, &engine, begins, *asked, pair);
            }
        }
    }
    println!("\nMedian of {} runs, with the least and the most in brackets.", args.runs);
    print(&figures, args);
    if args.customers > 0 {
        reviews::run(&args.folder, args.customers, args.runs, args.seconds).await;
    }
}

/// Now and then in turns, so that whatever else the machine does falls on both.
fn measure(args: &Args, engine: &Engine, begins: Position, asked: Asked, pair: &mut Pair) {
    let mut entropy = Entropy::seeded(7);
    let span = engine.position().0 - begins.0;
    let past: Vec<Position> =
        (0..4_096).map(|_| Position(begins.0 + u64::from_le_bytes(entropy.bytes()) % span)).collect();
    let mut past = past.iter().cycle();
    let questions = changes::questions();
    let (mut now, mut then) = ((0, Duration::ZERO), (0, Duration::ZERO));
    let slice = Duration::from_secs_f64(args.seconds / 20.0);
    for _ in 0..10 {
        spend(slice, &mut now, || ask(engine, asked, &questions, engine.moment(When::Now).unwrap()));
        spend(slice, &mut then, || {
            let position = past.next().copied().unwrap();
            ask(engine, asked, &questions, engine.moment(When::Position(position)).unwrap())
        });
    }
    let rate = |(asked, time): (u32, Duration)| f64::from(asked) / time.as_secs_f64();
    pair.now.add(rate(now));
    pair.past.add(rate(then));
    pair.ratio.add(rate(now) / rate(then));
}

/// Asks for that long; each turn says how many questions it asked.
fn spend(time: Duration, (asked, spent): &mut (u32, Duration), mut turn: impl FnMut() -> u32) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        *asked += turn();
    }
    *spent += begun.elapsed();
}

fn ask(engine: &Engine, asked: Asked, questions: &[Question], at: Moment) -> u32 {
    let customer = changes::customer();
    match asked {
        Asked::Decision => questions.iter().for_each(|question| drop(black_box(engine.decide(question, at)))),
        Asked::Reasons => {
            for question in questions {
                let decision = engine.decide(question, at);
                black_box(
                    engine.read(|state| explain(state, &decision, at, Audience::Everything, Words::of(Locale::En))),
                );
            }
        }
        Asked::Permissions => {
            black_box(
                engine.read(|state| {
                    rows(effective_permissions(state, customer, at, Filter::default(), PermissionKey::MIN))
                }),
            );
            return 1;
        }
        Asked::Relationships => {
            black_box(engine.read(|state| rows(partner_relationships(state, customer, at, PartnerId::MIN))));
            return 1;
        }
    }
    u32::try_from(questions.len()).unwrap()
}

fn print(figures: &[(usize, [Pair; 4])], args: &Args) {
    let mut rows = vec![row(["asked", "changes", "now/s", "past/s", "now ÷ past"])];
    for (index, (_, name)) in ASKED.iter().enumerate() {
        for (changes, pairs) in figures {
            let Some(Pair { now, past, ratio }) = pairs.get(index) else { continue };
            let cells = [(*name).to_owned(), changes.to_string(), now.text(0), past.text(0), ratio.text(2)];
            rows.push(cells.to_vec());
        }
    }
    let seconds = args.seconds;
    table::print(&format!("Asked in process by one thread, {seconds} s each, about one customer"), &rows);
    println!(
        "  past: about random positions of the customer's history; finding the moment counts, once for all questions of a turn"
    );
}
