//! What pages ask besides the lists: the draft of an invitation that is still to be sent, and one of a tenant's people.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use procura_app::{
    Code,
    invitations::{ProposedInvitation, proposed_draft},
    lists::person,
};
use procura_domain::{
    command::ExpiresInDays,
    id::Id,
    id::PartnerId,
    visibility::Reader,
    vocabulary::{Actor, DirectoryRole, InvitationUses, Locale, User},
};
use procura_eventlog::MemoryStore;
use std::sync::Arc;
use world::{
    ADMINISTRATOR, AGENT, CUSTOMER, PARTNER, World, add_agent, register_customer, register_partner, second, user,
};

#[path = "../../engine/tests/engine/world.rs"]
#[expect(dead_code, reason = "the engine's own tests need more of it")]
mod world;

async fn told() -> World {
    let world = World::open(Arc::new(MemoryStore::new())).await;
    for (seconds, submission) in (1..).zip([register_partner(), register_customer(), add_agent()]) {
        world.clock.set(second(seconds));
        world.engine.submit(submission).await.unwrap();
    }
    world
}

fn reader(tenant: &str, id: &str) -> Reader {
    match user(tenant, id) {
        Actor::User(user) => Reader::User(user),
        Actor::Operator(name) => panic!("{name} is no user"),
    }
}

fn proposed(partner: PartnerId) -> ProposedInvitation {
    ProposedInvitation {
        partner,
        delegated_admin: true,
        locale: Locale::Fr,
        uses: InvitationUses::Once,
        expires_in_days: ExpiresInDays::default(),
    }
}

#[tokio::test]
async fn inv_2_a_draft_that_is_still_to_be_sent_has_the_place_of_its_link() {
    let world = told().await;
    let partner: PartnerId = PARTNER.parse().unwrap();
    let draft = proposed_draft(&world.engine, reader(PARTNER, AGENT), proposed(partner)).unwrap().answer;
    assert!(draft.text.contains("{link}") && draft.subject.contains("Fabrikam"), "{draft:?}");
    // Who may not send it gets the same as for a partner that there is not.
    let others = [reader(PARTNER, ADMINISTRATOR), reader(CUSTOMER, ADMINISTRATOR), Reader::Decider];
    for other in others {
        for partner in [partner, PartnerId::MIN] {
            let refused = proposed_draft(&world.engine, other, proposed(partner)).unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "{other:?}");
        }
    }
}

#[tokio::test]
async fn a_person_is_shown_to_those_who_see_the_list_of_people() {
    let world = told().await;
    let of = |id: &str| User { tenant: PARTNER.parse().unwrap(), user: id.parse().unwrap() };
    let administrator = reader(PARTNER, ADMINISTRATOR);
    let row = person(&world.engine, administrator, of(ADMINISTRATOR), None).await.unwrap().answer;
    assert_eq!((row.user, row.roles), (of(ADMINISTRATOR).user, vec![DirectoryRole::GlobalAdministrator]));
    let row = person(&world.engine, administrator, of(AGENT), None).await.unwrap().answer;
    assert_eq!((row.roles.len(), row.groups.len()), (0, 1));
    // Nobody of that id; the one after it is not shown in its place.
    let nobody = "00000000-0000-4000-8000-000000000001";
    for (reader, id) in
        [(administrator, nobody), (reader(PARTNER, AGENT), AGENT), (reader(CUSTOMER, ADMINISTRATOR), AGENT)]
    {
        assert_eq!(person(&world.engine, reader, of(id), None).await.unwrap_err().code(), Code::NotFound, "{id}");
    }
}
