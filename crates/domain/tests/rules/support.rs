//! Support: SUP-1 to SUP-3.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    refusal::Refusal,
    rule::Rule,
    temporal::Position,
    vocabulary::{
        Pair,
        PartnerGroup::AdminAgents,
        Severity,
        SupportRoute::{self, AdminPortal, MicrosoftSupport},
    },
};
use serde_json::{Value, json};

const OPEN: &str = "serviceRequest.open";

fn route(world: &World, position: u64) -> Option<SupportRoute> {
    let pair = Pair { customer: C.parse().unwrap(), partner: P.parse().unwrap() };
    world.state.between(pair).and_then(|relationship| relationship.support(Position(position)))
}

fn pair(partner: &str) -> Value {
    json!({"customer": C, "partner": partner})
}

fn request() -> Value {
    extended(pair(P), json!({"title": "Mail stands still", "severity": "critical"}))
}

/// What opening [`request`] makes in this world.
fn opened(world: &World, route: SupportRoute) -> Event {
    let made = json!({"serviceRequest": world.fresh().entity.to_string(), "route": route.name()});
    event("ServiceRequestOpened", extended(request(), made))
}

fn renegotiated(partner: &str) -> Event {
    event("ContractRenegotiated", pair(partner))
}

/// That no support is owed since that event.
fn not_owed(since: &str) -> Refusal {
    not_allowed(Rule::Sup3, Missing::SupportOwed, Some(since))
}

#[test]
fn sup_1_support_is_owed_from_the_relationships_first_day() {
    let world = with_dap();
    assert_eq!([8, 9, 10].map(|position| route(&world, position).is_some()), [false, false, true]);
    assert_eq!(route(&crate::given::world(), 8), None);
    world
        .answers_at(8, [(PA, OPEN, customer(C), "unknown")])
        .answers_at(11, [(PA, OPEN, customer(C), "yes: SUP-1 GroupMemberAdded@3 RelationshipEstablished@10")]);
}

#[test]
fn sup_1_the_customers_removing_permissions_changes_nothing() {
    // Nor does the end of the relationship: only a renegotiated contract does.
    let first = "SUP-1 GroupMemberAdded@3 RelationshipEstablished@10";
    // One that is established anew is a reason of its own.
    let again = "SUP-1 GroupMemberAdded@3 RelationshipEstablished@16";
    let anew = ended().and([invites(PA, K, false), accepts(CG, K)]);
    for (world, reasons) in [(revoked(), vec![first]), (ended(), vec![first]), (anew, vec![again, first])] {
        let head = world.state.timeline.head().0;
        assert_eq!(route(&world, head), Some(MicrosoftSupport));
        assert_eq!(world.shown(&world.decision(head, PA, OPEN, customer(C))), format!("yes: {}", reasons.join("; ")));
    }
}

#[test]
fn sup_1_admin_and_helpdesk_agents_open_requests() {
    for who in [PA, PH] {
        let world = with_dap();
        let opened = opened(&world, AdminPortal);
        world.when(who, "OpenServiceRequest", request()).then([opened]);
    }
    with_dap().answers([
        (PH, OPEN, customer(C), "yes: SUP-1 GroupMemberAdded@4 RelationshipEstablished@10"),
        (PH, OPEN, customer(C).beside(P), "yes: SUP-1 GroupMemberAdded@4 RelationshipEstablished@10"),
        (P_ADMINS, OPEN, customer(C), "yes: SUP-1 RelationshipEstablished@10"),
        (P_HELPDESK, OPEN, customer(C), "yes: SUP-1 RelationshipEstablished@10"),
    ]);
    // In both groups, both are reasons.
    let both = "yes: SUP-1 GroupMemberAdded@12 RelationshipEstablished@10; SUP-1 GroupMemberAdded@4 \
                RelationshipEstablished@10";
    with_dap().and([joins(PH, "AdminAgents")]).answers([(PH, OPEN, customer(C), both)]);
}

#[test]
fn sup_1_nobody_else_opens_requests() {
    let world = || with_dap().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c()]);
    let refusal = || not_allowed(Rule::Sup1, Missing::Membership(AdminAgents), None);
    for who in [PS, CG, CH, CU] {
        world().when(who, "OpenServiceRequest", request()).then_refusal(refusal());
    }
    for who in [PG, PU, QA, DG] {
        world().when(who, "OpenServiceRequest", request()).then_not_found("customer");
    }
    // A partner that never had to do with the customer owes it nothing, and no agent acts for another partner.
    for (who, fields, field) in [
        (QA, pair(Q), "customer"),
        (PA, pair(Q), "partner"),
        (PA, json!({"customer": D, "partner": P}), "customer"),
        (PA, json!({"customer": NONE, "partner": P}), "customer"),
        (CG, pair(Q), "partner"),
    ] {
        world().when(who, "OpenServiceRequest", extended(request(), fields)).then_not_found(field);
    }
    world().answers([
        (PS, OPEN, customer(C), "no: SUP-1 lacks Membership(AdminAgents)"),
        (P_SALES, OPEN, customer(C), "no: SUP-1 lacks Membership(AdminAgents)"),
        (CG, OPEN, customer(C).beside(P), "no: SUP-1 lacks Membership(AdminAgents)"),
        (QA, OPEN, customer(C), "unknown"),
    ]);
    // Who leaves the group opens nothing.
    let left = not_allowed(Rule::Sup1, Missing::Membership(AdminAgents), Some("GroupMemberRemoved@12"));
    let world = with_dap().and([leaves(PA, "AdminAgents"), joins(PA, "SalesAgents")]);
    world.when(PA, "OpenServiceRequest", request()).then_refusal(left);
}

#[test]
fn sup_2_with_dap_through_the_admin_portal_and_without_through_microsoft_support() {
    let rows = [
        (with_dap(), AdminPortal),
        (without_dap(), MicrosoftSupport),
        (revoked(), MicrosoftSupport),
        (revoked().and([invites(PA, K, true), accepts(CG, K)]), AdminPortal),
        (without_dap().and([accepts(CG, I)]), AdminPortal),
        (ended(), MicrosoftSupport),
        (ended().and([invites(PA, K, false), accepts(CG, K)]), MicrosoftSupport),
        (ended().and([invites(PA, K, true), accepts(CG, K)]), AdminPortal),
    ];
    for (world, expected) in rows {
        assert_eq!(route(&world, world.state.timeline.head().0), Some(expected));
        let opened = opened(&world, expected);
        world.when(PH, "OpenServiceRequest", request()).then([opened]);
    }
    // The route of that day: 10 established, 11 granted, 12 revoked.
    let world = revoked();
    let routes = [10, 11, 12].map(|position| route(&world, position));
    assert_eq!(routes, [Some(MicrosoftSupport), Some(AdminPortal), Some(MicrosoftSupport)]);
}

#[test]
fn sup_2_a_request_keeps_the_route_that_held() {
    // 12 the first request, 13 DapRevoked, 14 the second; each has its own id.
    let world = with_dap();
    let (first, portal) = (world.fresh().entity, opened(&world, AdminPortal));
    let world = world.when(PA, "OpenServiceRequest", request()).then([portal]).and([revokes(CG, P)]);
    let (second, microsoft) = (world.fresh().entity, opened(&world, MicrosoftSupport));
    let world = world.when(PH, "OpenServiceRequest", request()).then([microsoft]);
    let found = world.state.between(Pair { customer: C.parse().unwrap(), partner: P.parse().unwrap() }).unwrap();
    let found: Vec<_> =
        found.service_requests_from(Position(0)).map(|r| (r.id.guid(), r.severity, r.route, r.opened)).collect();
    assert_eq!(
        found,
        [
            (first, Severity::Critical, AdminPortal, event_ref("ServiceRequestOpened@12")),
            (second, Severity::Critical, MicrosoftSupport, event_ref("ServiceRequestOpened@14")),
        ]
    );
}

#[test]
fn sup_3_after_the_renegotiation_nothing_is_owed() {
    // 12 or 14 ContractRenegotiated; the privileges and the relationship are as they were.
    for (world, at) in [(with_dap(), 12), (without_dap(), 12), (revoked(), 13), (ended(), 14)] {
        let since = format!("ContractRenegotiated@{at}");
        let world = world.when(OPERATOR, "RenegotiateContract", pair(P)).then([renegotiated(P)]);
        assert_eq!([at - 1, at].map(|position| route(&world, position).is_some()), [true, false]);
        let world = world.when(PA, "OpenServiceRequest", request()).then_refusal(not_owed(&since));
        let no = format!("no: SUP-3 lacks SupportOwed, ended by {since}");
        for who in [PA, PH, P_ADMINS, P_HELPDESK] {
            assert_eq!(world.shown(&world.decision(at, who, OPEN, customer(C))), no, "{who:?}");
        }
        // Again there is nothing to renegotiate.
        let world = world.when(OPERATOR, "RenegotiateContract", pair(P));
        world.then_refused("alreadyRenegotiated", Some(Rule::Sup3));
    }
    with_dap()
        .and([renegotiates(P)])
        .answers([
            (PA, "directory.administer", customer(C), "yes: DAP-1 GroupMemberAdded@3 DapGranted@11"),
            (PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10"),
            (PS, OPEN, customer(C), "no: SUP-3 lacks Membership(AdminAgents)"),
        ])
        .answers_at(11, [(PA, OPEN, customer(C), "yes: SUP-1 GroupMemberAdded@3 RelationshipEstablished@10")]);
}

#[test]
fn sup_3_a_relationship_established_anew_owes_anew() {
    // 12 and 13 the end, 14 renegotiated, 15 to 18 anew with DAP; or renegotiated first, with the end behind it.
    let anew = || [invites(PA, K, true), accepts(CG, K)];
    for world in [ended().and([renegotiates(P)]), with_dap().and([renegotiates(P), ends(PA)])] {
        let world = world.and(anew()).answers([(
            PA,
            OPEN,
            customer(C),
            "yes: SUP-1 GroupMemberAdded@3 RelationshipEstablished@17",
        )]);
        let opened = opened(&world, AdminPortal);
        world
            .when(PA, "OpenServiceRequest", request())
            .then([opened])
            .when(OPERATOR, "RenegotiateContract", pair(P))
            .then([renegotiated(P)])
            .when(PA, "OpenServiceRequest", request())
            .then_refusal(not_owed("ContractRenegotiated@20"));
    }
}

#[test]
fn sup_3_a_mere_grant_of_dap_does_not() {
    // The relationship goes on, and the invitation adds DAP alone.
    let rows = [
        without_dap().and([renegotiates(P), accepts(CG, I)]),
        revoked().and([renegotiates(P), invites(PA, K, true), accepts(CG, K)]),
        with_dap().and([renegotiates(P), revokes(CG, P), invites(PA, K, true), accepts(CG, K)]),
    ];
    for world in rows {
        assert_eq!(route(&world, world.state.timeline.head().0), None);
        world.clone().when(PA, "OpenServiceRequest", request()).then_refused("notAllowed", Some(Rule::Sup3));
        world.when(OPERATOR, "RenegotiateContract", pair(P)).then_refusal(Refusal::AlreadyRenegotiated);
    }
}

#[test]
fn sup_3_only_an_operator_records_it() {
    // Whoever may not is not told what there is.
    for fields in [pair(P), pair(Q), pair(NONE), json!({"customer": NONE, "partner": P})] {
        for who in [PA, PG, PU, CG, CU] {
            let refusal = not_allowed(Rule::Sup3, Missing::Operator, None);
            with_dap().when(who, "RenegotiateContract", fields.clone()).then_refusal(refusal);
        }
        let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
        with_dap().when(STRANGER, "RenegotiateContract", fields).then_refusal(refusal);
    }
}

#[test]
fn sup_3_needs_a_relationship_once() {
    let world = || world().and(arrives(QG, QA)).and([d_arrives()]);
    world().when(OPERATOR, "RenegotiateContract", pair(P)).then_refused("noRelationship", Some(Rule::Rel4));
    let declined = world().and([declines(CG, I)]);
    declined.when(OPERATOR, "RenegotiateContract", pair(P)).then_refusal(Refusal::NoRelationship);
    // What is no customer, and what is no partner.
    for customer in [NONE, P] {
        let fields = json!({"customer": customer, "partner": P});
        world().when(OPERATOR, "RenegotiateContract", fields).then_not_found("customer");
    }
    for partner in [NONE, D] {
        world().when(OPERATOR, "RenegotiateContract", pair(partner)).then_not_found("partner");
    }
}

#[test]
fn sup_3_is_about_one_customer_and_one_partner() {
    // 12 to 14 Q, 15 to 17 its relationship.
    let world = with_dap().and(arrives(QG, QA)).and([invites(QA, K, false), accepts(CG, K)]);
    let owes = "yes: SUP-1 GroupMemberAdded@14 RelationshipEstablished@17";
    world
        .when(OPERATOR, "RenegotiateContract", pair(P))
        .then([renegotiated(P)])
        .answers([
            (QA, OPEN, customer(C), owes),
            (PA, OPEN, customer(C), "no: SUP-3 lacks SupportOwed, ended by ContractRenegotiated@18"),
        ])
        .when(OPERATOR, "RenegotiateContract", pair(Q))
        .then([renegotiated(Q)])
        .answers([(QA, OPEN, customer(C), "no: SUP-3 lacks SupportOwed, ended by ContractRenegotiated@19")]);
}
