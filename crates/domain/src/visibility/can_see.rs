//! Whether somebody may know that something exists. No rule of access is asked here: those ask this first.

use crate::{
    access::{Named, Resource, Subject},
    facts::Facts,
    id::{CustomerId, PartnerId, SubscriptionId, TenantId},
    temporal::{Moment, Standing},
    vocabulary::{DeviceOrigin, DirectoryRole, PartnerGroup, Principal, ResourceRole, TenantKind, User},
};

/// Whether the subject may know that the resource, and anything else that the question names, exists (VIS-3).
pub fn can_see(subject: &Subject, resource: &Resource, at: Moment, facts: &impl Facts) -> bool {
    match resource {
        Resource::Customer(_, customer, named) => {
            can_see_customer(subject, *customer, at, facts) && can_see_named(subject, *customer, *named, at, facts)
        }
        Resource::Partner(_, partner, _) => can_see_partner(subject, *partner, at, facts),
        Resource::Subscription(_, subscription) => facts.subscription(*subscription, at).is_some_and(|fact| {
            can_see_customer(subject, fact.customer, at, facts) || holds_role(subject, *subscription, at, facts)
        }),
        Resource::Profile(_, profile) => {
            facts.profile(*profile, at).is_some_and(|customer| can_see_customer(subject, customer, at, facts))
        }
        Resource::Device(_, device) => {
            facts.device(*device, at).is_some_and(|device| can_see_customer(subject, device.customer, at, facts))
        }
    }
}

pub(super) fn can_see_customer(subject: &Subject, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    if subject.tenant() == customer.into() {
        facts.tenant(customer.into(), at) == Some(TenantKind::Customer)
    } else {
        // It is a customer if it has a partner.
        is_agent_of_customer(subject, customer, at, facts)
    }
}

/// A partner named beside a customer: the subject's own, or one that the customer has or had a relationship with.
fn can_see_named(subject: &Subject, customer: CustomerId, named: Named, at: Moment, facts: &impl Facts) -> bool {
    let known = |partner: PartnerId| {
        facts.tenant(partner.into(), at) == Some(TenantKind::Partner)
            && (subject.tenant() == partner.into()
                || (subject.tenant() == customer.into()
                    && facts.relationship(customer, partner, at) != Standing::Never))
    };
    let origin = match named.origin {
        Some(DeviceOrigin::Partner(partner)) => Some(partner),
        Some(DeviceOrigin::Customer(_)) | None => None,
    };
    named.partner.into_iter().chain(origin).all(known)
}

pub(super) fn can_see_partner(subject: &Subject, partner: PartnerId, at: Moment, facts: &impl Facts) -> bool {
    facts.tenant(partner.into(), at) == Some(TenantKind::Partner)
        && (subject.tenant() == partner.into()
            || facts.relationship(subject.tenant().as_customer(), partner, at) != Standing::Never)
}

/// Whether the user, who may assign roles in the customer's tenant, may assign one to that principal (SUB-8): a user of the
/// customer's, or a group or user of a partner; to the customer's users one that it has or had a relationship with, to
/// others their own.
pub fn can_name_principal(
    user: User,
    principal: Principal,
    customer: CustomerId,
    at: Moment,
    facts: &impl Facts,
) -> bool {
    let (of, own) = (principal.tenant(), user.tenant == customer.into());
    if of == customer.into() {
        return matches!(principal, Principal::User(_));
    }
    let related = facts.relationship(customer, of.as_partner(), at) != Standing::Never;
    (own && related) || (user.tenant == of && facts.tenant(of, at) == Some(TenantKind::Partner))
}

/// Whether the subject, who may remove roles in the customer's tenant, may know of one that this principal holds: to the
/// customer's users all, to others those of the customer's users and of their own partner (VIS-6).
pub fn can_see_principal(subject: Subject, principal: Principal, customer: CustomerId) -> bool {
    let customer = TenantId::from(customer);
    subject.tenant() == customer || [customer, subject.tenant()].contains(&principal.tenant())
}

/// An agent sees its partner's customers, and those it had (VIS-2).
pub(super) fn is_agent_of_customer(subject: &Subject, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    is_agent(subject, at, facts) && facts.relationship(customer, subject.tenant().as_partner(), at) != Standing::Never
}

pub(super) fn is_agent(subject: &Subject, at: Moment, facts: &impl Facts) -> bool {
    PartnerGroup::ALL.iter().any(|group| subject.membership(*group, at, facts).is_none_or(Standing::is_in_force))
}

pub(super) fn holds_role(subject: &Subject, subscription: SubscriptionId, at: Moment, facts: &impl Facts) -> bool {
    is_any(subject, at, facts, |principal| {
        ResourceRole::ALL.iter().any(|role| {
            let assignment = facts.role_assignment(subscription, principal, *role, at);
            assignment.is_some_and(|assignment| assignment.standing.is_in_force())
        })
    })
}

/// Whether it is so of the subject itself, or of a group that it is in.
pub(super) fn is_any(subject: &Subject, at: Moment, facts: &impl Facts, is_so: impl Fn(Principal) -> bool) -> bool {
    subject.principals().any(|principal| {
        let is_it = match principal {
            Principal::User(_) => true,
            Principal::Group(group) => subject.membership(group.group, at, facts).is_none_or(Standing::is_in_force),
        };
        is_it && is_so(principal)
    })
}

pub(super) fn is_global_administrator(user: User, tenant: TenantId, at: Moment, facts: &impl Facts) -> bool {
    let subject = Subject::User(user);
    subject.directory_role(tenant, DirectoryRole::GlobalAdministrator, at, facts).is_in_force()
}
