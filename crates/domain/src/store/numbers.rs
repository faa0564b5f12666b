//! What is said in a few words elsewhere, as numbers: principals, groups and roles, origins, authors.

use super::{
    AuthorKey, MemberOf, OriginKey, PairNumber, PairRow, PrincipalKey, SideNumbers, Store, TenantNumber, UserNumber,
    table::{Key as _, Number},
    texts::Text,
};
use crate::{
    id::{CustomerId, PartnerId, TenantId},
    text::TokenIssuer,
    vocabulary::{
        Actor, Authentication, Author, CustomerChannel, DeviceOrigin, DirectoryRole, GroupOf, Pair, PartnerGroup,
        Principal, User,
    },
};

/// How many numbers the groups have: users' begin behind them.
const GROUPS: u32 = PartnerGroup::SalesAgents as u32 + 1;
/// How many numbers the channels have: partners' begin behind them.
const CHANNELS: u32 = CustomerChannel::Intune as u32 + 1;
/// Where the numbers of directory roles begin; groups' are before.
const ROLES: u8 = PartnerGroup::SalesAgents as u8 + 1;
const _: () = assert!(
    GROUPS as usize == PartnerGroup::ALL.len()
        && CHANNELS as usize == CustomerChannel::ALL.len()
        && MemberOf::COUNT as usize == PartnerGroup::ALL.len() + DirectoryRole::ALL.len(),
    "each has a number"
);

impl From<PartnerGroup> for MemberOf {
    fn from(group: PartnerGroup) -> Self {
        Self(group as u8)
    }
}

impl From<DirectoryRole> for MemberOf {
    fn from(role: DirectoryRole) -> Self {
        Self(ROLES + role as u8)
    }
}

impl MemberOf {
    /// The directory role; none if it is a group.
    pub(crate) fn role(self) -> Option<DirectoryRole> {
        DirectoryRole::ALL.get(usize::from(self.0.checked_sub(ROLES)?)).copied()
    }
}

impl Store {
    // By id, what is here already.

    #[inline]
    pub(crate) fn tenant(&self, tenant: impl Into<TenantId>) -> Option<TenantNumber> {
        self.tenants.find(tenant.into())
    }

    pub(crate) fn pair(&self, pair: Pair) -> Option<(PairNumber, &PairRow)> {
        let number = self.pairs.find(pair)?;
        Some((number, self.pairs.row(number)))
    }

    pub(crate) fn principal_key(&self, principal: Principal) -> Option<PrincipalKey> {
        Some(match principal {
            Principal::Group(GroupOf { group, partner }) => PrincipalKey::of_group(self.tenant(partner)?, group),
            Principal::User(User { tenant, user }) => {
                PrincipalKey::of_user(self.tenants.find(tenant)?, self.users.find(user)?)
            }
        })
    }

    /// What the author is found by; one whose texts are not here is another that is not here either.
    pub(crate) fn author_key(&self, author: &Author) -> AuthorKey {
        author_key(author, |text| self.texts.find(text).unwrap_or_default())
    }

    // The same, made where it is new.

    pub(crate) fn keep_tenant(&mut self, tenant: impl Into<TenantId>) -> TenantNumber {
        self.tenants.number(tenant.into())
    }

    pub(crate) fn keep_pair(&mut self, customer: CustomerId, partner: PartnerId) -> PairNumber {
        let pair = Pair { customer, partner };
        self.pairs.find(pair).unwrap_or_else(|| {
            let sides = SideNumbers { customer: self.keep_tenant(customer), partner: self.keep_tenant(partner) };
            self.pairs.insert(pair, PairRow { sides, ..PairRow::default() })
        })
    }

    pub(crate) fn keep_principal(&mut self, principal: Principal) -> PrincipalKey {
        match principal {
            Principal::Group(GroupOf { group, partner }) => PrincipalKey::of_group(self.keep_tenant(partner), group),
            Principal::User(User { tenant, user }) => {
                PrincipalKey::of_user(self.tenants.number(tenant), self.users.number(user))
            }
        }
    }

    pub(crate) fn keep_origin(&mut self, origin: DeviceOrigin) -> OriginKey {
        match origin {
            DeviceOrigin::Customer(channel) => OriginKey(channel as u32),
            DeviceOrigin::Partner(partner) => OriginKey(CHANNELS + self.keep_tenant(partner).get()),
        }
    }

    pub(crate) fn keep_author(&mut self, author: &Author) -> Number<AuthorKey> {
        let key = author_key(author, |text| self.texts.keep(text));
        self.authors.number(key)
    }

    // By number, what it stands for.

    pub(crate) fn tenant_id(&self, tenant: TenantNumber) -> TenantId {
        self.tenants.key(tenant)
    }

    /// The two that those are.
    pub(crate) fn pair_of(&self, SideNumbers { customer, partner }: SideNumbers) -> Pair {
        let [customer, partner] = [customer, partner].map(|tenant| self.tenants.key(tenant));
        Pair { customer: customer.as_customer(), partner: partner.as_partner() }
    }

    pub(crate) fn principal(&self, PrincipalKey { tenant, who }: PrincipalKey) -> Principal {
        let tenant = self.tenants.key(tenant);
        match PartnerGroup::ALL.get(who as usize) {
            Some(group) => Principal::Group(GroupOf { group: *group, partner: tenant.as_partner() }),
            None => Principal::User(User { tenant, user: self.users.key(UserNumber::new(who - GROUPS)) }),
        }
    }

    pub(crate) fn origin(&self, origin: OriginKey) -> DeviceOrigin {
        match (CustomerChannel::ALL.get(origin.0 as usize), origin.partner()) {
            (Some(channel), _) => DeviceOrigin::Customer(*channel),
            (None, partner) => DeviceOrigin::Partner(self.tenants.key(partner.unwrap_or_default()).as_partner()),
        }
    }

    pub(crate) fn author(&self, author: Number<AuthorKey>) -> Author {
        let AuthorKey { is_stated, issuer, .. } = self.authors.key(author);
        let authentication = if is_stated { Authentication::Stated } else { Authentication::Token };
        let issuer = Some(issuer).filter(|issuer| *issuer != Text::default());
        let issuer = issuer.map(|issuer| TokenIssuer::kept(self.texts.get(issuer)));
        Author { actor: self.actor(author), authentication, issuer }
    }

    pub(crate) fn actor(&self, author: Number<AuthorKey>) -> Actor {
        let AuthorKey { user, operator, .. } = self.authors.key(author);
        match self.texts.get(operator).strip_prefix(' ') {
            Some(name) => Actor::Operator(name.to_owned()),
            None => Actor::User(user),
        }
    }
}

fn author_key(author: &Author, mut text: impl FnMut(&str) -> Text) -> AuthorKey {
    let issuer = author.issuer.as_deref().map_or(Text::default(), &mut text);
    let nobody = AuthorKey { is_stated: author.authentication == Authentication::Stated, issuer, ..AuthorKey::blank() };
    match &author.actor {
        Actor::User(user) => AuthorKey { user: *user, ..nobody },
        Actor::Operator(name) => AuthorKey { operator: text(&format!(" {name}")), ..nobody },
    }
}

impl OriginKey {
    /// The partner; none if the customer added it.
    pub(crate) fn partner(self) -> Option<TenantNumber> {
        self.0.checked_sub(CHANNELS).map(TenantNumber::new)
    }
}

impl PrincipalKey {
    /// Which group it is; none if it is a user.
    pub(crate) fn group(self) -> Option<usize> {
        (self.who < GROUPS).then_some(self.who as usize)
    }

    /// Which user it is; none if it is a group.
    pub(crate) fn user_number(self) -> Option<UserNumber> {
        self.who.checked_sub(GROUPS).map(UserNumber::new)
    }

    pub(crate) fn of_group(tenant: TenantNumber, group: PartnerGroup) -> Self {
        Self { tenant, who: group as u32 }
    }

    pub(crate) fn of_user(tenant: TenantNumber, user: UserNumber) -> Self {
        Self { tenant, who: GROUPS + user.get() }
    }
}
