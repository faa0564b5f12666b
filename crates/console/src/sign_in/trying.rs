//! Trying it: with `serve --dev`, which serves this machine alone, anybody may be any person whom the log describes, an
//! operator or an auditor.

use super::arrival::{begin, way_on};
use crate::{
    console::Console,
    failure::Failure,
    form::{is_from_here, unguarded_form},
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use procura_app::{
    Code, Error, Page,
    lists::{self, ListRequest},
};
use procura_domain::{
    id::{Id, ObjectId, TenantId},
    visibility::Reader,
    vocabulary::User,
};
use procura_server::ServiceRole;
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

/// How many tenants' people are shown, and how many people of each.
const TENANTS_MAX: usize = 40;
const PEOPLE_OF_TENANT_MAX: usize = 40;

/// Somebody whom one may be.
pub(super) struct Persona {
    /// `tenant/user`.
    pub(super) user: User,
    pub(super) name: String,
    /// Its organisation.
    pub(super) organisation: String,
    /// Its roles and groups, as the catalogue calls them.
    pub(super) roles: Vec<&'static str>,
}

/// The people whom one may be; nobody, unless the server is there to be tried.
pub(super) async fn personas(console: &Console) -> Result<Vec<Persona>, Error> {
    let reception = &console.reception;
    if !reception.is_for_trying() {
        return Ok(Vec::new());
    }
    let (engine, reader) = (reception.engine(), Reader::Overseer);
    let few = || ListRequest { limit: Some(TENANTS_MAX), ..ListRequest::default() };
    let partners = lists::registered_partners(engine, reader, few())?.answer.items;
    let customers = lists::registered_customers(engine, reader, few())?.answer.items;
    let mut personas = Vec::new();
    for tenant in partners.into_iter().chain(customers).take(TENANTS_MAX) {
        let request = ListRequest { limit: Some(PEOPLE_OF_TENANT_MAX), ..ListRequest::default() };
        let Page { items, .. } = lists::people(engine, reader, tenant.id, request).await?.answer;
        for row in items {
            let user = User { tenant: tenant.id, user: row.user };
            let name = row.names.shown().map_or_else(|| row.user.to_string(), str::to_owned);
            let roles = row.roles.iter().map(|role| role.name()).chain(row.groups.iter().map(|group| group.name()));
            personas.push(Persona { user, name, organisation: tenant.name.clone(), roles: roles.collect() });
        }
    }
    Ok(personas)
}

/// Whom one wants to be.
#[derive(Debug, Deserialize)]
struct Wanted {
    /// `tenant/user`, or `operator`, or `auditor`.
    user: String,
    #[serde(default)]
    to: String,
}

/// `POST /sign-in/as`
pub(crate) async fn as_somebody(State(console): State<Arc<Console>>, request: Request) -> Result<Response, Failure> {
    is_from_here(&console, request.headers())?;
    let headers = request.headers().clone();
    let Wanted { user, to } = unguarded_form(request).await?;
    let nobody = User { tenant: TenantId::MIN, user: ObjectId::MIN };
    let (user, roles) = match user.as_str() {
        "operator" => (nobody, BTreeSet::from([ServiceRole::Operator])),
        "auditor" => (nobody, BTreeSet::from([ServiceRole::Auditor])),
        user => (user.parse().map_err(|error| Error::invalid_parameter("user", error))?, BTreeSet::new()),
    };
    let signed_in = console.reception.anybody(user, roles).ok_or_else(|| {
        Error::new(Code::NotFound, "only a server that was started with `--dev` lets anybody be anybody")
    })?;
    Ok(begin(&console, &headers, signed_in, &way_on(Some(&to))))
}
