//! What the state is kept in: fixed-size rows that name one another by number, texts once each, and lists in pools.
//!
//! The [aggregates](crate::aggregate) read these rows as what they stand for, and change them; [`State`](crate::state::State)
//! knows which there are. Absent: rules.

pub(crate) mod counts;
mod entities;
mod hardware;
pub(crate) mod index;
pub(crate) mod indexing;
pub(crate) mod lists;
mod members;
mod numbers;
pub(crate) mod periods;
pub(crate) mod positions;
pub(crate) mod rows;
pub(crate) mod saved;
pub(crate) mod sections;
mod slots;
pub(crate) mod table;
pub(crate) mod texts;

pub(crate) use entities::*;

use crate::{
    id::{
        CustomerId, DescriptionId, DeviceId, InvitationId, ObjectId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    vocabulary::Pair,
};
use counts::{Changes, Count};
pub(crate) use hardware::HardwareIndex;
use index::Index;
use lists::Lists;
use periods::{Older, PackedPeriods};
use positions::PackedPosition;
use std::collections::BTreeSet;
use table::{Number, Table};
use texts::{Text, Texts};

/// The subscriptions, by customer, that a tenant provisioned, or holds or held roles on.
pub(crate) type Concerning = BTreeSet<(TenantNumber, CustomerId, SubscriptionId, SubscriptionNumber)>;

/// Everything, by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) texts: Texts,
    pub(crate) users: Table<ObjectId, ()>,
    pub(crate) authors: Table<AuthorKey, ()>,
    /// Registered, or only named by what concerns it.
    pub(crate) tenants: Table<TenantId, TenantRow>,
    pub(crate) memberships: Table<MembershipKey, PackedPeriods>,
    /// The users that ever had names, and where those stand.
    pub(crate) described: Table<DescribedKey, PackedPeriods<Described>>,
    pub(crate) descriptions: Table<DescriptionId, Number<DescribedKey>>,
    pub(crate) pairs: Table<Pair, PairRow>,
    pub(crate) invitations: Table<InvitationId, InvitationRow>,
    pub(crate) answers: Table<AnswerKey, AnswerRow>,
    pub(crate) service_requests: Table<ServiceRequestId, ServiceRequestRow>,
    pub(crate) subscriptions: Table<SubscriptionId, SubscriptionRow>,
    pub(crate) assignments: Table<AssignmentKey, PackedPeriods<Assigned>>,
    pub(crate) role_assignments: Table<RoleAssignmentId, Number<AssignmentKey>>,
    /// How many roles each tenant's groups and users hold on a subscription.
    pub(crate) assigned_to: Table<AssignedToKey, Count>,
    pub(crate) devices: Table<DeviceId, DeviceRow>,
    pub(crate) profiles: Table<ProfileId, ProfileRow>,
    /// How many devices of one origin a profile is applied to.
    pub(crate) applied: Table<AppliedKey, Count>,
    /// The users that were ever in a group or held a directory role.
    pub(crate) members: Index<(TenantNumber, MemberOf), ObjectId, MembershipKey>,
    /// The users of each tenant that ever had names.
    pub(crate) described_of: Index<TenantNumber, ObjectId, DescribedKey>,
    /// All that are registered.
    pub(crate) registered: Index<(), TenantId>,
    /// Of each customer, by partner, and of each partner, by customer.
    pub(crate) pairs_of: Index<TenantNumber, TenantId, Pair>,
    /// What is or was in each customer's tenant.
    pub(crate) subscriptions_of: Index<TenantNumber, SubscriptionId>,
    pub(crate) devices_of: Index<TenantNumber, DeviceId>,
    pub(crate) profiles_of: Index<TenantNumber, ProfileId>,
    /// The devices that are registered with hardware now.
    pub(crate) hardware: HardwareIndex,
    /// What gave access in a customer's tenant to one tenant, its groups and its users.
    pub(crate) given: Table<GivenKey, GivenRow>,
    /// Of each customer, by the tenant that was given access.
    pub(crate) given_to: Index<TenantNumber, TenantId, GivenKey>,
    /// How many roles a group or user holds on a customer's subscriptions.
    pub(crate) roles_held: Table<HeldKey, Count>,
    /// The customers on whose subscriptions a tenant's groups and users held roles.
    pub(crate) customers_with_roles: Index<TenantNumber, TenantId>,
    pub(crate) concerning: Concerning,
    /// The users of a tenant that ever held roles on a subscription.
    pub(crate) users_with_roles: Index<(SubscriptionNumber, TenantNumber), ObjectId>,
    // The pools of the lists in those rows.
    pub(crate) positions: Lists<PackedPosition>,
    pub(crate) grants: Lists<GrantRow>,
    pub(crate) numbers: Lists<u32>,
    pub(crate) changes: Changes,
    pub(crate) older: Older<()>,
    pub(crate) tags: Older<Text>,
    pub(crate) older_profiles: Older<ProfileNumber>,
    pub(crate) older_contents: Older<Content>,
    pub(crate) older_assigned: Older<Assigned>,
    pub(crate) older_described: Older<Described>,
}
