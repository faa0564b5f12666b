//! `scripts/bench curves`: what questions cost on logs of different sizes, about customers in use and about random ones,
//! beside a bare random walk through as much memory. Each log is measured by a process of its own that prints JSON.

use crate::{
    curves_asked::{Alike, Kind, Pool},
    curves_print, curves_walk, load, machine,
};
use procura_domain::{id::CustomerId, vocabulary::TenantKind};
use procura_engine::{Engine, When};
use procura_views::{Filter, PermissionKey, effective_permissions, rows};
use serde::{Deserialize, Serialize};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How costs are measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A data directory that `procura bench generate --data` made, the smallest first; several times, or with commas
    #[arg(long, required = true, value_delimiter = ',')]
    data: Vec<PathBuf>,
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

/// What was measured on one log.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) customers: usize,
    pub(crate) events: u64,
    pub(crate) resident_bytes: u64,
    /// How many customers are asked about.
    pub(crate) asked: usize,
    /// Those in use.
    pub(crate) alike: Alike,
    /// Nanoseconds a step, of each run.
    pub(crate) walk: Vec<f64>,
    /// By kind, in their order.
    pub(crate) costs: Vec<Cost>,
    pub(crate) streams: Vec<Stream>,
}

/// Nanoseconds that one question of a kind takes, of each run.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) in_use: Vec<f64>,
    pub(crate) random: Vec<f64>,
}

/// A walk through all customers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) rows: usize,
    pub(crate) seconds: f64,
}

/// Measures and prints.
pub(crate) fn run(args: &Args) {
    machine::print(args.data.first().unwrap());
    let measured: Vec<Measured> = args.data.iter().map(|directory| measured(directory, args)).collect();
    curves_print::print(&measured, args.runs);
}

/// [`of`] in a process of its own.
fn measured(directory: &Path, args: &Args) -> Measured {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("curves-of").arg(directory).args([args.runs.to_string(), args.seconds.to_string()]);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Opens the log and prints what its questions cost.
pub(crate) async fn of(directory: &Path, runs: u32, seconds: f64) {
    let (_directory, engine) = load::open(directory).await;
    // Before anything is remembered here.
    let resident_bytes = machine::resident_bytes();
    let all: Vec<CustomerId> = engine.read(|state| {
        let customers = state.tenants().filter(|tenant| tenant.kind() == TenantKind::Customer);
        customers.map(|tenant| tenant.id().as_customer()).collect()
    });
    let pool = Pool::of(&engine, &all);
    let mut measured = Measured {
        customers: all.len(),
        events: engine.position().0,
        resident_bytes,
        asked: pool.random.len(),
        alike: pool.alike(&engine),
        walk: vec![],
        costs: Kind::ALL.map(|_| Cost::default()).into(),
        streams: vec![],
    };
    eprintln!("{} customers, {} of them are asked about", all.len(), pool.random.len());
    let walk = curves_walk::ring(resident_bytes);
    // Where it went on from, so that nobody is asked about again before all the others were.
    let mut reached = (0, Kind::ALL.map(|_| 0));
    for number in 1..=runs {
        eprintln!("run {number} of {runs}");
        let time = Duration::from_secs_f64(seconds);
        measured.walk.push(curves_walk::nanoseconds(&walk, &mut reached.0, time));
        for ((kind, cost), reached) in Kind::ALL.into_iter().zip(&mut measured.costs).zip(&mut reached.1) {
            let in_use = pool.in_use(kind);
            // Once around, so that the caches know them.
            in_use.iter().for_each(|asked| kind.ask(&engine, asked));
            cost.in_use.push(asked(time, &mut 0, in_use, |asked| kind.ask(&engine, asked)));
            cost.random.push(asked(time, reached, &pool.random, |asked| kind.ask(&engine, asked)));
        }
        measured.streams.push(stream(&engine, &all));
    }
    println!("{}", serde_json::to_string(&measured).unwrap());
}

/// Asks about one after the other for that long, around and around: nanoseconds of each.
fn asked<T>(time: Duration, reached: &mut usize, of: &[T], mut ask: impl FnMut(&T)) -> f64 {
    let (begun, mut questions) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        for _ in 0..16 {
            ask(of.get(*reached).unwrap());
            *reached = (*reached + 1) % of.len();
        }
        questions += 16;
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(questions)
}

/// Who holds what at every customer, as a review of everything would find it, one look at a time.
fn stream(engine: &Engine, customers: &[CustomerId]) -> Stream {
    let (begun, mut found) = (Instant::now(), 0);
    let at = engine.moment(When::Now).unwrap();
    for customer in customers {
        let list = |state: &_| rows(effective_permissions(state, *customer, at, Filter::default(), PermissionKey::MIN));
        found += engine.read(|state| list(state).len());
    }
    Stream { rows: found, seconds: begun.elapsed().as_secs_f64() }
}
