//! What the state is kept in: fixed-size rows that name one another by number, texts once each, and lists in pools.
//!
//! The [aggregates](crate::aggregate) read these rows as what they stand for, and change them; [`State`](crate::state::State)
//! knows which there are. Absent: rules.

pub(crate) mod counts;
mod hardware;
pub(crate) mod index;
pub(crate) mod lists;
mod numbers;
pub(crate) mod periods;
pub(crate) mod positions;
pub(crate) mod rows;
pub(crate) mod saved;
pub(crate) mod sections;
pub(crate) mod table;
pub(crate) mod texts;

use crate::{
    id::{
        CustomerId, DeviceId, Id, InvitationId, ObjectId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    vocabulary::PartnerGroup,
};
use counts::{Changes, Count};
use hardware::HardwareIndex;
use index::Index;
use lists::{List, Lists};
use periods::{Older, PackedPeriods, PackedRef, PooledPeriods};
use positions::PackedPosition;
use std::collections::BTreeSet;
use table::{Key, Number, Table};
use texts::{Text, Texts};

pub(crate) type TenantNumber = Number<TenantId>;
pub(crate) type UserNumber = Number<ObjectId>;
pub(crate) type SubscriptionNumber = Number<SubscriptionId>;
pub(crate) type DeviceNumber = Number<DeviceId>;
pub(crate) type ProfileNumber = Number<ProfileId>;
pub(crate) type InvitationNumber = Number<InvitationId>;
pub(crate) type PairNumber = Number<PairKey>;

/// Everything, by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) texts: Texts,
    pub(crate) users: Table<ObjectId, ()>,
    pub(crate) authors: Table<AuthorKey, ()>,
    /// Registered, or only named by what concerns it.
    pub(crate) tenants: Table<TenantId, TenantRow>,
    pub(crate) memberships: Table<MembershipKey, PackedPeriods>,
    pub(crate) pairs: Table<PairKey, PairRow>,
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
    /// All that are registered.
    pub(crate) registered: Index<(), TenantId>,
    /// Of each customer, by partner, and of each partner, by customer.
    pub(crate) pairs_of: Index<TenantNumber, TenantId, PairKey>,
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
    /// The subscriptions, by customer, that a tenant provisioned, or holds or held roles on.
    pub(crate) concerning: BTreeSet<(TenantNumber, CustomerId, SubscriptionId, SubscriptionNumber)>,
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
}

/// What a tenant is registered as, and what has to do with it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TenantRow {
    /// None: it is not registered.
    pub(crate) registered: PackedRef,
    pub(crate) is_partner: bool,
    pub(crate) name: Text,
    pub(crate) domain: Text,
    /// How many users hold the role of Global administrator now.
    pub(crate) global_administrators: u32,
    /// Where the events stand that concern it, in `positions`.
    pub(crate) positions: List,
    /// What gave access in it, oldest first, in `grants`.
    pub(crate) grants: List,
    /// The invitations that it sent, in `numbers`.
    pub(crate) sent: List,
    /// The service requests opened for it, in `numbers`.
    pub(crate) opened: List,
}

/// A user in a group of its tenant, or with a directory role there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct MembershipKey {
    pub(crate) tenant: TenantNumber,
    pub(crate) user: UserNumber,
    /// Which group or role: see [`MemberOf`].
    pub(crate) of: MemberOf,
}

/// A group or directory role, as a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MemberOf(pub(crate) u8);

/// A customer and a partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct PairKey {
    pub(crate) customer: TenantNumber,
    pub(crate) partner: TenantNumber,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PairRow {
    pub(crate) active: PackedPeriods,
    pub(crate) dap: PackedPeriods,
    pub(crate) owed: PackedPeriods,
    /// The service requests of the partner for the customer, in `numbers`.
    pub(crate) service_requests: List,
    /// How many subscriptions that the partner provisioned for the customer are active now.
    pub(crate) active_subscriptions: u32,
    /// By group, when the customer may be told who is in it.
    pub(crate) disclosed: [Disclosed; PartnerGroup::ALL.len()],
}

/// When a customer may be told who is in a group (VIS-5).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Disclosed {
    pub(crate) told: PackedPeriods,
    /// How many roles the group holds on the customer's subscriptions now.
    pub(crate) held: u32,
    /// The end of the newest relationship, if it is over …
    pub(crate) ended: PackedRef,
    /// … and how many of the roles that the group held then it still holds.
    pub(crate) kept: u32,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct InvitationRow {
    pub(crate) partner: TenantNumber,
    pub(crate) delegated_admin: bool,
    pub(crate) is_french: bool,
    pub(crate) is_for_many: bool,
    /// In microseconds since 1970.
    pub(crate) expires_at: i64,
    pub(crate) sent: PackedRef,
    pub(crate) withdrawn: PackedRef,
    /// The answers of customers, in `numbers`, oldest first.
    pub(crate) accepted: List,
    pub(crate) declined: List,
}

/// A customer that answered an invitation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct AnswerKey {
    pub(crate) invitation: InvitationNumber,
    pub(crate) customer: TenantNumber,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AnswerRow {
    pub(crate) accepted: PackedRef,
    pub(crate) declined: PackedRef,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ServiceRequestRow {
    pub(crate) pair: PairNumber,
    /// Among [`Severity::ALL`](crate::vocabulary::Severity::ALL).
    pub(crate) severity: u8,
    pub(crate) by_microsoft: bool,
    pub(crate) opened: PackedRef,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SubscriptionRow {
    pub(crate) customer: TenantNumber,
    /// The partner that provisioned it; none if it is the customer's own.
    pub(crate) provisioned_by: Option<TenantNumber>,
    pub(crate) is_azure: bool,
    pub(crate) name: Text,
    pub(crate) begun: PackedRef,
    pub(crate) cancelled: PackedRef,
    /// How many principals hold Owner now.
    pub(crate) owners: u32,
    /// How many role assignments are in force.
    pub(crate) assigned: Count,
}

/// A group or user, as numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct PrincipalKey {
    pub(crate) tenant: TenantNumber,
    /// The number of a group; behind those the users'.
    pub(crate) who: u32,
}

/// A principal's role on a subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct AssignmentKey {
    pub(crate) subscription: SubscriptionNumber,
    pub(crate) principal: PrincipalKey,
    /// Among [`ResourceRole::ALL`](crate::vocabulary::ResourceRole::ALL).
    pub(crate) role: u8,
}

/// A role assignment, beside its principal and role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) id: Number<RoleAssignmentId>,
    /// Among [`AssignmentOrigin::ALL`](crate::vocabulary::AssignmentOrigin::ALL).
    pub(crate) origin: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct AssignedToKey {
    pub(crate) subscription: SubscriptionNumber,
    pub(crate) tenant: TenantNumber,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DeviceRow {
    pub(crate) customer: TenantNumber,
    pub(crate) origin: OriginKey,
    pub(crate) serial_number: Text,
    pub(crate) manufacturer: Text,
    pub(crate) model: Text,
    pub(crate) added: PackedRef,
    pub(crate) removed: PackedRef,
    /// Few devices have one.
    pub(crate) group_tag: PooledPeriods<Text>,
    pub(crate) profile: PackedPeriods<ProfileNumber>,
}

/// What identifies a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HardwareKey {
    pub(crate) serial_number: Text,
    pub(crate) manufacturer: Text,
    pub(crate) model: Text,
}

/// Who added a device, as a number: a channel of the customer's; behind those the partners.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct OriginKey(pub(crate) u32);

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProfileRow {
    pub(crate) customer: TenantNumber,
    pub(crate) content: PackedPeriods<Content>,
    /// How many devices it is applied to.
    pub(crate) devices: Count,
    /// How many of each origin, as numbers of `applied`, in `numbers`.
    pub(crate) origins: List,
}

/// What a profile says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) name: Text,
    /// A bit for each setting.
    pub(crate) settings: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct AppliedKey {
    pub(crate) profile: ProfileNumber,
    /// The partner that added the devices, if one did.
    pub(crate) partner: Option<TenantNumber>,
}

/// Something that gave access since that position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GrantRow {
    pub(crate) position: PackedPosition,
    pub(crate) granted: GrantedNumber,
}

/// What gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantedNumber {
    Explicit(Number<MembershipKey>),
    Relationship(PairNumber),
    Dap(PairNumber),
    Assignment(Number<AssignmentKey>),
}

impl Default for GrantedNumber {
    fn default() -> Self {
        Self::Relationship(PairNumber::default())
    }
}

/// A customer, and a tenant that has access there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct GivenKey {
    pub(crate) customer: TenantNumber,
    pub(crate) tenant: TenantNumber,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GivenRow {
    /// Which of the customer's grants, in `numbers`.
    pub(crate) grants: List,
    /// How many roles its groups and users hold on the customer's subscriptions.
    pub(crate) roles: Count,
}

/// A group or user, in a customer's tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct HeldKey {
    pub(crate) customer: TenantNumber,
    pub(crate) principal: PrincipalKey,
}

/// Who made commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct AuthorKey {
    /// A user …
    pub(crate) tenant: TenantNumber,
    pub(crate) user: UserNumber,
    /// … or the name of an operator, where there is one.
    pub(crate) operator: Text,
    pub(crate) is_stated: bool,
    pub(crate) issuer: Text,
}

macro_rules! keys {
    ($($id:ident)+ ; $($key:ident)+) => {
        $(impl Key for $id { fn blank() -> Self { <$id as Id>::MIN } })+
        $(impl Key for $key { fn blank() -> Self { Self::default() } })+
    };
}

keys! {
    TenantId ObjectId SubscriptionId RoleAssignmentId DeviceId ProfileId InvitationId ServiceRequestId ;
    MembershipKey PairKey AnswerKey AssignmentKey AssignedToKey AppliedKey AuthorKey GivenKey HeldKey
}

/// How many numbers of each kind are left where a store counts as full: more than the commits between two looks take.
const NUMBERS_LEFT: u32 = 1 << 26;

impl Store {
    /// Whether numbers run out: after some four billion rows of a kind.
    pub(crate) fn is_full(&self) -> bool {
        let rows = sections::Section::ALL.iter().map(|section| self.rows(*section)).max();
        let lists = [
            self.positions.slots(),
            self.grants.slots(),
            self.numbers.slots(),
            self.changes.slots(),
            self.older.slots(),
            self.tags.slots(),
            self.older_profiles.slots(),
            self.older_contents.slots(),
            self.older_assigned.slots(),
        ];
        rows.into_iter().chain(lists).any(|numbers| numbers > u32::MAX - NUMBERS_LEFT)
    }
}
