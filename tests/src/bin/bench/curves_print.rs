//! What questions cost on logs of different sizes, as tables and as plots.

use crate::{
    curves::Measured,
    curves_asked::{Alike, Kind, PAGE, PARTNER_CUSTOMERS},
    table::{self, Figure, row},
};

/// What is plotted together.
const PLOTS: [(&str, &[Kind]); 3] = [
    ("Access questions and commands about random customers", &[Kind::Now, Kind::Past, Kind::Decided, Kind::Refused]),
    ("Spans, lists and pages about random customers", &[Kind::Spans, Kind::Relationships, Kind::Permissions]),
    ("Searches, pages of customers, reports", &[Kind::Customers, Kind::Subjects, Kind::Resources, Kind::Report]),
];

fn figure(of: impl IntoIterator<Item = f64>) -> Figure {
    let mut figure = Figure::default();
    of.into_iter().for_each(|one| figure.add(one));
    figure
}

/// Prints it all.
pub(crate) fn print(measured: &[Measured], runs: u32) {
    println!("\nMedian of {runs} runs, with the least and the most in brackets.");
    logs(measured);
    costs(measured);
    ratios(measured);
    println!(
        "\nThe lines of each plot, about random customers: its kinds in the order of the table, then the random walk."
    );
    for (title, kinds) in PLOTS {
        plot(title, kinds, measured);
    }
}

fn logs(measured: &[Measured]) {
    let mut rows =
        vec![row(["customers", "asked about", "events", "MiB", "all customers' permissions: rows", "rows/s"])];
    for Measured { customers, asked, events, resident_bytes, streams, .. } in measured {
        let rate = figure(streams.iter().map(|stream| stream.rows as f64 / stream.seconds)).text(0);
        let found = streams.first().map(|stream| stream.rows).unwrap_or_default();
        let mib = resident_bytes >> 20;
        rows.push(vec![
            customers.to_string(),
            asked.to_string(),
            events.to_string(),
            mib.to_string(),
            found.to_string(),
            rate,
        ]);
    }
    table::print("The logs, and a walk through all their customers", &rows);
    let mut rows = vec![row(["customers", "in use", "permissions", "people", "bytes of the report"])];
    for Measured { customers, alike: Alike { customers: in_use, permissions, people, report_bytes }, .. } in measured {
        let counts = [customers, in_use].map(usize::to_string);
        let means = [permissions, people, report_bytes].map(|mean| format!("{mean:.1}"));
        rows.push(counts.into_iter().chain(means).collect());
    }
    table::print("What there is to say about each customer in use, on average", &rows);
    let (least, most) = PARTNER_CUSTOMERS.into_inner();
    println!(
        "  asked about: customers whose partner has delegated admin privileges and {least} to {most} customers, now or before"
    );
}

fn costs(measured: &[Measured]) {
    let mut rows = vec![row(["asked", "customers", "in use, ns", "random, ns"])];
    for (index, kind) in Kind::ALL.iter().enumerate() {
        for Measured { customers, costs, .. } in measured {
            let Some(cost) = costs.get(index) else { continue };
            let [in_use, random] = [&cost.in_use, &cost.random].map(|of| figure(of.iter().copied()).text(0));
            rows.push(vec![kind.name().to_owned(), customers.to_string(), in_use, random]);
        }
    }
    for Measured { customers, walk, .. } in measured {
        let walk = figure(walk.iter().copied()).text(1);
        rows.push(vec!["a step of a random walk".to_owned(), customers.to_string(), String::new(), walk]);
    }
    table::print(&format!("Asked in process by one thread; pages of {PAGE}"), &rows);
}

fn ratios(measured: &[Measured]) {
    let [least, .., most] = measured else { return };
    let mut rows = vec![row(["asked", "in use", "random"])];
    let ratio = |of: [&[f64]; 2]| {
        let [least, most] = of.map(|of| figure(of.iter().copied()).median());
        format!("{:.2}", most / least)
    };
    for ((kind, one), other) in Kind::ALL.iter().zip(&least.costs).zip(&most.costs) {
        let (in_use, random) = (ratio([&one.in_use, &other.in_use]), ratio([&one.random, &other.random]));
        rows.push(vec![kind.name().to_owned(), in_use, random]);
    }
    rows.push(vec!["a step of a random walk".to_owned(), String::new(), ratio([&least.walk, &most.walk])]);
    table::print(&format!("{} customers beside {}: how many times as long", most.customers, least.customers), &rows);
}

/// As GitHub draws it.
fn plot(title: &str, kinds: &[Kind], measured: &[Measured]) {
    let joined = |of: Vec<String>| of.join(", ");
    let line = |of: &dyn Fn(&Measured) -> f64| {
        println!("    line [{}]", joined(measured.iter().map(|one| format!("{:.0}", of(one))).collect()));
    };
    println!("\n```mermaid\nxychart-beta\n    title \"{title}\"");
    println!("    x-axis \"customers\" [{}]", joined(measured.iter().map(|one| one.customers.to_string()).collect()));
    println!("    y-axis \"nanoseconds\"");
    for (index, kind) in Kind::ALL.iter().enumerate() {
        if kinds.contains(kind) {
            line(&|one| {
                one.costs.get(index).map(|cost| figure(cost.random.iter().copied()).median()).unwrap_or_default()
            });
        }
    }
    line(&|one| figure(one.walk.iter().copied()).median());
    println!("```");
}
