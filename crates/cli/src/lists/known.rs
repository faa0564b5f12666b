//! The tenants that somebody may know of, and what rows say of them.

use super::source::{Kind, Row, Rows, Source};
use crate::{args::RelationshipFlags, failure::Failure};
use procura_app::{Code, Error, RegisteredTenant, find::ThingKind, lists::ListRequest};
use procura_domain::id::{NotAGuid, TenantId};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, str::FromStr};

/// The id of what a flag names.
pub(super) async fn id<T: FromStr<Err = NotAGuid>>(
    source: &Source,
    flag: &str,
    kind: ThingKind,
    text: Option<&str>,
) -> Result<Option<T>, Failure> {
    let id = source.naming().optional(flag, kind, text, None).await?;
    let id = id.as_deref().map(str::parse).transpose();
    id.map_err(|error: NotAGuid| Failure::Flag { flag: flag.to_owned(), problem: error.to_string() })
}

impl RelationshipFlags {
    /// The request, narrowed to them.
    pub(super) fn narrow(self, request: ListRequest) -> ListRequest {
        let Self { dap, residual, ended } = self;
        let only = |flag: bool| flag.then_some(true);
        ListRequest { dap: only(dap), residual: only(residual), ended: only(ended), ..request }
    }

    pub(super) fn is_any(self) -> bool {
        self.dap || self.residual || self.ended
    }
}

/// The tenants in the order of their names.
pub(super) fn by_name(rows: Rows<RegisteredTenant>) -> Vec<RegisteredTenant> {
    let mut tenants: Vec<_> = rows.rows.into_iter().map(|row| row.read).collect();
    tenants.sort_by_cached_key(|tenant| (tenant.name.to_lowercase(), tenant.id));
    tenants
}

/// The customer that is named, else each that may be known.
pub(super) async fn customers(source: &Source, customer: Option<&str>) -> Result<Vec<RegisteredTenant>, Failure> {
    let customer = id(source, "--customer", ThingKind::Customer, customer).await?;
    let found = by_name(source.all(Kind::Customers, ListRequest { customer, ..ListRequest::default() }).await?);
    if customer.is_some() && found.is_empty() { Err(Error::not_found().into()) } else { Ok(found) }
}

/// The partner that is named, else each that may be known.
pub(super) async fn partners(source: &Source, partner: Option<&str>) -> Result<Vec<RegisteredTenant>, Failure> {
    let partner = id(source, "--partner", ThingKind::Partner, partner).await?;
    let found = by_name(source.all(Kind::Partners, ListRequest { partner, ..ListRequest::default() }).await?);
    if partner.is_some() && found.is_empty() { Err(Error::not_found().into()) } else { Ok(found) }
}

/// What tenants are called.
#[derive(Default)]
pub(super) struct TenantNames(HashMap<TenantId, String>);

impl TenantNames {
    pub(super) fn of(tenants: &[RegisteredTenant]) -> Self {
        Self(tenants.iter().map(|tenant| (tenant.id, tenant.name.clone())).collect())
    }

    /// The name of the tenant, else its id.
    pub(super) fn name(&self, tenant: impl Into<TenantId>) -> String {
        let tenant = tenant.into();
        self.0.get(&tenant).cloned().unwrap_or_else(|| tenant.to_string())
    }
}

/// A tenant as rows name it.
pub(super) fn summary(tenant: &RegisteredTenant) -> Value {
    json!({"id": tenant.id, "name": tenant.name})
}

/// A row with what its list says of all of its rows.
pub(super) fn beside(name: &str, value: Value, row: Value) -> Value {
    match row {
        Value::Object(fields) => {
            let first = Map::from_iter([(name.to_owned(), value)]);
            Value::Object(first.into_iter().chain(fields).collect())
        }
        other => other,
    }
}

/// The rows; none, if the list is not for those who ask.
pub(super) fn or_none<T>(rows: Result<Rows<T>, Failure>) -> Result<Vec<Row<T>>, Failure> {
    match rows {
        Ok(rows) => Ok(rows.rows),
        Err(Failure::Refused(error) | Failure::Answer(error)) if error.code() == Code::NotFound => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}
