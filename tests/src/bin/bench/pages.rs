//! `scripts/bench pages`: the console's pages, as somebody with a great many customers asks for them.

use crate::{
    load, machine,
    table::{self, quantile, row},
    workload::{Size, World},
};
use procura_tests::{Server, visitor::Visitor};
use std::{fs, path::PathBuf, time::Instant};

/// How pages are measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many customers the partner has, each with a subscription and a device
    #[arg(long, default_value_t = 20_000)]
    customers: usize,
    /// How often each page is asked for
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// A folder for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::print(&args.folder);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let data = folder.path().join("data");
    eprintln!("registering {} customers", args.customers);
    let (directory, engine) = load::open(&data).await;
    let world = World::found(&engine, Size { partners: 1, customers: args.customers }).await;
    world.equip(&engine).await;
    let events = engine.position();
    drop((directory, engine));
    let server = Server::start_on(&data);
    let mut agent = signed_in(&server, &world.agent().to_string());
    let (partner, customer) = (world.partner(), world.customer());
    let pages = [
        ("customers by name", format!("/partners/{partner}/customers")),
        ("… with residual access: none", format!("/partners/{partner}/customers?show=residual")),
        ("… by part of a name", format!("/partners/{partner}/customers?name=1234")),
        ("a customer's card", format!("/customers/{customer}")),
        ("its subscriptions", format!("/customers/{customer}/subscriptions")),
        ("its devices", format!("/customers/{customer}/devices")),
        ("its history", format!("/customers/{customer}/history")),
        ("the partner's history", format!("/partners/{partner}/history")),
        ("groups", format!("/partners/{partner}/groups")),
        ("invitations", format!("/partners/{partner}/invitations")),
        ("another customer, by name", "/switch?customer=customer+77".to_owned()),
        ("a search for a domain", "/search?q=customer-4321.example".to_owned()),
        ("a search for what there is not", "/search?q=PF1K2M3N".to_owned()),
    ];
    let mut rows = vec![row(["page", "median ms", "p95 ms", "most ms", "KB"])];
    for (name, path) in pages {
        let (mut millis, mut bytes) = (Vec::new(), 0);
        for _ in 0..=args.times {
            let begun = Instant::now();
            let shown = agent.get(&path);
            millis.push(begun.elapsed().as_secs_f64() * 1e3);
            assert_eq!(shown.status, 200, "{path}: {}", shown.text);
            bytes = shown.text.len();
        }
        // The first one is not warm.
        millis.remove(0);
        millis.sort_by(f64::total_cmp);
        let figures = [0.5, 0.95, 1.0].map(|part| format!("{:.1}", quantile(&millis, part)));
        rows.push([&[name.to_owned()][..], &figures, &[format!("{:.0}", bytes as f64 / 1e3)]].concat());
    }
    let title = format!("Pages of a partner with {} customers, {} events, one client", args.customers, events.0);
    table::print(&title, &rows);
}

fn signed_in(server: &Server, user: &str) -> Visitor {
    let mut visitor = Visitor::new(&server.url);
    let shown = visitor.post("/sign-in/as", &[("user", user)]);
    assert_eq!(shown.status, 303, "{}", shown.text);
    visitor
}
