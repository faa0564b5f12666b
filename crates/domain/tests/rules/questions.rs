//! Questions as the outside spells them.

use crate::given::*;
use procura_domain::access::{Named, NotAsked, Resource, Subject, action_names};
use serde_json::json;

#[test]
fn a_subject_is_a_user_or_a_partners_group() {
    for who in [PA, CG, STRANGER] {
        assert_eq!(who.subject(), Subject::User(who.user()));
        assert_eq!(who.subject().tenant(), who.user().tenant);
    }
    let Subject::Group(group) = P_SALES.subject() else { panic!("no group") };
    assert_eq!(group.to_string(), format!("{P}/SalesAgents"));
    assert_eq!(P_SALES.subject().tenant().to_string(), P);
    let upper = format!("{}/{}", P.to_uppercase(), PA.id().to_uppercase());
    assert_eq!(Subject::parse("user", &upper).unwrap(), PA.subject());
}

#[test]
fn a_subject_that_is_none_is_named() {
    let user = "user, written tenant/user";
    let group = "group, written partner/AdminAgents";
    let id = PA.id();
    let rows = [
        ("user", String::new(), user),
        ("user", P.to_owned(), user),
        ("user", format!("{P}/"), user),
        ("user", format!("/{id}"), user),
        ("user", format!("{P}/{id}/{id}"), user),
        ("user", format!("{P} {id}"), user),
        ("user", format!("{P}/lee"), user),
        ("user", format!("{P}/AdminAgents"), user),
        ("group", P.to_owned(), group),
        ("group", format!("{P}/"), group),
        ("group", format!("{P}/Everybody"), group),
        ("group", format!("{P}/adminAgents"), group),
        ("group", "contoso/AdminAgents".to_owned(), group),
        ("group", format!("{P}/{id}"), group),
    ];
    for (kind, id, what) in rows {
        let error = Subject::parse(kind, &id).unwrap_err();
        assert_eq!(error, NotAsked::Id(id.clone(), what));
        assert_eq!(error.to_string(), format!("`{id}` is not the id of a {what}"));
    }
    let error = Subject::parse("robot", &format!("{P}/{id}")).unwrap_err();
    assert_eq!(error.to_string(), "subject type `robot` is none of user, group");
    let NotAsked::Id(shown, _) = Subject::parse("user", &"x".repeat(200)).unwrap_err() else { panic!("no id") };
    assert_eq!(shown.len(), 128);
}

#[test]
fn every_action_of_the_rulebook_is_asked_on_its_resource() {
    let on = |resource: &'static str, actions: &[&'static str]| {
        actions.iter().map(|action| (*action, resource)).collect::<Vec<_>>()
    };
    let of_customer = on(
        "customer",
        &[
            "customer.view",
            "directory.administer",
            "license.assign",
            "service.administer",
            "directory.read",
            "directory.resetPassword",
            "service.signIn",
            "partnerRelationships.view",
            "invitation.accept",
            "subscription.register",
            "dap.revoke",
            "relationship.end",
            "subscription.provision",
            "device.add",
            "profile.create",
            "serviceRequest.open",
            "directoryRole.assign",
            "user.describe",
            "history.view",
            "report.view",
        ],
    );
    let of_partner = on(
        "partner",
        &["invitation.send", "group.manage", "directoryRole.assign", "user.describe", "history.view", "report.view"],
    );
    let of_subscription = on(
        "subscription",
        &[
            "subscription.read",
            "subscription.manage",
            "roleAssignment.create",
            "roleAssignment.remove",
            "subscription.renew",
            "subscription.cancel",
        ],
    );
    let of_device = on("device", &["device.manage", "device.delete", "profile.apply", "profile.remove"]);
    let of_profile = on("profile", &["profile.update", "profile.delete"]);
    let expected = [of_customer, of_partner, of_subscription, of_device, of_profile].concat();
    assert_eq!(action_names().collect::<Vec<_>>(), expected);
    // Each of them reads back, and on no other resource.
    for (action, _) in &expected {
        for kind in ["customer", "partner", "subscription", "device", "profile"] {
            let parsed = Resource::parse(kind, NONE, action, Named::default());
            if expected.contains(&(*action, kind)) {
                assert_eq!(parsed.unwrap().action(), *action);
            } else {
                let error = parsed.unwrap_err().to_string();
                assert!(error.starts_with(&format!("action `{action}` is none of ")), "{error}");
            }
        }
    }
}

#[test]
fn a_resource_that_is_none_is_named() {
    for (kind, action) in [
        ("customer", "customer.view"),
        ("partner", "invitation.send"),
        ("subscription", "subscription.read"),
        ("device", "device.manage"),
        ("profile", "profile.update"),
    ] {
        for id in ["", "contoso", &format!("{{{P}}}")] {
            let error = Resource::parse(kind, id, action, Named::default()).unwrap_err();
            assert_eq!(error, NotAsked::Id(id.to_owned(), kind));
            assert_eq!(error.to_string(), format!("`{id}` is not the id of a {kind}"));
        }
        // An action that is none, before an id that is none.
        let error = Resource::parse(kind, "contoso", "moon.shoot", Named::default()).unwrap_err();
        assert!(matches!(error, NotAsked::Action(_)), "{error}");
    }
    let error = Resource::parse("planet", NONE, "customer.view", Named::default()).unwrap_err();
    assert_eq!(error.to_string(), "resource type `planet` is none of customer, partner, subscription, device, profile");
    let NotAsked::Id(shown, _) =
        Resource::parse("device", &"x".repeat(200), "device.manage", Named::default()).unwrap_err()
    else {
        panic!("no id")
    };
    assert_eq!(shown.len(), 128);
}

#[test]
fn what_a_question_names_beside_its_resource() {
    let beside = customer(C).beside(P).added_as(json!({"source": "intune"}));
    let Resource::Customer(_, _, named) = beside.resource("device.add") else { panic!("no customer") };
    assert_eq!(named.partner.map(|partner| partner.to_string()).as_deref(), Some(P));
    assert_eq!(serde_json::to_value(named.origin).unwrap(), json!({"source": "intune"}));
    // Beside any other resource nothing is named.
    for (on, plain, action) in [
        (partner(P).beside(Q), partner(P), "invitation.send"),
        (subscription(S1).beside(Q), subscription(S1), "subscription.read"),
        (device(V1).beside(Q), device(V1), "device.manage"),
        (profile(F1).beside(Q), profile(F1), "profile.update"),
    ] {
        assert_eq!(on.resource(action), plain.resource(action), "{action}");
    }
}

#[test]
fn a_resource_is_in_a_customers_tenant_from_its_beginning_on() {
    // 9, 10 S1; 11 V1; 12 F1.
    let world = world().and([registers(S1, A1), adds_own_device(V1, "intune"), makes_profile(CG, F1)]);
    let in_tenant = |on: On, action, position| {
        on.resource(action).customer(world.moment(position), &world.state).map(|customer| customer.to_string())
    };
    let rows = [
        (customer(C), "customer.view", 5, 7),
        (subscription(S1), "subscription.read", 8, 9),
        (device(V1), "device.manage", 10, 11),
        (profile(F1), "profile.update", 11, 12),
    ];
    for (on, action, before, from) in rows {
        assert_eq!(
            (in_tenant(on, action, before), in_tenant(on, action, from)),
            (None, Some(C.to_owned())),
            "{action}"
        );
    }
    let none = [
        (customer(P), "customer.view"),
        (customer(NONE), "customer.view"),
        (partner(P), "invitation.send"),
        (subscription(NONE), "subscription.read"),
        (device(NONE), "device.manage"),
        (profile(NONE), "profile.delete"),
    ];
    for (on, action) in none {
        assert_eq!(in_tenant(on, action, 12), None, "{on:?}");
    }
}

#[test]
fn what_is_removed_is_in_nobodys_tenant() {
    // 9 V1, 10 F1, 11 and 12 removed.
    let world = world().and([
        adds_own_device(V1, "intune"),
        makes_profile(CG, F1),
        did(CG, "RemoveDevice", json!({"customer": C, "device": V1})),
        did(CG, "DeleteProfile", json!({"customer": C, "profile": F1})),
    ]);
    for (on, action) in [(device(V1), "device.manage"), (profile(F1), "profile.update")] {
        let customer = |position| on.resource(action).customer(world.moment(position), &world.state).is_some();
        assert_eq!([10, 12].map(customer), [true, false], "{action}");
    }
}

#[test]
fn subjects_and_resources_are_written_as_they_are_read() {
    for (kind, id) in [("user", PA.user().to_string()), ("group", format!("{P}/AdminAgents"))] {
        let subject = Subject::parse(kind, &id).unwrap();
        assert_eq!((subject.subject_type(), subject.id()), (kind, id));
    }
    let on = [customer(C), partner(P), subscription(S1), device(V1), profile(F1)];
    let actions = ["customer.view", "group.manage", "subscription.read", "device.manage", "profile.update"];
    for ((on, action), id) in on.into_iter().zip(actions).zip([C, P, S1, V1, F1]) {
        let resource = on.resource(action);
        assert_eq!((resource.action(), resource.guid().to_string().as_str()), (action, id));
    }
}
