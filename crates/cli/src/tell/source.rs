//! Where a story comes from: the lists and histories, a bounded number of their pages, here or at a server.

use crate::{asking::Asked, failure::Failure};
use procura_app::{
    Customer, Error, Member, PAGE_ITEMS_MAX, Page, PermissionRow, RelationshipRow, ResidualRow,
    history::{HistoryEntry, HistoryRequest, Order, Whose, history},
    link,
    lists::{self, ListPage, ListRequest},
};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    personal::People,
    visibility::Reader,
    vocabulary::{DirectoryRole, PartnerGroup, User},
};
use procura_engine::Engine;
use serde::de::DeserializeOwned;

/// How many pages of a list a story looks at.
const PAGES_MAX: usize = 5;
/// How many entries of a history.
const ENTRIES_MAX: usize = 50;

/// A place that answers, and the moment that is asked about.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) asked: &'a Asked,
    pub(super) at: Option<&'a str>,
}

/// The rows of a list, as far as a story looks.
pub(super) struct Rows<T> {
    pub(super) items: Vec<T>,
    pub(super) people: People,
    /// Whether there are more than these.
    pub(super) more: bool,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { items: Vec::new(), people: People::default(), more: false }
    }
}

impl<T> Rows<T> {
    fn add<C>(&mut self, page: Page<T, C>) -> Option<C> {
        self.items.extend(page.items);
        self.people.extend(page.people);
        self.more = page.next.is_some();
        page.next
    }
}

impl Source<'_> {
    /// The customer with each of its partners that the reader may know of: an agent, of its own alone.
    pub(super) async fn partners(self, customer: CustomerId) -> Result<Option<Rows<RelationshipRow>>, Failure> {
        let request = ListRequest { customer: Some(customer), ..self.request() };
        self.rows("/v1/relationships", request, async |engine: &Engine, request| {
            lists::relationships(engine, Reader::Overseer, request)
        })
        .await
    }

    /// What is held in the customer's tenant, by all or by one partner.
    pub(super) async fn permissions(
        self,
        customer: CustomerId,
        partner: Option<PartnerId>,
    ) -> Result<Option<Rows<PermissionRow>>, Failure> {
        let path = format!("/v1/customers/{customer}/effective-permissions");
        let request = ListRequest { partner, ..self.request() };
        self.rows(&path, request, async |engine: &Engine, request| {
            lists::effective_permissions(engine, Reader::Overseer, customer, request).await
        })
        .await
    }

    pub(super) async fn customers(self, partner: PartnerId) -> Result<Option<Rows<Customer>>, Failure> {
        let path = format!("/v1/partners/{partner}/customers");
        self.rows(&path, self.request(), async |engine: &Engine, request| {
            lists::customers(engine, Reader::Overseer, partner, request)
        })
        .await
    }

    pub(super) async fn members(
        self,
        partner: PartnerId,
        group: PartnerGroup,
    ) -> Result<Option<Rows<Member>>, Failure> {
        let path = format!("/v1/partners/{partner}/groups/{group}/members");
        self.rows(&path, self.request(), async |engine: &Engine, request| {
            lists::group_members(engine, Reader::Overseer, partner, group, request).await
        })
        .await
    }

    pub(super) async fn holders(self, tenant: TenantId, role: DirectoryRole) -> Result<Option<Rows<Member>>, Failure> {
        let path = format!("/v1/tenants/{tenant}/directory-roles/{role}/members");
        self.rows(&path, self.request(), async |engine: &Engine, request| {
            lists::directory_role_members(engine, Reader::Overseer, tenant, role, request).await
        })
        .await
    }

    pub(super) async fn residual_access(self, partner: PartnerId) -> Result<Option<Rows<ResidualRow>>, Failure> {
        let request = ListRequest { partner: Some(partner), ..self.request() };
        self.rows("/v1/residual-access", request, async |engine: &Engine, request| {
            lists::residual_access(engine, Reader::Overseer, request).await
        })
        .await
    }

    /// The newest events about a user's roles and memberships in its tenant.
    pub(super) async fn history(self, of: Whose, user: User) -> Result<Option<Vec<HistoryEntry>>, Failure> {
        let request = HistoryRequest {
            at: self.at.map(str::to_owned),
            user: Some(user.to_string()),
            limit: Some(ENTRIES_MAX),
            order: Some(Order::Newest),
            ..HistoryRequest::default()
        };
        let path = match of {
            Whose::Customer(customer) => format!("/v1/customers/{customer}/history"),
            Whose::Partner(partner) => format!("/v1/partners/{partner}/history"),
            Whose::Everybody => "/v1/history".to_owned(),
        };
        match self.asked {
            Asked::Here(data) => {
                let page = history(&data.engine, Reader::Overseer, of, request).await?.answer;
                Ok(Some(page.items))
            }
            Asked::There(remote) => {
                let page: Option<Page<HistoryEntry, String>> = told(remote.get_json(&link(&path, &request)))?;
                Ok(page.map(|page| page.items))
            }
        }
    }

    fn request(self) -> ListRequest {
        ListRequest { at: self.at.map(str::to_owned), limit: Some(PAGE_ITEMS_MAX), ..ListRequest::default() }
    }

    /// The rows of a list; none if the reader may not know of it.
    async fn rows<T: DeserializeOwned>(
        self,
        path: &str,
        request: ListRequest,
        list: impl AsyncFn(&Engine, ListRequest) -> Result<ListPage<T>, Error>,
    ) -> Result<Option<Rows<T>>, Failure> {
        let mut rows = Rows::default();
        match self.asked {
            Asked::Here(data) => {
                let mut request = request;
                for _ in 0..PAGES_MAX {
                    match rows.add(list(&data.engine, request).await?.answer) {
                        Some(next) => request = next,
                        None => break,
                    }
                }
            }
            Asked::There(remote) => {
                let mut path = link(path, &request);
                for _ in 0..PAGES_MAX {
                    let Some(page) = told::<Page<T, String>>(remote.get_json(&path))? else { return Ok(None) };
                    match rows.add(page) {
                        Some(next) => path = next,
                        None => break,
                    }
                }
            }
        }
        Ok(Some(rows))
    }
}

/// The answer; none if the reader may not know.
fn told<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused(error)) if [403, 404].contains(&error.status()) => Ok(None),
        Err(failure) => Err(failure),
    }
}
