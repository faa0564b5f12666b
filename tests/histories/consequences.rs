//! What a command was said to leave is what is left: asked ahead, when it was recorded, and ever after.

use crate::{
    history::Step,
    runner::{self, Sum},
    told::{Told, end},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    state::{Committed, State},
    vocabulary::TenantKind,
};
use procura_views::{CommitEvents, Consequences, ResidualKey, ResidualRow, residual_access};
use std::collections::BTreeSet;

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 5;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    commits: u64,
    /// Commits after which something was left.
    left: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.commits += other.commits;
        self.left += other.left;
    }
}

#[test]
fn what_a_command_leaves_is_what_it_was_said_to_leave() {
    let count = runner::check(runner::one_of(SHARE), compare);
    println!("{} commits, {} of which left something", count.commits, count.left);
    assert!(!runner::is_thorough() || count.left >= 100, "too few commits leave something: {count:?}");
}

fn compare(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut state) = (Count::default(), State::default());
    for commit in &told.commits {
        let ahead = of(&state, commit);
        state.fold(commit).map_err(|error| error.to_string())?;
        let then = of(&state, commit);
        if [&then, &of(&told.state, commit)] != [&ahead, &ahead] {
            return Err(format!("{commit:?}\nwas said to change\n{ahead:?}\nand changed\n{then:?}"));
        }
        let shown = shown(&state, commit);
        if ahead.residual_access != shown {
            return Err(format!("{commit:?}\nwas said to leave\n{:?}\nand left\n{shown:?}", ahead.residual_access));
        }
        count.commits += 1;
        count.left += u64::from(!shown.is_empty());
    }
    Ok(count)
}

fn of(state: &State, commit: &Committed) -> Consequences {
    let events: Vec<_> = commit.events.iter().collect();
    Consequences::of(state, CommitEvents { first: commit.first, at: commit.at, events: &events }, |_| true)
}

/// What the view of residual access shows afterwards, of every customer and partner that the events name.
fn shown(state: &State, commit: &Committed) -> Vec<ResidualRow> {
    let is_partner = |tenant: &_| state.tenant(*tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Partner);
    let pairs: BTreeSet<(CustomerId, PartnerId)> = (commit.events.iter())
        .flat_map(|event| {
            let partners = event.tenants().into_iter().filter(is_partner);
            partners.filter_map(|partner| Some((event.customer()?, partner.as_partner()))).collect::<Vec<_>>()
        })
        .collect();
    let rows = |(customer, partner)| {
        procura_views::rows(residual_access(state, customer, Some(partner), end(commit), ResidualKey::MIN))
    };
    pairs.into_iter().flat_map(rows).collect()
}
