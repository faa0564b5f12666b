//! Access reviews over many customers while commands go on being accepted.

use crate::{
    load::{self, Done, Phase},
    table::{self, Figure, quantile, row},
    workload::{Size, World},
};
use indicatif::{ProgressBar, ProgressStyle};
use procura_app::reports::{Format, NamesWanted, Progress, ReportName, ReportRequest, report};
use procura_domain::{visibility::Reader, vocabulary::Locale};
use procura_engine::{CheckpointKey, Engine, ambient::Entropy};
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
const FORMATS: [(Format, &str); 3] = [(Format::Json, "JSON"), (Format::Csv, "CSV"), (Format::Html, "HTML")];

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
    let mut reviews = FORMATS.map(|_| Review::default());
    let (mut without, mut with) = (Commands::default(), Commands::default());
    for number in 1..=runs {
        eprintln!("run {number} of {runs}: access reviews over {customers} customers");
        measure(folder, customers, seconds, &mut reviews, [&mut without, &mut with]).await;
    }
    print(customers, &reviews, &without, &with);
}

/// In a fresh data directory: reviews alone, commands alone, and both at once.
async fn measure(
    folder: &Path,
    customers: usize,
    seconds: f64,
    reviews: &mut [Review],
    [without, with]: [&mut Commands; 2],
) {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(folder).unwrap();
    let (directory, engine) = load::open(&folder.path().join("data")).await;
    let key = CheckpointKey::of(directory.path(), directory.origins().clone(), Entropy::from_os().bytes()).unwrap();
    let world = World::found(&engine, Size { partners: 1, customers }).await;
    for ((format, _), review) in FORMATS.into_iter().zip(&mut *reviews) {
        let (spent, bytes) = make(&engine, &key, &world, format).await;
        review.alone.add(spent);
        review.mib.add(bytes as f64 / f64::from(1 << 20));
    }
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let phase = move |_: &_| if Instant::now() < end { Phase::Measured } else { Phase::Over };
    without.add(load::drive(&engine, &world, 0..CALLERS, phase).await, seconds);

    REVIEWED.store(false, Relaxed);
    let phase = |_: &Engine| if REVIEWED.load(Relaxed) { Phase::Over } else { Phase::Measured };
    let (busy, keeping, begun) = (engine.clone(), world.clone(), Instant::now());
    let commands = tokio::spawn(async move { load::drive(&busy, &keeping, CALLERS..2 * CALLERS, phase).await });
    for ((format, _), review) in FORMATS.into_iter().zip(reviews) {
        review.beside.add(make(&engine, &key, &world, format).await.0);
    }
    REVIEWED.store(true, Relaxed);
    let spent = begun.elapsed().as_secs_f64();
    with.add(commands.await.unwrap(), spent);
}

impl Commands {
    fn add(&mut self, mut done: Done, seconds: f64) {
        done.micros.sort_by(f64::total_cmp);
        self.a_second.add(done.micros.len() as f64 / seconds);
        self.most.add(quantile(&done.micros, 0.99) / 1e3);
    }
}

/// Makes a review of all the partner's customers, with a bar; the seconds it took and its bytes.
async fn make(engine: &Engine, key: &CheckpointKey, world: &Arc<World>, format: Format) -> (f64, usize) {
    let request = ReportRequest {
        report: ReportName::AccessReview,
        format,
        lang: Locale::En,
        customer: None,
        partner: Some(world.partner()),
        from: None,
        until: None,
        at: None,
        names: NamesWanted::Now,
    };
    let style = ProgressStyle::with_template("  {bar:40} {human_pos} of {human_len} customers, {eta} left").unwrap();
    let bar = ProgressBar::new(0).with_style(style);
    let telling = bar.clone();
    let told = move |Progress { done, of }| {
        telling.set_length(of as u64);
        telling.set_position(done as u64);
    };
    let begun = Instant::now();
    let made = report(engine, key, Reader::Overseer, request, told).await.unwrap().answer.text().await.unwrap();
    bar.finish_and_clear();
    (begun.elapsed().as_secs_f64(), made.len())
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
