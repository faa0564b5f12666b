//! Support: SUP-1 and SUP-2.

use crate::given::*;
use procura_domain::{
    temporal::Position,
    vocabulary::{
        Pair,
        SupportRoute::{self, AdminPortal, MicrosoftSupport},
    },
};

fn route(world: &World, position: u64) -> Option<SupportRoute> {
    let pair = Pair { customer: C.parse().unwrap(), partner: P.parse().unwrap() };
    world.state.between(pair).and_then(|relationship| relationship.support(Position(position)))
}

#[test]
fn sup_1_support_is_owed_from_the_relationships_first_day() {
    let world = with_dap();
    assert_eq!([8, 9, 10].map(|position| route(&world, position).is_some()), [false, false, true]);
    assert_eq!(route(&crate::given::world(), 8), None);
}

#[test]
fn sup_1_the_customers_removing_permissions_changes_nothing() {
    // Nor does the end of the relationship: only a renegotiated contract does.
    for world in [revoked(), ended(), ended().and([invites(PA, K, false), accepts(CG, K)])] {
        assert_eq!(route(&world, world.state.timeline.head().0), Some(MicrosoftSupport));
    }
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
    ];
    for (world, expected) in rows {
        assert_eq!(route(&world, world.state.timeline.head().0), Some(expected));
    }
    // The route of that day: 10 established, 11 granted, 12 revoked.
    let world = revoked();
    let routes = [10, 11, 12].map(|position| route(&world, position));
    assert_eq!(routes, [Some(MicrosoftSupport), Some(AdminPortal), Some(MicrosoftSupport)]);
}
