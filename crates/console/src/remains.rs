//! What a partner can still do in a customer's tenant without delegated admin privileges, and what would end each part of it.

use crate::{
    asking::{beside, on},
    held::{Held, held, permissions},
    visit::Visit,
};
use procura_app::{
    AsOf, DisclosedOrigin, Error, Origin, PAGE_ITEMS_MAX, Page, PartnerRelationship, RelationshipState,
    access::ResourceEntity,
    lists::{ListRequest, devices},
};
use procura_domain::{
    access::Subject,
    event::EventType,
    id::{CustomerId, DeviceId, PartnerId},
    rule::Rule,
    temporal::Timestamp,
    vocabulary::{DeviceOrigin, GroupOf, PartnerGroup},
};
use std::collections::BTreeMap;

/// How many roles are shown.
const ROLES_MAX: usize = 100;

/// What remains.
pub(crate) struct Remains {
    /// Role assignments, each with the page that removes it.
    pub(crate) roles: Vec<Held>,
    /// Whether there may be more.
    pub(crate) more_roles: bool,
    /// What its Admin agents do through Autopilot, in words.
    pub(crate) autopilot: Vec<String>,
    /// Since when there is a relationship.
    pub(crate) relationship: Option<Timestamp>,
    pub(crate) owes_support: bool,
}

impl Remains {
    /// What is left beside delegated admin privileges. `to`: the page to come back to.
    ///
    /// # Errors
    /// If the person may not know of the customer.
    pub(crate) async fn of(
        visit: &Visit,
        customer: CustomerId,
        row: &PartnerRelationship,
        to: &str,
    ) -> Result<Self, Error> {
        let partner = row.partner.id.as_partner();
        let request = ListRequest { partner: Some(partner), limit: Some(ROLES_MAX), ..ListRequest::default() };
        let Page { mut items, people, next } = permissions(visit, customer, request).await?;
        items.retain(|row| !matches!(row.origin, Origin::Dap | Origin::Relationship));
        let stands = &row.relationship;
        let is_active = stands.relationship == RelationshipState::Active;
        Ok(Self {
            roles: held(visit, customer, &items, &people, to).await,
            more_roles: next.is_some(),
            autopilot: autopilot(visit, customer, partner).await?,
            relationship: stands.relationship_since.filter(|_| is_active),
            owes_support: row.support.owed,
        })
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.roles.is_empty() && self.autopilot.is_empty() && self.relationship.is_none() && !self.owes_support
    }

    /// Whether the customer itself could end some of it.
    pub(crate) fn is_for_others_alone(&self) -> bool {
        self.roles.is_empty()
    }
}

/// What the partner's Admin agents can do through Autopilot that does not rest on delegated admin privileges, in words.
async fn autopilot(visit: &Visit, customer: CustomerId, partner: PartnerId) -> Result<Vec<String>, Error> {
    let asking = Asking { visit, agents: Subject::Group(GroupOf { group: PartnerGroup::AdminAgents, partner }) };
    let mut sentences = Vec::new();
    if let Some(rule) = asking.rule("profile.create", on("customer", customer)).await? {
        sentences.push(asking.sentence("remains-profiles", rule, None));
    }
    if let Some(rule) = asking.rule("device.add", beside(on("customer", customer), partner)).await? {
        sentences.push(asking.sentence("remains-adding", rule, None));
    }
    let request = ListRequest { at: visit.at(), limit: Some(PAGE_ITEMS_MAX), ..ListRequest::default() };
    let AsOf { answer, .. } = devices(visit.engine(), visit.reader(), customer, request).await?;
    // What may be done with a device follows from who added it, so one of each is asked about.
    let mut by_origin: BTreeMap<Option<PartnerId>, (DeviceId, usize)> = BTreeMap::new();
    for device in answer.items {
        let origin = match device.row.origin {
            DisclosedOrigin::Known(DeviceOrigin::Partner(by)) => Some(by),
            DisclosedOrigin::Known(DeviceOrigin::Customer(_)) => None,
            DisclosedOrigin::AnotherPartner { .. } => continue,
        };
        by_origin.entry(origin).or_insert((device.row.id, 0)).1 += 1;
    }
    for (action, id) in [("device.manage", "remains-managing"), ("device.delete", "remains-deleting")] {
        let (mut count, mut by) = (0_usize, None);
        for (device, of_origin) in by_origin.values() {
            if let Some(rule) = asking.rule(action, on("device", device)).await? {
                (count, by) = (count.saturating_add(*of_origin), Some(rule));
            }
        }
        sentences.extend(by.map(|rule| asking.sentence(id, rule, Some(count))));
    }
    Ok(sentences)
}

struct Asking<'v> {
    visit: &'v Visit,
    agents: Subject,
}

impl Asking<'_> {
    /// The rule by which the agents may do it without delegated admin privileges.
    async fn rule(&self, action: &str, resource: ResourceEntity) -> Result<Option<Rule>, Error> {
        let answer = self.visit.ask(self.agents, action, resource, true).await?;
        let reasons = answer.context.why.filter(|_| answer.decision).map(|why| why.reasons).unwrap_or_default();
        let rests_on_dap =
            |causes: &[procura_app::Cause]| causes.iter().any(|cause| cause.event == EventType::DapGranted);
        Ok(reasons.into_iter().find(|reason| !rests_on_dap(&reason.because)).map(|reason| reason.rule))
    }

    fn sentence(&self, id: &str, rule: Rule, count: Option<usize>) -> String {
        let mut values = vec![("rule", rule.to_string().into())];
        values.extend(count.map(|count| ("count", count.into())));
        self.visit.words().sentence(id, &values)
    }
}
