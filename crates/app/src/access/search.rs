//! Searches: who may do this to that, to what somebody may do this, what somebody may do to that.
//!
//! A search lists exactly what `evaluate` would answer with yes, if the same reader asked it for each at the same moment; of
//! resources, those that a user may still know of (DAP-6). It is refused if every such question would be.

use super::{
    context::{ResponseContext, may_not_ask},
    page_tokens::{PageEnd, PageTokens},
    question::{
        Action, EvaluationRequest, RequestContext, ResourceEntity, ResourceProperties, SubjectEntity, UnusedProperties,
        moment, part, question,
    },
};
use crate::{AsOf, Error, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, turns::SEARCHES};
use procura_domain::{
    access::{NotAsked, Question, Resource, Subject, action_names},
    command::named_fields_or_none,
    state::State,
    visibility::Reader,
    vocabulary::User,
};
use procura_engine::{Engine, When};
use procura_views::{Looked, SearchRows, Searcher, SubjectKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;
use uuid::Uuid;

/// How many candidates a page looks at: one that finds none among so many ends, and the next goes on.
const PAGE_CANDIDATES_MAX: usize = 2_000;
/// How many of them at once: commands go on being accepted in between.
const CANDIDATES_AT_ONCE: usize = 100;

/// Who may do this to that?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SubjectSearch {
    /// Of which type.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<SoughtSubject>,
    /// Does what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// To what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceEntity>,
    /// When.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestContext>,
    /// Which page.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// To what may this subject do this?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ResourceSearch {
    /// Who.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectEntity>,
    /// Does what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// To something of which type.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<SoughtResource>,
    /// When.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestContext>,
    /// Which page.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// What may this subject do to that?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ActionSearch {
    /// Who.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectEntity>,
    /// To what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceEntity>,
    /// When.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestContext>,
    /// Which page.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// The kind of subject that a search is for; an id beside it is passed over.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SoughtSubject {
    /// `user` or `group`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    /// No rule asks for any.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing)]
    pub properties: Option<UnusedProperties>,
}

/// The kind of resource that a search is for; an id beside it is passed over.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SoughtResource {
    /// `customer`, `partner`, `subscription`, `device` or `profile`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// What the question says about each besides.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub properties: Option<ResourceProperties>,
}

/// Which page of a search.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SearchPage {
    /// The `next_token` of the page before; without one, or with an empty one, the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How many results a page has at most; never more than 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// There are none.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing)]
    pub properties: Option<UnusedProperties>,
}

/// A page of what a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResponse<T> {
    /// How to go on.
    pub page: FoundPage,
    /// What the results rest on.
    pub context: ResponseContext,
    /// What was found.
    pub results: Vec<T>,
}

/// What a page holds, and how to get the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPage {
    /// What to send as `page.token` for the next page; empty after the last. A page may be short, or without results, and
    /// not be the last.
    pub next_token: String,
    /// How many results there are on this page.
    pub count: usize,
}

/// A subject or a resource that a search found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundEntity {
    /// Its type.
    #[serde(rename = "type")]
    pub entity_type: String,
    /// Its id, as a question takes it.
    pub id: String,
}

/// An action that a search found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundAction {
    /// Its name.
    pub name: String,
}

/// A page of who may do something to a resource.
///
/// # Errors
/// If the request lacks a part, its moment lies ahead, its token is not one for it, or the reader may ask about nobody of
/// that type.
pub async fn search_subjects(
    engine: &Engine,
    tokens: &Arc<PageTokens>,
    reader: Reader,
    request: SubjectSearch,
) -> Result<AsOf<SearchResponse<FoundEntity>>, Error> {
    let found = SEARCHES.take({
        let (engine, tokens) = (engine.clone(), tokens.clone());
        move || subjects(&engine, &tokens, reader, &request)
    });
    let AsOf { at, answer: mut found } = found.await??;
    let users: Vec<User> = found.results.iter().filter_map(|found| found.id.parse().ok()).collect();
    found.context.people = engine.people(users).await?;
    Ok(AsOf { at, answer: found })
}

/// A page of what a subject may do something to.
///
/// # Errors
/// If the request lacks a part, its moment lies ahead, its token is not one for it, or the reader may not ask about that
/// subject and anything of that type.
pub async fn search_resources(
    engine: &Engine,
    tokens: &Arc<PageTokens>,
    reader: Reader,
    request: ResourceSearch,
) -> Result<AsOf<SearchResponse<FoundEntity>>, Error> {
    let (engine, tokens) = (engine.clone(), tokens.clone());
    SEARCHES.take(move || resources(&engine, &tokens, reader, &request)).await?
}

/// A page of what a subject may do to a resource.
///
/// # Errors
/// If the request lacks a part, its moment lies ahead, its token is not one for it, or the reader may not ask about that
/// subject and resource.
pub fn search_actions(
    engine: &Engine,
    tokens: &PageTokens,
    reader: Reader,
    request: &ActionSearch,
) -> Result<AsOf<SearchResponse<FoundAction>>, Error> {
    let (subject_type, id) = part("subject", request.subject.as_ref())?.parts()?;
    let on = part("resource", request.resource.as_ref())?;
    let (resource_type, on_id) = on.parts()?;
    let asked = ("action", &request.subject, &request.resource, &request.context);
    let search = Paging::new(engine, tokens, reader, asked, (request.context.as_ref(), request.page.as_ref()))?;
    let read = || {
        let (named, subject) = (on.named()?, Subject::parse(subject_type, id)?);
        let actions = action_names().filter(|(_, kind)| *kind == resource_type);
        let resources = actions.map(|(action, _)| Resource::parse(resource_type, on_id, action, named));
        Ok::<_, NotAsked>((subject, resources.collect::<Result<Vec<_>, _>>()?))
    };
    let Ok((subject, resources)) = read() else { return search.nothing() };
    let searcher = search.searcher;
    let named = |action: &'static str| FoundAction { name: action.to_owned() };
    search.page(|state, after| searcher.actions(state, subject, resources.clone(), after), named)
}

fn subjects(
    engine: &Engine,
    tokens: &PageTokens,
    reader: Reader,
    request: &SubjectSearch,
) -> Result<AsOf<SearchResponse<FoundEntity>>, Error> {
    let sought = part("subject", request.subject.as_ref())?;
    let kind = part("subject.type", sought.subject_type.as_deref())?;
    let action = part("action", request.action.as_ref())?.name()?;
    let on = part("resource", request.resource.as_ref())?;
    let (resource_type, id) = on.parts()?;
    let asked = ("subject", &request.subject, &request.action, &request.resource, &request.context);
    let search = Paging::new(engine, tokens, reader, asked, (request.context.as_ref(), request.page.as_ref()))?;
    let kind = match kind {
        "user" => SubjectKind::User,
        "group" => SubjectKind::Group,
        _ => return search.nothing(),
    };
    let resource = on.named().and_then(|named| Resource::parse(resource_type, id, action, named));
    let Ok(resource) = resource else { return search.nothing() };
    let searcher = search.searcher;
    let entity = |subject: Subject| FoundEntity { entity_type: subject.subject_type().to_owned(), id: subject.id() };
    search.page(|state, after| searcher.subjects(state, kind, resource.clone(), after), entity)
}

fn resources(
    engine: &Engine,
    tokens: &PageTokens,
    reader: Reader,
    request: &ResourceSearch,
) -> Result<AsOf<SearchResponse<FoundEntity>>, Error> {
    let SoughtResource { resource_type, properties } = part("resource", request.resource.as_ref())?;
    // A question about any resource of the type, for all that it has to have.
    let any = ResourceEntity {
        resource_type: resource_type.clone(),
        id: Some(Uuid::nil().to_string()),
        properties: properties.clone(),
    };
    let (subject, action) = (request.subject.clone(), request.action.clone());
    let any = question(&EvaluationRequest { subject, action, resource: Some(any), context: None })?;
    let asked = ("resource", &request.subject, &request.action, &request.resource, &request.context);
    let search = Paging::new(engine, tokens, reader, asked, (request.context.as_ref(), request.page.as_ref()))?;
    let Ok(Question { subject, resource: any }) = any else { return search.nothing() };
    let (kind, searcher) = (any.resource_type().name(), search.searcher);
    let entity = |id: Uuid| FoundEntity { entity_type: kind.to_owned(), id: id.to_string() };
    search.page(|state, after| searcher.resources(state, subject, any.clone(), after), entity)
}

/// A search under way: what it is about, and where it goes on.
struct Paging<'s, K> {
    engine: &'s Engine,
    tokens: &'s PageTokens,
    /// Who asks what, as bytes: tokens are sealed for it.
    asked: Vec<u8>,
    searcher: Searcher,
    limit: usize,
    after: Option<K>,
}

impl<'s, K: Copy + Serialize + DeserializeOwned> Paging<'s, K> {
    /// The search for `asked`, from the beginning, or from where its token says.
    fn new(
        engine: &'s Engine,
        tokens: &'s PageTokens,
        reader: Reader,
        asked: impl Serialize,
        (context, page): (Option<&RequestContext>, Option<&SearchPage>),
    ) -> Result<Self, Error> {
        let asked = serde_json::to_vec(&(format!("{reader:?}"), asked)).map_err(Error::internal)?;
        let now = engine.moment(When::Now)?;
        let limit = page.and_then(|page| page.limit);
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX).min(PAGE_ITEMS_MAX));
        let token = page.and_then(|page| page.token.as_deref()).filter(|token| !token.is_empty());
        let (at, limit, after) = match token {
            None => (moment(engine, context, now)?, limit.unwrap_or(PAGE_ITEMS_DEFAULT), None),
            Some(token) => {
                let end: PageEnd<K> = tokens.open(token, &asked)?;
                if limit.is_some_and(|limit| limit != end.limit) {
                    let was = end.limit;
                    let detail =
                        format!("`page.limit` was {was} on the page before: leave it out, or let it be the same");
                    return Err(Error::invalid_request(detail));
                }
                (end.moment(), end.limit, end.key)
            }
        };
        Ok(Self { engine, tokens, asked, searcher: Searcher { reader, at, now }, limit, after })
    }

    /// One page: what the search shows, a few at once, each as `written`.
    fn page<T, R>(
        self,
        search: impl for<'c> Fn(&'c State, Option<K>) -> Option<SearchRows<'c, K, T>>,
        written: impl Fn(T) -> R,
    ) -> Result<AsOf<SearchResponse<R>>, Error> {
        let Self { engine, limit, mut after, .. } = self;
        let (mut results, mut looked) = (Vec::new(), 0_usize);
        let more = loop {
            let more = engine.read(|state| {
                let mut rest = search(state, after)?;
                for _ in 0..CANDIDATES_AT_ONCE {
                    if results.len() >= limit || looked >= PAGE_CANDIDATES_MAX {
                        break;
                    }
                    let Some(Looked { key, row }) = rest.next() else { return Some(false) };
                    looked = looked.saturating_add(1);
                    after = Some(key);
                    results.extend(row.map(&written));
                }
                Some(rest.next().is_some())
            });
            let more = more.ok_or_else(may_not_ask)?;
            if !more || results.len() >= limit || looked >= PAGE_CANDIDATES_MAX {
                break more;
            }
        };
        self.found(results, after, more)
    }

    /// There is nobody and nothing of the kind.
    fn nothing<R>(self) -> Result<AsOf<SearchResponse<R>>, Error> {
        self.found(Vec::new(), None, false)
    }

    fn found<R>(self, results: Vec<R>, last: Option<K>, more: bool) -> Result<AsOf<SearchResponse<R>>, Error> {
        let Self { tokens, asked, searcher: Searcher { at, .. }, limit, .. } = self;
        let sealed = more.then(|| tokens.seal(&PageEnd::new(at, limit, last), &asked)).transpose()?;
        let page = FoundPage { next_token: sealed.unwrap_or_default(), count: results.len() };
        Ok(AsOf { at, answer: SearchResponse { page, context: ResponseContext::at(at), results } })
    }
}
