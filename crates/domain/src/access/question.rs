//! Questions: subject, action, resource. An action exists only together with the kind of resource it is asked on.

use crate::{
    facts::{Expected, ExpectedAbout, Facts},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    temporal::{Moment, Standing},
    vocabulary::{
        DeviceOrigin, DirectoryRole, GroupOf, Pair, PartnerGroup, Principal, TenantKind, UnknownName, User, named,
    },
};
use uuid::Uuid;

/// May this subject do this to that resource?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub subject: Subject,
    /// What, and to what.
    pub resource: Resource,
}

impl Question {
    /// What its answer will ask for.
    pub(super) fn expected(&self) -> Expected {
        let tenant = self.subject.tenant();
        let user = match self.subject {
            Subject::User(User { user, .. }) => Some(user),
            Subject::Group(_) => None,
        };
        let about = match self.resource {
            Resource::Customer(_, customer, _) => {
                Some(ExpectedAbout::Pair(Pair { customer, partner: tenant.as_partner() }))
            }
            Resource::Partner(..) => None,
            Resource::Subscription(_, subscription) => Some(ExpectedAbout::Subscription(subscription)),
            Resource::Device(_, device) => Some(ExpectedAbout::Device(device)),
            Resource::Profile(_, profile) => Some(ExpectedAbout::Profile(profile)),
        };
        Expected { tenant, user, about }
    }
}

/// Who a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    User(User),
    /// A partner's group, whether or not it has members (DAP-6).
    Group(GroupOf),
}

/// A resource together with the action asked on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    Customer(CustomerAction, CustomerId, Named),
    /// For `user.describe` with the user, as in [`Named::user`].
    Partner(PartnerAction, PartnerId, Option<ObjectId>),
    Subscription(SubscriptionAction, SubscriptionId),
    Device(DeviceAction, DeviceId),
    Profile(ProfileAction, ProfileId),
}

/// What a question on a customer says beside the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// Whose privileges or relationship it is about; the subject's own partner when left out.
    pub partner: Option<PartnerId>,
    /// For `device.add`: whom the device is added as.
    pub origin: Option<DeviceOrigin>,
    /// For `user.describe`: which of the tenant's users is given a display name; any, and any name, when left out.
    pub user: Option<ObjectId>,
}

named! {
    /// What kind of thing a resource is.
    ResourceType {
        Customer "customer",
        Partner "partner",
        Subscription "subscription",
        Device "device",
        Profile "profile",
    }
}

named! {
    /// Actions on a customer.
    CustomerAction {
        /// See the customer and its portals' list.
        View "customer.view",
        /// Manage users, groups and settings.
        AdministerDirectory "directory.administer",
        /// Assign licences to users.
        AssignLicense "license.assign",
        /// Administer Office 365 services.
        AdministerService "service.administer",
        ReadDirectory "directory.read",
        ResetPassword "directory.resetPassword",
        /// Sign in to Office 365 services.
        SignIn "service.signIn",
        /// See the partner-relationships page.
        ViewPartnerRelationships "partnerRelationships.view",
        AcceptInvitation "invitation.accept",
        /// Bring in a subscription.
        RegisterSubscription "subscription.register",
        /// Take delegated admin privileges away.
        RevokeDap "dap.revoke",
        /// End the reseller relationship.
        EndRelationship "relationship.end",
        ProvisionSubscription "subscription.provision",
        AddDevice "device.add",
        /// Make a deployment profile.
        CreateProfile "profile.create",
        /// Open a service request on the customer's behalf.
        OpenServiceRequest "serviceRequest.open",
        /// Give and take directory roles.
        AssignDirectoryRole "directoryRole.assign",
        /// Say what a user is called.
        DescribeUser "user.describe",
        ViewHistory "history.view",
        ViewReport "report.view",
    }
}

named! {
    /// Actions on a partner.
    PartnerAction {
        SendInvitation "invitation.send",
        /// Say who is in which group.
        ManageGroup "group.manage",
        /// Give and take directory roles.
        AssignDirectoryRole "directoryRole.assign",
        /// Say what a user is called.
        DescribeUser "user.describe",
        ViewHistory "history.view",
        ViewReport "report.view",
    }
}

named! {
    /// Actions on a subscription.
    SubscriptionAction {
        /// Read it and what is in it.
        Read "subscription.read",
        /// Change what is in it.
        Manage "subscription.manage",
        /// Assign a role on it.
        CreateRoleAssignment "roleAssignment.create",
        /// Remove a role on it.
        RemoveRoleAssignment "roleAssignment.remove",
        Renew "subscription.renew",
        Cancel "subscription.cancel",
    }
}

named! {
    /// Actions on a device.
    DeviceAction {
        /// Change its group tag.
        Manage "device.manage",
        Delete "device.delete",
        /// Apply a profile to it.
        ApplyProfile "profile.apply",
        /// Remove a profile from it.
        RemoveProfile "profile.remove",
    }
}

named! {
    /// Actions on a deployment profile.
    ProfileAction {
        Update "profile.update",
        Delete "profile.delete",
    }
}

/// A question that nobody can ask: the type, the id or the action is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    #[error("subject type {0}")]
    SubjectType(UnknownName),
    #[error("resource type {0}")]
    ResourceType(UnknownName),
    /// Not an action on resources of that type.
    #[error("action {0}")]
    Action(UnknownName),
    #[error("source {0}")]
    Source(UnknownName),
    #[error("`{0}` is not the id of a {1}")]
    Id(String, &'static str),
}

impl NotAsked {
    /// A text that is no id of that kind: as much of it as a message takes.
    pub fn id(text: &str, kind: &'static str) -> Self {
        Self::Id(text.chars().take(128).collect(), kind)
    }
}

/// The names of all actions, with the type of resource each is asked on.
pub fn action_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let on = |resource: &'static str| move |action: &'static str| (action, resource);
    (CustomerAction::ALL.iter().map(|action| action.name()).map(on("customer")))
        .chain(PartnerAction::ALL.iter().map(|action| action.name()).map(on("partner")))
        .chain(SubscriptionAction::ALL.iter().map(|action| action.name()).map(on("subscription")))
        .chain(DeviceAction::ALL.iter().map(|action| action.name()).map(on("device")))
        .chain(ProfileAction::ALL.iter().map(|action| action.name()).map(on("profile")))
}

impl Subject {
    /// Reads a subject from its type (`user`, `group`) and id (`{tenant}/{user}`, `{partner}/{Group}`).
    ///
    /// # Errors
    /// [`NotAsked`] says which of the two is not one of ours.
    pub fn parse(subject_type: &str, id: &str) -> Result<Self, NotAsked> {
        let not_an_id = |kind| NotAsked::id(id, kind);
        match subject_type {
            "user" => id.parse().map(Self::User).map_err(|_| not_an_id("user, written tenant/user")),
            "group" => {
                let group = id.split_once('/').and_then(|(partner, group)| {
                    Some(GroupOf { partner: partner.parse().ok()?, group: group.parse().ok()? })
                });
                group.map(Self::Group).ok_or_else(|| not_an_id("group, written partner/AdminAgents"))
            }
            other => Err(NotAsked::SubjectType(UnknownName::new(other, ["user", "group"]))),
        }
    }

    /// What kind of subject it is: `user` or `group`.
    pub fn subject_type(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    /// Its id, as [`Subject::parse`] reads it.
    pub fn id(&self) -> String {
        match self {
            Self::User(user) => user.to_string(),
            Self::Group(group) => group.to_string(),
        }
    }

    /// The user; none if it is a group.
    pub fn user(&self) -> Option<User> {
        match self {
            Self::User(user) => Some(*user),
            Self::Group(_) => None,
        }
    }

    /// The tenant the subject belongs to.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::User(user) => user.tenant,
            Self::Group(group) => group.partner.into(),
        }
    }

    /// Whether the subject is of a registered tenant (TEN-2); a group only of one registered as a partner.
    pub(super) fn is_registered(&self, at: Moment, facts: &impl Facts) -> bool {
        match (self, facts.tenant(self.tenant(), at)) {
            (Self::User(_), kind) => kind.is_some(),
            (Self::Group(_), kind) => kind == Some(TenantKind::Partner),
        }
    }

    /// How it stands that the subject is in that group of its own tenant. `None`: it is the group.
    pub(crate) fn membership(&self, group: PartnerGroup, at: Moment, facts: &impl Facts) -> Option<Standing> {
        match self {
            Self::User(User { tenant, user }) => Some(facts.membership(tenant.as_partner(), group, *user, at)),
            Self::Group(own) if own.group == group => None,
            Self::Group(_) => Some(Standing::Never),
        }
    }

    /// How it stands that the subject holds the role in that tenant, explicitly: its own tenant alone (TEN-2).
    pub(crate) fn directory_role(
        &self,
        tenant: TenantId,
        role: DirectoryRole,
        at: Moment,
        facts: &impl Facts,
    ) -> Standing {
        match self {
            Self::User(user) if user.tenant == tenant => facts.directory_role(tenant, role, user.user, at),
            Self::User(_) | Self::Group(_) => Standing::Never,
        }
    }

    /// Whom roles on a subscription may have been assigned to, for this subject to hold them: itself where it is a
    /// user, and the groups of its own tenant.
    pub(crate) fn principals(&self) -> impl Iterator<Item = Principal> {
        let partner = self.tenant().as_partner();
        let groups = PartnerGroup::ALL.iter().map(move |group| Principal::Group(GroupOf { group: *group, partner }));
        let own = match self {
            Self::User(user) => Some(Principal::User(*user)),
            Self::Group(_) => None,
        };
        groups.chain(own)
    }
}

impl Resource {
    /// Reads a resource and the action asked on it.
    ///
    /// # Errors
    /// [`NotAsked`] says which of type, id and action is not one of ours.
    pub fn parse(resource_type: &str, id: &str, action: &str, named: Named) -> Result<Self, NotAsked> {
        fn id_of<T: std::str::FromStr>(id: &str, kind: &'static str) -> Result<T, NotAsked> {
            id.parse().map_err(|_| NotAsked::id(id, kind))
        }
        fn action_of<T: std::str::FromStr<Err = UnknownName>>(action: &str) -> Result<T, NotAsked> {
            action.parse().map_err(NotAsked::Action)
        }
        match resource_type.parse().map_err(NotAsked::ResourceType)? {
            ResourceType::Customer => Ok(Self::Customer(action_of(action)?, id_of(id, "customer")?, named)),
            ResourceType::Partner => Ok(Self::Partner(action_of(action)?, id_of(id, "partner")?, named.user)),
            ResourceType::Subscription => Ok(Self::Subscription(action_of(action)?, id_of(id, "subscription")?)),
            ResourceType::Device => Ok(Self::Device(action_of(action)?, id_of(id, "device")?)),
            ResourceType::Profile => Ok(Self::Profile(action_of(action)?, id_of(id, "profile")?)),
        }
    }

    /// Another of its type, with the same action asked on it.
    #[must_use]
    pub fn of(&self, id: Uuid) -> Self {
        match self {
            Self::Customer(action, _, named) => Self::Customer(*action, CustomerId::new(id), *named),
            Self::Partner(action, _, user) => Self::Partner(*action, PartnerId::new(id), *user),
            Self::Subscription(action, _) => Self::Subscription(*action, SubscriptionId::new(id)),
            Self::Device(action, _) => Self::Device(*action, DeviceId::new(id)),
            Self::Profile(action, _) => Self::Profile(*action, ProfileId::new(id)),
        }
    }

    /// What kind of thing it is.
    pub fn resource_type(&self) -> ResourceType {
        match self {
            Self::Customer(..) => ResourceType::Customer,
            Self::Partner(..) => ResourceType::Partner,
            Self::Subscription(..) => ResourceType::Subscription,
            Self::Device(..) => ResourceType::Device,
            Self::Profile(..) => ResourceType::Profile,
        }
    }

    pub fn guid(&self) -> Uuid {
        match self {
            Self::Customer(_, id, _) => id.guid(),
            Self::Partner(_, id, _) => id.guid(),
            Self::Subscription(_, id) => id.guid(),
            Self::Device(_, id) => id.guid(),
            Self::Profile(_, id) => id.guid(),
        }
    }

    pub fn action(&self) -> &'static str {
        match self {
            Self::Customer(action, ..) => action.name(),
            Self::Partner(action, ..) => action.name(),
            Self::Subscription(action, _) => action.name(),
            Self::Device(action, _) => action.name(),
            Self::Profile(action, _) => action.name(),
        }
    }

    /// The customer in whose tenant the resource is, at that moment.
    pub fn customer(&self, at: Moment, facts: &impl Facts) -> Option<CustomerId> {
        match self {
            Self::Customer(_, customer, _) => {
                let registered = facts.tenant((*customer).into(), at) == Some(TenantKind::Customer);
                registered.then_some(*customer)
            }
            Self::Partner(..) => None,
            Self::Subscription(_, subscription) => facts.subscription(*subscription, at).map(|fact| fact.customer),
            Self::Device(_, device) => facts.device(*device, at).map(|device| device.customer),
            Self::Profile(_, profile) => facts.profile(*profile, at),
        }
    }
}
