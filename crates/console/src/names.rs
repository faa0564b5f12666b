//! What ids are called on a page. Whoever was told an id is told the name.

use procura_app::{Access, GroupGrantRow, Holder, Scope};
use procura_domain::{
    id::{SubscriptionId, TenantId},
    personal::People,
    vocabulary::{GroupOf, Principal, User},
};
use procura_engine::Engine;
use procura_words::Words;
use std::borrow::Cow;

/// The names of a page, in its language.
pub(crate) struct Names<'p> {
    pub(crate) engine: &'p Engine,
    pub(crate) words: Words,
    /// What the people of the page are called.
    pub(crate) people: &'p People,
}

impl Names<'_> {
    pub(crate) fn tenant(&self, id: TenantId) -> String {
        let name = self.engine.read(|state| state.tenant(id).map(|tenant| tenant.name().to_string()));
        name.unwrap_or_else(|| id.to_string())
    }

    pub(crate) fn subscription(&self, id: SubscriptionId) -> String {
        let name = self.engine.read(|state| state.subscription(id).map(|subscription| subscription.name().to_string()));
        name.unwrap_or_else(|| id.to_string())
    }

    /// The user's name, or its id where it has none.
    pub(crate) fn user(&self, user: User) -> String {
        self.people.shown(user).map_or_else(|| user.user.to_string(), str::to_owned)
    }

    /// The user with its organisation.
    pub(crate) fn user_of_tenant(&self, user: User) -> String {
        let (name, tenant) = (self.user(user), self.tenant(user.tenant));
        self.words.sentence("user-of-tenant", &[("user", name.into()), ("tenant", tenant.into())])
    }

    /// Who holds something.
    pub(crate) fn holder(&self, holder: &Holder) -> String {
        match *holder {
            Holder::Principal(Principal::Group(GroupOf { group, partner })) => {
                let (group, tenant) = (self.words.called(group.name()).into_owned(), self.tenant(partner.into()));
                self.words.sentence("group-of-tenant", &[("group", group.into()), ("tenant", tenant.into())])
            }
            Holder::Principal(Principal::User(user)) => self.user_of_tenant(user),
            Holder::Partner { partner } => self.tenant(partner.into()),
        }
    }

    /// Where a role holds.
    pub(crate) fn scope(&self, scope: &Scope) -> String {
        match *scope {
            Scope::Customer(customer) => {
                self.words.sentence("scope-tenant", &[("tenant", self.tenant(customer.into()).into())])
            }
            Scope::Subscription(subscription) => {
                let name = self.subscription(subscription);
                self.words.sentence("scope-subscription", &[("subscription", name.into())])
            }
        }
    }

    pub(crate) fn role(&self, access: &Access) -> Cow<'static, str> {
        self.words.called(access.role.name())
    }

    /// A piece of access in one sentence: who holds what where, and how they came by it.
    pub(crate) fn access(&self, access: &Access) -> String {
        let values = [
            ("holder", self.holder(&access.principal).into()),
            ("role", self.role(access).into_owned().into()),
            ("scope", self.scope(&access.scope).into()),
            ("origin", self.words.called(access.origin.name()).into_owned().into()),
        ];
        self.words.sentence("access", &values)
    }
    /// What a group holds, and on how many customers or subscriptions.
    pub(crate) fn group_grant(&self, row: &GroupGrantRow) -> String {
        let values = [
            ("role", self.words.called(row.role.name()).into_owned().into()),
            ("count", row.scopes.into()),
            ("origin", self.words.called(row.origin.name()).into_owned().into()),
        ];
        self.words.sentence("group-grant", &values)
    }
}
