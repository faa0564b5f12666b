//! Invitations that come to nothing: declined, withdrawn (INV-1, INV-4, INV-5, INV-7).

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    refusal::Refusal,
    rule::Rule,
    vocabulary::{DirectoryRole::GlobalAdministrator, PartnerGroup::AdminAgents},
};
use serde_json::{Value, json};

/// I was sent at 08:05, for 90 days.
const EXPIRY: &str = "2020-09-17T08:05:00Z";

fn answer(invitation: &str, customer: &str) -> Value {
    json!({"invitation": invitation, "customer": customer})
}

fn of_invitation(event_type: &str, invitation: &str, customer: &str) -> Event {
    event(event_type, json!({"invitation": invitation, "partner": P, "customer": customer}))
}

fn declined(invitation: &str, customer: &str) -> Event {
    of_invitation("InvitationDeclined", invitation, customer)
}

/// What the acceptance of I makes.
fn accepted(customer: &str) -> [Event; 3] {
    let pair = json!({"customer": customer, "partner": P});
    let established = event("RelationshipEstablished", pair.clone());
    [of_invitation("InvitationAccepted", I, customer), established, event("DapGranted", pair)]
}

fn withdrawn(invitation: &str) -> Event {
    event("InvitationWithdrawn", json!({"invitation": invitation, "partner": P}))
}

fn withdrawal(invitation: &str) -> Value {
    json!({"invitation": invitation})
}

/// [`world`] and D: 9 and 10.
fn with_d() -> World {
    world().and([d_arrives()])
}

/// … and 11, an invitation that any number of customers may accept.
fn with_many() -> World {
    with_d().and([did(
        PS,
        "SendInvite",
        json!({
            "invitation": J, "partner": P, "delegatedAdmin": false, "locale": "en", "uses": "many", "expiresInDays": 90,
        }),
    )])
}

#[test]
fn inv_4_an_explicit_global_administrator_of_the_customer_declines() {
    world().when(CG, "DeclineInvite", answer(I, C)).then([declined(I, C)]);
}

#[test]
fn inv_4_nobody_else_declines() {
    let refusal = || not_allowed(Rule::Inv4, Missing::DirectoryRole(GlobalAdministrator), None);
    let world = || with_dap().and([helpdesk_of_c(), d_arrives(), invites(PA, K, true)]);
    for who in [CH, CU, PA, PH, PS] {
        world().when(who, "DeclineInvite", answer(K, C)).then_refusal(refusal());
        world().when(who, "DeclineInvite", answer(NONE, C)).then_not_found("invitation");
    }
    for (who, customer) in [(DG, C), (PG, C), (PU, C), (CG, D), (PA, D), (CG, NONE), (PA, P), (PG, P)] {
        world().when(who, "DeclineInvite", answer(K, customer)).then_not_found("customer");
    }
    world().when(CG, "DeclineInvite", answer(NONE, C)).then_not_found("invitation");
}

#[test]
fn inv_5_a_decline_puts_nobody_on_the_partners_list() {
    let world = world().and([declines(CG, I)]);
    assert_eq!(world.state.customers_of(P.parse().unwrap()).count(), 0);
    let world = world.answers([
        (PA, "customer.view", customer(C), "unknown"),
        (P_SALES, "customer.view", customer(C), "unknown"),
        (CG, "invitation.send", partner(P), "unknown"),
    ]);
    world.when(CG, "RevokeDap", json!({"customer": C, "partner": P})).then_not_found("partner");
}

#[test]
fn inv_7_a_decline_binds_the_customer_that_declined() {
    let refused = || ("invitationDeclined", Some(Rule::Inv7));
    let world = world().and([declines(CG, I)]);
    let world = world.when(CG, "AcceptInvite", answer(I, C)).then_refused(refused().0, refused().1);
    let world = world.when(CG, "DeclineInvite", answer(I, C)).then_refused(refused().0, refused().1);
    // Another invitation is another matter.
    world.and([invites(PA, K, false), accepts(CG, K)]);
}

#[test]
fn inv_7_and_no_other() {
    // A `once` invitation that one customer declined is there for the next, which uses it up.
    with_d()
        .and([declines(CG, I)])
        .when(DG, "AcceptInvite", answer(I, D))
        .then(accepted(D))
        .when(CG, "AcceptInvite", answer(I, C))
        .then_refusal(Refusal::InvitationDeclined);
    with_d().and([declines(CG, I)]).when(DG, "DeclineInvite", answer(I, D)).then([declined(I, D)]);
    // So it is with `many`.
    let established = |customer| event("RelationshipEstablished", json!({"customer": customer, "partner": P}));
    with_many()
        .and([declines(DG, J)])
        .when(CG, "AcceptInvite", answer(J, C))
        .then([of_invitation("InvitationAccepted", J, C), established(C)])
        .when(DG, "AcceptInvite", answer(J, D))
        .then_refusal(Refusal::InvitationDeclined);
}

#[test]
fn inv_7_what_is_used_is_not_declined() {
    let used = || ("invitationUsed", Some(Rule::Inv7));
    // `once`: by whomever.
    for (who, customer) in [(CG, C), (DG, D)] {
        let world = with_d().and([accepts(CG, I)]);
        world.when(who, "DeclineInvite", answer(I, customer)).then_refused(used().0, used().1);
    }
    // `many`: by this customer.
    let world = with_many().and([accepts(CG, J)]);
    let world = world.when(CG, "DeclineInvite", answer(J, C)).then_refused(used().0, used().1);
    world.when(DG, "DeclineInvite", answer(J, D)).then([declined(J, D)]);
    // What the acceptance gave has ended, and still it is used.
    let world = world_used_and_ended();
    world.when(CG, "DeclineInvite", answer(I, C)).then_refusal(Refusal::InvitationUsed);
}

fn world_used_and_ended() -> World {
    world().and([accepts(CG, I), ends(PA)])
}

#[test]
fn inv_7_an_invitation_is_declined_before_its_expiry_and_not_at_it() {
    let last_moment = world().wait_until("2020-09-17T08:04:59.999999Z");
    last_moment.when(CG, "DeclineInvite", answer(I, C)).then([declined(I, C)]);
    for at in [EXPIRY, "2020-09-17T08:05:00.000001Z", "2031-01-01T00:00:00Z"] {
        let world = world().wait_until(at).when(CG, "DeclineInvite", answer(I, C));
        world.then_refusal(Refusal::InvitationExpired(time(EXPIRY)));
    }
}

#[test]
fn inv_7_is_checked_in_its_order() {
    let expired = || Refusal::InvitationExpired(time(EXPIRY));
    let many_expired = || Refusal::InvitationExpired(time("2020-09-17T08:07:00Z"));
    let rows: [(World, &'static str, Refusal); 12] = [
        // Withdrawn, before declined, used and expired.
        (with_d().and([withdraws(PA, I)]), I, Refusal::InvitationWithdrawn),
        (with_d().and([declines(CG, I), withdraws(PA, I)]), I, Refusal::InvitationWithdrawn),
        (with_many().and([accepts(CG, J), withdraws(PA, J)]), J, Refusal::InvitationWithdrawn),
        (with_many().and([accepts(DG, J), declines(CG, J), withdraws(PS, J)]), J, Refusal::InvitationWithdrawn),
        (with_d().and([withdraws(PA, I)]).wait_until(EXPIRY), I, Refusal::InvitationWithdrawn),
        // Declined, before used and expired.
        (with_d().and([declines(CG, I), accepts(DG, I)]), I, Refusal::InvitationDeclined),
        (with_d().and([declines(CG, I)]).wait_until(EXPIRY), I, Refusal::InvitationDeclined),
        (with_d().and([declines(CG, I), accepts(DG, I)]).wait_until(EXPIRY), I, Refusal::InvitationDeclined),
        // Used, before expired.
        (with_d().and([accepts(DG, I)]).wait_until(EXPIRY), I, Refusal::InvitationUsed),
        (with_many().and([accepts(CG, J)]).wait_until("2021-01-01T00:00:00Z"), J, Refusal::InvitationUsed),
        // Expired.
        (with_d().wait_until(EXPIRY), I, expired()),
        (with_many().and([accepts(DG, J), declines(DG, I)]).wait_until("2020-09-17T08:07:00Z"), J, many_expired()),
    ];
    for (world, invitation, refusal) in rows {
        for name in ["AcceptInvite", "DeclineInvite"] {
            world.clone().when(CG, name, answer(invitation, C)).then_refusal(refusal.clone());
        }
        assert_eq!(refusal.rule(), Some(Rule::Inv7));
    }
}

#[test]
fn inv_8_what_has_nothing_to_grant_can_be_declined() {
    let world = || with_dap().and([invites(PA, K, false)]);
    world().when(CG, "AcceptInvite", answer(K, C)).then_refusal(Refusal::NothingToGrant);
    world().when(CG, "DeclineInvite", answer(K, C)).then([declined(K, C)]);
    // INV-7 comes before INV-8.
    world()
        .and([declines(CG, K)])
        .when(CG, "AcceptInvite", answer(K, C))
        .then_refusal(Refusal::InvitationDeclined)
        .and([withdraws(PS, K)])
        .when(CG, "AcceptInvite", answer(K, C))
        .then_refused("invitationWithdrawn", Some(Rule::Inv7));
}

#[test]
fn inv_1_admin_and_sales_agents_of_the_inviting_partner_withdraw() {
    // Whichever of them sent it.
    for who in [PA, PS] {
        world().when(who, "WithdrawInvite", withdrawal(I)).then([withdrawn(I)]);
    }
    // Also what somebody declined, and what `many` have accepted: what that gave stays.
    world().and([declines(CG, I)]).when(PA, "WithdrawInvite", withdrawal(I)).then([withdrawn(I)]);
    with_many()
        .and([accepts(CG, J)])
        .when(PA, "WithdrawInvite", withdrawal(J))
        .then([withdrawn(J)])
        .answers([(PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@13")])
        .when(DG, "AcceptInvite", answer(J, D))
        .then_refusal(Refusal::InvitationWithdrawn);
}

#[test]
fn inv_1_nobody_else_withdraws() {
    let refusal = || not_allowed(Rule::Inv1, Missing::Membership(AdminAgents), None);
    for who in [PH, PG, PU] {
        world().when(who, "WithdrawInvite", withdrawal(I)).then_refusal(refusal());
    }
    let left = not_allowed(Rule::Inv1, Missing::Membership(AdminAgents), Some("GroupMemberRemoved@9"));
    world().and([leaves(PA, "AdminAgents")]).when(PA, "WithdrawInvite", withdrawal(I)).then_refusal(left);
    // Another partner, whoever has nothing to do with this one; and what there is not.
    let world = world().and(arrives(QG, QA)).and([d_arrives()]);
    let world = [QA, QG, DG, CG, CU].into_iter().fold(world, |world, who| {
        world.when(who, "WithdrawInvite", withdrawal(I)).then_not_found("invitation") //
    });
    [PA, PU, QA, CG].into_iter().fold(world, |world, who| {
        world.when(who, "WithdrawInvite", withdrawal(NONE)).then_not_found("invitation") //
    });
}

#[test]
fn inv_7_what_is_withdrawn_used_up_or_expired_is_not_withdrawn() {
    let refused = |world: World, id, code: &str| {
        world.when(PA, "WithdrawInvite", withdrawal(id)).then_refused(code, Some(Rule::Inv7));
    };
    refused(with_d().and([withdraws(PS, I)]), I, "invitationWithdrawn");
    refused(with_d().and([accepts(CG, I)]), I, "invitationUsed");
    refused(with_d().wait_until(EXPIRY), I, "invitationExpired");
    // In that order.
    refused(with_d().and([withdraws(PS, I)]).wait_until(EXPIRY), I, "invitationWithdrawn");
    refused(with_d().and([accepts(CG, I)]).wait_until(EXPIRY), I, "invitationUsed");
    refused(with_many().and([accepts(CG, J)]).wait_until("2021-01-01T00:00:00Z"), J, "invitationExpired");
    refused(with_many().and([accepts(CG, J), withdraws(PA, J)]), J, "invitationWithdrawn");
    let last_moment = with_d().wait_until("2020-09-17T08:04:59.999999Z");
    last_moment.when(PA, "WithdrawInvite", withdrawal(I)).then([withdrawn(I)]);
}
