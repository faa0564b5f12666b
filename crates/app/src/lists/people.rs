//! A tenant's people, with what they are called.

use super::{
    request::{List, ListPage, ListRequest},
    wanted::NamePart,
};
use crate::{AsOf, Error, moments::Moments};
use procura_domain::{
    id::{Id, ObjectId, TenantId},
    visibility::{self, Reader},
    vocabulary::User,
};
use procura_engine::Engine;
use procura_views::PersonRow;

/// A tenant's people: those who are described, hold a directory role or are in a group.
///
/// # Errors
/// If the request cannot be read, or the reader may not see them.
pub async fn people(
    engine: &Engine,
    reader: Reader,
    tenant: TenantId,
    request: ListRequest,
) -> Result<ListPage<PersonRow>, Error> {
    let request = request.takes(&["name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let name = NamePart::of(&request);
    let mut page = request.page(engine, at, |state, from| {
        let sees = visibility::sees_people(reader, tenant, now, state);
        let from = from.unwrap_or(ObjectId::MIN);
        sees.then(|| -> List<'_, _, _> { Box::new(procura_views::people(state, tenant, at, from)) })
    })?;
    let AsOf { answer, .. } = &mut page;
    let of = |row: &PersonRow| User { tenant, user: row.user };
    let named = engine.people(answer.items.iter().map(of)).await?;
    for row in &mut answer.items {
        row.names = named.get(of(row)).cloned().unwrap_or_default();
    }
    // Names are read for the page alone, so what does not fit is taken out of it.
    answer.items.retain(|row| {
        let names = [row.names.display_name.as_deref(), row.names.user_principal_name.as_deref()];
        name == NamePart::default() || names.into_iter().flatten().any(|found| name.is_in(found))
    });
    Ok(page)
}

/// One of a tenant's people, as [`people`] lists it.
///
/// # Errors
/// If the moment cannot be read, the reader may not see the tenant's people, or the user is none of them.
pub async fn person(
    engine: &Engine,
    reader: Reader,
    User { tenant, user }: User,
    at: Option<&str>,
) -> Result<AsOf<PersonRow>, Error> {
    let Moments { at, now } = Moments::of(engine, at)?;
    let found = engine.read(|state| {
        let sees = visibility::sees_people(reader, tenant, now, state);
        let first = sees.then(|| procura_views::people(state, tenant, at, user).next()).flatten();
        first.filter(|looked| looked.key == user).and_then(|looked| looked.row)
    });
    let mut row = found.ok_or_else(Error::not_found)?;
    row.names = engine.people([User { tenant, user }]).await?.get(User { tenant, user }).cloned().unwrap_or_default();
    Ok(AsOf { at, answer: row })
}
