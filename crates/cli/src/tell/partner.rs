//! The story of a partner: its people, how many customers stand how, and what was left to it the longest.

use super::{
    customer::standing,
    page::{Page, Part, words},
    source::{Rows, Source},
};
use crate::{
    failure::Failure,
    outcome::{called, counted},
};
use procura_app::{Customer, Member, RelationshipState};
use procura_domain::{
    id::PartnerId,
    vocabulary::{DirectoryRole, PartnerGroup, User},
};

/// How many people of a group, customers, and rows of residual access a story shows.
const PEOPLE_MAX: usize = 10;
const CUSTOMERS_MAX: usize = 10;
const ROWS_MAX: usize = 10;

pub(super) async fn story(source: Source<'_>, partner: PartnerId) -> Result<Page, Failure> {
    let mut page = Page::default();
    let tenant = page.tenant(partner.into());
    page.heading([tenant, words(" (partner, "), Part::Named("domain", partner.to_string()), words(")")]);
    page.heading([words("Its people")]);
    for role in DirectoryRole::ALL {
        if let Some(rows) = source.holders(partner.into(), *role).await?.filter(|rows| !rows.items.is_empty()) {
            page.add_people(&called(role.name()), partner, &rows);
        }
    }
    for group in PartnerGroup::ALL {
        if let Some(rows) = source.members(partner, *group).await? {
            page.add_people(&called(group.name()), partner, &rows);
        }
    }
    if let Some(customers) = source.customers(partner).await? {
        page.add_customers(customers);
    }
    let Some(left) = source.residual_access(partner).await? else { return Ok(page) };
    page.heading([words(
        "Left to it although its privileges or its relationship ended (residual access), longest first",
    )]);
    let (all, mut rows) = (left.items.len(), left.items);
    rows.sort_by_key(|row| row.permission.from);
    if all == 0 {
        page.note(2, "nothing");
    }
    for row in rows.iter().take(ROWS_MAX) {
        page.held(2, &row.permission, row.customer);
    }
    if all > ROWS_MAX || left.more {
        let more = if left.more { " or more" } else { "" };
        let rest = counted(all.saturating_sub(ROWS_MAX), "more row");
        page.note(2, format!("… and {rest}{more}: `procura report residual-access` has all of them"));
    }
    page.people.extend(left.people);
    Ok(page)
}

impl Page {
    /// The people of a group or role, in a line.
    fn add_people(&mut self, title: &str, partner: PartnerId, rows: &Rows<Member>) {
        let (all, more) = (rows.items.len(), if rows.more { " or more" } else { "" });
        let names = rows.items.iter().take(PEOPLE_MAX).map(|Member { user }| {
            let user = User { tenant: partner.into(), user: *user };
            // All of them are of the partner.
            rows.people.shown(user).map_or_else(|| user.user.to_string(), str::to_owned)
        });
        let mut names = names.collect::<Vec<_>>().join(", ");
        if all > PEOPLE_MAX || rows.more {
            names.push_str(&format!(" and {}{more}", all.saturating_sub(PEOPLE_MAX)));
        }
        let names = if names.is_empty() { "nobody".to_owned() } else { names };
        self.note(2, format!("{title}: {names}"));
    }

    fn add_customers(&mut self, Rows { items: mut customers, more, .. }: Rows<Customer>) {
        let all = customers.len();
        let count = |fits: fn(&Customer) -> bool| customers.iter().filter(|row| fits(row)).count();
        let with = count(|row| row.relationship.delegated_admin);
        let ended = count(|row| row.relationship.relationship == RelationshipState::Ended);
        let without = all.saturating_sub(with).saturating_sub(ended);
        let or_more = if more { " or more" } else { "" };
        let title = format!(
            "{}{or_more}: {with} with delegated admin privileges, {without} without, {ended} ended",
            counted(all, "customer")
        );
        self.heading([words(title)]);
        customers.sort_by_key(|row| (!row.relationship.delegated_admin, row.relationship.relationship_since));
        for row in customers.iter().take(CUSTOMERS_MAX) {
            let name = self.tenant(row.customer.id);
            self.say(2, [name, words(format!(": {}", standing(&row.relationship)))]);
        }
        if all > CUSTOMERS_MAX {
            let rest = counted(all.saturating_sub(CUSTOMERS_MAX), "more customer");
            self.note(2, format!("… and {rest}{or_more}; `procura tell` tells about each"));
        }
    }
}
