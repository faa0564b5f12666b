//! Measures Procura on this machine and prints it with all that a reader needs to judge it: what the engine does on the
//! disk and over time, what the server does over HTTP and with its pages, and what it does for one tenant while another
//! attacks it.

#![expect(clippy::unwrap_used, reason = "a measurement: it stops at the first surprise, and then there are no figures")]

mod attacks;
mod bare;
mod changes;
mod crowd;
mod curves;
mod curves_asked;
mod curves_print;
mod curves_walk;
mod disk;
mod fair;
mod feed;
mod growth;
mod http;
mod load;
mod log;
mod machine;
mod pages;
mod postgres;
mod reviews;
mod search;
mod stages;
mod table;
mod time;
mod workload;
mod wrk;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use std::path::PathBuf;

/// As in the binary that is shipped.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures Procura on this machine.
#[derive(Parser)]
#[command(name = "scripts/bench")]
struct Args {
    #[command(subcommand)]
    name: Name,
}

#[derive(Subcommand)]
enum Name {
    /// Durable commands a second and their latency beside what the disk can do; reading, room taken, time to start.
    Log(log::Args),
    /// Questions about the past beside those about now; reports over many customers while commands go on.
    Time(time::Args),
    /// Pages of searches where there is a great deal to search through.
    Search(search::Args),
    /// Pages of the console for somebody with a great many customers.
    Pages(pages::Args),
    /// What questions cost on logs of different sizes, about customers in use and about random ones.
    Curves(curves::Args),
    /// Access questions over HTTP beside a bare handler, durable commands beside PostgreSQL.
    Http(http::Args),
    /// Another tenant's commands and questions beside attacks on the server.
    Fair(fair::Args),
    /// Readers of the feed, and what they cost the writer.
    Feed(feed::Args),
    /// A handler that gives the same answer to every question, until standard input ends.
    #[command(hide = true)]
    HttpBare { answer: String },
    /// Processor time of each stage of a start, and a whole start.
    Stages(stages::Args),
    /// Fills a data directory and says what it takes; in a process of its own, so that nothing else is in its memory.
    #[command(hide = true)]
    LogFill {
        directory: PathBuf,
        /// Where to look, in events; the last one is where it ends.
        #[arg(required = true)]
        events: Vec<u64>,
    },
    /// Measures the costs of one log; in a process of its own, so that nothing else is in its memory.
    #[command(hide = true)]
    CurvesOf { directory: PathBuf, runs: u32, seconds: f64 },
    /// Opens what was filled and reads it back; in a process of its own, as a start is.
    #[command(hide = true)]
    LogStart { directory: PathBuf },
    /// Attacks a server until standard input ends; in a process of its own, with the lowest priority.
    #[command(hide = true)]
    FairAttack { attack: attacks::Attack, url: String, token: String },
}

#[tokio::main]
async fn main() {
    match Args::parse().name {
        Name::Log(args) => log::run(&args).await,
        Name::Time(args) => time::run(&args).await,
        Name::Search(args) => search::run(&args).await,
        Name::Pages(args) => pages::run(&args).await,
        Name::Curves(args) => curves::run(&args),
        Name::CurvesOf { directory, runs, seconds } => curves::of(&directory, runs, seconds).await,
        Name::Http(args) => http::run(&args).await,
        Name::Fair(args) => fair::run(&args),
        Name::Feed(args) => feed::run(&args).await,
        Name::Stages(args) => stages::run(&args).await,
        Name::HttpBare { answer } => bare::run(&answer).await,
        Name::LogFill { directory, events } => growth::fill(&directory, &events).await,
        Name::LogStart { directory } => growth::start(&directory).await,
        Name::FairAttack { attack, url, token } => attacks::run(attack, &url, &token),
    }
}
