//! Which class and activity of OCSF each event is, and what it is about: the table of `docs/siem.md`.

use super::objects::{Group, ManagedEntity, Resource, User};
use procura_domain::{
    aggregate::device::Device,
    event::Event,
    id::{CustomerId, DeviceId, PartnerId, ProfileId, SubscriptionId, TenantId},
    state::State,
    temporal::Position,
    text::FeedName,
    vocabulary::{self, DirectoryRole, GroupOf, Principal},
};

/// A class of OCSF's category Identity & Access Management.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    EntityManagement,
    UserAccess,
    GroupManagement,
}

/// What of a class was done.
#[derive(Clone, Copy)]
pub(super) struct Activity {
    pub(super) class: Class,
    pub(super) id: u32,
    pub(super) name: &'static str,
}

const CREATE: Activity = Activity { class: Class::EntityManagement, id: 1, name: "Create" };
const UPDATE: Activity = Activity { class: Class::EntityManagement, id: 3, name: "Update" };
const DELETE: Activity = Activity { class: Class::EntityManagement, id: 4, name: "Delete" };
const ENROLL: Activity = Activity { class: Class::EntityManagement, id: 6, name: "Enroll" };
const UNENROLL: Activity = Activity { class: Class::EntityManagement, id: 7, name: "Unenroll" };
const DISABLE: Activity = Activity { class: Class::EntityManagement, id: 9, name: "Disable" };
// OCSF has no number for these: they go by their names.
const APPLY: Activity = Activity { class: Class::EntityManagement, id: 99, name: "Apply" };
const REMOVE: Activity = Activity { class: Class::EntityManagement, id: 99, name: "Remove" };
const SET: Activity = Activity { class: Class::EntityManagement, id: 99, name: "Set" };
const USER_GETS: Activity = Activity { class: Class::UserAccess, id: 1, name: "Assign Privileges" };
const USER_LOSES: Activity = Activity { class: Class::UserAccess, id: 2, name: "Revoke Privileges" };
const GROUP_GETS: Activity = Activity { class: Class::GroupManagement, id: 1, name: "Assign Privileges" };
const GROUP_LOSES: Activity = Activity { class: Class::GroupManagement, id: 2, name: "Revoke Privileges" };
const JOIN: Activity = Activity { class: Class::GroupManagement, id: 3, name: "Add User" };
const LEAVE: Activity = Activity { class: Class::GroupManagement, id: 4, name: "Remove User" };

/// An event in OCSF's words: what was done, to what.
pub(super) struct Mapped {
    pub(super) activity: Activity,
    pub(super) entity: Option<ManagedEntity>,
    pub(super) user: Option<User>,
    pub(super) group: Option<Group>,
    pub(super) privileges: Vec<&'static str>,
    /// What the privileges give access to.
    pub(super) on: Option<Resource>,
}

/// What things were called when an event happened.
#[derive(Clone, Copy)]
struct Things<'a> {
    state: &'a State,
    position: Position,
}

impl Class {
    pub(super) const CATEGORY_UID: u32 = 3;
    pub(super) const CATEGORY_NAME: &str = "Identity & Access Management";

    pub(super) const fn uid(self) -> u32 {
        match self {
            Self::EntityManagement => 3004,
            Self::UserAccess => 3005,
            Self::GroupManagement => 3006,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::EntityManagement => "Entity Management",
            Self::UserAccess => "User Access Management",
            Self::GroupManagement => "Group Management",
        }
    }
}

impl Mapped {
    /// The event that stands at that position.
    pub(super) fn of(event: &Event, state: &State, position: Position) -> Self {
        let things = Things { state, position };
        match event {
            Event::PartnerRegistered(e) => entity(CREATE, things.organization(e.partner)),
            Event::CustomerRegistered(e) => entity(CREATE, things.organization(e.customer)),
            Event::DirectoryRoleAssigned(e) => things.directory_role(USER_GETS, event.user(), e.role),
            Event::DirectoryRoleRemoved(e) => things.directory_role(USER_LOSES, event.user(), e.role),
            Event::GroupMemberAdded(e) => {
                things.member(JOIN, event.user(), GroupOf { group: e.group, partner: e.partner })
            }
            Event::GroupMemberRemoved(e) => {
                things.member(LEAVE, event.user(), GroupOf { group: e.group, partner: e.partner })
            }
            Event::InvitationSent(e) => entity(CREATE, other("Invitation", &e.invitation)),
            Event::InvitationWithdrawn(e) => entity(DISABLE, other("Invitation", &e.invitation)),
            Event::InvitationAccepted(e) => entity(UPDATE, other("Invitation", &e.invitation)),
            Event::InvitationDeclined(e) => entity(UPDATE, other("Invitation", &e.invitation)),
            Event::RelationshipEstablished(e) => entity(CREATE, between("Relationship", e.customer, e.partner)),
            Event::RelationshipEnded(e) => entity(DELETE, between("Relationship", e.customer, e.partner)),
            Event::DapGranted(e) => things.delegated(GROUP_GETS, e.customer, e.partner),
            Event::DapRevoked(e) => things.delegated(GROUP_LOSES, e.customer, e.partner),
            Event::ContractRenegotiated(e) => entity(UPDATE, between("Contract", e.customer, e.partner)),
            Event::SubscriptionProvisioned(e) => entity(CREATE, things.subscription(e.subscription)),
            Event::SubscriptionRegistered(e) => entity(ENROLL, things.subscription(e.subscription)),
            Event::SubscriptionRenewed(e) => entity(UPDATE, things.subscription(e.subscription)),
            Event::SubscriptionCancelled(e) => entity(DISABLE, things.subscription(e.subscription)),
            Event::RoleAssigned(e) => things.role((USER_GETS, GROUP_GETS), e.principal, e.role.name(), e.subscription),
            Event::RoleAssignmentRemoved(e) => {
                things.role((USER_LOSES, GROUP_LOSES), e.principal, e.role.name(), e.subscription)
            }
            Event::DeviceAdded(e) => entity(ENROLL, ManagedEntity::device(e.device, Some(&e.hardware))),
            Event::DeviceUpdated(e) => entity(UPDATE, things.device(e.device)),
            Event::DeviceRemoved(e) => entity(UNENROLL, things.device(e.device)),
            Event::ProfileCreated(e) => entity(CREATE, things.profile(e.profile)),
            Event::ProfileUpdated(e) => entity(UPDATE, things.profile(e.profile)),
            Event::ProfileDeleted(e) => entity(DELETE, things.profile(e.profile)),
            Event::ProfileApplied(e) => entity(APPLY, things.profile(e.profile)),
            Event::ProfileRemoved(e) => entity(REMOVE, things.profile(e.profile)),
            Event::AutopilotPolicyAdopted(e) => {
                entity(UPDATE, ManagedEntity::policy("autopilot".to_owned(), Some(e.policy.name().to_owned())))
            }
            Event::ServiceRequestOpened(e) => entity(CREATE, other("Service request", &e.service_request)),
            Event::UserDescribed(e) => {
                entity(UPDATE, other("User", &vocabulary::User { tenant: e.tenant, user: e.user }))
            }
            Event::PersonalDataErased(e) => entity(DELETE, other("Personal data", &e.subject)),
            Event::ConsumerSet(e) => entity(SET, of_owner("Consumer", event.user(), &e.name)),
            Event::ConsumerDeleted(e) => entity(DELETE, of_owner("Consumer", event.user(), &e.name)),
            Event::WebhookSet(e) => entity(SET, of_owner("Webhook", event.user(), &e.name)),
            Event::WebhookDeleted(e) => entity(DELETE, of_owner("Webhook", event.user(), &e.name)),
        }
    }
}

impl Things<'_> {
    fn organization(self, tenant: impl Into<TenantId>) -> ManagedEntity {
        ManagedEntity::organization(tenant.into(), self.state)
    }

    fn subscription(self, id: SubscriptionId) -> ManagedEntity {
        ManagedEntity::other("Subscription", id.to_string(), self.subscription_name(id))
    }

    fn subscription_name(self, id: SubscriptionId) -> Option<String> {
        self.state.subscription(id).map(|found| found.name().to_string())
    }

    fn device(self, id: DeviceId) -> ManagedEntity {
        ManagedEntity::device(id, self.state.device(id).map(Device::hardware).as_ref())
    }

    /// The profile as it was called after the event; where that deleted it, before.
    fn profile(self, id: ProfileId) -> ManagedEntity {
        let found = self.state.profile(id);
        let before = self.position.before();
        let content = found.and_then(|found| found.content(self.position).or_else(|| found.content(before)));
        ManagedEntity::policy(id.to_string(), content.map(|content| content.name.to_string()))
    }

    fn directory_role(self, activity: Activity, user: Option<vocabulary::User>, role: DirectoryRole) -> Mapped {
        Mapped {
            user: user.map(|user| User::of(user, self.state)),
            privileges: vec![role.name()],
            on: user.map(|user| Resource::directory(user.tenant, self.state)),
            ..empty(activity)
        }
    }

    fn member(self, activity: Activity, user: Option<vocabulary::User>, group: GroupOf) -> Mapped {
        Mapped { user: user.map(|user| User::of(user, self.state)), group: Some(Group::of(group)), ..empty(activity) }
    }

    /// Each directory role goes to another group of the partner, and an event is one record: so it is about them all.
    fn delegated(self, activity: Activity, customer: CustomerId, partner: PartnerId) -> Mapped {
        Mapped {
            group: Some(Group::agents(partner.into(), self.state)),
            privileges: DirectoryRole::ALL.iter().map(|role| role.name()).collect(),
            on: Some(Resource::directory(customer.into(), self.state)),
            ..empty(activity)
        }
    }

    /// A role on a subscription, of a user or of a group: each is of another class.
    fn role(
        self,
        (of_user, of_group): (Activity, Activity),
        principal: Principal,
        role: &'static str,
        subscription: SubscriptionId,
    ) -> Mapped {
        let holder = match principal {
            Principal::User(user) => Mapped { user: Some(User::of(user, self.state)), ..empty(of_user) },
            Principal::Group(group) => Mapped { group: Some(Group::of(group)), ..empty(of_group) },
        };
        let on = Resource::subscription(subscription.to_string(), self.subscription_name(subscription));
        Mapped { privileges: vec![role], on: Some(on), ..holder }
    }
}

fn empty(activity: Activity) -> Mapped {
    Mapped { activity, entity: None, user: None, group: None, privileges: vec![], on: None }
}

fn entity(activity: Activity, entity: ManagedEntity) -> Mapped {
    Mapped { entity: Some(entity), ..empty(activity) }
}

fn other(kind: &'static str, id: &impl ToString) -> ManagedEntity {
    ManagedEntity::other(kind, id.to_string(), None)
}

/// What a user named so: another's may be named the same.
fn of_owner(kind: &'static str, owner: Option<vocabulary::User>, name: &FeedName) -> ManagedEntity {
    let owner = owner.map(|owner| format!("{owner}/")).unwrap_or_default();
    ManagedEntity::other(kind, format!("{owner}{name}"), Some(name.to_string()))
}

/// What a customer and a partner have with each other.
fn between(kind: &'static str, customer: CustomerId, partner: PartnerId) -> ManagedEntity {
    ManagedEntity::other(kind, format!("{customer}/{partner}"), None)
}
