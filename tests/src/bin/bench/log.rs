//! `scripts/bench log`: durable commands beside what the disk can do, reading, room taken, time to start.

use crate::{
    disk,
    growth::{self, Started, Taken},
    load::{self, Phase},
    machine,
    table::{self, Figure, quantile, row},
    workload::{USUAL, World},
};
use futures_util::TryStreamExt;
use procura_eventlog::{DataDirectory, FrameStore};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How the log is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Seconds of each measurement of commands
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Seconds before each that do not count
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// How many callers there are at once, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 256, 1024])]
    callers: Vec<u64>,
    /// Events of the log that is read back and started from; 0 leaves that out
    #[arg(long, default_value_t = 400_000)]
    events: u64,
    /// A folder on the disk to measure, for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// After the log was opened again.
const WARM_AGAIN: Duration = Duration::from_millis(200);

/// Of one number of callers.
#[derive(Default)]
struct Commands {
    a_second: Figure,
    half: Figure,
    most: Figure,
    a_frame: Figure,
    frame_bytes: Figure,
    appends: Figure,
    of_disk: Figure,
}

/// Of the log that is filled, read and started from.
#[derive(Default)]
struct Room {
    disk: Figure,
    /// In memory, at one size after the other.
    filled: Vec<Figure>,
    started: Figure,
    read: Figure,
    open_seconds: Figure,
    open: Figure,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::refuse_memory(&args.folder);
    machine::print(&args.folder);
    let mut commands: Vec<_> = args.callers.iter().map(|callers| (*callers, Commands::default())).collect();
    let mut room = Room::default();
    let targets = [args.events / 4, args.events / 2, args.events / 4 * 3, args.events];
    for number in 1..=args.runs {
        for (callers, figures) in &mut commands {
            eprintln!("run {number} of {}: {callers} callers", args.runs);
            measure_commands(args, *callers, figures).await;
        }
        if args.events > 0 {
            eprintln!("run {number} of {}: {} events", args.runs, args.events);
            measure_room(args, &targets, &mut room);
        }
    }
    println!("\nMedian of {} runs, with the least and the most in brackets.", args.runs);
    print_commands(&commands, args);
    if args.events > 0 {
        print_room(&room, &targets);
    }
}

fn fresh_folder(args: &Args) -> tempfile::TempDir {
    tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap()
}

/// In a fresh data directory: callers for a while, with plain appends of frames as large as theirs before and after.
async fn measure_commands(args: &Args, callers: u64, figures: &mut Commands) {
    let folder = fresh_folder(args);
    let path = folder.path().join("data");
    let plain = |bytes| {
        let time = Duration::from_secs_f64(args.seconds / 4.0);
        disk::appends_a_second(folder.path(), bytes, time)
    };

    let (directory, engine) = load::open(&path).await;
    let world = World::found(&engine, USUAL).await;
    let founded = engine.position().0;
    let end = Instant::now() + Duration::from_secs_f64(args.warm_up);
    let phase = move |_: &_| if Instant::now() < end { Phase::Working } else { Phase::Over };
    load::drive(&engine, &world, 0..callers, phase).await;
    drop(engine);
    let (frames, bytes) = frames_after(&directory, founded).await;
    drop(directory);
    let appends_before = plain(bytes / frames);

    let (directory, engine) = load::open(&path).await;
    let warm = engine.position().0;
    let begin = Instant::now() + WARM_AGAIN;
    let end = begin + Duration::from_secs_f64(args.seconds);
    let phase = move |_: &_| match Instant::now() {
        now if now < begin => Phase::Working,
        now if now < end => Phase::Measured,
        _ => Phase::Over,
    };
    let mut done = load::drive(&engine, &world, callers..2 * callers, phase).await;
    drop(engine);
    let (frames, bytes) = frames_after(&directory, warm).await;
    let appends = f64::midpoint(appends_before, plain(bytes / frames));

    done.micros.sort_by(f64::total_cmp);
    let a_second = done.micros.len() as f64 / args.seconds;
    let a_frame = f64::from(done.commands) / frames as f64;
    figures.a_second.add(a_second);
    figures.half.add(quantile(&done.micros, 0.5) / 1e3);
    figures.most.add(quantile(&done.micros, 0.99) / 1e3);
    figures.a_frame.add(a_frame);
    figures.frame_bytes.add(bytes as f64 / frames as f64);
    figures.appends.add(appends);
    figures.of_disk.add(a_second / (appends * a_frame) * 100.0);
}

/// How many frames there are after that position, and their bytes.
async fn frames_after(directory: &DataDirectory, position: u64) -> (usize, usize) {
    let store = directory.store().unwrap();
    let frames = store.read(position + 1);
    frames.try_fold((0, 0), async |(frames, bytes), frame| Ok((frames + 1, bytes + frame.bytes().len()))).await.unwrap()
}

fn measure_room(args: &Args, targets: &[u64], room: &mut Room) {
    let folder = fresh_folder(args);
    let path: &Path = &folder.path().join("data");
    let taken = growth::filled(path, targets);
    room.filled.resize_with(targets.len(), Figure::default);
    for (taken, figure) in taken.iter().zip(&mut room.filled) {
        figure.add(taken.resident_bytes as f64 / taken.events as f64);
    }
    let Some(Taken { events, disk_bytes, .. }) = taken.last() else { return };
    room.disk.add(*disk_bytes as f64 / *events as f64);
    let Started { events, open_seconds, resident_bytes, read_seconds, .. } = growth::started(path);
    room.open_seconds.add(open_seconds);
    room.open.add(events as f64 / open_seconds);
    room.started.add(resident_bytes as f64 / events as f64);
    room.read.add(events as f64 / read_seconds);
}

fn print_commands(commands: &[(u64, Commands)], args: &Args) {
    let mut rows = vec![row([
        "callers",
        "commands/s",
        "p50 ms",
        "p99 ms",
        "commands/frame",
        "bytes/frame",
        "appends/s",
        "of the disk %",
    ])];
    rows.extend(commands.iter().map(|(callers, figures)| {
        vec![
            callers.to_string(),
            figures.a_second.text(0),
            figures.half.text(2),
            figures.most.text(2),
            figures.a_frame.text(1),
            figures.frame_bytes.text(0),
            figures.appends.text(0),
            figures.of_disk.text(0),
        ]
    }));
    let seconds = args.seconds;
    table::print(&format!("Durable commands, over {seconds} s each in a fresh data directory"), &rows);
    println!(
        "  appends/s: a frame's bytes appended to a plain file and synced (fdatasync), on the same disk right before and after;"
    );
    println!("  of the disk: commands/s, of as many commands as those appends would have carried");
}

fn print_room(room: &Room, targets: &[u64]) {
    let figure = |name: &str, figure: &Figure, decimals| vec![name.to_owned(), figure.text(decimals)];
    let mut rows = vec![
        figure("events read back a second", &room.read, 0),
        figure("seconds to start", &room.open_seconds, 2),
        figure("events a second at the start", &room.open, 0),
        figure("bytes on disk per event", &room.disk, 0),
        figure("bytes in memory per event after the start", &room.started, 0),
    ];
    for (target, filled) in targets.iter().zip(&room.filled) {
        rows.push(figure(&format!("the same while it is filled, at {target}"), filled, 0));
    }
    let events = targets.last().copied().unwrap_or_default();
    table::print(&format!("A log of {events} events, its files in the system's cache"), &rows);
}
