//! Invitations: INV-1 to INV-8.

use crate::given::*;
use procura_domain::{
    access::Missing, id::InvitationId, refusal::Refusal, rule::Rule, vocabulary::DirectoryRole::GlobalAdministrator,
    vocabulary::PartnerGroup::AdminAgents,
};
use serde_json::{Value, json};

/// Ninety days after the ninth command of a [`world`] (08:06).
const IN_90_DAYS: &str = "2020-09-17T08:06:00Z";

/// Fields of SendInvite, with these instead or besides.
fn invitation(fields: Value) -> Value {
    extended(json!({"invitation": J, "partner": P, "delegatedAdmin": false, "locale": "fr"}), fields)
}

/// Data of InvitationSent, with these instead or besides.
fn sent(fields: Value) -> Value {
    extended(invitation(json!({"uses": "once", "expiresAt": IN_90_DAYS})), fields)
}

fn accepted(invitation: &str, customer: &str) -> procura_domain::event::Event {
    event("InvitationAccepted", json!({"invitation": invitation, "partner": P, "customer": customer}))
}

fn established(customer: &str) -> procura_domain::event::Event {
    event("RelationshipEstablished", json!({"customer": customer, "partner": P}))
}

fn granted(customer: &str) -> procura_domain::event::Event {
    event("DapGranted", json!({"customer": customer, "partner": P}))
}

fn acceptance(invitation: &str, customer: &str) -> Value {
    json!({"invitation": invitation, "customer": customer})
}

#[test]
fn inv_1_admin_and_sales_agents_of_the_inviting_partner_send() {
    for who in [PA, PS] {
        world().when(who, "SendInvite", invitation(json!({}))).then([event("InvitationSent", sent(json!({})))]);
    }
    world().answers([
        (PA, "invitation.send", partner(P), "yes: INV-1 GroupMemberAdded@3"),
        (PS, "invitation.send", partner(P), "yes: INV-1 GroupMemberAdded@5"),
        (P_ADMINS, "invitation.send", partner(P), "yes: INV-1"),
        (P_SALES, "invitation.send", partner(P), "yes: INV-1"),
        (P_HELPDESK, "invitation.send", partner(P), "no: INV-1 lacks Membership(AdminAgents)"),
    ]);
    world().and([joins(PA, "SalesAgents")]).answers([(
        PA,
        "invitation.send",
        partner(P),
        "yes: INV-1 GroupMemberAdded@9; INV-1 GroupMemberAdded@3",
    )]);
}

#[test]
fn inv_1_nobody_else_sends() {
    let refusal = || not_allowed(Rule::Inv1, Missing::Membership(AdminAgents), None);
    for who in [PH, PG, PU] {
        world().when(who, "SendInvite", invitation(json!({}))).then_refusal(refusal());
    }
    let left = not_allowed(Rule::Inv1, Missing::Membership(AdminAgents), Some("GroupMemberRemoved@9"));
    world().and([leaves(PA, "AdminAgents")]).when(PA, "SendInvite", invitation(json!({}))).then_refusal(left);
    // C knows its partner, and still is not of it.
    with_dap().when(CG, "SendInvite", invitation(json!({}))).then_refusal(refusal());
    let world = world().and(arrives(QG, QA));
    let world = [QA, CG].into_iter().fold(world, |world, who| {
        world.when(who, "SendInvite", invitation(json!({}))).then_not_found("partner") //
    });
    world.when(PA, "SendInvite", invitation(json!({"partner": Q}))).then_not_found("partner");
}

#[test]
fn inv_1_the_whole_invitation_is_recorded() {
    let message = json!({"subject": "Bonjour", "body": "Acceptez : {link}\n"});
    let rows = [
        (json!({"delegatedAdmin": true, "locale": "en"}), json!({"delegatedAdmin": true, "locale": "en"})),
        (json!({"uses": "many"}), json!({"uses": "many"})),
        // What people wrote is recorded beside the event, not in it.
        (json!({"recipient": "lee@c.example", "message": message}), json!({})),
        (json!({"expiresInDays": 1}), json!({"expiresAt": "2020-06-20T08:06:00Z"})),
        (json!({"expiresInDays": 90}), json!({"expiresAt": IN_90_DAYS})),
        (json!({"expiresInDays": 365}), json!({"expiresAt": "2021-06-19T08:06:00Z"})),
        (json!({"recipient": null, "message": null}), json!({})),
    ];
    for (given, recorded) in rows {
        world().when(PS, "SendInvite", invitation(given)).then([event("InvitationSent", sent(recorded))]);
    }
}

#[test]
fn inv_2_a_message_has_the_link() {
    let link = format!("https://procura.example/invitations/{J}");
    let with = |body: &str| json!({"message": {"subject": "Invitation", "body": body}});
    for body in ["{link}", "See {link}.", &link, &format!("See <{link}>, please")] {
        let world = world().when(PA, "SendInvite", invitation(with(body)));
        world.then([event("InvitationSent", sent(json!({})))]);
    }
    let other = format!("https://procura.example/invitations/{I}");
    let doubled = format!("https://procura.example//invitations/{J}");
    for body in ["no link", "{Link}", "{ link }", &other, &doubled, "https://procura.example/invitations/", J] {
        world().when(PA, "SendInvite", invitation(with(body))).then_refusal(Refusal::LinkMissing);
    }
    // In the subject it is not in the text.
    let subject = json!({"message": {"subject": link, "body": "see above"}});
    world().when(PA, "SendInvite", invitation(subject)).then_refused("linkMissing", Some(Rule::Inv2));
}

#[test]
fn inv_2_a_generated_id_is_in_the_link() {
    let id = InvitationId::new(world().fresh().entity);
    let body = format!("https://procura.example/invitations/{id}");
    let mut fields = invitation(json!({"message": {"subject": "Invitation", "body": body}}));
    let mut recorded = sent(json!({}));
    fields.as_object_mut().unwrap().remove("invitation");
    recorded["invitation"] = id.to_string().into();
    world().when(PA, "SendInvite", fields).then([event("InvitationSent", recorded)]);
}

#[test]
fn inv_4_an_explicit_global_administrator_of_the_customer_accepts() {
    world()
        .answers([
            (CG, "invitation.accept", customer(C), "yes: INV-4 DirectoryRoleAssigned@7"),
            (CU, "invitation.accept", customer(C), "no: INV-4 lacks DirectoryRole(GlobalAdministrator)"),
            (PA, "invitation.accept", customer(C), "unknown"),
        ])
        .when(CG, "AcceptInvite", acceptance(I, C))
        .then([accepted(I, C), established(C), granted(C)]);
}

#[test]
fn inv_4_nobody_else_accepts() {
    let refusal = || not_allowed(Rule::Inv4, Missing::DirectoryRole(GlobalAdministrator), None);
    let world = || with_dap().and([helpdesk_of_c(), d_arrives(), invites(PA, K, true)]);
    // Not even AdminAgents, who are Global administrators of C under DAP.
    for who in [CH, CU, PA, PH, PS] {
        world().when(who, "AcceptInvite", acceptance(K, C)).then_refusal(refusal());
    }
    for (who, customer) in [(DG, C), (PG, C), (PU, C), (CG, D), (PA, D), (CG, NONE), (PA, P), (PG, P)] {
        world().when(who, "AcceptInvite", acceptance(K, customer)).then_not_found("customer");
    }
    for who in [CG, CU, PA] {
        world().when(who, "AcceptInvite", acceptance(NONE, C)).then_not_found("invitation");
    }
}

#[test]
fn inv_5_the_customer_appears_from_the_acceptance_on() {
    let listed = |world: &World| world.state.customers_of(P.parse().unwrap()).count();
    let world = world();
    assert_eq!(listed(&world), 0);
    let world = world
        .answers([(PA, "customer.view", customer(C), "unknown"), (P_SALES, "customer.view", customer(C), "unknown")]);
    let world = world.and([accepts(CG, I)]);
    assert_eq!(listed(&world), 1);
    let before = [(PA, "customer.view", customer(C), "unknown"), (PS, "customer.view", customer(C), "unknown")];
    let after = [
        (PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10"),
        (PS, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@5 RelationshipEstablished@10"),
    ];
    world.answers(after).answers_at(8, before);
}

#[test]
fn inv_6_acceptance_grants_delegated_admin_if_the_invitation_asks_for_it() {
    world().when(CG, "AcceptInvite", acceptance(I, C)).then([accepted(I, C), established(C), granted(C)]);
    let without = world().and([invites(PA, J, false)]);
    without
        .when(CG, "AcceptInvite", acceptance(J, C))
        .then([accepted(J, C), established(C)])
        .asked(PA, "directory.administer", customer(C))
        .denied(Rule::Dap1);
}

#[test]
fn inv_7_a_once_invitation_is_accepted_once() {
    let world = || world().and([d_arrives()]);
    world().when(DG, "AcceptInvite", acceptance(I, D)).then([accepted(I, D), established(D), granted(D)]);
    let used = || world().and([accepts(CG, I)]);
    used().when(DG, "AcceptInvite", acceptance(I, D)).then_refused("invitationUsed", Some(Rule::Inv7));
    used().when(CG, "AcceptInvite", acceptance(I, C)).then_refused("invitationUsed", Some(Rule::Inv7));
    // For ever: not again after what it gave has ended.
    used().and([ends(PA)]).when(CG, "AcceptInvite", acceptance(I, C)).then_refusal(Refusal::InvitationUsed);
}

#[test]
fn inv_7_a_many_invitation_is_accepted_by_each_customer_once() {
    let sent = did(PS, "SendInvite", invitation(json!({"delegatedAdmin": true, "uses": "many"})));
    let world = world()
        .and([d_arrives(), sent])
        .when(CG, "AcceptInvite", acceptance(J, C))
        .then([accepted(J, C), established(C), granted(C)])
        .when(DG, "AcceptInvite", acceptance(J, D))
        .then([accepted(J, D), established(D), granted(D)])
        .when(CG, "AcceptInvite", acceptance(J, C))
        .then_refusal(Refusal::InvitationUsed)
        .when(DG, "AcceptInvite", acceptance(J, D))
        .then_refusal(Refusal::InvitationUsed);
    world.and([ends(PA)]).when(CG, "AcceptInvite", acceptance(J, C)).then_refusal(Refusal::InvitationUsed);
}

#[test]
fn inv_7_an_invitation_holds_before_its_expiry_and_not_at_it() {
    // I was sent at 08:05, for 90 days.
    let expiry = "2020-09-17T08:05:00Z";
    let expired = || Refusal::InvitationExpired(time(expiry));
    let world = |at| world().and([d_arrives()]).wait_until(at);
    let last_moment = world("2020-09-17T08:04:59.999999Z").when(CG, "AcceptInvite", acceptance(I, C));
    last_moment.then([accepted(I, C), established(C), granted(C)]);
    for at in [expiry, "2020-09-17T08:05:00.000001Z", "2031-01-01T00:00:00Z"] {
        world(at).when(CG, "AcceptInvite", acceptance(I, C)).then_refusal(expired());
    }
    assert_eq!((expired().code(), expired().rule()), ("invitationExpired", Some(Rule::Inv7)));
    // Used comes before expired.
    let used = world("2020-06-19T09:00:00Z").and([accepts(CG, I)]).wait_until(expiry);
    let used = used.when(CG, "AcceptInvite", acceptance(I, C)).then_refusal(Refusal::InvitationUsed);
    used.when(DG, "AcceptInvite", acceptance(I, D)).then_refusal(Refusal::InvitationUsed);
}

#[test]
fn inv_8_an_active_relationship_is_granted_delegated_admin_or_nothing() {
    let nothing = ("nothingToGrant", Some(Rule::Inv8));
    let refused =
        |world: World, id| world.when(CG, "AcceptInvite", acceptance(id, C)).then_refused(nothing.0, nothing.1);
    // Without delegated admin: one that asks for it grants it, one that does not adds nothing.
    without_dap().when(CG, "AcceptInvite", acceptance(I, C)).then([accepted(I, C), granted(C)]);
    refused(without_dap().and([invites(PA, K, false)]), K);
    // With it: nothing to add.
    refused(with_dap().and([invites(PA, K, false)]), K);
    refused(with_dap().and([invites(PA, K, true)]), K);
    // Revoked: it can be granted again.
    let again = revoked().and([invites(PA, K, true)]);
    again.when(CG, "AcceptInvite", acceptance(K, C)).then([accepted(K, C), granted(C)]);
    refused(revoked().and([invites(PA, K, false)]), K);
}

#[test]
fn inv_8_a_refused_acceptance_uses_nothing_up() {
    let world = with_dap().and([invites(PA, K, true)]);
    let world = world.when(CG, "AcceptInvite", acceptance(K, C)).then_refusal(Refusal::NothingToGrant);
    let world = world.and([revokes(CG, P)]);
    world.when(CG, "AcceptInvite", acceptance(K, C)).then([accepted(K, C), granted(C)]);
}

#[test]
fn inv_8_after_the_end_an_acceptance_establishes_anew() {
    let with = ended().and([invites(PA, K, true)]).when(CG, "AcceptInvite", acceptance(K, C));
    with.then([accepted(K, C), established(C), granted(C)]);
    let without = ended().and([invites(PA, K, false)]).when(CG, "AcceptInvite", acceptance(K, C));
    without.then([accepted(K, C), established(C)]).answers([
        (PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@16"),
        (PA, "directory.read", customer(C), "no: DAP-1 lacks Dap, ended by DapRevoked@12"),
    ]);
}

#[test]
fn inv_8_used_and_expired_come_before_nothing_to_grant() {
    with_dap().when(CG, "AcceptInvite", acceptance(I, C)).then_refusal(Refusal::InvitationUsed);
    let world = with_dap().and([invites(PA, K, true)]).wait_until("2021-01-01T00:00:00Z");
    world.when(CG, "AcceptInvite", acceptance(K, C)).then_refused("invitationExpired", Some(Rule::Inv7));
}
