//! The rows, and the keys that they are found by. What they mean is said by the aggregates.

use super::{
    counts::Count,
    lists::List,
    periods::{PackedPeriods, PackedRef, PooledPeriods},
    positions::PackedPosition,
    table::{Key, Number},
    texts::Text,
};
use crate::{
    id::{
        DescriptionId, DeviceId, Id, InvitationId, ObjectId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    vocabulary::{AssignmentOrigin, DirectoryRole, Pair, PartnerGroup, User},
};

pub(crate) type TenantNumber = Number<TenantId>;
pub(crate) type UserNumber = Number<ObjectId>;
pub(crate) type SubscriptionNumber = Number<SubscriptionId>;
pub(crate) type DeviceNumber = Number<DeviceId>;
pub(crate) type ProfileNumber = Number<ProfileId>;
pub(crate) type InvitationNumber = Number<InvitationId>;
pub(crate) type PairNumber = Number<Pair>;

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

impl MemberOf {
    /// How many there are.
    pub(crate) const COUNT: u32 =
        PartnerGroup::SalesAgents as u32 + 1 + DirectoryRole::HelpdeskAdministrator as u32 + 1;
}

/// A user of a tenant that was given names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct DescribedKey {
    pub(crate) tenant: TenantNumber,
    pub(crate) user: UserNumber,
}

/// The events beside which a user's names stand; none where it has none of the kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) description: Number<DescriptionId>,
    pub(crate) display_name: PackedPosition,
    pub(crate) user_principal_name: PackedPosition,
}

/// A customer and a partner, as numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SideNumbers {
    pub(crate) customer: TenantNumber,
    pub(crate) partner: TenantNumber,
}

/// What a customer and a partner have to do with each other. It is found by their ids, so that a question about it looks at
/// neither of their rows; what most questions ask about comes first.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct PairRow {
    pub(crate) active: PackedPeriods,
    pub(crate) dap: PackedPeriods,
    pub(crate) owed: PackedPeriods,
    pub(crate) sides: SideNumbers,
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
    /// Among [`AssignmentOrigin::ALL`].
    pub(crate) origin: u8,
}

impl Assigned {
    pub(crate) fn origin(self) -> AssignmentOrigin {
        AssignmentOrigin::ALL.get(usize::from(self.origin)).copied().unwrap_or(AssignmentOrigin::Assigned)
    }
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

/// Who made commits. It is found by ids, so that the next commit looks at the rows of neither tenants nor users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AuthorKey {
    /// A user …
    pub(crate) user: User,
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
    TenantId ObjectId SubscriptionId RoleAssignmentId DeviceId ProfileId InvitationId ServiceRequestId DescriptionId ;
    MembershipKey DescribedKey AnswerKey AssignmentKey AssignedToKey AppliedKey GivenKey HeldKey
}

impl Key for Pair {
    fn blank() -> Self {
        Self { customer: Id::MIN, partner: Id::MIN }
    }
}

impl Key for AuthorKey {
    fn blank() -> Self {
        let (operator, issuer) = Default::default();
        Self { user: User { tenant: Id::MIN, user: Id::MIN }, operator, is_stated: false, issuer }
    }
}
