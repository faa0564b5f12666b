//! Who and what the tests are about, by short names, and the worlds most of them begin in.

use super::{Step, Who, World, did, event, extended, given, happened};
use serde_json::json;

/// Partners.
pub(crate) const P: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const Q: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const R: &str = "33333333-3333-4333-8333-333333333333";
/// Customers.
pub(crate) const C: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
pub(crate) const D: &str = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";
/// No registered tenant.
pub(crate) const X: &str = "99999999-9999-4999-8999-999999999999";

/// Partner P's Global administrator, agents of each group, and somebody in none.
pub(crate) const PG: Who = Who::User(P, "10000000-0000-4000-8000-00000000000e");
pub(crate) const PA: Who = Who::User(P, "10000000-0000-4000-8000-00000000000a");
pub(crate) const PH: Who = Who::User(P, "10000000-0000-4000-8000-00000000000b");
pub(crate) const PS: Who = Who::User(P, "10000000-0000-4000-8000-00000000000c");
pub(crate) const PU: Who = Who::User(P, "10000000-0000-4000-8000-00000000000d");
/// P's groups.
pub(crate) const P_ADMINS: Who = Who::Group(P, "AdminAgents");
pub(crate) const P_HELPDESK: Who = Who::Group(P, "HelpdeskAgents");
pub(crate) const P_SALES: Who = Who::Group(P, "SalesAgents");
/// Partner Q's Global administrator and admin agent; partner R's.
pub(crate) const QG: Who = Who::User(Q, "20000000-0000-4000-8000-00000000000e");
pub(crate) const QA: Who = Who::User(Q, "20000000-0000-4000-8000-00000000000a");
pub(crate) const RG: Who = Who::User(R, "30000000-0000-4000-8000-00000000000e");
pub(crate) const RA: Who = Who::User(R, "30000000-0000-4000-8000-00000000000a");
/// Customer C's Global administrator, Helpdesk administrator (once [`helpdesk_of_c`] happened), and a plain user.
pub(crate) const CG: Who = Who::User(C, "c0000000-0000-4000-8000-00000000000e");
pub(crate) const CH: Who = Who::User(C, "c0000000-0000-4000-8000-00000000000b");
pub(crate) const CU: Who = Who::User(C, "c0000000-0000-4000-8000-00000000000d");
/// Customer D's Global administrator and a plain user.
pub(crate) const DG: Who = Who::User(D, "d0000000-0000-4000-8000-00000000000e");
pub(crate) const DU: Who = Who::User(D, "d0000000-0000-4000-8000-00000000000d");
/// Somebody of no registered tenant.
pub(crate) const STRANGER: Who = Who::User(X, "90000000-0000-4000-8000-00000000000a");
pub(crate) const OPERATOR: Who = Who::Operator;

/// Invitations: I asks for delegated admin, J does not.
pub(crate) const I: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const J: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub(crate) const K: &str = "aaaaaaaa-0000-4000-8000-000000000003";
/// Subscriptions.
pub(crate) const S1: &str = "bbbbbbbb-0000-4000-8000-000000000001";
pub(crate) const S2: &str = "bbbbbbbb-0000-4000-8000-000000000002";
/// Role assignments.
pub(crate) const A1: &str = "eeeeeeee-0000-4000-8000-000000000001";
pub(crate) const A2: &str = "eeeeeeee-0000-4000-8000-000000000002";
pub(crate) const A3: &str = "eeeeeeee-0000-4000-8000-000000000003";
/// Devices.
pub(crate) const V1: &str = "ffffffff-0000-4000-8000-000000000001";
pub(crate) const V2: &str = "ffffffff-0000-4000-8000-000000000002";
pub(crate) const V3: &str = "ffffffff-0000-4000-8000-000000000003";
/// Deployment profiles.
pub(crate) const F1: &str = "77777777-0000-4000-8000-000000000001";
pub(crate) const F2: &str = "77777777-0000-4000-8000-000000000002";
/// An id of anything that nothing has.
pub(crate) const NONE: &str = "00000000-0000-4000-8000-00000000dead";

/// Partner P with an agent in each group, customer C, and an invitation that asks for delegated admin. Positions: 1, 2
/// the partner and PG, 3 to 5 PA, PH and PS join, 6, 7 the customer and CG, 8 the invitation I.
pub(crate) fn world() -> World {
    given([
        did(OPERATOR, "RegisterPartner", registration("partner", P, PG)),
        joins(PA, "AdminAgents"),
        joins(PH, "HelpdeskAgents"),
        joins(PS, "SalesAgents"),
        did(OPERATOR, "RegisterCustomer", registration("customer", C, CG)),
        invites(PA, I, true),
    ])
}

/// … and C accepted: 9 InvitationAccepted, 10 RelationshipEstablished, 11 DapGranted.
pub(crate) fn with_dap() -> World {
    world().and([accepts(CG, I)])
}

/// … or accepted another invitation: 9 InvitationSent, 10 InvitationAccepted, 11 RelationshipEstablished.
pub(crate) fn without_dap() -> World {
    world().and([invites(PA, J, false), accepts(CG, J)])
}

/// [`with_dap`], and 12 DapRevoked.
pub(crate) fn revoked() -> World {
    with_dap().and([revokes(CG, P)])
}

/// [`with_dap`], and 12 DapRevoked, 13 RelationshipEnded.
pub(crate) fn ended() -> World {
    with_dap().and([ends(PA)])
}

/// Partner and Global administrator, then its admin agent: 3 events.
pub(crate) fn arrives(global_administrator: Who, agent: Who) -> [Step; 2] {
    let Who::User(partner, _) = agent else { panic!("{agent:?} is no user") };
    let registered = did(OPERATOR, "RegisterPartner", registration("partner", partner, global_administrator));
    let fields = json!({"partner": partner, "group": "AdminAgents", "user": agent.id()});
    [registered, did(global_administrator, "AddGroupMember", fields)]
}

/// Customer D with its Global administrator: 2 events.
pub(crate) fn d_arrives() -> Step {
    did(OPERATOR, "RegisterCustomer", registration("customer", D, DG))
}

/// C's Helpdesk administrator: 1 event.
pub(crate) fn helpdesk_of_c() -> Step {
    did(CG, "AssignDirectoryRole", directory_role(CH, "HelpdeskAdministrator"))
}

/// A user's role in its own tenant's directory, as commands and events spell it.
pub(crate) fn directory_role(who: Who, role: &str) -> serde_json::Value {
    let Who::User(tenant, user) = who else { panic!("{who:?} is no user") };
    json!({"tenant": tenant, "user": user, "role": role})
}

pub(crate) fn registration(kind: &str, tenant: &str, global_administrator: Who) -> serde_json::Value {
    json!({kind: tenant, "name": "Contoso", "domain": "contoso.com", "globalAdministrator": global_administrator.id()})
}

/// One of P's users joins one of its groups.
pub(crate) fn joins(who: Who, group: &str) -> Step {
    did(PG, "AddGroupMember", json!({"partner": P, "group": group, "user": who.id()}))
}

/// One of P's users leaves one of its groups.
pub(crate) fn leaves(who: Who, group: &str) -> Step {
    did(PG, "RemoveGroupMember", json!({"partner": P, "group": group, "user": who.id()}))
}

pub(crate) fn invites(agent: Who, invitation: &str, delegated_admin: bool) -> Step {
    let Who::User(partner, _) = agent else { panic!("{agent:?} is no user") };
    let fields =
        json!({"invitation": invitation, "partner": partner, "delegatedAdmin": delegated_admin, "locale": "fr"});
    did(agent, "SendInvite", fields)
}

pub(crate) fn accepts(who: Who, invitation: &str) -> Step {
    let Who::User(customer, _) = who else { panic!("{who:?} is no user") };
    did(who, "AcceptInvite", json!({"invitation": invitation, "customer": customer}))
}

pub(crate) fn declines(who: Who, invitation: &str) -> Step {
    let Who::User(customer, _) = who else { panic!("{who:?} is no user") };
    did(who, "DeclineInvite", json!({"invitation": invitation, "customer": customer}))
}

pub(crate) fn withdraws(agent: Who, invitation: &str) -> Step {
    did(agent, "WithdrawInvite", json!({"invitation": invitation}))
}

/// Somebody takes delegated admin in C away from the partner.
pub(crate) fn revokes(who: Who, partner: &str) -> Step {
    did(who, "RevokeDap", json!({"customer": C, "partner": partner}))
}

/// An agent ends its partner's relationship with C.
pub(crate) fn ends(agent: Who) -> Step {
    let Who::User(partner, _) = agent else { panic!("{agent:?} is no user") };
    did(agent, "EndRelationship", json!({"customer": C, "partner": partner}))
}

/// The operator records that the partner's contract with C was renegotiated.
pub(crate) fn renegotiates(partner: &str) -> Step {
    did(OPERATOR, "RenegotiateContract", json!({"customer": C, "partner": partner}))
}

/// An agent provisions an Azure subscription for C: SubscriptionProvisioned, RoleAssigned.
pub(crate) fn provisions(agent: Who, subscription: &str, role_assignment: &str) -> Step {
    let Who::User(partner, _) = agent else { panic!("{agent:?} is no user") };
    let mut fields = json!({"customer": C, "partner": partner, "kind": "azure", "name": "Production"});
    fields["subscription"] = subscription.into();
    fields["roleAssignment"] = role_assignment.into();
    did(agent, "ProvisionSubscription", fields)
}

/// CG brings in an Azure subscription that C had: SubscriptionRegistered, RoleAssigned.
pub(crate) fn registers(subscription: &str, role_assignment: &str) -> Step {
    let mut fields = json!({"customer": C, "kind": "azure", "name": "Legacy"});
    fields["subscription"] = subscription.into();
    fields["roleAssignment"] = role_assignment.into();
    did(CG, "RegisterSubscription", fields)
}

pub(crate) fn assigns(who: Who, subscription: &str, role_assignment: &str, role: &str, to: Who) -> Step {
    did(who, "AssignRole", assignment(subscription, role_assignment, role, to))
}

/// A role in C's tenant, given to somebody to whom only version 1 of the rules would have let it be given (SUB-8).
pub(crate) fn had_assigned(subscription: &str, role_assignment: &str, role: &str, to: Who) -> Step {
    let origin = json!({"origin": "assigned"});
    happened([event("RoleAssigned", extended(assignment(subscription, role_assignment, role, to), origin))])
}

/// Fields of AssignRole in C's tenant.
pub(crate) fn assignment(subscription: &str, role_assignment: &str, role: &str, to: Who) -> serde_json::Value {
    json!({
        "customer": C, "subscription": subscription, "roleAssignment": role_assignment, "role": role,
        "principal": to.principal(),
    })
}

pub(crate) fn removes(who: Who, role_assignment: &str) -> Step {
    did(who, "RemoveRoleAssignment", json!({"customer": C, "roleAssignment": role_assignment}))
}

/// Somebody cancels a subscription of C's.
pub(crate) fn cancels(who: Who, subscription: &str) -> Step {
    did(who, "CancelSubscription", json!({"customer": C, "subscription": subscription}))
}

/// An agent adds a device to C's tenant.
pub(crate) fn adds_device(agent: Who, device: &str) -> Step {
    let Who::User(partner, _) = agent else { panic!("{agent:?} is no user") };
    did(agent, "AddDevice", a_device(device, json!({"partner": partner})))
}

/// CG adds a device through a channel of C's own.
pub(crate) fn adds_own_device(device: &str, source: &str) -> Step {
    did(CG, "AddDevice", a_device(device, json!({"source": source})))
}

/// Fields of AddDevice in C's tenant; the serial number is the id.
pub(crate) fn a_device(device: &str, origin: serde_json::Value) -> serde_json::Value {
    let mut fields = origin;
    fields["customer"] = C.into();
    fields["device"] = device.into();
    fields["serialNumber"] = device.into();
    fields["manufacturer"] = "Fabrikam".into();
    fields["model"] = "Slate 3".into();
    fields
}

/// Somebody makes a profile in C's tenant, with nothing set.
pub(crate) fn makes_profile(who: Who, profile: &str) -> Step {
    did(who, "CreateProfile", json!({"customer": C, "profile": profile, "name": "Standard"}))
}

/// Fields of ApplyProfile and RemoveProfile in C's tenant, and data of their events.
pub(crate) fn on_devices(profile: &str, devices: &[&str]) -> serde_json::Value {
    json!({"customer": C, "profile": profile, "devices": devices})
}

pub(crate) fn applies(who: Who, profile: &str, devices: &[&str]) -> Step {
    did(who, "ApplyProfile", on_devices(profile, devices))
}

/// The operator puts another Autopilot policy in force: 1 event.
pub(crate) fn adopts(policy: &str) -> Step {
    did(OPERATOR, "AdoptAutopilotPolicy", json!({"policy": policy}))
}
