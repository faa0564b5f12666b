//! Where the rows of lists come from: the log of this process, as an overseer is shown it, or a server, as the token's user.

use crate::{args::Listing, asking::Asked, bars::shown, failure::Failure, naming::Naming};
use indicatif::ProgressBar;
use procura_app::{
    AsOf, Error, Page, invitations, link,
    lists::{self, ListPage, ListRequest},
};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    personal::People,
    visibility::Reader,
};
use procura_engine::Engine;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// How many rows are asked for in one go.
const PAGE_ROWS: usize = 500;

/// A list that a server has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Customers,
    Partners,
    Relationships,
    Permissions(CustomerId),
    Subscriptions(CustomerId),
    Devices(CustomerId),
    Invitations(PartnerId),
    People(TenantId),
}

/// A row as it came, and what of it is read here.
pub(crate) struct Row<T> {
    pub(crate) read: T,
    pub(crate) json: Value,
}

/// All the rows of a list, and what the people in them are called.
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<Row<T>>,
    pub(crate) people: People,
}

pub(crate) struct Source {
    asked: Asked,
    at: Option<String>,
    progress: ProgressBar,
}

impl Source {
    /// Of that place, as it is now.
    pub(crate) fn of(asked: Asked) -> Self {
        Self { asked, at: None, progress: shown(ProgressBar::new_spinner(), "{spinner} {human_pos} rows") }
    }

    pub(crate) async fn open(Listing { place, token, at, .. }: &Listing) -> Result<Self, Failure> {
        let asked = Asked::open(place, token.as_deref()).await?;
        Ok(Self { at: at.clone(), ..Self::of(asked) })
    }

    /// Takes what people call things for ids.
    pub(crate) fn naming(&self) -> Naming<'_> {
        Naming::by(&self.asked)
    }

    /// Takes the spinner away.
    pub(crate) fn finish(&self) {
        self.progress.finish_and_clear();
    }

    /// The one tenant whose people the token's user may see; none for those who may see all.
    pub(crate) fn own_tenant(&self) -> Result<Option<TenantId>, Failure> {
        match &self.asked {
            Asked::Here(_) => Ok(None),
            Asked::There(remote) => {
                let caller = remote.caller()?;
                Ok((caller.reader() != Reader::Overseer).then_some(caller.user.tenant))
            }
        }
    }

    /// All rows of the list, page after page.
    pub(crate) async fn all<T: DeserializeOwned>(&self, kind: Kind, request: ListRequest) -> Result<Rows<T>, Failure> {
        let (mut rows, mut people) = (Vec::new(), People::default());
        let request = ListRequest { at: self.at.clone(), limit: Some(PAGE_ROWS), ..request };
        let mut next = Some(match &self.asked {
            Asked::Here(_) => Next::Request(Box::new(request)),
            Asked::There(_) => Next::Link(link(&kind.path(), &request)),
        });
        while let Some(asked) = next {
            let page: Page<Value, Next> = match (&self.asked, asked) {
                (Asked::Here(data), Next::Request(request)) => {
                    let Page { items, people, next } = kind.here(&data.engine, *request).await?;
                    Page { items, people, next: next.map(|request| Next::Request(Box::new(request))) }
                }
                (Asked::There(remote), Next::Link(link)) => {
                    let Page { items, people, next }: Page<Value, String> = remote.get_json(&link)?;
                    Page { items, people, next: next.map(Next::Link) }
                }
                _ => return Err(Failure::Internal("a page of another place".to_owned())),
            };
            self.progress.inc(u64::try_from(page.items.len()).unwrap_or_default());
            for json in page.items {
                let read = T::deserialize(&json).map_err(|error| self.unfit(&error))?;
                rows.push(Row { read, json });
            }
            people.extend(page.people);
            next = page.next;
        }
        Ok(Rows { rows, people })
    }

    fn unfit(&self, error: &serde_json::Error) -> Failure {
        let problem = format!("a row is none: {error}");
        match &self.asked {
            Asked::Here(_) => Failure::Internal(problem),
            Asked::There(remote) => remote.unfit(problem),
        }
    }
}

/// What asks for the next page.
enum Next {
    Request(Box<ListRequest>),
    Link(String),
}

impl Kind {
    /// Where a server has it.
    fn path(self) -> String {
        match self {
            Self::Customers => "/v1/customers".to_owned(),
            Self::Partners => "/v1/partners".to_owned(),
            Self::Relationships => "/v1/relationships".to_owned(),
            Self::Permissions(customer) => format!("/v1/customers/{customer}/effective-permissions"),
            Self::Subscriptions(customer) => format!("/v1/customers/{customer}/subscriptions"),
            Self::Devices(customer) => format!("/v1/customers/{customer}/devices"),
            Self::Invitations(partner) => format!("/v1/partners/{partner}/invitations"),
            Self::People(tenant) => format!("/v1/tenants/{tenant}/people"),
        }
    }

    /// A page of it, out of the log of this process.
    async fn here(self, engine: &Engine, request: ListRequest) -> Result<Page<Value, ListRequest>, Failure> {
        let reader = Reader::Overseer;
        match self {
            Self::Customers => values(lists::registered_customers(engine, reader, request)),
            Self::Partners => values(lists::registered_partners(engine, reader, request)),
            Self::Relationships => values(lists::relationships(engine, reader, request)),
            Self::Permissions(customer) => {
                values(lists::effective_permissions(engine, reader, customer, request).await)
            }
            Self::Subscriptions(customer) => values(lists::subscriptions(engine, reader, customer, request)),
            Self::Devices(customer) => values(lists::devices(engine, reader, customer, request).await),
            Self::Invitations(partner) => values(invitations::invitations(engine, reader, partner, request)),
            Self::People(tenant) => values(lists::people(engine, reader, tenant, request).await),
        }
    }
}

/// The page with its rows as a server writes them.
fn values<T: Serialize>(page: Result<ListPage<T>, Error>) -> Result<Page<Value, ListRequest>, Failure> {
    let AsOf { answer: Page { items, people, next }, .. } = page?;
    let items = items.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    let items = items.map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(Page { items, people, next })
}
