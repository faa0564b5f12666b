//! What the rules may ask about the world, at any moment.

use crate::{
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Standing},
    vocabulary::{
        AssignmentOrigin, AutopilotPolicy, DeviceOrigin, DirectoryRole, GroupOf, Pair, PartnerGroup, Principal,
        ResourceRole, TenantKind,
    },
};

/// The facts that [`access::decide`](crate::access::decide) rests on.
///
/// Each is asked at a moment, so that the same rules answer about now, about the past, and ahead of a decision.
pub trait Facts {
    /// Told of what will be asked for, so that the memory which that is in is on its way.
    fn announce(&self, _: Expected) {}

    /// What the tenant is registered as, if it is.
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind>;

    /// How the fact stands.
    fn standing(&self, fact: FactKey, at: Moment) -> Standing;

    /// The subscription as the rules see it, if there is such a one.
    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact>;

    /// Whether the principal holds the role on the subscription.
    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact>;

    /// In whose tenant the device is and who added it, if there is such a one.
    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact>;

    /// In whose tenant the profile is, if there is such a one.
    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId>;

    /// Which Autopilot policy is in force, and the event that put it there; the first one none did.
    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>);

    /// Whether the user is in the partner's group.
    fn membership(&self, partner: PartnerId, group: PartnerGroup, user: ObjectId, at: Moment) -> Standing {
        self.standing(FactKey::Membership(partner, group, user), at)
    }

    /// Whether the user holds the role in its own tenant's directory, explicitly.
    fn directory_role(&self, tenant: TenantId, role: DirectoryRole, user: ObjectId, at: Moment) -> Standing {
        self.standing(FactKey::DirectoryRole(tenant, role, user), at)
    }

    /// Whether the customer and the partner have a reseller relationship.
    fn relationship(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.standing(FactKey::Relationship(Pair { customer, partner }), at)
    }

    /// Whether the customer's grant of delegated admin privileges to the partner is in force.
    fn dap(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.standing(FactKey::Dap(Pair { customer, partner }), at)
    }

    /// Whether the partner owes the customer support.
    fn support_owed(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.standing(FactKey::SupportOwed(Pair { customer, partner }), at)
    }

    /// Whether the customer may be told who is in the group (VIS-5), in force since the newest relationship began.
    fn members_disclosed(&self, customer: CustomerId, group: GroupOf, at: Moment) -> Standing {
        self.standing(FactKey::MembersDisclosed(customer, group), at)
    }
}

/// What a question will ask for: who its subject is, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// The subject's.
    pub tenant: TenantId,
    /// The subject, if it is a user.
    pub user: Option<ObjectId>,
    /// None: nothing but the subject's own tenant.
    pub about: Option<ExpectedAbout>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy)]
pub enum ExpectedAbout {
    Pair(Pair),
    Subscription(SubscriptionId),
    Device(DeviceId),
    Profile(ProfileId),
}

/// A fact that stands or does not, with nothing more to say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKey {
    /// The user is in the partner's group.
    Membership(PartnerId, PartnerGroup, ObjectId),
    /// The user holds the role in its own tenant's directory, explicitly.
    DirectoryRole(TenantId, DirectoryRole, ObjectId),
    Relationship(Pair),
    Dap(Pair),
    SupportOwed(Pair),
    /// The customer may be told who is in the partner's group.
    MembersDisclosed(CustomerId, GroupOf),
}

/// A subscription as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionFact {
    /// Whose tenant it is in.
    pub customer: CustomerId,
    /// The partner that provisioned it; none if it is the customer's own.
    pub provisioned_by: Option<PartnerId>,
    /// The event that brought it in, or the one that cancelled it.
    pub active: Standing,
}

/// A role assignment as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentFact {
    /// Whether it is in force.
    pub standing: Standing,
    /// How it came about.
    pub origin: AssignmentOrigin,
}

/// A device as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceFact {
    /// Whose tenant it is in.
    pub customer: CustomerId,
    pub origin: DeviceOrigin,
    /// The event that added it.
    pub added: EventRef,
}

impl DeviceFact {
    /// The event that added it, as long as `holds`.
    pub(crate) fn added_if(&self, holds: bool) -> Standing {
        if holds { Standing::InForce(self.added) } else { Standing::Never }
    }
}

/// The facts of the field `facts` that are named: for [`Facts`] that say something else of the others.
macro_rules! from_facts {
    () => {};
    (announce $($rest:ident)*) => {
        fn announce(&self, expected: $crate::facts::Expected) {
            self.facts.announce(expected);
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (tenant $($rest:ident)*) => {
        fn tenant(&self, tenant: $crate::id::TenantId, at: Moment) -> Option<TenantKind> {
            self.facts.tenant(tenant, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (standing $($rest:ident)*) => {
        fn standing(&self, fact: FactKey, at: Moment) -> Standing {
            self.facts.standing(fact, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (subscription $($rest:ident)*) => {
        fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
            self.facts.subscription(subscription, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (role_assignment $($rest:ident)*) => {
        fn role_assignment(
            &self,
            subscription: SubscriptionId,
            principal: Principal,
            role: ResourceRole,
            at: Moment,
        ) -> Option<AssignmentFact> {
            self.facts.role_assignment(subscription, principal, role, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (device $($rest:ident)*) => {
        fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
            self.facts.device(device, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (profile $($rest:ident)*) => {
        fn profile(&self, profile: ProfileId, at: Moment) -> Option<$crate::id::CustomerId> {
            self.facts.profile(profile, at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
    (autopilot_policy $($rest:ident)*) => {
        fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
            self.facts.autopilot_policy(at)
        }
        $crate::facts::from_facts! { $($rest)* }
    };
}
pub(crate) use from_facts;

/// The same facts under another Autopilot policy: what would be so if it were adopted.
pub struct UnderPolicy<'f, F> {
    pub facts: &'f F,
    /// The policy. No event put it in force.
    pub policy: AutopilotPolicy,
}

impl<F: Facts> Facts for UnderPolicy<'_, F> {
    from_facts! { announce tenant standing subscription role_assignment device profile }

    fn autopilot_policy(&self, _: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        (self.policy, None)
    }
}

/// The same facts, where every device is like this one: what may be done with all that came the same way.
pub struct WithDevice<'f, F> {
    pub facts: &'f F,
    pub device: DeviceFact,
}

impl<F: Facts> Facts for WithDevice<'_, F> {
    from_facts! { announce tenant standing subscription role_assignment profile autopilot_policy }

    fn device(&self, _: DeviceId, _: Moment) -> Option<DeviceFact> {
        Some(self.device)
    }
}
