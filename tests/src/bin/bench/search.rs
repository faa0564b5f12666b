//! `scripts/bench search`: pages of AuthZEN searches where there is a great deal to search through.

use crate::{
    load, machine,
    table::{self, quantile, row},
    workload::{Size, World},
};
use procura_app::{
    AsOf, Error,
    access::{ActionSearch, PageTokens, SearchResponse, search_actions, search_resources, search_subjects},
};
use procura_domain::visibility::Reader;
use procura_engine::{Engine, ambient::Entropy};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{fs, path::PathBuf, sync::Arc, time::Instant};

/// How searches are measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many customers the partner has, and how many members its groups
    #[arg(long, default_value_t = 100_000)]
    customers: usize,
    /// How many results a page has
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// How many pages of a search are asked for at most
    #[arg(long, default_value_t = 500)]
    pages: usize,
    /// A folder for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// What is searched.
struct Searched<'e> {
    engine: &'e Engine,
    tokens: Arc<PageTokens>,
}

/// Measures and prints.
pub(crate) async fn run(args: &Args) {
    fs::create_dir_all(&args.folder).unwrap();
    machine::print(&args.folder);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let (_directory, engine) = load::open(&folder.path().join("data")).await;
    eprintln!("registering {} customers and as many agents", args.customers);
    let world = World::found(&engine, Size { partners: 1, customers: args.customers }).await;
    let before = engine.position();
    world.hire(&engine, args.customers).await;

    let (agent, customer, administrator) = (world.agent(), world.customer().to_string(), world.administrator());
    let customer = customer.as_str();
    let searched = Searched { engine: &engine, tokens: Arc::new(PageTokens::new(Entropy::from_os())) };
    let on_what = |action: &str, kind: &str| {
        json!({"subject": {"type": "user", "id": agent.to_string()}, "action": {"name": action},
            "resource": {"type": kind}, "page": {"limit": args.limit}})
    };
    let who = |action: &str| {
        json!({"subject": {"type": "user"}, "action": {"name": action},
            "resource": {"type": "customer", "id": customer}, "page": {"limit": args.limit}})
    };
    let at = |mut body: Value| {
        body.as_object_mut().unwrap().insert("context".to_owned(), json!({"position": before.0}));
        body
    };
    let what = json!({"subject": {"type": "user", "id": agent.to_string()},
        "resource": {"type": "customer", "id": customer}});
    let (service, itself, own) = (Reader::Decider, Reader::User(agent), Reader::User(administrator));
    let mut rows = vec![row(["search", "by", "pages", "results", "median ms", "p99 ms", "most ms"])];
    for (name, by, kind, reader, body) in [
        ("customers of an agent", "a service", "resource", service, on_what("customer.view", "customer")),
        ("… at a past moment", "a service", "resource", service, at(on_what("customer.view", "customer"))),
        ("… its own", "the agent", "resource", itself, on_what("customer.view", "customer")),
        ("devices: none, in all tenants", "the agent", "resource", itself, on_what("device.manage", "device")),
        ("agents of a customer", "a service", "subject", service, who("customer.view")),
        ("…", "the customer", "subject", own, who("customer.view")),
        ("… at a moment before most joined", "the customer", "subject", own, at(who("customer.view"))),
        ("actions of an agent", "a service", "action", service, what),
    ] {
        let (mut millis, results) = searched.walk(kind, reader, body, args.pages).await;
        let pages = millis.len().to_string();
        millis.sort_by(f64::total_cmp);
        let figures = [0.5, 0.99, 1.0].map(|part| format!("{:.2}", quantile(&millis, part)));
        let cells = [name.to_owned(), by.to_owned(), pages, results.to_string()];
        rows.push(cells.into_iter().chain(figures).collect());
    }
    let title = format!("Pages of {} among {} customers and as many agents, in process", args.limit, args.customers);
    table::print(&title, &rows);
}

fn read<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap()
}

impl Searched<'_> {
    /// Asks for so many pages, one after the other: the milliseconds of each, and how many results there were.
    async fn walk(&self, kind: &str, reader: Reader, mut body: Value, pages: usize) -> (Vec<f64>, usize) {
        let Self { engine, tokens } = self;
        let (mut millis, mut results) = (Vec::new(), 0);
        while millis.len() < pages {
            let begun = Instant::now();
            let (found, token) = match kind {
                "subject" => page(search_subjects(engine, tokens, reader, read(&body)).await),
                "resource" => page(search_resources(engine, tokens, reader, read(&body)).await),
                _ => page(search_actions(engine, tokens, reader, &read::<ActionSearch>(&body))),
            };
            millis.push(begun.elapsed().as_secs_f64() * 1e3);
            results += found;
            match token.as_str() {
                "" if kind == "action" => {}
                "" => break,
                token => *body.pointer_mut("/page").unwrap() = json!({"token": token}),
            }
        }
        (millis, results)
    }
}

fn page<T>(answered: Result<AsOf<SearchResponse<T>>, Error>) -> (usize, String) {
    let SearchResponse { page, results, .. } = answered.unwrap().answer;
    (results.len(), page.next_token)
}
