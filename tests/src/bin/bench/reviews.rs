//! Access reviews over many customers while commands go on being accepted.

use crate::{
    load::{self, Done, Phase},
    table::{self, Figure, quantile, row},
    workload::{Size, World},
};
use indicatif::{ProgressBar, ProgressStyle};
use procura_domain::vocabulary::Locale;
use procura_engine::{CheckpointKey, Engine, ambient::Entropy};
use procura_server::{Progress, ReportFormat, ReportName, ReportRequest};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Callers that submit commands meanwhile.
const CALLERS: u64 = 64;
const FORMATS: [(ReportFormat, &str); 3] =
    [(ReportFormat::Json, "JSON"), (ReportFormat::Csv, "CSV"), (ReportFormat::Html, "HTML")];

/// Whether the reviews that the callers work beside are made.
static REVIEWED: AtomicBool = AtomicBool::new(false);

/// A review in one form.
#[derive(Default)]
struct Review {
    alone: Figure,
    beside: Figure,
    mib: Figure,
}

/// Commands of the callers.
#[derive(Default)]
struct Commands {
    a_second: Figure,
    most: Figure,
}

/// Measures and prints.
pub(crate) async fn run(folder: &Path, customers: usize, runs: u32, seconds: f64) {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(folder).unwrap();
    let (directory, engine) = load::open(&folder.path().join("data")).await;
    let key = CheckpointKey::of(directory.path(), directory.log_id(), Entropy::from_os().bytes()).unwrap();
    eprintln!("registering {customers} customers of one partner");
    let world = World::found(&engine, Size { partners: 1, customers }).await;
    let (mut reviews, mut without, mut with) =
        (FORMATS.map(|_| Review::default()), Commands::default(), Commands::default());
    let mut callers = (0..).step_by(usize::try_from(CALLERS).unwrap()).map(|first| first..first + CALLERS);
    for number in 1..=runs {
        eprintln!("run {number} of {runs}: access reviews over {customers} customers");
        for ((format, _), review) in FORMATS.into_iter().zip(&mut reviews) {
            let (spent, bytes) = make(&engine, &key, &world, format).await;
            review.alone.add(spent);
            review.mib.add(bytes as f64 / f64::from(1 << 20));
        }
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        let phase = move |_: &_| if Instant::now() < end { Phase::Measured } else { Phase::Over };
        without.add(load::drive(&engine, &world, callers.next().unwrap(), phase).await, seconds);

        REVIEWED.store(false, Relaxed);
        let phase = |_: &Engine| if REVIEWED.load(Relaxed) { Phase::Over } else { Phase::Measured };
        let (busy, keeping, callers) = (engine.clone(), world.clone(), callers.next().unwrap());
        let begun = Instant::now();
        let commands = tokio::spawn(async move { load::drive(&busy, &keeping, callers, phase).await });
        for ((format, _), review) in FORMATS.into_iter().zip(&mut reviews) {
            review.beside.add(make(&engine, &key, &world, format).await.0);
        }
        REVIEWED.store(true, Relaxed);
        let spent = begun.elapsed().as_secs_f64();
        with.add(commands.await.unwrap(), spent);
    }
    print(customers, &reviews, &without, &with);
}

impl Commands {
    fn add(&mut self, mut done: Done, seconds: f64) {
        done.micros.sort_by(f64::total_cmp);
        self.a_second.add(done.micros.len() as f64 / seconds);
        self.most.add(quantile(&done.micros, 0.99) / 1e3);
    }
}

/// Makes a review of all the partner's customers, with a bar; the seconds it took and its bytes.
async fn make(engine: &Engine, key: &CheckpointKey, world: &Arc<World>, format: ReportFormat) -> (f64, usize) {
    let request = ReportRequest {
        report: ReportName::AccessReview,
        format,
        lang: Locale::En,
        customer: None,
        partner: Some(world.partner()),
        from: None,
        until: None,
        at: None,
    };
    let style = ProgressStyle::with_template("  {bar:40} {human_pos} of {human_len} customers, {eta} left").unwrap();
    let bar = ProgressBar::new(0).with_style(style);
    let telling = bar.clone();
    let told = move |Progress { done, of }| {
        telling.set_length(of as u64);
        telling.set_position(done as u64);
    };
    let begun = Instant::now();
    let report = procura_server::report(engine, key, request, told).await.unwrap();
    bar.finish_and_clear();
    (begun.elapsed().as_secs_f64(), report.len())
}

fn print(customers: usize, reviews: &[Review], without: &Commands, with: &Commands) {
    let mut rows = vec![row(["form", "seconds alone", "seconds beside commands", "MiB"])];
    rows.extend(FORMATS.iter().zip(reviews).map(|((_, name), Review { alone, beside, mib })| {
        vec![(*name).to_owned(), alone.text(2), beside.text(2), mib.text(1)]
    }));
    table::print(&format!("An access review of all {customers} customers of a partner"), &rows);
    let mut rows = vec![row([&format!("commands of {CALLERS} callers"), "a second", "p99 ms"])];
    for (name, Commands { a_second, most }) in [("alone", without), ("beside the reviews", with)] {
        rows.push(vec![name.to_owned(), a_second.text(0), most.text(2)]);
    }
    table::print("Durable commands meanwhile", &rows);
}
