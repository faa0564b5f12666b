//! What stands around every page: who is looking at what, as of which day, and where else to go.

use crate::{
    assets,
    day::Day,
    links::{Link, Links},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    state::State,
    temporal::{Moment, Timestamp},
    visibility::{
        InvitationDisclosure, Reader, customer_scope, invitation_disclosure, partner_scope, sees_customers,
        sees_groups, sees_partner_relationships, sees_people,
    },
    vocabulary::{Locale, TenantKind},
};
use procura_server::{Caller, ServiceRole};
use procura_words::Words;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Display};

/// As what somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Of a partner's people.
    Partner(PartnerId),
    /// Of a customer's people.
    Customer(CustomerId),
    /// An operator or an auditor, who reads everything (VIS-4).
    Overseer,
}

impl Standing {
    /// As what the caller is here; none if its tenant is not registered and it has no service role.
    pub(crate) fn of(caller: &Caller, state: &State) -> Option<Self> {
        if caller.roles.contains(&ServiceRole::Operator) || caller.roles.contains(&ServiceRole::Auditor) {
            return Some(Self::Overseer);
        }
        let tenant = caller.user.tenant;
        Some(match state.tenant(tenant)?.kind() {
            TenantKind::Partner => Self::Partner(tenant.as_partner()),
            TenantKind::Customer => Self::Customer(tenant.as_customer()),
        })
    }

    /// The pages about a customer that somebody of another tenant looks at, each with the id of its name.
    fn pages_of_customer(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Partner(_) => &[
                ("customer-card", ""),
                ("menu-subscriptions", "/subscriptions"),
                ("menu-devices", "/devices"),
                ("menu-history", "/history"),
            ],
            Self::Overseer => &[
                ("customer-card", ""),
                ("menu-partners", "/partners"),
                ("menu-subscriptions", "/subscriptions"),
                ("menu-devices", "/devices"),
                ("menu-people", "/people"),
                ("menu-history", "/history"),
            ],
            Self::Customer(_) => &[],
        }
    }

    /// The pages of the menu that the reader may see, each with the id of its name; one begins with the first.
    pub(crate) fn places(self, reader: Reader, now: Moment, state: &State) -> Vec<(&'static str, String)> {
        let pages = match self {
            Self::Partner(partner) => {
                let of = |page: &str| format!("/partners/{partner}/{page}");
                let sends = invitation_disclosure(reader, partner, now, state) == Some(InvitationDisclosure::Mail);
                vec![
                    ("menu-customers", of("customers"), sees_customers(reader, partner, now, state)),
                    ("menu-invitations", of("invitations"), sends),
                    ("menu-groups", of("groups"), sees_groups(reader, partner, now, state)),
                    ("menu-history", of("history"), partner_scope(reader, partner, now, state).is_some()),
                ]
            }
            Self::Customer(customer) => {
                let of = |page: &str| format!("/customers/{customer}/{page}");
                let is_known = customer_scope(reader, customer, now, state).is_some();
                vec![
                    ("menu-partners", of("partners"), sees_partner_relationships(reader, customer, now, state)),
                    ("menu-subscriptions", of("subscriptions"), is_known),
                    ("menu-devices", of("devices"), is_known),
                    ("menu-people", of("people"), sees_people(reader, customer.into(), now, state)),
                    ("menu-history", of("history"), is_known),
                ]
            }
            Self::Overseer => vec![
                ("menu-organisations", "/organisations".to_owned(), true),
                ("menu-history", "/history".to_owned(), true),
            ],
        };
        let seen = pages.into_iter().filter(|(.., is_seen)| *is_seen).map(|(name, path, _)| (name, path));
        seen.chain([("menu-ask", "/ask".to_owned())]).collect()
    }
}

/// A customer that somebody of another tenant looks at.
#[derive(Debug, Clone)]
pub(crate) struct CustomerInView {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
}

/// A page of the menu.
#[derive(Debug, Clone)]
pub(crate) struct MenuItem {
    pub(crate) name: Cow<'static, str>,
    pub(crate) link: Link,
    pub(crate) is_current: bool,
}

/// What stands around a page of somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    pub(crate) words: Words,
    pub(crate) links: Links,
    /// Who is looking.
    pub(crate) person: String,
    /// Of which organisation.
    pub(crate) organisation: String,
    pub(crate) standing: Standing,
    pub(crate) form_token: String,
    /// Another one for each time that a page is shown: what the keys of its forms are made from.
    pub(crate) page_key: String,
    /// The pages that the person may see, each with the id of its name; one begins with the first.
    pub(crate) places: Vec<(&'static str, String)>,
    /// The path of the page, below the public URL.
    pub(crate) path: String,
    /// Its parameters other than the day: the form that chooses a day keeps them.
    pub(crate) kept: Vec<(String, String)>,
    /// The customer that the page is about, to somebody of another tenant who knows of it.
    pub(crate) customer: Option<CustomerInView>,
    /// The latest day that can be chosen.
    pub(crate) today: Timestamp,
    /// Whether somebody may issue commands from here: not about the past, and not an auditor.
    pub(crate) may_act: bool,
}

impl Shell {
    pub(crate) fn word(&self, id: &str) -> Cow<'static, str> {
        self.words.word(id)
    }

    /// The sentence with how many there are in it, as `count`.
    pub(crate) fn counted(&self, id: &str, count: &usize) -> String {
        self.words.sentence(id, &[("count", (*count).into())])
    }

    /// The sentence with that text in it.
    pub(crate) fn sentence(&self, id: &str, name: &str, text: impl Display) -> String {
        self.words.sentence(id, &[(name, text.to_string().into())])
    }

    /// What something is, after what it is called.
    pub(crate) fn pair(&self, name: &str, value: &str) -> String {
        self.words.sentence("pair", &[("name", name.into()), ("value", value.into())])
    }

    /// The day of that time, in words.
    pub(crate) fn date(&self, at: &Timestamp) -> String {
        self.words.date(*at)
    }

    /// That time to the minute, in words.
    pub(crate) fn minute(&self, at: &Timestamp) -> String {
        self.words.date_and_time(*at)
    }

    /// What makes one of two forms of that name that were sent twice from one page (`Idempotency-Key`).
    pub(crate) fn key(&self, form: &str) -> String {
        let hash = Sha256::digest(format!("{} {form}", self.page_key));
        BASE64_URL_SAFE_NO_PAD.encode(hash)
    }

    pub(crate) fn menu(&self) -> Vec<MenuItem> {
        let item = |(name, path): &(&str, String)| MenuItem {
            name: self.words.word(name),
            is_current: self.path == *path,
            link: self.links.to(path),
        };
        self.places.iter().map(item).collect()
    }

    /// The pages about the customer in view.
    pub(crate) fn customer_menu(&self, customer: &CustomerInView) -> Vec<MenuItem> {
        let page = |(name, page): &(&str, &str)| {
            let path = format!("/customers/{}{page}", customer.id);
            MenuItem { name: self.words.word(name), is_current: self.path == path, link: self.links.to(path) }
        };
        self.standing.pages_of_customer().iter().map(page).collect()
    }

    /// The page below the customer's address that goes with another customer, too.
    pub(crate) fn page_of_customer(&self, customer: &CustomerInView) -> &'static str {
        let page = self.path.strip_prefix(&format!("/customers/{}", customer.id)).unwrap_or_default();
        let pages = self.standing.pages_of_customer().iter().map(|(_, page)| *page);
        pages.filter(|own| page.starts_with(own)).max_by_key(|own| own.len()).unwrap_or_default()
    }

    pub(crate) fn day(&self) -> Option<Day> {
        self.links.day()
    }

    /// The day that is looked at, in words.
    pub(crate) fn day_in_words(&self) -> Option<String> {
        self.day().map(|day| self.words.date(day.end()))
    }

    /// The page as it is now.
    pub(crate) fn as_of_now(&self) -> Link {
        let now = self.links.now(&self.path);
        self.kept.iter().fold(now, |link, (name, value)| link.with(name, value))
    }

    /// The path and parameters of this page below the public URL, for coming back to it.
    pub(crate) fn here(&self) -> String {
        let here = self.links.to(&self.path);
        let here = self.kept.iter().fold(here, |link, (name, value)| link.with(name, value)).to_string();
        self.links.below(&here).unwrap_or(&here).to_owned()
    }

    pub(crate) fn latest_day(&self) -> String {
        self.today.date_naive().to_string()
    }

    pub(crate) fn language(&self) -> &'static str {
        self.words.locale.name()
    }

    pub(crate) fn languages(&self) -> [(&'static str, &'static str, bool); 2] {
        languages(self.words)
    }

    pub(crate) fn called(&self, name: &str) -> Cow<'static, str> {
        self.words.called(name)
    }

    /// What a language is called in the one of the page.
    pub(crate) fn language_named(&self, locale: &Locale) -> Cow<'static, str> {
        match locale {
            Locale::En => self.word("language-en"),
            Locale::Fr => self.word("language-fr"),
        }
    }

    pub(crate) fn asset(&self, name: &str) -> Link {
        self.links.now(assets::path(name))
    }

    /// The tenant that somebody is of.
    pub(crate) fn own_tenant(&self) -> Option<TenantId> {
        match self.standing {
            Standing::Partner(partner) => Some(partner.into()),
            Standing::Customer(customer) => Some(customer.into()),
            Standing::Overseer => None,
        }
    }
}

/// What stands around a page of somebody who is not signed in.
#[derive(Debug, Clone)]
pub(crate) struct Doorstep {
    pub(crate) words: Words,
    pub(crate) links: Links,
    /// The page that it is, for the switch of languages.
    pub(crate) here: String,
}

impl Doorstep {
    pub(crate) fn word(&self, id: &str) -> Cow<'static, str> {
        self.words.word(id)
    }

    /// The sentence with that text in it.
    pub(crate) fn sentence(&self, id: &str, name: &str, text: impl Display) -> String {
        self.words.sentence(id, &[(name, text.to_string().into())])
    }

    pub(crate) fn called(&self, name: &str) -> Cow<'static, str> {
        self.words.called(name)
    }

    pub(crate) fn language(&self) -> &'static str {
        self.words.locale.name()
    }

    pub(crate) fn asset(&self, name: &str) -> Link {
        self.links.now(assets::path(name))
    }

    pub(crate) fn languages(&self) -> [(&'static str, &'static str, bool); 2] {
        languages(self.words)
    }
}

/// The languages that there are, by their own names; the one of the page is marked.
fn languages(words: Words) -> [(&'static str, &'static str, bool); 2] {
    [(Locale::En, "English"), (Locale::Fr, "Français")]
        .map(|(locale, name)| (locale.name(), name, locale == words.locale))
}
