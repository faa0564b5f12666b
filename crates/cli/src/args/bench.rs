//! The flags of `procura bench`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// So many customers get devices with serial numbers of their own.
const CUSTOMERS_MAX: i64 = 10_000_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Write a made-up history of many customers: as lines for `procura apply`, or straight into a new log
    #[command(after_help = "Examples:\n  procura bench generate --customers 1000 > history.jsonl\n  \
        procura bench generate --customers 100000 --data ./large\n  \
        procura bench generate --customers 1000 --seed 2 | procura apply --data ./data > answers.jsonl\n\n\
        Six years from January 2018: partners of very different sizes whose people come and go, customers with one to four \
        of them, invitations, subscriptions, roles, devices, profiles, revocations, relationships that end; about 30 events \
        for each customer. Every command is one that the rules allow. The same number and seed give the same lines.\n\n\
        Nothing real is in it; domains end in .example. Of personal data it has the titles of service requests, for one \
        customer in fifty: no recipients, messages or product keys, since each takes a key of its own.")]
    Generate(Generate),
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// How many customers; there is a partner for each 250 of them, and three at least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CUSTOMERS_MAX))]
    pub(crate) customers: u32,
    /// Which history: another number gives another one
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The data directory to make, and to record the history in [default: print the lines]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}
