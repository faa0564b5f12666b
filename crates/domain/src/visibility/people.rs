//! Who knows of which users: whoever does may be told what they are called (PEO-2), and may name them by that.

use super::{
    Audience, Reader,
    can_see::{is_agent, is_global_administrator},
    sees_directory_roles,
};
use crate::{
    access::Subject,
    facts::Facts,
    id::{CustomerId, TenantId},
    state::State,
    temporal::{Moment, Standing},
    vocabulary::{DirectoryRole, GroupOf, PartnerGroup, Principal, TenantKind, User},
};

/// Whether the reader knows of the user by what it may read: overseers of everybody, a user of itself, a tenant's Global
/// administrators of all its users, others of those who hold what they may see.
pub fn knows_user(reader: Reader, user: User, now: Moment, state: &State) -> bool {
    let own = match reader {
        Reader::Overseer => return true,
        Reader::Decider => return false,
        Reader::User(own) => own,
    };
    own == user
        || (own.tenant == user.tenant && is_global_administrator(own, own.tenant, now, state))
        || sees_holder_of_directory_role(reader, user, now, state)
        || is_fellow_agent(own, user, now, state)
        || is_global_administrator(own, own.tenant, now, state) && has_to_do_with(user, own.tenant, now, state)
}

/// Whether the reader sees the list of the tenant's people: its Global administrators, and overseers.
pub fn sees_people(reader: Reader, tenant: TenantId, now: Moment, facts: &impl Facts) -> bool {
    let is_registered = facts.tenant(tenant, now).is_some();
    match reader {
        Reader::Overseer => is_registered,
        Reader::Decider => false,
        Reader::User(user) => {
            is_registered && user.tenant == tenant && is_global_administrator(user, tenant, now, facts)
        }
    }
}

/// Whether what the group or user holds in the customer's tenant is held by the subject, as far as the reader is told who is
/// in the group (VIS-5): itself, or a group that the user is in at that moment.
pub fn is_told_holds(
    reader: Reader,
    customer: CustomerId,
    subject: Subject,
    holder: Principal,
    at: Moment,
    state: &State,
) -> bool {
    match (subject, holder) {
        (Subject::User(user), Principal::User(holder)) => user == holder,
        (Subject::Group(group), Principal::Group(holder)) => group == holder,
        (Subject::Group(_), Principal::User(_)) => false,
        (Subject::User(user), Principal::Group(group)) => {
            let audience = match reader {
                Reader::User(own) if own.tenant == customer.into() => Audience::Customer(customer),
                Reader::User(own) => Audience::PeopleOf(own.tenant),
                Reader::Overseer | Reader::Decider => Audience::Everything,
            };
            user.tenant == group.partner.into()
                && subject.membership(group.group, at, state).is_some_and(Standing::is_in_force)
                && audience.is_told_members(group, state, at)
        }
    }
}

fn sees_holder_of_directory_role(reader: Reader, user: User, now: Moment, state: &State) -> bool {
    let holds = |role: &DirectoryRole| state.directory_role(user.tenant, *role, user.user, now).is_in_force();
    DirectoryRole::ALL.iter().any(holds) && sees_directory_roles(reader, user.tenant, now, state)
}

/// Agents see who else is in their partner's groups.
fn is_fellow_agent(own: User, user: User, now: Moment, state: &State) -> bool {
    let is_agent = |user| is_agent(&Subject::User(user), now, state);
    own.tenant == user.tenant && is_agent(own) && is_agent(user)
}

/// Whether a customer is told that the user is or was in a group of a partner's (VIS-5), or that it holds a role there.
fn has_to_do_with(user: User, tenant: TenantId, now: Moment, state: &State) -> bool {
    if state.tenant(tenant).is_none_or(|tenant| tenant.kind() != TenantKind::Customer) {
        return false;
    }
    let (customer, partner) = (tenant.as_customer(), user.tenant.as_partner());
    let is_told = |group: &PartnerGroup| {
        Audience::Customer(customer).is_told_of(GroupOf { group: *group, partner }, user.user, state, now.position)
    };
    state.holds_roles(customer, Principal::User(user), now.position) || PartnerGroup::ALL.iter().any(is_told)
}
