//! Who sees what: VIS-1 to VIS-4, and who may ask about whom.

use crate::given::*;
use procura_domain::{
    access::{Question, Resource},
    id::{CustomerId, PartnerId, TenantId},
    visibility::{self, Audience, Coverage, Disclosure, InvitationDisclosure, Reader, VisibleScope},
};
use serde_json::json;

fn reader(who: Who) -> Reader {
    Reader::User(who.user())
}

fn scope(world: &World, reader: Reader, position: u64) -> Option<VisibleScope> {
    let customer: CustomerId = C.parse().unwrap();
    visibility::customer_scope(reader, customer, world.moment(position), &world.state)
}

fn p() -> PartnerId {
    P.parse().unwrap()
}

/// Whether the reader sees: C's partner-relationships page, P's customers, C's directory roles, P's directory roles.
fn pages(world: &World, reader: Reader, position: u64) -> [bool; 4] {
    let (customer, partner): (CustomerId, PartnerId) = (C.parse().unwrap(), p());
    let (at, facts) = (world.moment(position), &world.state);
    [
        visibility::sees_partner_relationships(reader, customer, at, facts),
        visibility::sees_customers(reader, partner, at, facts),
        visibility::sees_directory_roles(reader, customer.into(), at, facts),
        visibility::sees_directory_roles(reader, partner.into(), at, facts),
    ]
}

/// Everybody's world: with DAP, C's helpdesk administrator, Q unrelated, D.
fn everybody() -> World {
    with_dap().and([helpdesk_of_c(), d_arrives()]).and(arrives(QG, QA))
}

fn now(world: &World) -> u64 {
    world.state.timeline.head().0
}

#[test]
fn vis_1_a_customers_global_administrator_sees_everything_in_its_tenant() {
    let world = everybody();
    assert_eq!(scope(&world, reader(CG), now(&world)), Some(VisibleScope::Everything));
    assert_eq!(pages(&world, reader(CG), now(&world)), [true, false, true, false]);
    for who in [CH, CU, DG, STRANGER] {
        assert_eq!(scope(&world, reader(who), now(&world)), None, "{who:?}");
    }
    assert_eq!(pages(&world, reader(CH), now(&world)), [false, false, true, false]);
    for who in [CU, DG, STRANGER] {
        assert_eq!(pages(&world, reader(who), now(&world)), [false; 4], "{who:?}");
    }
    // Not before it was appointed.
    assert_eq!([5, 7].map(|position| scope(&world, reader(CG), position)), [None, Some(VisibleScope::Everything)]);
    world.answers([
        (CG, "customer.view", customer(C), "yes: VIS-1 DirectoryRoleAssigned@7"),
        (CH, "customer.view", customer(C), "no: VIS-1 lacks DirectoryRole(GlobalAdministrator)"),
        (DG, "customer.view", customer(C), "unknown"),
    ]);
}

#[test]
fn vis_1_everything_includes_every_partners() {
    for (scope, partner, included) in [
        (VisibleScope::Everything, None, true),
        (VisibleScope::Everything, Some(P), true),
        (VisibleScope::Partner(p()), Some(P), true),
        (VisibleScope::Partner(p()), Some(Q), false),
        (VisibleScope::Partner(p()), None, false),
    ] {
        assert_eq!(scope.includes(partner.map(|id| id.parse().unwrap())), included, "{scope:?} {partner:?}");
    }
}

#[test]
fn vis_2_a_partners_agents_see_their_own_customers() {
    let world = everybody();
    let own = Some(VisibleScope::Partner(p()));
    for (who, administers) in [(PA, true), (PH, true), (PS, false)] {
        assert_eq!(scope(&world, reader(who), now(&world)), own, "{who:?}");
        assert_eq!(pages(&world, reader(who), now(&world)), [false, true, administers, false], "{who:?}");
    }
    for who in [PU, PG, QA, QG] {
        assert_eq!(scope(&world, reader(who), now(&world)), None, "{who:?}");
    }
    assert_eq!(pages(&world, reader(PU), now(&world)), [false; 4]);
    assert_eq!(pages(&world, reader(QA), now(&world)), [false; 4]);
}

#[test]
fn vis_2_from_the_acceptance_on_and_after_the_end() {
    let world = ended();
    let own = Some(VisibleScope::Partner(p()));
    let scopes = [6, 8, 9, 10, 11, 12, 13].map(|position| scope(&world, reader(PS), position));
    assert_eq!(scopes, [None, None, None, own, own, own, own]);
    // Reading C's directory goes with delegated admin, P's list of customers does not.
    let seen = |position| pages(&world, reader(PA), position);
    assert_eq!(seen(2), [false; 4]);
    for position in [3, 10, 12, 13] {
        assert_eq!(seen(position), [false, true, false, false], "{position}");
    }
    assert_eq!(seen(11), [false, true, true, false]);
    // Whoever leaves sees nothing.
    let world = world.and([leaves(PA, "AdminAgents")]);
    assert_eq!((scope(&world, reader(PA), 14), pages(&world, reader(PA), 14)), (None, [false; 4]));
}

#[test]
fn vis_2_a_partners_global_administrators_see_its_role_members() {
    let world = everybody();
    assert_eq!(pages(&world, reader(PG), now(&world)), [false, false, false, true]);
    assert_eq!(pages(&world, reader(QG), now(&world)), [false; 4]);
    assert_eq!(pages(&world, reader(PG), 0), [false; 4]);
}

#[test]
fn vis_2_an_agent_knows_a_subscription_by_its_role() {
    // 9, 10 registered; 11, 12 roles for a group and a user of P, which has no relationship with C.
    let world = || world().and([registers(S1, A1), had_assigned(S1, A2, "Reader", P_SALES)]);
    let read = "subscription.read";
    world().and([had_assigned(S1, A3, "Contributor", PU)]).answers([
        (PS, read, subscription(S1), "yes: SUB-8 RoleAssigned@11 GroupMemberAdded@5"),
        (P_SALES, read, subscription(S1), "yes: SUB-8 RoleAssigned@11"),
        (PU, read, subscription(S1), "yes: SUB-7 RoleAssigned@12"),
        (PU, "roleAssignment.create", subscription(S1), "no: SUB-7 lacks RoleOnSubscription"),
        (PA, read, subscription(S1), "unknown"),
        (P_ADMINS, read, subscription(S1), "unknown"),
        (PG, read, subscription(S1), "unknown"),
    ]);
    // With the role gone, or the membership, so is the knowledge.
    world().and([removes(CG, A2)]).answers([(PS, read, subscription(S1), "unknown")]);
    world().and([leaves(PS, "SalesAgents")]).answers([(PS, read, subscription(S1), "unknown")]);
}

#[test]
fn vis_2_histories_and_reports() {
    let world = everybody().and([ends(PA)]);
    for action in ["history.view", "report.view"] {
        let rows = [
            (CG, customer(C), "yes: VIS-1 DirectoryRoleAssigned@7"),
            (CH, customer(C), "no: VIS-1 lacks DirectoryRole(GlobalAdministrator)"),
            // After the end of the relationship, too: up to there.
            (PA, customer(C), "yes: VIS-2 GroupMemberAdded@3 RelationshipEstablished@10"),
            (P_SALES, customer(C), "yes: VIS-2 RelationshipEstablished@10"),
            (PG, customer(C), "unknown"),
            (DG, customer(C), "unknown"),
            (QA, customer(C), "unknown"),
            (PH, partner(P), "yes: VIS-2 GroupMemberAdded@4"),
            (P_HELPDESK, partner(P), "yes: VIS-2"),
            (PG, partner(P), "yes: VIS-2 DirectoryRoleAssigned@2"),
            (PU, partner(P), "no: VIS-2 lacks Membership(AdminAgents)"),
            (CG, partner(P), "no: VIS-2 lacks Membership(AdminAgents)"),
            (DG, partner(P), "unknown"),
            (QG, partner(P), "unknown"),
        ];
        for (who, on, expected) in rows {
            assert_eq!(world.shown(&world.decision(19, who, action, on)), expected, "{who:?} {action}");
        }
        let then = world.shown(&world.decision(11, PA, action, customer(C)));
        assert_eq!(then, "yes: VIS-2 GroupMemberAdded@3 RelationshipEstablished@10", "{action}");
    }
}

#[test]
fn vis_2_a_partners_agents_and_global_administrators_see_its_groups() {
    let world = everybody();
    let sees = |reader, partner: &str, position| {
        visibility::sees_groups(reader, partner.parse().unwrap(), world.moment(position), &world.state)
    };
    for who in [PA, PH, PS, PG] {
        assert!(sees(reader(who), P, now(&world)), "{who:?}");
        assert!(!sees(reader(who), Q, now(&world)), "{who:?}");
        assert!(!sees(reader(who), P, 0), "{who:?}");
    }
    for who in [PU, CG, QA, QG, STRANGER] {
        assert!(!sees(reader(who), P, now(&world)), "{who:?}");
    }
    assert!(sees(Reader::Overseer, P, now(&world)) && !sees(Reader::Decider, P, now(&world)));
    assert!(!sees(Reader::Overseer, C, now(&world)) && !sees(Reader::Overseer, NONE, now(&world)));
}

#[test]
fn vis_2_only_a_partner_has_groups_to_see() {
    let world = everybody();
    let customer_as_partner = C.parse().unwrap();
    assert!(!visibility::sees_groups(reader(CG), customer_as_partner, world.now(), &world.state));
}

#[test]
fn vis_3_what_somebody_may_not_know_of_is_as_what_there_is_not() {
    let world = everybody().and([registers(S1, A1), adds_device(PA, V1), makes_profile(PA, F1)]);
    for who in [PG, PU, QA, QG, DG, Who::Group(Q, "AdminAgents")] {
        let known = [
            ("customer.view", customer(C)),
            ("directory.read", customer(C)),
            ("subscription.read", subscription(S1)),
            ("roleAssignment.create", subscription(S1)),
            ("device.manage", device(V1)),
            ("profile.update", profile(F1)),
            ("serviceRequest.open", customer(C)),
        ];
        let unknown = [
            ("customer.view", customer(NONE)),
            ("subscription.read", subscription(NONE)),
            ("device.manage", device(NONE)),
            ("profile.update", profile(NONE)),
            ("invitation.send", partner(NONE)),
            // A partner is no customer, nor the other way round.
            ("customer.view", customer(P)),
            ("customer.view", customer(Q)),
            ("invitation.send", partner(C)),
            ("invitation.send", partner(D)),
        ];
        for (action, on) in known.into_iter().chain(unknown) {
            assert_eq!(
                world.shown(&world.decision(now(&world), who, action, on)),
                "unknown",
                "{who:?} {action} {on:?}"
            );
        }
    }
    for (who, on) in [(CG, partner(Q)), (PA, partner(Q)), (QA, partner(P)), (DG, partner(P)), (CG, partner(C))] {
        assert_eq!(world.shown(&world.decision(now(&world), who, "group.manage", on)), "unknown", "{who:?} {on:?}");
    }
    // To the customer's own an id of nothing is the same.
    world.answers([
        (CG, "subscription.read", subscription(NONE), "unknown"),
        (CG, "device.delete", device(NONE), "unknown"),
        (CG, "customer.view", customer(D), "unknown"),
    ]);
}

#[test]
fn vis_3_a_partner_named_beside_is_ones_own_or_ones_customers() {
    let world = everybody();
    world.answers([
        (CG, "dap.revoke", customer(C).beside(P), "yes: DAP-4 DirectoryRoleAssigned@7"),
        (CG, "dap.revoke", customer(C).beside(Q), "unknown"),
        (CG, "dap.revoke", customer(C).beside(NONE), "unknown"),
        (CG, "dap.revoke", customer(C).beside(D), "unknown"),
        (CG, "dap.revoke", customer(C).beside(C), "unknown"),
        (PA, "dap.revoke", customer(C).beside(Q), "unknown"),
        (PA, "customer.view", customer(C).beside(NONE), "unknown"),
        (QA, "dap.revoke", customer(C).beside(Q), "unknown"),
        (CG, "device.add", customer(C).added_as(json!({"partner": Q})), "unknown"),
        (PA, "device.add", customer(C).added_as(json!({"partner": Q})), "unknown"),
    ]);
    // An ended relationship is known.
    ended().answers([(CG, "dap.revoke", customer(C).beside(P), "yes: DAP-4 DirectoryRoleAssigned@7")]);
}

#[test]
fn vis_3_a_customer_knows_its_partners() {
    let world = || world().and(arrives(QG, QA)).and([d_arrives()]);
    world().answers([(CG, "invitation.send", partner(P), "unknown")]);
    // 9 to 13 Q and D arrive, 14 to 16 the acceptance.
    world().and([accepts(CG, I)]).answers([
        (CG, "invitation.send", partner(P), "no: INV-1 lacks Membership(AdminAgents)"),
        (CG, "group.manage", partner(P), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
        (DG, "invitation.send", partner(P), "unknown"),
        (CG, "invitation.send", partner(Q), "unknown"),
    ]);
}

#[test]
fn vis_4_operators_and_auditors_read_everything() {
    let world = everybody();
    assert_eq!(scope(&world, Reader::Overseer, now(&world)), Some(VisibleScope::Everything));
    assert_eq!(pages(&world, Reader::Overseer, now(&world)), [true; 4]);
    // Of what there is, at the time.
    assert_eq!((scope(&world, Reader::Overseer, 5), scope(&world, Reader::Overseer, 0)), (None, None));
    assert_eq!(pages(&world, Reader::Overseer, 5), [false, true, false, true]);
    assert_eq!(pages(&world, Reader::Overseer, 0), [false; 4]);
    let (at, facts) = (world.now(), &world.state);
    let [c, p, none]: [TenantId; 3] = [C, P, NONE].map(|id| id.parse().unwrap());
    assert!(!visibility::sees_partner_relationships(Reader::Overseer, p.as_customer(), at, facts));
    assert!(!visibility::sees_customers(Reader::Overseer, c.as_partner(), at, facts));
    assert!(!visibility::sees_directory_roles(Reader::Overseer, none, at, facts));
    assert_eq!(visibility::customer_scope(Reader::Overseer, p.as_customer(), at, facts), None);
}

#[test]
fn vis_4_a_decider_reads_nothing() {
    let world = everybody();
    assert_eq!(
        (scope(&world, Reader::Decider, now(&world)), pages(&world, Reader::Decider, now(&world))),
        (None, [false; 4])
    );
}

#[test]
fn vis_4_who_may_ask_about_whom() {
    let world = everybody().and([registers(S1, A1), adds_device(PA, V1), makes_profile(PA, F1)]);
    let may_ask = |reader, about: Who, action, on: On| {
        let question = Question { subject: about.subject(), resource: on.resource(action) };
        visibility::may_ask(reader, &question, world.now(), world.now(), &world.state)
    };
    let (freely, as_subject) = (Some(Disclosure::To(Audience::Everything)), Some(Disclosure::AsSubject));
    let as_customer = Some(Disclosure::To(Audience::Customer(C.parse().unwrap())));
    let on_c = [
        ("customer.view", customer(C)),
        ("subscription.read", subscription(S1)),
        ("device.manage", device(V1)),
        ("profile.delete", profile(F1)),
    ];
    let elsewhere = [
        ("customer.view", customer(D)),
        ("customer.view", customer(NONE)),
        ("customer.view", customer(P)),
        ("invitation.send", partner(P)),
        ("subscription.read", subscription(NONE)),
        ("device.manage", device(NONE)),
    ];
    for (action, on) in on_c.into_iter().chain(elsewhere) {
        // Services about anybody; a user about itself.
        for about in [PA, P_ADMINS, CG, STRANGER] {
            assert_eq!(may_ask(Reader::Overseer, about, action, on), freely);
            assert_eq!(may_ask(Reader::Decider, about, action, on), freely);
        }
        for who in [PA, PG, QA, CU, STRANGER] {
            assert_eq!(may_ask(reader(who), who, action, on), as_subject, "{who:?} {action}");
            assert_eq!(may_ask(reader(who), CG, action, on), None, "{who:?} {action}");
            assert_eq!(may_ask(reader(who), P_ADMINS, action, on), None, "{who:?} {action}");
        }
    }
    // A customer's Global administrator about anybody on its own.
    for about in [PA, P_ADMINS, CG, CU, STRANGER] {
        for (action, on) in on_c {
            assert_eq!(may_ask(reader(CG), about, action, on), as_customer, "{about:?} {action}");
        }
        for (action, on) in elsewhere {
            let expected = (about.subject() == CG.subject()).then_some(Disclosure::AsSubject);
            assert_eq!(may_ask(reader(CG), about, action, on), expected, "{about:?} {action}");
        }
    }
    for (action, on) in on_c {
        assert_eq!(may_ask(reader(PG), PA, action, on), None);
        assert_eq!(may_ask(reader(DG), PA, action, on), None);
        assert_eq!(may_ask(reader(CH), PA, action, on), None);
    }
}

#[test]
fn vis_4_whoever_administers_a_customer_now_asks_about_its_past() {
    // 12, 13 S1; 14 CU becomes a Global administrator of C.
    let appointed = json!({"tenant": C, "user": CU.id(), "role": "GlobalAdministrator"});
    let world = with_dap().and([registers(S1, A1), happened([event("DirectoryRoleAssigned", appointed)])]);
    let may_ask = |action, on: On, at, now| {
        let question = Question { subject: PA.subject(), resource: on.resource(action) };
        visibility::may_ask(reader(CU), &question, world.moment(at), world.moment(now), &world.state)
    };
    let as_customer = Some(Disclosure::To(Audience::Customer(C.parse().unwrap())));
    assert_eq!([11, 13, 14].map(|at| may_ask("customer.view", customer(C), at, 14)), [as_customer; 3]);
    assert_eq!([11, 13].map(|at| may_ask("customer.view", customer(C), at, 13)), [None; 2]);
    // On what was in its tenant at the moment asked about.
    assert_eq!([11, 13].map(|at| may_ask("subscription.read", subscription(S1), at, 14)), [None, as_customer]);
}

#[test]
fn vis_1_a_customers_administrator_asks_about_everybody_in_its_tenant() {
    let world = everybody();
    let now = world.now();
    let may_ask = |reader, tenant: Option<&str>| {
        let tenant = tenant.map(|tenant| tenant.parse().unwrap());
        visibility::may_ask_who_could(reader, tenant, now, &world.state)
    };
    for service in [Reader::Overseer, Reader::Decider] {
        let everything = Some(Audience::Everything);
        assert_eq!([None, Some(C), Some(NONE)].map(|tenant| may_ask(service, tenant)), [everything; 3], "{service:?}");
    }
    assert_eq!(
        [None, Some(C), Some(D), Some(P)].map(|tenant| may_ask(reader(CG), tenant)),
        [None, Some(Audience::Customer(C.parse().unwrap())), None, None]
    );
    for who in [CH, CU, DG, PA, PG, STRANGER] {
        assert_eq!(may_ask(reader(who), Some(C)), None, "{who:?}");
    }
    // What a partner's administrator sees of its own tenant it sees there.
    assert_eq!(may_ask(reader(PG), Some(P)), None);
}

#[test]
fn vis_2_whoever_lost_the_customer_has_lost_its_past() {
    // 12, 13 S1; 14 PA leaves; 15 PU reads S1 without being in any group; 16 and it is over.
    let reads = |who| assigns(CG, S1, A2, "Reader", who);
    let world = with_dap().and([registers(S1, A1), leaves(PA, "AdminAgents"), reads(PU), removes(CG, A2)]);
    let knows_still = |who: Who, position| {
        let knows = |resource: Resource| {
            visibility::can_still_see(who.user(), C.parse().unwrap(), &resource, world.moment(position), &world.state)
        };
        [customer(C).resource("customer.view"), subscription(S1).resource("subscription.read")].map(knows)
    };
    assert_eq!([11, 14].map(|position| knows_still(PA, position)), [[true; 2], [false; 2]]);
    assert_eq!([14, 15, 16].map(|position| knows_still(PU, position)), [[false; 2], [false, true], [false; 2]]);
    // One's own tenant stays one's own.
    assert_eq!(knows_still(CU, 16), [true; 2]);
    assert_eq!(knows_still(DG, 16), [false; 2]);
}

/// What reports cover: asked about nobody, C, D, P, Q, and P at C.
fn covered(world: &World, reader: Reader) -> [String; 6] {
    let asked = [(None, None), (Some(C), None), (Some(D), None), (None, Some(P)), (None, Some(Q)), (Some(C), Some(P))];
    asked.map(|(customer, partner)| {
        let of = |id: Option<&str>| id.map(|id| id.parse::<TenantId>().unwrap());
        let asked = Coverage {
            customer: of(customer).map(TenantId::as_customer),
            partner: of(partner).map(TenantId::as_partner),
        };
        let at = world.moment(now(world));
        let Some(covered) = visibility::report_coverage(reader, asked, at, &world.state) else {
            return "no".to_owned();
        };
        let names = [(C, "C"), (D, "D"), (P, "P"), (Q, "Q")];
        let name =
            |id: Option<TenantId>| names.iter().find(|(guid, _)| of(Some(guid)) == id).map_or("*", |(_, name)| *name);
        format!("{}{}", name(covered.customer.map(Into::into)), name(covered.partner.map(Into::into)))
    })
}

#[test]
fn vis_2_reports_cover_what_is_the_readers_to_know() {
    let world = everybody();
    for (who, expected) in [
        (Reader::Overseer, ["**", "C*", "D*", "*P", "*Q", "CP"]),
        (Reader::Decider, ["no"; 6]),
        // A customer does not know the partners it has nothing to do with, nor other customers.
        (reader(CG), ["C*", "C*", "no", "CP", "no", "CP"]),
        (reader(DG), ["D*", "no", "D*", "no", "no", "no"]),
        (reader(PA), ["*P", "CP", "no", "*P", "no", "CP"]),
        (reader(PG), ["*P", "CP", "no", "*P", "no", "CP"]),
        (reader(QA), ["*Q", "no", "no", "no", "*Q", "no"]),
        (reader(CH), ["no"; 6]),
        (reader(CU), ["no"; 6]),
        (reader(STRANGER), ["no"; 6]),
    ] {
        assert_eq!(covered(&world, who), expected, "{who:?}");
    }
    // Whom nobody registered, nobody reports on; nor a customer as a partner.
    let at = world.moment(now(&world));
    for (customer, partner) in [(Some(X), None), (None, Some(X)), (Some(P), None), (None, Some(C))] {
        let asked = Coverage {
            customer: customer.map(|id| id.parse().unwrap()),
            partner: partner.map(|id| id.parse().unwrap()),
        };
        assert_eq!(visibility::report_coverage(Reader::Overseer, asked, at, &world.state), None);
    }
}

#[test]
fn vis_2_the_customers_of_which_a_reader_sees_something() {
    let world = everybody();
    let at = world.moment(now(&world));
    let customers = |reader: Reader| {
        reader.customers(at, &world.state).into_iter().map(|customer| customer.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(customers(Reader::Overseer), [C, D]);
    assert_eq!(customers(Reader::Decider), [""; 0]);
    for agent in [PA, PH, PS] {
        assert_eq!(customers(reader(agent)), [C], "{agent:?}");
    }
    assert_eq!(customers(reader(CG)), [C]);
    // Nobody looks at a partner's customers for a user who is in none of its groups.
    for who in [PU, PG] {
        assert_eq!(customers(reader(who)), [P], "{who:?}");
    }
}

#[test]
fn vis_2_a_scope_is_narrowed_to_what_was_asked_about() {
    let [p, q] = [P, Q].map(|partner| partner.parse::<PartnerId>().unwrap());
    let (all, of_p) = (VisibleScope::Everything, VisibleScope::Partner(p));
    assert_eq!([all.narrowed(None), of_p.narrowed(None)], [Some(all), Some(of_p)]);
    assert_eq!([all.narrowed(Some(p)), of_p.narrowed(Some(p)), of_p.narrowed(Some(q))], [Some(of_p), Some(of_p), None]);
    assert_eq!([all.partner(), of_p.partner()], [None, Some(p)]);
    assert_eq!([of_p.includes(Some(p)), of_p.includes(Some(q)), of_p.includes(None)], [true, false, false]);
    assert_eq!([all.includes(Some(q)), all.includes(None)], [true, true]);
    assert_eq!(reader(PA).subject(), Some(PA.subject()));
    assert_eq!([Reader::Overseer.subject(), Reader::Decider.subject()], [None, None]);
}

#[test]
fn vis_4_who_may_ask_what_somebody_could() {
    let world = everybody();
    let may_ask = |reader, about: Who, tenant: Option<&str>| {
        let tenant = tenant.map(|tenant| tenant.parse().unwrap());
        visibility::may_ask_what_could(reader, about.subject(), tenant, world.now(), &world.state)
    };
    let (everything, to_c) = (Audience::Everything, Audience::Customer(C.parse().unwrap()));
    for service in [Reader::Overseer, Reader::Decider] {
        assert_eq!(may_ask(service, PA, None), Some(Disclosure::To(everything)));
    }
    for about in [PA, CU, STRANGER, P_ADMINS] {
        assert_eq!(may_ask(reader(CG), about, Some(C)), Some(Disclosure::To(to_c)), "{about:?}");
        assert_eq!([may_ask(reader(CG), about, None), may_ask(reader(CG), about, Some(D))], [None, None]);
        assert_eq!(may_ask(reader(QA), about, Some(C)), None);
    }
    for tenant in [None, Some(C), Some(D), Some(NONE)] {
        assert_eq!(may_ask(reader(PA), PA, tenant), Some(Disclosure::AsSubject));
        assert_eq!(may_ask(reader(PA), PU, tenant), None);
    }
}

#[test]
fn vis_3_who_sees_how_much_of_an_invitation() {
    let world = everybody();
    let sees = |reader, partner: &str| {
        visibility::invitation_disclosure(reader, partner.parse().unwrap(), world.now(), &world.state)
    };
    let mail = Some(InvitationDisclosure::Mail);
    for who in [PA, PS] {
        assert_eq!([sees(reader(who), P), sees(reader(who), Q)], [mail, None], "{who:?}");
    }
    assert_eq!([sees(Reader::Overseer, P), sees(Reader::Overseer, X), sees(Reader::Overseer, C)], [mail, None, None]);
    for (who, own) in [(CG, C), (DG, D)] {
        assert_eq!(sees(reader(who), P), Some(InvitationDisclosure::Own(own.parse().unwrap())), "{who:?}");
    }
    for who in [PH, PG, PU, CU, CH, STRANGER] {
        assert_eq!(sees(reader(who), P), None, "{who:?}");
    }
    assert_eq!(sees(Reader::Decider, P), None);
}

#[test]
fn vis_3_who_is_told_why() {
    // 12, 13 S1; 14 PA leaves.
    let world = with_dap().and([registers(S1, A1), leaves(PA, "AdminAgents")]);
    let told = |disclosure: Disclosure, who: Who, action, on: On, [at, now]: [u64; 2]| {
        let question = Question { subject: who.subject(), resource: on.resource(action) };
        let [at, now] = [at, now].map(|position| world.moment(position));
        let decision = disclosure.decide(&question, at, &world.state);
        disclosure.audience(&question, &decision, at, now, &world.state)
    };
    for audience in [Audience::Everything, Audience::Customer(C.parse().unwrap())] {
        let answer = told(Disclosure::To(audience), PA, "customer.view", customer(C), [14, 14]);
        assert_eq!(answer, Some(audience), "also why it is unknown");
    }
    let own = |who: Who| Some(Audience::PeopleOf(who.user().tenant));
    let itself = |who, action, on, at| told(Disclosure::AsSubject, who, action, on, at);
    // A user is told why it may and why not, of what it knows.
    assert_eq!(itself(PA, "customer.view", customer(C), [13, 13]), own(PA));
    assert_eq!(itself(PA, "relationship.end", customer(C), [11, 13]), own(PA));
    assert_eq!(itself(PS, "directory.administer", customer(C), [11, 14]), own(PS));
    assert_eq!(itself(CU, "customer.view", customer(C), [11, 14]), own(CU));
    // Not of what it does not know, nor of what it knew and lost (DAP-6).
    assert_eq!(itself(PU, "customer.view", customer(C), [13, 13]), None);
    assert_eq!(itself(PA, "customer.view", customer(C), [13, 14]), None);
    assert_eq!(itself(PA, "customer.view", customer(C), [14, 14]), None);
    assert_eq!(itself(PA, "subscription.read", subscription(S1), [13, 14]), None);
    // Of its own tenant always.
    for at in [9, 14] {
        assert_eq!(itself(PG, "group.manage", partner(P), [at, 14]), own(PG));
        assert_eq!(itself(PU, "group.manage", partner(P), [at, 14]), own(PU));
    }
}

#[test]
fn vis_2_of_which_tenants_somebody_may_still_know_something() {
    // 14 PU reads S1 and is in no group; 15 PA leaves; 16 PU reads nothing any more.
    let world = with_dap().and([
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", PU),
        leaves(PA, "AdminAgents"),
        removes(CG, A2),
    ]);
    let knows = |who: Who, tenant: &str, position| {
        let tenant = tenant.parse().unwrap();
        visibility::can_still_see_something(who.user(), tenant, world.moment(position), &world.state)
    };
    assert_eq!([14, 15].map(|position| knows(PA, C, position)), [true, false]);
    assert_eq!([13, 14, 15, 16].map(|position| knows(PU, C, position)), [false, true, true, false]);
    assert_eq!(
        [(PU, P), (CU, C), (PS, C), (PS, D), (CU, P)].map(|(who, tenant)| knows(who, tenant, 16)),
        [true, true, true, false, false]
    );
}
