//! Questions at earlier moments: answered as they were then, whatever happened since.

use crate::given::*;
use procura_domain::access::{CustomerAction, DeviceAction, PartnerAction, ProfileAction, SubscriptionAction};
use serde_json::json;

const SUBJECTS: [Who; 18] =
    [PA, PH, PS, PG, PU, P_ADMINS, P_HELPDESK, P_SALES, QG, QA, RG, RA, CG, CH, CU, DG, DU, STRANGER];

/// Every question: who, what, on what.
pub(crate) fn questions() -> Vec<(Who, &'static str, On)> {
    let on_customer = CustomerAction::ALL.iter().flat_map(|action| {
        let on = [customer(C), customer(C).beside(P), customer(D), customer(NONE)];
        on.map(|on| (action.name(), on))
    });
    let on_partner = PartnerAction::ALL.iter().flat_map(|action| [P, Q].map(|id| (action.name(), partner(id))));
    let on_subscription =
        SubscriptionAction::ALL.iter().flat_map(|action| [S1, S2].map(|id| (action.name(), subscription(id))));
    let on_device = DeviceAction::ALL.iter().flat_map(|action| [V1, V2].map(|id| (action.name(), device(id))));
    let on_profile = ProfileAction::ALL.iter().flat_map(|action| [F1, F2].map(|id| (action.name(), profile(id))));
    let asked: Vec<_> =
        on_customer.chain(on_partner).chain(on_subscription).chain(on_device).chain(on_profile).collect();
    SUBJECTS.iter().flat_map(|who| asked.iter().map(move |(action, on)| (*who, *action, *on))).collect()
}

/// Every answer about this moment.
fn everything(world: &World, position: u64) -> Vec<(Who, &'static str, On, String)> {
    let answer = |(who, action, on)| (who, action, on, world.shown(&world.decision(position, who, action, on)));
    questions().into_iter().map(answer).collect()
}

/// After DAP was granted: nearly everything that can happen to it, each a commit.
pub(crate) fn story() -> Vec<Step> {
    let [q, qa] = arrives(QG, QA);
    vec![
        provisions(PA, S1, A1),
        helpdesk_of_c(),
        adds_device(PA, V1),
        adds_own_device(V2, "intune"),
        registers(S2, A2),
        assigns(CG, S2, A3, "Contributor", P_SALES),
        revokes(CG, P),
        leaves(PA, "AdminAgents"),
        joins(PU, "AdminAgents"),
        d_arrives(),
        q,
        qa,
        invites(QA, J, true),
        accepts(CG, J),
        removes(CG, A3),
        removes(CG, A1),
        invites(PU, K, true),
        accepts(CG, K),
        leaves(PS, "SalesAgents"),
        joins(PA, "AdminAgents"),
        did(CG, "RevokeDap", json!({"customer": C, "partner": Q})),
        ends(QA),
        makes_profile(PA, F1),
        makes_profile(CG, F2),
        applies(PA, F1, &[V1, V2]),
        adopts("dapRequired"),
        applies(CG, F2, &[V1]),
        did(CG, "RemoveProfile", on_devices(F1, &[V2])),
        did(CG, "DeleteProfile", json!({"customer": C, "profile": F1})),
        renegotiates(P),
        did(CG, "UpdateDevice", json!({"customer": C, "device": V1, "groupTag": "Kiosk"})),
        did(CG, "RemoveDevice", json!({"customer": C, "device": V1})),
        adopts("relationship"),
        did(CG, "AssignDirectoryRole", directory_role(CU, "GlobalAdministrator")),
        did(CU, "RemoveDirectoryRole", directory_role(CG, "GlobalAdministrator")),
        did(PA, "RenewSubscription", json!({"customer": C, "subscription": S1})),
        cancels(PA, S1),
        cancels(CU, S2),
        ends(PA),
    ]
}

#[test]
fn the_past_does_not_change() {
    let mut world = with_dap();
    let mut then = vec![(0, everything(&world, 0)), (11, everything(&world, 11))];
    for step in story() {
        world = world.and([step]);
        let head = world.state.timeline.head().0;
        then.push((head, everything(&world, head)));
    }
    for (position, answers) in then {
        assert_eq!(everything(&world, position), answers, "at position {position}");
    }
}

#[test]
fn an_answer_about_the_past_is_that_of_its_day() {
    // 12, 13 provisioned, 14 V1, 15 revoked, 16 PA leaves, 17 PA is back, 18 the role is removed, 19 and 20 dap again.
    let world = with_dap().and([
        provisions(PA, S1, A1),
        adds_device(PA, V1),
        revokes(CG, P),
        leaves(PA, "AdminAgents"),
        joins(PA, "AdminAgents"),
        removes(CG, A1),
        invites(PA, K, true),
        accepts(CG, K),
    ]);
    let directory = "directory.administer";
    let manage = "subscription.manage";
    let unregistered = "no: TEN-2 lacks RegisteredTenant";
    world
        .answers_at(0, [(PA, directory, customer(C), unregistered)])
        .answers_at(2, [(PA, directory, customer(C), "unknown")])
        .answers_at(
            8,
            [
                (PA, directory, customer(C), "unknown"),
                (CG, directory, customer(C), "yes: TEN-2 DirectoryRoleAssigned@7"),
            ],
        )
        .answers_at(
            11,
            [
                (PA, directory, customer(C), "yes: DAP-1 GroupMemberAdded@3 DapGranted@11"),
                (PA, manage, subscription(S1), "unknown"),
                (PA, "device.manage", device(V1), "unknown"),
            ],
        )
        .answers_at(
            13,
            [
                (PA, manage, subscription(S1), "yes: SUB-2 RoleAssigned@13 GroupMemberAdded@3"),
                (PA, "device.manage", device(V1), "unknown"),
                (CG, "device.manage", device(V1), "unknown"),
            ],
        )
        .answers_at(
            15,
            [
                (PA, directory, customer(C), "no: DAP-1 lacks Dap, ended by DapRevoked@15"),
                (PA, manage, subscription(S1), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@3"),
            ],
        )
        .answers_at(16, [(PA, manage, subscription(S1), "unknown"), (PA, directory, customer(C), "unknown")])
        .answers_at(17, [(PA, manage, subscription(S1), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@17")])
        .answers_at(
            18,
            [(PA, manage, subscription(S1), "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@18")],
        )
        .answers_at(21, [(PA, directory, customer(C), "yes: DAP-1 GroupMemberAdded@17 DapGranted@21")]);
}

#[test]
fn asked_reads_like_the_rulebook() {
    use procura_domain::rule::Rule;
    with_dap()
        .asked(PA, "directory.administer", customer(C))
        .allowed(&[Rule::Dap1])
        .asked(PH, "directory.administer", customer(C))
        .denied(Rule::Dap1)
        .asked(PU, "directory.administer", customer(C))
        .unknown()
        .asked_at(8, PA, "directory.administer", customer(C))
        .unknown();
}
