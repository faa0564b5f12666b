//! What a customer is told of its partners' people, a partner of a customer's other partners, and anybody of tenants that it
//! has nothing to do with (VIS-5 to VIS-7).

use crate::given::*;
use procura_domain::{
    access::{Decision, Question},
    id::{CustomerId, PartnerId},
    intervals::{Interval, PermittedInterval, permitted_intervals},
    rule::Rule,
    temporal::{EventRef, Position},
    text::TokenIssuer,
    visibility::{Audience, DisclosedAuthor, DisclosedMembership},
    vocabulary::{Author, GroupOf, Pair, PartnerGroup},
};
use serde_json::json;

/// One of P's users whom nobody put into any group.
const NOBODY: Who = Who::User(P, NONE);
const OF_C: &str = "customer.view";
const READ: &str = "subscription.read";

fn c() -> CustomerId {
    C.parse().unwrap()
}

fn p() -> PartnerId {
    P.parse().unwrap()
}

fn to_c() -> Audience {
    Audience::Customer(c())
}

/// What C's administrator is told that somebody may do at that position.
fn told(world: &World, position: u64, who: Who, action: &str, on: On) -> String {
    let question = Question { subject: who.subject(), resource: on.resource(action) };
    world.shown(&to_c().decide(&question, world.moment(position), &world.state))
}

/// The spans that C's administrator is told.
fn spans(world: &World, who: Who, action: &str, on: On) -> Vec<String> {
    let question = Question { subject: who.subject(), resource: on.resource(action) };
    let text = |PermittedInterval { from, until, permit }| {
        let until = until.map_or(String::new(), |until: Position| until.to_string());
        format!("{from}..{until} {}", world.shown(&Decision::Allowed(permit)))
    };
    let mut spans: Vec<_> =
        permitted_intervals(&question, Interval::until(world.now()), &world.state, to_c()).map(text).collect();
    spans.reverse();
    spans
}

/// `a..b` for each membership of that group that an audience is told, by the last digit of the user.
fn memberships(world: &World, audience: Audience, group: PartnerGroup) -> Vec<String> {
    let (group, head) = (GroupOf { group, partner: p() }, world.state.timeline.head());
    let text = |DisclosedMembership { user, from, until }| {
        let until = until.map_or(String::new(), |until| until.to_string());
        format!("{} {from}..{until}", &user.to_string()[35..])
    };
    audience.memberships(group, &world.state, head).into_iter().map(text).collect()
}

#[test]
fn vis_5_a_membership_begins_for_the_customer_with_the_relationship() {
    // 3 PA joins; 10 the relationship, 11 DAP; 12 PU joins, 13 PA leaves.
    let world = with_dap().and([joins(PU, "AdminAgents"), leaves(PA, "AdminAgents")]);
    let on = customer(C);
    assert_eq!(told(&world, 8, PA, OF_C, on), "no: TEN-2 lacks RegisteredTenant", "no relationship yet");
    assert_eq!(told(&world, 12, PA, OF_C, on), "yes: REL-2 RelationshipEstablished@10");
    let administers = "yes: DAP-1 RelationshipEstablished@10 DapGranted@11";
    assert_eq!(told(&world, 12, PA, "directory.administer", on), administers);
    assert_eq!(told(&world, 13, PA, OF_C, on), "unknown");
    let joined = "yes: REL-2 GroupMemberAdded@12 RelationshipEstablished@10";
    assert_eq!(told(&world, 13, PU, OF_C, on), joined);
    assert_eq!(spans(&world, PA, OF_C, on), ["11..13 yes: REL-2 RelationshipEstablished@10"]);
    assert_eq!(spans(&world, PU, OF_C, on), [format!("12.. {joined}")]);
    // Everybody else is told all of it.
    world.answers_at(12, [(PA, OF_C, on, "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10")]);
}

/// What else a question rests on, the customer is told like everybody.
#[test]
fn vis_5_all_else_is_told_as_it_is() {
    let world = with_dap().and([
        adds_own_device(V1, "intune"),
        adds_device(PA, V2),
        makes_profile(PA, F1),
        provisions(PA, S1, A1),
    ]);
    let now = world.now().position.0;
    let actions = [
        ("device.manage", device(V1)),
        ("device.delete", device(V2)),
        ("profile.update", profile(F1)),
        ("subscription.renew", subscription(S1)),
        ("serviceRequest.open", customer(C)),
        ("directory.read", customer(C)),
    ];
    for who in [P_ADMINS, CG] {
        for (action, on) in actions {
            assert_eq!(
                told(&world, now, who, action, on),
                world.shown(&world.decision(now, who, action, on)),
                "{action}"
            );
        }
    }
    let adopted = world.and([did(OPERATOR, "AdoptAutopilotPolicy", json!({"policy": "dapRequired"})), revokes(CG, P)]);
    let now = adopted.now().position.0;
    assert_eq!(
        told(&adopted, now, P_ADMINS, "profile.update", profile(F1)),
        "no: APL-5 lacks Dap, ended by DapRevoked@18"
    );
}

#[test]
fn vis_5_who_left_before_the_relationship_was_never_there() {
    // 9 PU joins, 10 leaves; 11 accepted, 12 the relationship.
    let world = world().and([joins(PU, "AdminAgents"), leaves(PU, "AdminAgents"), accepts(CG, I)]);
    assert_eq!(told(&world, 13, PU, OF_C, customer(C)), "unknown");
    let denied = world.decision(13, PU, OF_C, customer(C));
    assert_eq!(world.shown(&denied), "unknown");
    let revoke = |who| told(&world, 13, who, "dap.revoke", customer(C));
    assert_eq!(revoke(PU), revoke(NOBODY));
}

#[test]
fn vis_5_who_left_is_told_if_it_was_told_that_they_were_there() {
    // 9 PU joins AdminAgents, 10 leaves; 11 PS joins AdminAgents; 12 to 14 C accepts, 13 the relationship; 15 PS leaves.
    let admins = "AdminAgents";
    let world = world().and([
        joins(PU, admins),
        leaves(PU, admins),
        joins(PS, admins),
        accepts(CG, I),
        joins(PU, "SalesAgents"),
        leaves(PS, admins),
    ]);
    let now = world.now().position.0;
    let lacks = "no: DAP-1 lacks Membership(AdminAgents)";
    let administers = |who| told(&world, now, who, "directory.administer", customer(C));
    assert_eq!(administers(PU), lacks, "before the relationship");
    assert_eq!(administers(PS), format!("{lacks}, ended by GroupMemberRemoved@16"));
    world.clone().answers([
        (
            PU,
            "directory.administer",
            customer(C),
            "no: DAP-1 lacks Membership(AdminAgents), ended by GroupMemberRemoved@10",
        ),
        (
            PS,
            "directory.administer",
            customer(C),
            "no: DAP-1 lacks Membership(AdminAgents), ended by GroupMemberRemoved@16",
        ),
    ]);
}

#[test]
fn vis_5_after_the_relationship_a_membership_is_told_while_a_role_outlasts_it() {
    // 12, 13 S1 and A1; 14 cancelled; 15 DAP, 16 the relationship end. 17 PU joins AdminAgents, 18 PS leaves sales.
    let world = || with_dap().and([provisions(PA, S1, A1), cancels(PA, S1), ends(PA), joins(PU, "AdminAgents")]);
    let on = subscription(S1);
    assert_eq!(told(&world(), 17, PA, READ, on), "yes: SUB-4 RoleAssigned@13 RelationshipEstablished@10");
    assert_eq!(told(&world(), 17, PU, READ, on), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@17");
    // Ending and support outlast it by rule alone: of the other groups nothing is told.
    let open = "serviceRequest.open";
    world().answers([(PH, open, customer(C), "yes: SUP-1 GroupMemberAdded@4 RelationshipEstablished@10")]);
    assert_eq!(told(&world(), 17, PH, open, customer(C)), told(&world(), 17, NOBODY, open, customer(C)));
    assert_eq!(told(&world(), 16, PH, open, customer(C)), "unknown");
    assert_eq!(
        told(&world(), 15, PH, open, customer(C)),
        told(&world(), 14, PH, open, customer(C)),
        "it is one commit"
    );
    // Of AdminAgents it is, as long as their role is held: 18 removed, 19 assigned anew.
    let removed = world().and([removes(CG, A1)]);
    for who in [PA, PU] {
        assert_eq!(told(&removed, 18, who, "relationship.end", customer(C)), "unknown");
        assert_eq!(told(&removed, 18, who, READ, on), "unknown");
    }
    assert!(told(&removed, 18, P_ADMINS, "relationship.end", customer(C)).starts_with("yes: REL-4"), "the group's own");
    let again = removed.and([registers(S2, A2), assigns(CG, S2, A3, "Owner", P_ADMINS)]);
    let now = again.now().position.0;
    for who in [PA, PU] {
        assert_eq!(told(&again, now, who, READ, subscription(S2)), "unknown", "there was a break");
        assert!(again.decision(now, who, READ, subscription(S2)).is_allowed());
    }
    assert_eq!(
        told(&again, now, P_ADMINS, READ, subscription(S2)),
        "yes: SUB-4 RoleAssigned@21",
        "the group's own answer is complete"
    );
    // The past is told as it was.
    assert_eq!(told(&again, 17, PU, READ, on), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@17");
    assert_eq!(spans(&again, PU, READ, on), ["17..18 yes: SUB-4 RoleAssigned@13 GroupMemberAdded@17"]);
}

#[test]
fn vis_5_any_role_that_was_there_at_the_end_will_do_and_no_later_one() {
    // 12, 13 S1 of C's own; 14 a role of AdminAgents, 15 another; 16, 17 the end; 18 a later one.
    let world = with_dap().and([
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", P_ADMINS),
        assigns(CG, S1, A3, "Contributor", P_ADMINS),
        ends(PA),
        assigns(CG, S1, NONE, "Owner", P_ADMINS),
    ]);
    let is_told = |world: &World| told(world, world.now().position.0, PA, "relationship.end", customer(C)) != "unknown";
    assert!(is_told(&world));
    let one = world.and([removes(CG, A2)]);
    assert!(is_told(&one));
    let none = one.and([removes(CG, A3)]);
    assert!(!is_told(&none));
    // A role of another group, of a user, or in another customer's tenant is none of this one's.
    let others = with_dap().and([
        d_arrives(),
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", P_SALES),
        assigns(CG, S1, A3, "Reader", PA),
        ends(PA),
    ]);
    assert!(!is_told(&others));
    assert!(others.decision(others.now().position.0, PA, "relationship.end", customer(C)).is_allowed());
}

#[test]
fn vis_5_a_new_relationship_begins_anew() {
    // 12, 13 ended; 14 K sent, 15 accepted, 16 established.
    let world = ended().and([invites(PA, K, false), accepts(CG, K)]);
    assert_eq!(told(&world, 14, PA, OF_C, customer(C)), "unknown");
    assert_eq!(told(&world, 16, PA, OF_C, customer(C)), "yes: REL-2 RelationshipEstablished@16");
    let joined = "a RelationshipEstablished at position";
    assert_eq!(
        memberships(&world, to_c(), PartnerGroup::AdminAgents),
        [format!("{joined} 10..RelationshipEnded at position 13"), format!("{joined} 16..")]
    );
    // One that a role carried over is told as of the newer one, too.
    let carried = with_dap().and([
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", P_ADMINS),
        ends(PA),
        joins(PU, "AdminAgents"),
        invites(PA, K, false),
        accepts(CG, K),
    ]);
    assert_eq!(
        memberships(&carried, to_c(), PartnerGroup::AdminAgents),
        [
            format!("{joined} 10..RelationshipEstablished at position 20"),
            format!("{joined} 20.."),
            "d GroupMemberAdded at position 17..RelationshipEstablished at position 20".to_owned(),
            "d RelationshipEstablished at position 20..".to_owned(),
        ]
    );
}

#[test]
fn vis_5_of_a_partner_that_it_never_had_to_do_with_a_customer_is_told_nobody() {
    // What version 1 recorded: 11 P_SALES reads S1, and there never was a relationship.
    let world = world().and([registers(S1, A1), had_assigned(S1, A2, "Reader", P_SALES)]);
    let on = subscription(S1);
    world.clone().answers([(PS, READ, on, "yes: SUB-8 RoleAssigned@11 GroupMemberAdded@5")]);
    assert_eq!(told(&world, 11, P_SALES, READ, on), "yes: SUB-8 RoleAssigned@11");
    assert_eq!(told(&world, 11, PS, READ, on), told(&world, 11, NOBODY, READ, on));
    assert_eq!(spans(&world, PS, READ, on), [""; 0]);
    let (told, group) = (memberships(&world, to_c(), PartnerGroup::SalesAgents), world.clone());
    assert_eq!(told, [""; 0]);
    assert_eq!(
        memberships(&group, Audience::Everything, PartnerGroup::SalesAgents),
        ["c GroupMemberAdded at position 5.."]
    );
    // A role of the user's own says for itself whose it is.
    let own = world.and([had_assigned(S1, A3, "Contributor", PU)]);
    assert!(spans(&own, PU, READ, on)[0].starts_with("12.. yes: SUB-7 RoleAssigned@12"));
}

#[test]
fn vis_5_memberships_are_cut_to_what_is_told() {
    // 9 PU joins sales; 10 accepted, 11, 12; 13 PU leaves, 14 joins again, 15, 16 the end, 17 PU leaves, 18 joins.
    let sales = "SalesAgents";
    let world = world().and([
        joins(PU, sales),
        accepts(CG, I),
        leaves(PU, sales),
        joins(PU, sales),
        ends(PA),
        leaves(PU, sales),
        joins(PU, sales),
    ]);
    let whole = [
        "c GroupMemberAdded at position 5..",
        "d GroupMemberAdded at position 9..GroupMemberRemoved at position 13",
        "d GroupMemberAdded at position 14..GroupMemberRemoved at position 17",
        "d GroupMemberAdded at position 18..",
    ];
    for audience in [Audience::Everything, Audience::PeopleOf(p().into())] {
        assert_eq!(memberships(&world, audience, PartnerGroup::SalesAgents), whole);
    }
    let cut = [
        "c RelationshipEstablished at position 11..RelationshipEnded at position 16",
        "d RelationshipEstablished at position 11..GroupMemberRemoved at position 13",
        "d GroupMemberAdded at position 14..RelationshipEnded at position 16",
    ];
    let both = Audience::Between(Pair { customer: c(), partner: p() });
    for audience in [to_c(), both] {
        assert_eq!(memberships(&world, audience, PartnerGroup::SalesAgents), cut);
        let is_told = |position| {
            let group = GroupOf { group: PartnerGroup::SalesAgents, partner: p() };
            audience.is_told_members(group, &world.state, world.moment(position))
        };
        assert_eq!([10, 11, 12, 15, 16, 18].map(is_told), [false, true, true, true, false, false]);
    }
}

#[test]
fn vis_5_who_put_whom_into_a_group_the_customer_is_not_told() {
    let mut world = with_dap();
    let events = [event("GroupMemberAdded", json!({"partner": P, "group": "AdminAgents", "user": PU.id()}))];
    let by = Author::by_token(PG.actor(), TokenIssuer::new("https://id.example").unwrap());
    let mut commit = world.commit(events.to_vec());
    commit.by = by.clone();
    world.state.fold(&commit).unwrap();
    let mut left =
        world.commit(vec![event("GroupMemberRemoved", json!({"partner": P, "group": "AdminAgents", "user": PU.id()}))]);
    left.by = by.clone();
    left.at += chrono::TimeDelta::minutes(1);
    world.state.fold(&left).unwrap();
    let (full, partner) = (Some(DisclosedAuthor::Author(by)), Some(DisclosedAuthor::Partner { partner: p() }));
    let both = Audience::Between(Pair { customer: c(), partner: p() });
    for text in ["GroupMemberAdded@12", "GroupMemberRemoved@13"] {
        let author = |audience: Audience| audience.author(&world.state, event_ref(text));
        assert_eq!([Audience::Everything, Audience::PeopleOf(p().into())].map(author), [full.clone(), full.clone()]);
        assert_eq!([to_c(), both].map(author), [partner.clone(), partner.clone()]);
    }
    let shown = [full, partner].map(|author| author.unwrap().to_string());
    assert_eq!(shown, [PG.user().to_string(), format!("partner {P}")]);
    // Of everything else it is told who did it, an operator here.
    let granted: EventRef = event_ref("DapGranted@11");
    assert!(matches!(to_c().author(&world.state, granted), Some(DisclosedAuthor::Author(_))));
}

#[test]
fn vis_5_people_of_another_tenant_are_told_who_did_it_if_it_concerns_them() {
    let mut world = with_dap().and([registers(S1, A1)]);
    let role = extended(assignment(S1, A2, "Reader", CU), json!({"origin": "assigned"}));
    let mut commit = world.commit(vec![event("RoleAssigned", role)]);
    commit.by = Author::by_token(CG.actor(), TokenIssuer::new("https://id.example").unwrap());
    world.state.fold(&commit).unwrap();
    let is_told = |audience: Audience| audience.author(&world.state, event_ref("RoleAssigned@14")).is_some();
    let q: PartnerId = Q.parse().unwrap();
    assert!(is_told(to_c()) && is_told(Audience::PeopleOf(p().into())), "C is concerned, and did it");
    assert!(is_told(Audience::Between(Pair { customer: c(), partner: q })));
}

#[test]
fn vis_6_a_partner_is_not_told_which_people_of_another_did_it() {
    // 13, 14 Q arrives and 15 QA joins; 16 P gets a role from QA; 17 QA adds a device.
    let mut world = with_dap().and(arrives(QG, QA)).and([registers(S1, A1)]);
    let role = extended(assignment(S1, A2, "Reader", P_ADMINS), json!({"origin": "assigned"}));
    let events = [event("RoleAssigned", role), event("DeviceAdded", a_device(V1, json!({"partner": Q})))];
    for (minutes, event) in (1..).zip(events) {
        let mut commit = world.commit(vec![event]);
        commit.by = Author::by_token(QA.actor(), TokenIssuer::new("https://id.example").unwrap());
        commit.at += chrono::TimeDelta::minutes(minutes);
        world.state.fold(&commit).unwrap();
    }
    let [p, q] = [P, Q].map(|partner| partner.parse::<PartnerId>().unwrap());
    let pair = |partner| Audience::Between(Pair { customer: c(), partner });
    let told = |text: &str| {
        let of = |audience: Audience| audience.author(&world.state, event_ref(text)).is_some();
        [
            Audience::Everything,
            to_c(),
            Audience::PeopleOf(c().into()),
            Audience::PeopleOf(q.into()),
            Audience::PeopleOf(p.into()),
            pair(q),
            pair(p),
        ]
        .map(of)
    };
    assert_eq!(told("RoleAssigned@17"), [true, true, false, true, false, true, false], "it concerns C and P");
    assert_eq!(told("DeviceAdded@18"), [true, true, true, true, false, true, false], "it concerns C and Q");
    assert_eq!(told("RoleAssigned@16")[4..], [true, true, true], "somebody, an operator");
}

#[test]
fn vis_6_a_partner_does_not_remove_roles_of_another() {
    // P and Q both own S1; so does somebody of C.
    let owned = with_dap().and(arrives(QG, QA)).and([
        invites(QA, K, false),
        accepts(CG, K),
        provisions(PA, S1, A1),
        assigns(CG, S1, A2, "Owner", Who::Group(Q, "AdminAgents")),
        assigns(CG, S1, A3, "Owner", CU),
    ]);
    let removal = |who, assignment: &'static str| {
        let fields = json!({"customer": C, "roleAssignment": assignment});
        owned.clone().when(who, "RemoveRoleAssignment", fields)
    };
    removal(QA, A1).then_not_found("roleAssignment");
    removal(PA, A2).then_not_found("roleAssignment");
    removal(PA, NONE).then_not_found("roleAssignment");
    for (who, own) in [(PA, [A1, A3]), (QA, [A2, A3]), (CG, [A1, A2])] {
        for assignment in own {
            assert!(
                owned
                    .clone()
                    .result(who, "RemoveRoleAssignment", json!({"customer": C, "roleAssignment": assignment}))
                    .is_ok()
            );
        }
    }
}

#[test]
fn vis_7_a_customer_is_told_of_strangers_what_it_is_told_of_nobody() {
    let world = with_dap().and(arrives(RG, RA)).and([d_arrives(), registers(S1, A1), adds_device(PA, V1)]);
    let now = world.now().position.0;
    let actions = [
        (OF_C, customer(C)),
        ("dap.revoke", customer(C).beside(P)),
        (READ, subscription(S1)),
        ("device.manage", device(V1)),
    ];
    for (action, on) in actions {
        let nobody = told(&world, now, STRANGER, action, on);
        assert_eq!(nobody, "no: TEN-2 lacks RegisteredTenant");
        for who in
            [RG, RA, DG, DU, Who::Group(R, "AdminAgents"), Who::Group(X, "AdminAgents"), Who::Group(D, "SalesAgents")]
        {
            assert_eq!(told(&world, now, who, action, on), nobody, "{who:?} {action}");
        }
        assert_ne!(told(&world, now, PU, action, on), nobody);
    }
    // A partner beside the customer, too.
    let beside = |partner| told(&world, now, CG, "dap.revoke", customer(C).beside(partner));
    assert_eq!([R, D, X].map(beside), ["unknown"; 3]);
    assert_ne!(beside(P), "unknown");
    assert_eq!(Rule::Vis7.id(), "VIS-7");
}
