//! Guards and questions are one function: every cell of the matrix again, asked by a command instead.

use crate::{
    given::*,
    matrix::{Cell, assert_none, cells, resource_id, who, world_in},
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The command whose guard is that question, with fields that only the actor's rights and the state can be against.
/// `None`: nobody does this by a command, or the command names what the question leaves out.
fn asked_by_command(cell: Cell) -> Option<(&'static str, Value)> {
    let Cell { action, resource, subject, .. } = cell;
    let id = resource_id(resource);
    let Who::User(tenant, _) = who(subject) else { return None };
    let own_partner = [P, R].contains(&tenant).then_some(tenant);
    // Where the question leaves the partner out it is the subject's own; only a partner's user has one.
    let named_partner = if resource == "C,partner=P" { Some(P) } else { own_partner };
    let pair = || Some(json!({"customer": C, "partner": named_partner?}));
    let on_subscription = json!({"customer": C, "subscription": id});
    let command = match action {
        "invitation.accept" => ("AcceptInvite", json!({"invitation": K, "customer": C})),
        "subscription.register" => {
            ("RegisterSubscription", json!({"customer": C, "subscription": NONE, "kind": "azure", "name": "Legacy"}))
        }
        "dap.revoke" => ("RevokeDap", pair()?),
        "relationship.end" => ("EndRelationship", pair()?),
        "subscription.provision" => {
            ("ProvisionSubscription", extended(pair()?, json!({"kind": "azure", "name": "Production"})))
        }
        "serviceRequest.open" => {
            ("OpenServiceRequest", extended(pair()?, json!({"title": "Mail stands still", "severity": "critical"})))
        }
        "device.add" => {
            let origin = own_partner.map_or(json!({"source": "intune"}), |partner| json!({"partner": partner}));
            ("AddDevice", a_device(NONE, origin))
        }
        "directoryRole.assign" => {
            ("AssignDirectoryRole", json!({"tenant": id, "user": NONE, "role": "HelpdeskAdministrator"}))
        }
        "user.describe" => (
            "DescribeUser",
            json!({"tenant": id, "user": NONE, "displayName": "Ana", "userPrincipalName": "ana@a.example"}),
        ),
        "profile.create" => ("CreateProfile", json!({"customer": C, "name": "Standard"})),
        "invitation.send" => ("SendInvite", json!({"partner": id, "delegatedAdmin": true, "locale": "en"})),
        "group.manage" => ("AddGroupMember", json!({"partner": id, "group": "SalesAgents", "user": NONE})),
        "roleAssignment.create" => ("AssignRole", assignment(id, NONE_ASSIGNED, "Reader", CU)),
        "roleAssignment.remove" => {
            let role_assignment = owner_of(resource)?;
            ("RemoveRoleAssignment", json!({"customer": C, "roleAssignment": role_assignment}))
        }
        "subscription.renew" => ("RenewSubscription", on_subscription),
        "subscription.cancel" => ("CancelSubscription", on_subscription),
        "device.manage" => ("UpdateDevice", json!({"customer": C, "device": id, "groupTag": "Kiosk"})),
        "device.delete" => ("RemoveDevice", json!({"customer": C, "device": id})),
        "profile.apply" => ("ApplyProfile", on_devices(F1, &[id])),
        "profile.remove" => ("RemoveProfile", on_devices(F1, &[id])),
        "profile.update" => ("UpdateProfile", json!({"customer": C, "profile": id, "name": "Kiosk"})),
        "profile.delete" => ("DeleteProfile", json!({"customer": C, "profile": id})),
        _ => return None,
    };
    Some(command)
}

/// A role assignment's id that no world has.
const NONE_ASSIGNED: &str = "eeeeeeee-0000-4000-8000-00000000dead";

/// The assignment that came with the subscription.
fn owner_of(resource: &str) -> Option<&'static str> {
    match resource {
        "s-own" => Some(A1),
        "s-shared" => Some(A2),
        "s-prov" => Some("eeeeeeee-0000-4000-8000-000000000004"),
        "s-cancelled" => Some("eeeeeeee-0000-4000-8000-000000000005"),
        _ => None,
    }
}

/// How the cell would be were the subscription active, all else as it is.
fn were_it_active(cell: Cell) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    match (cell.situation, cell.resource) {
        (situation, "s-cancelled") => Some((situation, cell.action, "s-own", cell.subject)),
        ("cancelled", "s-prov") => Some(("relationship", cell.action, "s-prov", cell.subject)),
        _ => None,
    }
}

#[test]
fn every_command_is_refused_where_its_question_is_denied_and_nowhere_else() {
    let all = cells();
    let signs: HashMap<_, _> =
        all.iter().map(|c| ((c.situation, c.action, c.resource, c.subject), c.expected)).collect();
    let (mut worlds, mut asked, mut differing) = (HashMap::new(), 0, Vec::new());
    for cell in all {
        let Cell { situation, action, resource, subject, expected } = cell;
        let Some((name, fields)) = asked_by_command(cell) else { continue };
        asked += 1;
        let world: &World = worlds.entry(situation).or_insert_with(|| world_in(situation));
        let code = match world.clone().result(who(subject), name, fields) {
            Ok(_) => "accepted",
            Err(refusal) => refusal.code(),
        };
        let holds = match expected {
            "y" => !["notAllowed", "notFound", "subscriptionNotActive", "invalidCommand"].contains(&code),
            // SUB-9: whoever could have acted while it was active hears that it is cancelled.
            "n" if were_it_active(cell).is_some_and(|cell| signs[&cell] == "y") => code == "subscriptionNotActive",
            // VIS-6: an agent of another partner does not know of the role of the one that provisioned it.
            "n" if (action, resource, subject) == ("roleAssignment.remove", "s-prov", "RA") => code == "notFound",
            "n" => code == "notAllowed",
            _ => code == "notFound",
        };
        if !holds {
            differing.push(format!("{situation}: {subject} {action} {resource}: {expected} expected, {name}: {code}"));
        }
    }
    assert_none(&differing);
    // A situation has 49 rows that a command asks, of 12 users; in four of them six users have no partner to name.
    assert_eq!(asked, 7 * (49 * 12 - 4 * 6), "commands were left out");
}
