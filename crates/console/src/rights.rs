//! What the person who looks may do, and why.

use crate::{asking::on, visit::Visit, why::Why};
use procura_app::{
    AsOf, Error,
    access::{ActionSearch, FoundAction, RequestContext, ResourceEntity, SearchPage, SubjectEntity, search_actions},
    lists::{ListRequest, directory_role_members},
};
use procura_domain::{access::Subject, id::TenantId, vocabulary::DirectoryRole};
use std::fmt::Display;

/// More than there are actions on anything.
const ACTIONS_MAX: u64 = 100;

/// Something that the person may do.
pub(crate) struct Allowed {
    /// Its name, like `customer.view`.
    pub(crate) action: String,
    pub(crate) why: Why,
}

/// Whether the person may do that, with the reasons.
///
/// # Errors
/// If it may not ask that.
pub(crate) async fn why_may(visit: &Visit, action: &str, resource: ResourceEntity) -> Result<Why, Error> {
    let answer = visit.ask(Subject::User(visit.caller().user), action, resource, true).await?;
    Ok(Why::of(visit, &answer))
}

/// The names of all that the person may do to that.
///
/// # Errors
/// If it may not ask that.
pub(crate) fn actions(visit: &Visit, kind: &str, id: impl Display) -> Result<Vec<String>, Error> {
    let subject = visit.caller().user.to_string();
    let search = ActionSearch {
        subject: Some(SubjectEntity {
            subject_type: Some("user".to_owned()),
            id: Some(subject),
            ..SubjectEntity::default()
        }),
        resource: Some(on(kind, id)),
        context: Some(RequestContext { time: visit.at(), ..visit.question_context() }),
        page: Some(SearchPage { limit: Some(ACTIONS_MAX), ..SearchPage::default() }),
    };
    let found = search_actions(visit.engine(), visit.reception().page_tokens(), visit.reader(), &search)?;
    Ok(found.answer.results.into_iter().map(|FoundAction { name }| name).collect())
}

/// All that the person may do to that, each with why.
///
/// # Errors
/// If it may not ask that.
pub(crate) async fn allowed(visit: &Visit, kind: &str, id: impl Display) -> Result<Vec<Allowed>, Error> {
    let (mut all, id) = (Vec::new(), id.to_string());
    for action in actions(visit, kind, &id)? {
        let why = why_may(visit, &action, on(kind, &id)).await?;
        all.push(Allowed { action, why });
    }
    Ok(all)
}

/// Whether the tenant has one Global administrator alone, who cannot be removed (TEN-3).
///
/// # Errors
/// If the person may not see who holds the role.
pub(crate) async fn has_one_administrator(visit: &Visit, tenant: TenantId) -> Result<bool, Error> {
    let two = ListRequest { at: visit.at(), limit: Some(2), ..ListRequest::default() };
    let role = DirectoryRole::GlobalAdministrator;
    let AsOf { answer, .. } = directory_role_members(visit.engine(), visit.reader(), tenant, role, two).await?;
    Ok(answer.items.len() == 1 && answer.next.is_none())
}
