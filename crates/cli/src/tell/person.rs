//! The story of a person: groups and directory roles, and what those let them do where.

use super::{
    page::{Page, Part, day, words},
    source::Source,
};
use crate::{
    failure::Failure,
    labels::Labels,
    outcome::{called, counted},
};
use procura_app::{
    Customer, Holder, PermissionRow,
    find::ThingKind,
    history::{ActorRow, HistoryEntry, Whose},
};
use procura_domain::{
    event::Event,
    id::{CustomerId, PartnerId},
    vocabulary::{DirectoryRole, GroupOf, PartnerGroup, Principal, User},
};

/// How many customers a story goes into.
const CUSTOMERS_MAX: usize = 10;

pub(super) async fn story(source: Source<'_>, user: User) -> Result<Page, Failure> {
    let mut page = Page::default();
    let mut labels = Labels::default();
    labels.want("tenant", &user.tenant.to_string());
    let kind = labels.ask(source.asked).await?.kind(&user.tenant.to_string());
    let (customer, partner) = (user.tenant.as_customer(), user.tenant.as_partner());
    let is_partner = kind == Some(ThingKind::Partner);
    let of = if is_partner { Whose::Partner(partner) } else { Whose::Customer(customer) };
    let past = source.history(of, user).await?.unwrap_or_default();
    let who = page.lines_about(user, is_partner);
    page.heading(who);
    let mut holds_nothing = true;
    for role in DirectoryRole::ALL.iter().copied() {
        let Some(rows) = source.holders(user.tenant, role).await? else { continue };
        if rows.items.iter().any(|member| member.user == user.user) {
            holds_nothing = false;
            page.people.extend(rows.people);
            let given = given(
                &past,
                |event| matches!(event, Event::DirectoryRoleAssigned(given) if given.user == user.user && given.role == role),
            );
            let role_of = words(format!("{} of ", called(role.name())));
            let tenant = page.tenant(user.tenant);
            page.say(2, [role_of, tenant].into_iter().chain(given).collect::<Vec<_>>());
            page.ends_role(4, user, role);
        }
    }
    let mut groups = Vec::new();
    for group in PartnerGroup::ALL.iter().copied().filter(|_| is_partner) {
        let Some(rows) = source.members(partner, group).await? else { continue };
        if rows.items.iter().any(|member| member.user == user.user) {
            holds_nothing = false;
            groups.push(group);
            page.people.extend(rows.people);
            let given = given(
                &past,
                |event| matches!(event, Event::GroupMemberAdded(added) if added.user == user.user && added.group == group),
            );
            let of = Part::Named("group", GroupOf { group, partner }.to_string());
            page.say(2, [words("in "), of].into_iter().chain(given).collect::<Vec<_>>());
            page.ends_membership(4, partner, group, user);
        }
    }
    if holds_nothing {
        page.note(2, "is in no group and holds no directory role, as far as you may know");
        page.add_last(&past, user);
    }
    if is_partner {
        at_customers(&mut page, source, partner, user, &groups).await?;
    } else if let Some(rows) = source.permissions(customer, None).await? {
        let own = |row: &&PermissionRow| {
            row.principal == Holder::Principal(Principal::User(user)) && row.role_assignment.is_some()
        };
        let own: Vec<_> = rows.items.iter().filter(own).collect();
        if !own.is_empty() {
            page.heading([words("Roles on subscriptions")]);
            own.into_iter().for_each(|row| page.held(2, row, customer));
        }
    }
    Ok(page)
}

/// What a partner's user can do in the tenants of its customers: those with delegated admin privileges first.
async fn at_customers(
    page: &mut Page,
    source: Source<'_>,
    partner: PartnerId,
    user: User,
    groups: &[PartnerGroup],
) -> Result<(), Failure> {
    let Some(customers) = source.customers(partner).await? else { return Ok(()) };
    let mut of: Vec<Customer> = customers.items;
    of.sort_by_key(|row| !row.relationship.delegated_admin);
    let is_own = |row: &&PermissionRow| match row.principal {
        Holder::Principal(Principal::User(holder)) => holder == user,
        Holder::Principal(Principal::Group(group)) => group.partner == partner && groups.contains(&group.group),
        Holder::Partner { partner: holder } => holder == partner && !groups.is_empty(),
    };
    let mut nothing = 0_usize;
    for row in of.iter().take(CUSTOMERS_MAX) {
        let customer: CustomerId = row.customer.id.as_customer();
        let rows = source.permissions(customer, Some(partner)).await?.unwrap_or_default();
        let own: Vec<_> = rows.items.iter().filter(is_own).collect();
        if own.is_empty() {
            nothing += 1;
            continue;
        }
        let name = page.tenant(customer.into());
        page.heading([words("At "), name]);
        own.into_iter().for_each(|row| page.held(2, row, customer));
        page.people.extend(rows.people);
    }
    if nothing > 0 {
        page.heading([words(format!("Nothing at {} that the partner has or had.", counted(nothing, "customer")))]);
    }
    let rest = of.len().saturating_sub(CUSTOMERS_MAX);
    if rest > 0 {
        let more = if customers.more { " or more" } else { "" };
        let rest = counted(rest, "further customer");
        page.heading([words(format!("And {rest}{more}: `procura what-could` tells about each."))]);
    }
    Ok(())
}

/// Since when, and by whom, by the newest event that fits.
fn given(past: &[HistoryEntry], fits: impl Fn(&Event) -> bool) -> Vec<Part> {
    let Some(entry) = past.iter().find(|entry| fits(&entry.data)) else { return Vec::new() };
    let by = match &entry.actor {
        Some(ActorRow::Operator { operator }) => vec![words(format!(", by operator {operator}"))],
        Some(ActorRow::User { tenant, user, .. }) => {
            vec![words(", by "), Page::user(User { tenant: *tenant, user: *user })]
        }
        None => Vec::new(),
    };
    [vec![words(format!(", since {}", day(entry.time)))], by].into_iter().flatten().collect()
}

impl Page {
    fn lines_about(&mut self, user: User, is_partner: bool) -> Vec<Part> {
        let domain = Part::Named("domain", user.tenant.to_string());
        let kind = if is_partner { "partner" } else { "customer" };
        let _ = self.tenant(user.tenant);
        vec![Page::user(user), words(format!(" ({kind}, ")), domain, words(")")]
    }

    /// What happened last to somebody who holds nothing.
    fn add_last(&mut self, past: &[HistoryEntry], user: User) {
        let is_loss = |entry: &&HistoryEntry| match &entry.data {
            Event::GroupMemberRemoved(removed) => removed.user == user.user,
            Event::DirectoryRoleRemoved(removed) => removed.user == user.user,
            _ => false,
        };
        if let Some(entry) = past.iter().find(is_loss) {
            self.note(2, format!("{}: {}", day(entry.time), entry.narration.text));
        }
    }
}
