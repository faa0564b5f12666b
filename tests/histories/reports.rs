//! A report of a moment says what one made then said, whatever happened since.

use crate::{
    history::{CUSTOMERS, PARTNERS, Step},
    model::guid,
    runner::{self, Sum},
    told::{Told, end},
};
use procura_domain::{rule::RULES_VERSION, state::State, temporal::Moment, vocabulary::Locale};
use procura_reports::{Format, Parameters, ReportName, Stamp, Statement, find};
use procura_tests::Dice;

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 15;
/// Reports made of each moment.
const REPORTS: usize = 6;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    reports: u64,
    bytes: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.reports += other.reports;
        self.bytes += other.bytes;
    }
}

#[test]
fn a_report_says_what_it_would_have_said_then() {
    let count = runner::check(runner::one_of(SHARE), compare);
    println!("{} reports, {} bytes", count.reports, count.bytes);
    assert!(!runner::is_thorough() || (count.reports > 10_000 && count.bytes > 2_000 * count.reports), "{count:?}");
}

fn compare(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice, mut cut_off) = (Count::default(), Dice::new(1), State::default());
    let moments = told.moments();
    for (commit, earlier) in told.commits.iter().zip(&moments) {
        cut_off.fold(commit).map_err(|error| error.to_string())?;
        for _ in 0..REPORTS {
            let since = *dice.one(&moments);
            let statement = statement(&mut dice, end(commit), since, *earlier);
            // Nobody is given a report about somebody who was not there.
            let Parameters { customer, partner, .. } = statement.parameters;
            let of = [customer.map(Into::into), partner.map(Into::into)];
            if of.into_iter().flatten().any(|tenant| cut_off.tenant(tenant).is_none()) {
                continue;
            }
            let made = |state: &State| {
                let mut text = Vec::new();
                let findings = find(state, statement.clone(), &mut |_| ());
                let written = findings.and_then(|findings| findings.write(&mut text));
                written.map_err(|error| error.to_string())?;
                String::from_utf8(text).map_err(|error| error.to_string())
            };
            let (then, later) = (made(&cut_off)?, made(&told.state)?);
            if then != later {
                return Err(format!("{statement:?} said\n{then}\nand says later\n{later}"));
            }
            count.reports += 1;
            count.bytes += then.len() as u64;
        }
    }
    Ok(count)
}

/// Any report of a moment, by chance; what changed since some moment up to the one before.
fn statement(dice: &mut Dice, at: Moment, since: Moment, before: Moment) -> Statement {
    let report = *dice.one(ReportName::ALL);
    let of = |dice: &mut Dice, ids: &[u128]| ids.get(dice.below(ids.len() + 1)).map(|id| guid(*id));
    let (customer, partner) = (of(dice, &CUSTOMERS), of(dice, &PARTNERS));
    // A review is of somebody.
    let customer = customer.or_else(|| partner.is_none().then(|| guid(CUSTOMERS[0])));
    let is_changes = report == ReportName::Changes;
    let stamp = |moment: Moment| is_changes.then(|| Stamp::from(moment));
    let parameters = Parameters {
        format: *dice.one(Format::ALL),
        lang: *dice.one(Locale::ALL),
        customer: customer.map(|id| id.parse().unwrap()),
        partner: partner.map(|id| id.parse().unwrap()),
        from: stamp(if since.position < before.position { since } else { before }),
        until: stamp(at),
    };
    let (rules, checkpoint) = (RULES_VERSION.to_owned(), "the note of the log".to_owned());
    Statement { report, parameters, at: at.into(), names: None, rules, checkpoint }
}
