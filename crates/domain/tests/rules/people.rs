//! What people are called: PEO-1 to PEO-3.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    id::{Id, ObjectId},
    personal::DataSubject,
    rule::Rule,
    temporal::Position,
    visibility::{Reader, knows_user},
    vocabulary::DirectoryRole::GlobalAdministrator,
};
use serde_json::{Value, json};

fn names(who: Who, names: Value) -> Value {
    let Who::User(tenant, user) = who else { panic!("{who:?} is no user") };
    extended(json!({"tenant": tenant, "user": user}), names)
}

fn shown(name: &str) -> Value {
    json!({"displayName": name})
}

fn signs_in(name: &str) -> Value {
    json!({"userPrincipalName": name})
}

fn both(name: &str, principal: &str) -> Value {
    json!({"displayName": name, "userPrincipalName": principal})
}

/// The event that says so, of the description that begins as `position` does.
fn described(who: Who, first: u64, new_display_name: bool, new_user_principal_name: bool) -> Event {
    let Who::User(tenant, user) = who else { panic!("{who:?} is no user") };
    let description = format!("e0000000-0000-0000-0000-{first:012x}");
    event(
        "UserDescribed",
        json!({
            "tenant": tenant, "user": user, "description": description,
            "newDisplayName": new_display_name, "newUserPrincipalName": new_user_principal_name,
        }),
    )
}

fn erases(who: Who) -> Step {
    did(OPERATOR, "ErasePersonalData", json!({"subject": format!("user:{}", who.user())}))
}

#[test]
fn peo_1_a_global_administrator_or_an_operator_describes_a_user() {
    world()
        .when(PG, "DescribeUser", names(PA, both("Ada", "ada@p.example")))
        .then([described(PA, 9, true, true)])
        .when(CG, "DescribeUser", names(CU, shown("Cleo")))
        .then([described(CU, 10, true, false)])
        .when(OPERATOR, "DescribeUser", names(CU, signs_in("cleo@c.example")))
        .then([described(CU, 10, false, true)]);
}

#[test]
fn peo_1_a_user_gives_its_own_display_name_and_no_other() {
    let refusal = || not_allowed(Rule::Peo1, Missing::DirectoryRole(GlobalAdministrator), None);
    world()
        .when(CU, "DescribeUser", names(CU, shown("Cleo")))
        .then([described(CU, 9, true, false)])
        .when(CU, "DescribeUser", names(CU, signs_in("cleo@c.example")))
        .then_refusal(refusal())
        .when(CU, "DescribeUser", names(CU, both("Cleo", "cleo@c.example")))
        .then_refusal(refusal())
        .when(CU, "DescribeUser", names(CG, shown("Carl")))
        .then_refusal(refusal())
        .when(PA, "DescribeUser", names(PG, shown("Pia")))
        .then_refusal(refusal());
}

#[test]
fn peo_1_a_tenant_describes_its_own_users_only() {
    let world = with_dap();
    for who in [CU, CG] {
        // Not even with the Global Administrator that delegated admin privileges give.
        let refusal = not_allowed(Rule::Peo1, Missing::DirectoryRole(GlobalAdministrator), None);
        world.clone().when(PA, "DescribeUser", names(who, shown("Carl"))).then_refusal(refusal);
        world.clone().when(DU, "DescribeUser", names(who, shown("Carl"))).then_refused("notAllowed", Some(Rule::Ten2));
    }
    let world = world.and([d_arrives()]);
    world.clone().when(DG, "DescribeUser", names(CU, shown("Cleo"))).then_not_found("tenant");
    world.clone().when(OPERATOR, "DescribeUser", names(STRANGER, shown("Nobody"))).then_not_found("tenant");
    world.when(STRANGER, "DescribeUser", names(STRANGER, shown("Nobody"))).then_refused("notAllowed", Some(Rule::Ten2));
}

#[test]
fn peo_1_something_is_said() {
    world().when(PG, "DescribeUser", names(PA, json!({}))).then_refused("invalidCommand", None);
}

#[test]
fn peo_1_a_user_principal_name_is_held_once_in_a_tenant() {
    let taken = |world: World, who, of| {
        world
            .when(who, "DescribeUser", names(of, signs_in("ADA@p.example")))
            .then_refused("nameTaken", Some(Rule::Peo1))
    };
    let world = world().and([did(PG, "DescribeUser", names(PA, both("Ada", "Ada@P.example")))]);
    let world = taken(taken(world, PG, PH), OPERATOR, PG);
    // Another tenant has names of its own, display names are anybody's, and the user itself may be given it again.
    let world = world.and([
        did(CG, "DescribeUser", names(CU, signs_in("ada@p.example"))),
        did(PG, "DescribeUser", names(PH, shown("Ada"))),
        did(PG, "DescribeUser", names(PA, signs_in("ada@p.example"))),
    ]);
    // Whoever gives it up frees it, and so does erasing.
    let world = world.and([
        did(PG, "DescribeUser", names(PA, signs_in("lovelace@p.example"))),
        did(PG, "DescribeUser", names(PH, signs_in("ada@p.example"))),
    ]);
    let world = taken(world, PG, PA);
    world.and([erases(PH), did(PG, "DescribeUser", names(PA, signs_in("ada@p.example")))]);
}

#[test]
fn peo_1_other_commands_say_it_in_passing() {
    let member = json!({"partner": P, "group": "SalesAgents", "user": PU.id()});
    let joined = event("GroupMemberAdded", member.clone());
    let fields = |name| extended(member.clone(), both("Uma", name));
    let world = world()
        .and([did(PG, "DescribeUser", names(PA, signs_in("ada@p.example")))])
        .when(PG, "AddGroupMember", fields("ada@p.example"))
        .then_refused("nameTaken", Some(Rule::Peo1))
        .when(PG, "AddGroupMember", fields("uma@p.example"))
        .then([joined, described(PU, 10, true, true)]);
    let role = directory_role(CH, "HelpdeskAdministrator");
    let held = event("DirectoryRoleAssigned", role.clone());
    let world = world
        .when(CG, "AssignDirectoryRole", extended(role, shown("Hana")))
        .then([held, described(CH, 12, true, false)]);
    let registered = |name| extended(registration("customer", D, DG), both("Dora", name));
    world.when(OPERATOR, "RegisterCustomer", registered("dora@d.example")).then([
        event("CustomerRegistered", json!({"customer": D, "name": "Contoso", "domain": "contoso.com"})),
        event("DirectoryRoleAssigned", directory_role(DG, "GlobalAdministrator")),
        described(DG, 14, true, true),
    ]);
}

#[test]
fn peo_2_a_description_says_where_the_newest_names_stand() {
    let world = world().and([
        did(PG, "DescribeUser", names(PA, both("Ada", "ada@p.example"))),
        did(PG, "DescribeUser", names(PH, shown("Hal"))),
        did(PA, "DescribeUser", names(PA, shown("Ada L."))),
    ]);
    let description = world.state.description(PA.user()).unwrap();
    let stand = (description.display_name, description.user_principal_name);
    assert_eq!(stand, (Some(Position(11)), Some(Position(9))));
    let of_tenant =
        |tenant, from| world.state.descriptions(tenant, from).map(|(user, _)| user.to_string()).collect::<Vec<_>>();
    let tenant = PA.user().tenant;
    assert_eq!(of_tenant(tenant, ObjectId::MIN), [PA.id(), PH.id()]);
    assert_eq!(of_tenant(tenant, PH.user().user), [PH.id()]);
    assert_eq!(of_tenant(CU.user().tenant, ObjectId::MIN), [""; 0]);
    assert_eq!(world.state.description(CU.user()), None);
}

#[test]
fn peo_2_names_are_erased_for_good_and_given_anew() {
    let subject = |description: &str| description.parse::<DataSubject>().unwrap();
    let user = format!("user:{}", PA.user());
    let fields = json!({"subject": user});
    let erased = event("PersonalDataErased", json!({"partner": P, "subject": user}));
    let world = world();
    world.clone().when(OPERATOR, "ErasePersonalData", fields.clone()).then_not_found("subject");
    let world = world.and([did(PG, "DescribeUser", names(PA, shown("Ada")))]);
    let first = subject("description:e0000000-0000-0000-0000-000000000009");
    assert_eq!(world.state.erased(first), None);
    assert_eq!(world.state.erases(&erased), Some(first));
    let world = world.when(OPERATOR, "ErasePersonalData", fields.clone()).then([erased.clone()]);
    assert_eq!(
        (world.state.erased(first), world.state.description(PA.user())),
        (Some(event_ref("PersonalDataErased@10")), None)
    );
    let world = world.when(OPERATOR, "ErasePersonalData", fields.clone()).then_refused("alreadyErased", None);
    let world = world.when(PG, "DescribeUser", names(PA, shown("Ada"))).then([described(PA, 11, true, false)]);
    let second = subject("description:e0000000-0000-0000-0000-00000000000b");
    assert_eq!(
        (world.state.erased(first), world.state.erased(second)),
        (Some(event_ref("PersonalDataErased@10")), None)
    );
    let world = world.when(OPERATOR, "ErasePersonalData", fields).then([erased]);
    assert_eq!(world.state.erased(second), Some(event_ref("PersonalDataErased@12")));
}

#[test]
fn peo_2_names_are_erased_by_operators_alone_and_with_the_user() {
    let world = world().and([did(PG, "DescribeUser", names(PA, shown("Ada")))]);
    for who in [PG, PA, CG] {
        let fields = json!({"subject": format!("user:{}", PA.user())});
        world.clone().when(who, "ErasePersonalData", fields).then_refused("notAllowed", Some(Rule::Ten2));
    }
    let description = json!({"subject": "description:e0000000-0000-0000-0000-000000000009"});
    world.when(OPERATOR, "ErasePersonalData", description).then_not_found("subject");
}

#[test]
fn peo_2_who_knows_of_a_user() {
    let world = with_dap().and([d_arrives(), helpdesk_of_c()]);
    let knows = |who: Who, of: Who| knows_user(Reader::User(who.user()), of.user(), world.now(), &world.state);
    for (who, of, expected) in [
        // Itself; of its own tenant a Global administrator everybody, and an agent the agents.
        (CU, CU, true),
        (CG, CU, true),
        (PG, PU, true),
        (PA, PS, true),
        (PA, PU, false),
        (CU, CG, false),
        // The people of its partner, who is in a group.
        (CG, PA, true),
        (CG, PU, false),
        (CG, PG, false),
        (CU, PA, false),
        (DG, PA, false),
        // With delegated admin privileges those who hold roles.
        (PA, CG, true),
        (PH, CH, true),
        (PS, CG, false),
        (PA, CU, false),
        (DG, CG, false),
    ] {
        assert_eq!(knows(who, of), expected, "{who:?} {of:?}");
    }
    for (reader, expected) in [(Reader::Overseer, true), (Reader::Decider, false)] {
        assert_eq!(knows_user(reader, CU.user(), world.now(), &world.state), expected, "{reader:?}");
    }
}

#[test]
fn peo_3_no_answer_rests_on_a_name() {
    let named = with_dap().and([
        did(PG, "DescribeUser", names(PA, both("Ada", "ada@p.example"))),
        did(CG, "DescribeUser", names(CU, both("Ada", "ada@p.example"))),
    ]);
    for world in [with_dap(), named] {
        let reason = "yes: DAP-1 GroupMemberAdded@3 DapGranted@11";
        world.answers([
            (PA, "directory.administer", customer(C), reason),
            (CU, "directory.administer", customer(C), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
        ]);
    }
}
