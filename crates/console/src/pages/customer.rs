//! A customer's card, as a partner's people see it: what there is between the two, what is open to the person who looks and
//! why, and what it can do there.

use crate::{
    ahead::StillHeld,
    answer::{Shown, see_other},
    asking::on,
    changes::DoneQuery,
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    rights::{Allowed, allowed, why_may},
    shell::{Shell, Standing},
    visit::Visit,
    why::Why,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    Error, RelationshipRow, RelationshipState, SubscriptionRow,
    history::{HistoryEntry, Whose},
    lists::{self, ListRequest},
};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    personal::People,
    temporal::{Position, Timestamp},
    vocabulary::{Severity, SubscriptionKind},
};

/// How many subscriptions the card shows.
const SUBSCRIPTIONS_MAX: usize = 20;
/// How many devices it names.
const DEVICES_SHOWN: usize = 5;
/// How many devices it counts.
const DEVICES_COUNTED: usize = 20;
/// How many partners, service requests and pieces of residual access it shows.
const ROWS_MAX: usize = 20;

/// What was typed into the card's forms, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CardForms {
    pub(crate) title: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) title_problem: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: Option<SubscriptionKind>,
    pub(crate) name_problem: Option<String>,
}

/// An admin portal, and whether it lets the person in.
struct PortalRow {
    name: &'static str,
    /// Nothing, where no subscription is the partner's concern.
    why: Option<Why>,
}

/// A subscription with what the person may do to it.
struct SubscriptionCard {
    row: SubscriptionRow,
    /// Who provisioned it, if the person is told.
    partner: Option<String>,
    allowed: Vec<Allowed>,
}

/// A service request that was opened on the customer's behalf.
struct RequestRow {
    /// What it is about, unless that was erased.
    title: Option<String>,
    severity: Severity,
    route: &'static str,
    opened: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "customer.html")]
pub(crate) struct CustomerPage {
    shell: Shell,
    customer: CustomerId,
    name: String,
    position: Position,
    /// Each partner that the person is told of: an agent its own alone.
    partners: Vec<RelationshipRow>,
    portals: Vec<PortalRow>,
    subscriptions: Vec<SubscriptionCard>,
    more_subscriptions: bool,
    devices: Vec<String>,
    device_count: usize,
    more_devices: bool,
    requests: Vec<RequestRow>,
    residual: Vec<StillHeld>,
    more_residual: bool,
    allowed: Vec<Allowed>,
    forms: CardForms,
    done: Vec<HistoryEntry>,
}

/// `GET /customers/{customer}`
pub(crate) async fn page(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(done): InQuery<DoneQuery>,
) -> Result<Response, Failure> {
    if visit.standing() == Standing::Customer(customer) {
        return Ok(see_other(visit.links().to(format!("/customers/{customer}/partners"))).into_response());
    }
    let page = CustomerPage::load(&visit, customer, &done, CardForms::default()).await?;
    Ok(Shown(page).into_response())
}

impl CustomerPage {
    /// The card as it stands, with what was typed into its forms.
    ///
    /// # Errors
    /// If the person may not know of the customer.
    pub(crate) async fn load(
        visit: &Visit,
        customer: CustomerId,
        done: &DoneQuery,
        forms: CardForms,
    ) -> Result<Self, Error> {
        let (engine, reader) = (visit.engine(), visit.reader());
        let request = |limit| ListRequest { at: visit.at(), limit: Some(limit), ..ListRequest::default() };
        let of_customer = ListRequest { customer: Some(customer), ..request(ROWS_MAX) };
        let partners = lists::relationships(engine, reader, of_customer.clone())?;
        let (subscriptions, more_subscriptions) = subscriptions(visit, customer, request(SUBSCRIPTIONS_MAX)).await?;
        let devices = lists::devices(engine, reader, customer, request(DEVICES_COUNTED)).await?.answer;
        let residual = lists::residual_access(engine, reader, of_customer).await?.answer;
        let requests = lists::service_requests(engine, reader, customer, request(ROWS_MAX)).await?.answer;
        let requests = requests.items.into_iter().map(|request| RequestRow {
            title: request.written.and_then(|written| written.title).map(|title| title.to_string()),
            severity: request.row.severity,
            route: request.row.route.name(),
            opened: request.row.opened,
        });
        // What an agent may do; overseers only look.
        let is_agent = matches!(visit.standing(), Standing::Partner(_));
        let (portals, allowed) = if is_agent && !partners.answer.items.is_empty() {
            (portals(visit, customer, &subscriptions).await?, allowed(visit, "customer", customer).await?)
        } else {
            (Vec::new(), Vec::new())
        };
        let name = visit.names(&People::default()).tenant(customer.into());
        let names = visit.names(&residual.people);
        Ok(Self {
            shell: visit.shell(),
            customer,
            name,
            position: partners.at.position,
            partners: partners.answer.items,
            portals,
            subscriptions,
            more_subscriptions,
            device_count: devices.items.len(),
            more_devices: devices.next.is_some(),
            devices: devices
                .items
                .iter()
                .take(DEVICES_SHOWN)
                .map(|device| {
                    let hardware = &device.row.hardware;
                    format!("{} ({} {})", hardware.serial_number, hardware.manufacturer, hardware.model)
                })
                .collect(),
            requests: requests.collect(),
            residual: residual.items.iter().map(|row| StillHeld::of(&names, row)).collect(),
            more_residual: residual.next.is_some(),
            allowed,
            forms,
            done: done.told(visit, Whose::Customer(customer)).await,
        })
    }

    fn link(&self, below: &str) -> Link {
        self.shell.links.to(format!("/customers/{}{below}", self.customer))
    }

    fn act(&self, below: &str) -> Link {
        self.shell.links.now(format!("/customers/{}{below}", self.customer))
    }

    /// The subscription's own page, or one below it.
    fn subscription(&self, row: &SubscriptionRow, what: &str) -> Link {
        self.link(&format!("/subscriptions/{}{what}", row.id))
    }

    /// Whether the person may do that here, and now.
    fn may(&self, action: &str) -> bool {
        self.shell.may_act && self.allowed.iter().any(|allowed| allowed.action == action)
    }

    fn may_to(&self, subscription: &SubscriptionCard, action: &str) -> bool {
        self.shell.may_act && subscription.allowed.iter().any(|allowed| allowed.action == action)
    }

    /// The partner of the person, with what there is between it and the customer.
    fn own(&self) -> Option<&RelationshipRow> {
        let Standing::Partner(own) = self.shell.standing else { return None };
        self.partners.iter().find(|row| row.with.partner.id == own.into())
    }

    fn may_give_up(&self) -> bool {
        self.may("dap.revoke") && self.own().is_some_and(|row| row.with.relationship.delegated_admin)
    }

    /// Whether subscriptions that the partner provisioned stand in the way of an end (REL-4).
    fn has_active_subscriptions(&self) -> bool {
        let own = self.shell.own_tenant();
        let is_own = |row: &SubscriptionRow| row.provisioned_by.map(TenantId::from) == own && row.cancelled.is_none();
        self.subscriptions.iter().any(|card| is_own(&card.row))
    }

    fn may_end(&self) -> bool {
        self.may("relationship.end") && self.own().is_some_and(Self::is_active)
    }

    /// Which group holds which role because delegated admin privileges are in force.
    fn implicit_roles(&self, row: &RelationshipRow) -> Vec<String> {
        let words = self.shell.words;
        let told = row.with.implicit_roles.iter().map(|implicit| {
            let called = |name| words.called(name).into();
            let values = [("group", called(implicit.group.name())), ("role", called(implicit.role.name()))];
            words.sentence("implicit-role", &values)
        });
        told.collect()
    }

    fn is_open(portal: &PortalRow) -> bool {
        portal.why.as_ref().is_some_and(|why| why.is_allowed)
    }

    fn is_active(row: &RelationshipRow) -> bool {
        row.with.relationship.relationship == RelationshipState::Active
    }

    fn is_ended(row: &RelationshipRow) -> bool {
        row.with.relationship.relationship == RelationshipState::Ended
    }

    fn severities(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let chosen = self.forms.severity.unwrap_or(Severity::Moderate);
        Severity::ALL.iter().map(move |severity| (severity.name(), *severity == chosen))
    }

    fn kinds(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let chosen = self.forms.kind.unwrap_or(SubscriptionKind::Azure);
        SubscriptionKind::ALL.iter().map(move |kind| (kind.name(), *kind == chosen))
    }
}

async fn subscriptions(
    visit: &Visit,
    customer: CustomerId,
    request: ListRequest,
) -> Result<(Vec<SubscriptionCard>, bool), Error> {
    let found = lists::subscriptions(visit.engine(), visit.reader(), customer, request)?.answer;
    let (mut cards, people) = (Vec::with_capacity(found.items.len()), People::default());
    for row in found.items {
        let partner = row.provisioned_by.map(|partner: PartnerId| visit.names(&people).tenant(partner.into()));
        let allowed = match visit.standing() {
            Standing::Partner(_) => allowed(visit, "subscription", row.id).await?,
            Standing::Customer(_) | Standing::Overseer => Vec::new(),
        };
        cards.push(SubscriptionCard { row, partner, allowed });
    }
    Ok((cards, found.next.is_some()))
}

/// The portals, each with its question: who signs in to services gets into the admin center, who reads the directory into
/// Entra, who administers services into Exchange and Intune, who reads a subscription into Azure.
async fn portals(
    visit: &Visit,
    customer: CustomerId,
    subscriptions: &[SubscriptionCard],
) -> Result<Vec<PortalRow>, Error> {
    let in_directory = [
        ("microsoft365AdminCenter", "service.signIn"),
        ("entra", "directory.read"),
        ("exchange", "service.administer"),
        ("intune", "service.administer"),
    ];
    let mut portals = Vec::new();
    for (name, action) in in_directory {
        portals.push(PortalRow { name, why: Some(why_may(visit, action, on("customer", customer)).await?) });
    }
    let reads = |card: &&SubscriptionCard| card.allowed.iter().any(|allowed| allowed.action == "subscription.read");
    let shown = subscriptions.iter().find(reads).or_else(|| subscriptions.first());
    let why = match shown {
        Some(card) => Some(why_may(visit, "subscription.read", on("subscription", card.row.id)).await?),
        None => None,
    };
    portals.push(PortalRow { name: "azure", why });
    Ok(portals)
}
