//! Whose history an event is in, and who sees it there: VIS-1 and VIS-2, event by event.

use crate::given::*;
use procura_domain::{
    event::Event,
    id::{PartnerId, TenantId},
    temporal::{Moment, Position},
    visibility::{self, Happened, Reader, VisibleScope},
};
use serde_json::{Value, json};

const Q_ADMINS: Who = Who::Group(Q, "AdminAgents");
const A4: &str = "eeeeeeee-0000-4000-8000-000000000004";
const A5: &str = "eeeeeeee-0000-4000-8000-000000000005";
const A6: &str = "eeeeeeee-0000-4000-8000-000000000006";

/// C's history with P, which has DAP, and Q, which has not: what was done by whom, and which of the two sees it; with a
/// question mark, without being told who did it.
const SEEN: &str = "
    18 DirectoryRoleAssigned by C sees nobody
    19 SubscriptionRegistered by C sees nobody
    20 RoleAssigned by C sees nobody
    21 SubscriptionProvisioned by P sees P
    22 RoleAssigned by P sees P
    23 RoleAssigned by P sees P
    24 RoleAssigned by C sees Q
    25 RoleAssigned by Q sees P?
    26 RoleAssigned by C sees Q
    27 DeviceAdded by Q sees Q
    28 DeviceAdded by C sees P
    29 DeviceUpdated by C sees P Q
    30 DeviceUpdated by Q sees Q
    31 DeviceUpdated by P sees P
    32 ProfileCreated by C sees P Q
    33 ProfileApplied by C sees P Q
    34 ProfileApplied by C sees P
    35 ProfileRemoved by C sees P
    36 SubscriptionRenewed by P sees P
    37 SubscriptionCancelled by C sees Q
    38 AutopilotPolicyAdopted by operator sees P Q
    39 ProfileUpdated by C sees P
    40 DapRevoked by C sees P
    41 ProfileUpdated by C sees nobody
    42 DeviceUpdated by C sees P Q
    43 DeviceRemoved by C sees nobody
    44 RelationshipEnded by Q sees Q
    45 DeviceRemoved by C sees P
    46 RoleAssignmentRemoved by C sees Q
    47 ContractRenegotiated by operator sees Q
    48 DapGranted by C sees P";

fn tags(who: Who, device: &str) -> (Who, &'static str, Value) {
    (who, "UpdateDevice", json!({"customer": C, "device": device, "groupTag": who.id()}))
}

/// What happens in [`SEEN`], step by step.
fn steps() -> Vec<(Who, &'static str, Value)> {
    let in_c = |mut fields: Value| {
        fields["customer"] = C.into();
        fields
    };
    let device = |id: &str| in_c(json!({"device": id}));
    let profile = |name: &str| in_c(json!({"profile": F1, "name": name}));
    vec![
        (CG, "AssignDirectoryRole", directory_role(CH, "HelpdeskAdministrator")),
        (
            CG,
            "RegisterSubscription",
            in_c(json!({"subscription": S1, "roleAssignment": A1, "kind": "azure", "name": "Own"})),
        ),
        (
            PA,
            "ProvisionSubscription",
            in_c(json!({"partner": P, "subscription": S2, "roleAssignment": A2, "kind": "azure", "name": "Web"})),
        ),
        // What its own people did in C's tenant concerns a partner; what they did to another partner is that one's.
        (PA, "AssignRole", assignment(S2, A3, "Reader", CU)),
        (CG, "AssignRole", assignment(S2, A4, "Owner", Q_ADMINS)),
        // Only version 1 of the rules let it.
        (QA, "RoleAssigned", extended(assignment(S2, A5, "Reader", PS), json!({"origin": "assigned"}))),
        (CG, "AssignRole", assignment(S1, A6, "Reader", Q_ADMINS)),
        (QA, "AddDevice", a_device(V1, json!({"partner": Q}))),
        // Its own device is C's, and P's to manage by DAP (APL-3).
        (CG, "AddDevice", a_device(V2, json!({"source": "intune"}))),
        tags(CG, V1),
        tags(QA, V1),
        tags(PA, V1),
        (CG, "CreateProfile", profile("Standard")),
        (CG, "ApplyProfile", on_devices(F1, &[V1])),
        // Q may not know of V2: it does not see half of what happened either.
        (CG, "ApplyProfile", on_devices(F1, &[V1, V2])),
        (CG, "RemoveProfile", on_devices(F1, &[V1, V2])),
        // Q reads S2, but it was P that renewed it.
        (PA, "RenewSubscription", in_c(json!({"subscription": S2}))),
        (CG, "CancelSubscription", in_c(json!({"subscription": S1}))),
        (OPERATOR, "AdoptAutopilotPolicy", json!({"policy": "dapRequired"})),
        (CG, "UpdateProfile", profile("With DAP")),
        (CG, "RevokeDap", in_c(json!({"partner": P}))),
        (CG, "UpdateProfile", profile("Without")),
        tags(CG, V1),
        (CG, "RemoveDevice", device(V2)),
        (QA, "EndRelationship", in_c(json!({"partner": Q}))),
        // From here on Q manages nothing, and sees what it loses.
        (CG, "RemoveDevice", device(V1)),
        (CG, "RemoveRoleAssignment", in_c(json!({"roleAssignment": A4}))),
        (OPERATOR, "RenegotiateContract", in_c(json!({"partner": Q}))),
    ]
}

fn partner(id: &str) -> PartnerId {
    id.parse().unwrap()
}

/// The event that somebody did, at that position, as the scope has it: shown or not, and if so with who did it or not.
fn shown(world: &World, scope: VisibleScope, event: &Event, by: Who, position: u64) -> Option<bool> {
    let moment = |position| Moment { position: Position(position), at: world.now().at };
    let happened = Happened { event, by: &by.actor(), before: moment(position - 1), at: moment(position) };
    scope.shows(&happened, &world.state).then(|| scope.shows_who(&happened))
}

fn seen(world: &World, event: &Event, by: Who, position: u64) -> String {
    let partners = [("P", P), ("Q", Q)];
    let seeing = partners.into_iter().filter_map(|(letter, id)| {
        let with_who = shown(world, VisibleScope::Partner(partner(id)), event, by, position)?;
        Some(if with_who { letter.to_owned() } else { format!("{letter}?") })
    });
    let seeing: Vec<_> = seeing.collect();
    if seeing.is_empty() { "nobody".to_owned() } else { seeing.join(" ") }
}

fn letter(who: Who) -> &'static str {
    match who {
        Who::User(C, _) => "C",
        Who::User(P, _) => "P",
        Who::User(_, _) => "Q",
        _ => "operator",
    }
}

#[test]
fn vis_2_a_partner_sees_of_a_customers_history_what_concerns_it() {
    let mut world = with_dap().and(arrives(QG, QA)).and([invites(QA, K, false), accepts(CG, K)]);
    let mut done = Vec::new();
    for (who, name, fields) in steps() {
        let first = world.state.timeline.head().0 + 1;
        let (events, step) = if name == "RoleAssigned" {
            let recorded = event(name, fields);
            (vec![recorded.clone()], happened([recorded]))
        } else {
            let decided = world.clone().result(who, name, fields.clone());
            (decided.unwrap_or_else(|refusal| panic!("{name}: {refusal}")), did(who, name, fields))
        };
        done.extend((first..).zip(events).map(|(position, event)| (position, event, who)));
        world = world.and([step]);
    }
    let granted = event("DapGranted", json!({"customer": C, "partner": P}));
    done.push((world.state.timeline.head().0 + 1, granted.clone(), CG));
    // Whatever comes later, what was seen of an event stays.
    let later = world.and([happened([granted])]);
    let mut table = String::new();
    for (position, event, by) in &done {
        let line = format!("\n    {position} {} by {} sees ", event.event_type(), letter(*by));
        table.push_str(&(line + &seen(&later, event, *by, *position)));
        assert_eq!(shown(&later, VisibleScope::Everything, event, *by, *position), Some(true), "VIS-1");
    }
    assert_eq!(table, SEEN);
}

#[test]
fn vis_2_a_partners_history_is_for_its_agents_and_administrators() {
    let world = with_dap().and(arrives(QG, QA));
    let scope = |reader| visibility::partner_scope(reader, partner(P), world.now(), &world.state);
    let own = Some(VisibleScope::Partner(partner(P)));
    for (who, expected) in [(PA, own), (PH, own), (PS, own), (PG, own), (PU, None), (QA, None), (CG, None)] {
        assert_eq!(scope(Reader::User(who.user())), expected, "{who:?}");
    }
    assert_eq!([Reader::Overseer, Reader::Decider].map(scope), [Some(VisibleScope::Everything), None]);
    let customer: TenantId = C.parse().unwrap();
    let of_customer = visibility::partner_scope(Reader::Overseer, customer.as_partner(), world.now(), &world.state);
    assert_eq!(of_customer, None, "a customer is no partner");
    let left = world.clone().and([leaves(PA, "AdminAgents")]);
    let of_left = visibility::partner_scope(Reader::User(PA.user()), partner(P), left.now(), &left.state);
    assert_eq!(of_left, None, "who left (DAP-6)");
}

#[test]
fn apl_8_a_policy_is_in_everybodys_history() {
    let world = with_dap().and([adopts("dapRequired"), helpdesk_of_c()]);
    assert!(world.state.positions_of_all().iter().eq([Position(12)]));
    let (c, p): (TenantId, TenantId) = (C.parse().unwrap(), P.parse().unwrap());
    let concerned = |position| [c, p].map(|tenant| world.state.concerns(tenant, Position(position)));
    // 11 the grant of DAP, 12 the policy, 13 a role in C's directory.
    let expected = [(11, [true, true]), (12, [true, true]), (13, [true, false]), (14, [false, false])];
    assert_eq!(expected.map(|(position, _)| (position, concerned(position))), expected);
}
