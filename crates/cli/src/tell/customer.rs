//! The story of a customer: its administrators, and each partner with what it holds and what is left to it.

use super::{
    page::{Page, Part, day, words},
    source::Source,
};
use crate::{failure::Failure, outcome::counted};
use procura_app::{Holder, PartnerRelationship, PermissionRow, RelationshipState, RelationshipSummary};
use procura_domain::{
    id::{CustomerId, TenantId},
    vocabulary::{Principal, SupportRoute},
};

/// How many partners, and how many rows of each and of administrators, a story shows.
const PARTNERS_MAX: usize = 10;
const ROWS_MAX: usize = 10;

pub(super) async fn story(source: Source<'_>, customer: CustomerId) -> Result<Page, Failure> {
    let mut page = Page::default();
    let tenant = page.tenant(customer.into());
    page.heading([tenant, words(" (customer, "), Part::Named("domain", customer.to_string()), words(")")]);
    let Some(partners) = source.partners(customer).await? else { return Ok(page) };
    let mut partners: Vec<_> = partners.items.into_iter().map(|row| row.with).collect();
    let whole = source.permissions(customer, None).await?;
    let is_whole = whole.is_some();
    let mut rows = whole.unwrap_or_default();
    // An agent is told of its own partner alone.
    for partner in partners.iter().filter(|_| !is_whole).take(PARTNERS_MAX) {
        let of = source.permissions(customer, Some(partner.partner.id.as_partner())).await?.unwrap_or_default();
        rows.items.extend(of.items);
        rows.people.extend(of.people);
    }
    page.people.extend(rows.people);
    let of = |tenant: TenantId| {
        rows.items.iter().filter(move |row: &&PermissionRow| match row.principal {
            Holder::Partner { partner } => tenant == partner.into(),
            Holder::Principal(principal) => principal.tenant() == tenant,
        })
    };
    let own = |row: &&PermissionRow| matches!(row.principal, Holder::Principal(Principal::User(_)));
    if is_whole {
        page.heading([words("Its own people")]);
        page.add_rows(of(customer.into()).filter(own), customer);
    }
    let all = partners.len();
    partners.sort_by_key(|row| (!row.relationship.delegated_admin, row.residual_access == 0));
    for row in partners.iter().take(PARTNERS_MAX) {
        let PartnerRelationship { partner, relationship, residual_access, support, .. } = row;
        let name = page.tenant(partner.id);
        page.heading([words("Partner "), name, words(format!(": {}", standing(relationship)))]);
        page.note(
            2,
            match support.route {
                Some(SupportRoute::AdminPortal) => "owes support, and gives it in the customer's portal (SUP-2)",
                Some(SupportRoute::MicrosoftSupport) => "owes support, and gives it through Microsoft support (SUP-2)",
                None => "owes no support",
            },
        );
        if *residual_access > 0 {
            page.note(2, "what it holds outlasted its privileges or its relationship (residual access):");
        }
        page.add_rows(of(partner.id), customer);
    }
    if all > PARTNERS_MAX {
        let rest = counted(all.saturating_sub(PARTNERS_MAX), "further partner");
        page.heading([words(format!("And {rest}: `procura report access-review` has all of them."))]);
    }
    Ok(page)
}

/// How a relationship and its privileges stand.
pub(super) fn standing(relationship: &RelationshipSummary) -> String {
    let RelationshipSummary { relationship, relationship_since, relationship_ended, delegated_admin_since, .. } =
        relationship;
    let since = relationship_since.map(|since| format!(" since {}", day(since))).unwrap_or_default();
    let reseller = match relationship {
        RelationshipState::Active => format!("reseller{since}"),
        RelationshipState::Ended => {
            let ended = relationship_ended.map(|ended| format!(" until {}", day(ended))).unwrap_or_default();
            format!("was reseller{since}{ended}")
        }
        RelationshipState::None => "never was a reseller".to_owned(),
    };
    match delegated_admin_since {
        Some(since) => format!("{reseller}, delegated admin privileges since {}", day(*since)),
        None => format!("{reseller}, no delegated admin privileges"),
    }
}

impl Page {
    fn add_rows<'r>(&mut self, rows: impl Iterator<Item = &'r PermissionRow>, customer: CustomerId) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            self.note(2, "nobody holds anything, as far as you may know");
        }
        for row in rows.by_ref().take(ROWS_MAX) {
            self.held(2, row, customer);
        }
        let rest = rows.count();
        if rest > 0 {
            self.note(2, format!("… and {}", counted(rest, "more row")));
        }
    }
}
