//! Explicit directory roles: TEN-3, and who gives and takes them.

use crate::given::*;
use procura_domain::{
    access::Missing, event::Event, refusal::Refusal, rule::Rule, vocabulary::DirectoryRole::GlobalAdministrator,
};

const GLOBAL: &str = "GlobalAdministrator";
const HELPDESK: &str = "HelpdeskAdministrator";
const COMMANDS: [&str; 2] = ["AssignDirectoryRole", "RemoveDirectoryRole"];

fn assigned(who: Who, role: &str) -> Event {
    event("DirectoryRoleAssigned", directory_role(who, role))
}

fn removed(who: Who, role: &str) -> Event {
    event("DirectoryRoleRemoved", directory_role(who, role))
}

fn appoints(admin: Who, who: Who, role: &str) -> Step {
    did(admin, "AssignDirectoryRole", directory_role(who, role))
}

fn dismisses(admin: Who, who: Who, role: &str) -> Step {
    did(admin, "RemoveDirectoryRole", directory_role(who, role))
}

#[test]
fn ten_2_a_global_administrator_gives_and_takes_its_own_tenants_roles() {
    // In a customer's directory and in a partner's; each role by itself.
    for (admin, who) in [(CG, CU), (CG, CH), (PG, PU), (PG, PA)] {
        for role in [GLOBAL, HELPDESK] {
            let fields = || directory_role(who, role);
            world()
                .when(admin, "RemoveDirectoryRole", fields())
                .then_refusal(Refusal::RoleNotHeld)
                .when(admin, "AssignDirectoryRole", fields())
                .then([assigned(who, role)])
                .when(admin, "AssignDirectoryRole", fields())
                .then_refused("roleHeld", None)
                .when(admin, "RemoveDirectoryRole", fields())
                .then([removed(who, role)])
                .when(admin, "RemoveDirectoryRole", fields())
                .then_refused("roleNotHeld", None)
                .when(admin, "AssignDirectoryRole", fields())
                .then([assigned(who, role)]);
        }
    }
}

#[test]
fn ten_2_one_role_is_not_the_other() {
    world()
        .when(CG, "RemoveDirectoryRole", directory_role(CG, HELPDESK))
        .then_refusal(Refusal::RoleNotHeld)
        .when(CG, "AssignDirectoryRole", directory_role(CG, GLOBAL))
        .then_refusal(Refusal::RoleHeld)
        .when(CG, "AssignDirectoryRole", directory_role(CG, HELPDESK))
        .then([assigned(CG, HELPDESK)])
        .when(CG, "RemoveDirectoryRole", directory_role(CG, HELPDESK))
        .then([removed(CG, HELPDESK)]);
}

#[test]
fn ten_2_an_object_id_of_another_tenants_user_is_a_user_of_this_one() {
    let namesake = Who::User(C, PA.id());
    world()
        .when(CG, "AssignDirectoryRole", directory_role(namesake, GLOBAL))
        .then([assigned(namesake, GLOBAL)])
        .answers([
            (namesake, "directory.administer", customer(C), "yes: TEN-2 DirectoryRoleAssigned@9"),
            (PA, "directory.administer", customer(C), "unknown"),
        ]);
}

#[test]
fn ten_2_nobody_else_gives_and_takes_roles() {
    let world = || with_dap().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c()]);
    let refusal = || not_allowed(Rule::Ten2, Missing::DirectoryRole(GlobalAdministrator), None);
    for name in COMMANDS {
        // AdminAgents are Global administrators of C implicitly, and give nothing on.
        for who in [CH, CU, PA, PH, PS] {
            world().when(who, name, directory_role(CG, GLOBAL)).then_refusal(refusal());
            world().when(who, name, directory_role(CU, HELPDESK)).then_refusal(refusal());
        }
        for who in [PA, PH, PS, PU, CG, CU] {
            world().when(who, name, directory_role(PG, GLOBAL)).then_refusal(refusal());
        }
        // Another tenant's administrator, and a tenant there is not.
        for who in [PG, PU, QG, QA, DG] {
            world().when(who, name, directory_role(CG, GLOBAL)).then_not_found("tenant");
        }
        for who in [QG, QA, DG] {
            world().when(who, name, directory_role(PG, GLOBAL)).then_not_found("tenant");
        }
        for who in [PG, CG, PU] {
            world().when(who, name, directory_role(STRANGER, GLOBAL)).then_not_found("tenant");
        }
    }
    let yes = "yes: TEN-2 DirectoryRoleAssigned@7";
    let no = "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)";
    let action = "directoryRole.assign";
    world().answers([
        (CG, action, customer(C), yes),
        (CH, action, customer(C), no),
        (PA, action, customer(C), no),
        (P_ADMINS, action, customer(C), no),
        (PG, action, customer(C), "unknown"),
        (DG, action, customer(C), "unknown"),
        (PG, action, partner(P), "yes: TEN-2 DirectoryRoleAssigned@2"),
        (PA, action, partner(P), no),
        (P_ADMINS, action, partner(P), no),
        (CG, action, partner(P), no),
        (QG, action, partner(P), "unknown"),
    ]);
}

#[test]
fn ten_3_the_last_global_administrator_stays() {
    let last = ("lastGlobalAdministrator", Some(Rule::Ten3));
    for (admin, other) in [(CG, CU), (PG, PU)] {
        let world = world().when(admin, "RemoveDirectoryRole", directory_role(admin, GLOBAL));
        let world = world.then_refused(last.0, last.1);
        // A Helpdesk administrator does not stand in.
        let world = world.and([appoints(admin, other, HELPDESK)]);
        let world = world.when(admin, "RemoveDirectoryRole", directory_role(admin, GLOBAL));
        let world = world.then_refusal(Refusal::LastGlobalAdministrator);
        // Another Global administrator does; then that one is the last.
        let world = world.and([appoints(admin, other, GLOBAL)]);
        world
            .clone()
            .when(other, "RemoveDirectoryRole", directory_role(admin, GLOBAL))
            .then([removed(admin, GLOBAL)])
            .when(other, "RemoveDirectoryRole", directory_role(other, GLOBAL))
            .then_refusal(Refusal::LastGlobalAdministrator);
        world
            .when(admin, "RemoveDirectoryRole", directory_role(admin, GLOBAL))
            .then([removed(admin, GLOBAL)])
            .when(other, "RemoveDirectoryRole", directory_role(other, GLOBAL))
            .then_refusal(Refusal::LastGlobalAdministrator)
            .when(other, "AssignDirectoryRole", directory_role(admin, GLOBAL))
            .then([assigned(admin, GLOBAL)])
            .when(other, "RemoveDirectoryRole", directory_role(other, GLOBAL))
            .then([removed(other, GLOBAL)]);
    }
}

#[test]
fn ten_3_counts_the_tenants_own_and_explicit_ones_alone() {
    // P's AdminAgents are Global administrators of C under DAP, D's is one of D.
    let world = with_dap().and([d_arrives()]);
    world.when(CG, "RemoveDirectoryRole", directory_role(CG, GLOBAL)).then_refusal(Refusal::LastGlobalAdministrator);
    // The last Helpdesk administrator may go.
    with_dap()
        .and([helpdesk_of_c()])
        .when(CG, "RemoveDirectoryRole", directory_role(CH, HELPDESK))
        .then([removed(CH, HELPDESK)]);
    // Who does not hold the role is not the last who does.
    with_dap().when(CG, "RemoveDirectoryRole", directory_role(CU, GLOBAL)).then_refusal(Refusal::RoleNotHeld);
}

#[test]
fn ten_3_a_role_holds_from_its_commit_to_the_one_that_takes_it() {
    // 9 CU appointed, 10 CH, 11 CG dismissed, 12 CH dismissed.
    let world = world().and([
        appoints(CG, CU, GLOBAL),
        helpdesk_of_c(),
        dismisses(CU, CG, GLOBAL),
        dismisses(CU, CH, HELPDESK),
    ]);
    let lost = "no: TEN-2 lacks DirectoryRole(GlobalAdministrator), ended by DirectoryRoleRemoved@11";
    let world = world
        .answers([
            (CU, "directoryRole.assign", customer(C), "yes: TEN-2 DirectoryRoleAssigned@9"),
            (CG, "directoryRole.assign", customer(C), lost),
            (CG, "directory.administer", customer(C), lost),
            (
                CG,
                "customer.view",
                customer(C),
                "no: VIS-1 lacks DirectoryRole(GlobalAdministrator), ended by DirectoryRoleRemoved@11",
            ),
            (
                CH,
                "directory.read",
                customer(C),
                "no: TEN-2 lacks DirectoryRole(HelpdeskAdministrator), ended by DirectoryRoleRemoved@12",
            ),
        ])
        .answers_at(
            11,
            [
                (CH, "directory.read", customer(C), "yes: TEN-2 DirectoryRoleAssigned@10"),
                (CG, "directory.read", customer(C), lost),
            ],
        )
        .answers_at(10, [(CG, "directoryRole.assign", customer(C), "yes: TEN-2 DirectoryRoleAssigned@7")])
        .answers_at(
            8,
            [(CU, "directoryRole.assign", customer(C), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)")],
        );
    let refusal = not_allowed(Rule::Ten2, Missing::DirectoryRole(GlobalAdministrator), Some("DirectoryRoleRemoved@11"));
    world.when(CG, "AssignDirectoryRole", directory_role(CG, GLOBAL)).then_refusal(refusal);
}
