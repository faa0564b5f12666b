//! The admin portals of a customer, as they are open or closed to one agent: what a partner sees when it unfolds a
//! customer in its list.

use crate::subscriptions::concerning;
use procura_domain::{
    access::{self, CustomerAction, Decision, Missing, Named, Question, Resource, Subject, SubscriptionAction},
    id::CustomerId,
    rule::Rule,
    state::State,
    temporal::Moment,
};
use serde::{Deserialize, Serialize};

/// A portal, and whether it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    pub portal: PortalName,
    /// Whether the agent gets in.
    pub open: bool,
    /// The rule that opens it, or the nearest one that would.
    pub rule: Rule,
    pub reason: String,
    /// What is missing where it is closed, to be told in other words.
    #[serde(skip)]
    pub missing: Option<Missing>,
}

/// The portals that a customer's services are administered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PortalName {
    /// Microsoft 365 admin centre: agents who sign in to the customer's services.
    Microsoft365AdminCenter,
    /// Entra: agents who read the customer's directory.
    Entra,
    /// Exchange admin centre: agents who administer its services.
    Exchange,
    /// Intune: agents who administer its services.
    Intune,
    /// Azure: agents who read one of its subscriptions.
    Azure,
}

/// The customer's portals for the agent.
pub fn portals(state: &State, subject: Subject, customer: CustomerId, at: Moment) -> Vec<Portal> {
    let facts = state.remembering();
    let ask = |resource| access::decide(&Question { subject, resource }, at, &facts);
    let on_customer = |action| ask(Resource::Customer(action, customer, Named::default()));
    // The first subscription that is open, else what is said of the first one that concerns the partner.
    let (concerning, _) = concerning(state, customer, subject.tenant().as_partner(), at);
    let mut read =
        concerning.into_iter().map(|found| ask(Resource::Subscription(SubscriptionAction::Read, found.id())));
    let azure = match read.next() {
        Some(Decision::Denied(denial)) => {
            Some(read.find(|read| matches!(read, Decision::Allowed(_))).unwrap_or(Decision::Denied(denial)))
        }
        first => first,
    };
    let of = |portal, decision: &Decision| match decision {
        Decision::Allowed(permit) => permit.reasons(at, state).next().map(|reason| {
            let events: Vec<_> = reason.because.iter().map(ToString::to_string).collect();
            Portal { portal, open: true, rule: reason.rule, reason: events.join(", "), missing: None }
        }),
        Decision::Denied(denial) => Some(Portal {
            portal,
            open: false,
            rule: denial.rule,
            reason: denial.to_string(),
            missing: Some(denial.missing),
        }),
    };
    let none = || Portal {
        portal: PortalName::Azure,
        open: false,
        rule: Rule::Sub7,
        reason: "no subscription here is the partner's concern".to_owned(),
        missing: Some(Missing::RoleOnSubscription),
    };
    let in_directory = [
        (PortalName::Microsoft365AdminCenter, CustomerAction::SignIn),
        (PortalName::Entra, CustomerAction::ReadDirectory),
        (PortalName::Exchange, CustomerAction::AdministerService),
        (PortalName::Intune, CustomerAction::AdministerService),
    ];
    let in_directory = in_directory.into_iter().filter_map(|(portal, action)| of(portal, &on_customer(action)));
    let azure = azure.and_then(|azure| of(PortalName::Azure, &azure)).unwrap_or_else(none);
    in_directory.chain([azure]).collect()
}
