//! The views as lists.

use crate::{
    answer::page,
    extract::{InPath, Parameters, ReadBy},
    problem::Problem,
    service::Service,
};
use axum::{extract::State, response::Response};
use procura_app::lists::{self, ListRequest};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    vocabulary::{DirectoryRole, PartnerGroup},
};

/// `GET /v1/customers`
pub(crate) async fn registered_customers(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::registered_customers(&engine, reader, request)?, &uri))
}

/// `GET /v1/partners`
pub(crate) async fn registered_partners(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::registered_partners(&engine, reader, request)?, &uri))
}

/// `GET /v1/relationships`
pub(crate) async fn relationships(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::relationships(&engine, reader, request)?, &uri))
}

/// `GET /v1/tenants/{tenant}/people`
pub(crate) async fn people(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(tenant): InPath<TenantId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::people(&engine, reader, tenant, request).await?, &uri))
}

/// `GET /v1/customers/{customer}/partner-relationships`
pub(crate) async fn partner_relationships(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::partner_relationships(&engine, reader, customer, request)?, &uri))
}

/// `GET /v1/partners/{partner}/customers`
pub(crate) async fn customers(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(partner): InPath<PartnerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::customers(&engine, reader, partner, request)?, &uri))
}

/// `GET /v1/customers/{customer}/effective-permissions`
pub(crate) async fn effective_permissions(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::effective_permissions(&engine, reader, customer, request).await?, &uri))
}

/// `GET /v1/tenants/{tenant}/directory-roles/{role}/members`
pub(crate) async fn directory_role_members(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath((tenant, role)): InPath<(TenantId, DirectoryRole)>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::directory_role_members(&engine, reader, tenant, role, request).await?, &uri))
}

/// `GET /v1/residual-access`
pub(crate) async fn residual_access(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::residual_access(&engine, reader, request).await?, &uri))
}

/// `GET /v1/customers/{customer}/subscriptions`
pub(crate) async fn subscriptions(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::subscriptions(&engine, reader, customer, request)?, &uri))
}

/// `GET /v1/customers/{customer}/devices`
pub(crate) async fn devices(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::devices(&engine, reader, customer, request).await?, &uri))
}

/// `GET /v1/customers/{customer}/profiles`
pub(crate) async fn profiles(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::profiles(&engine, reader, customer, request)?, &uri))
}

/// `GET /v1/customers/{customer}/service-requests`
pub(crate) async fn service_requests(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::service_requests(&engine, reader, customer, request).await?, &uri))
}

/// `GET /v1/partners/{partner}/groups/{group}/members`
pub(crate) async fn group_members(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath((partner, group)): InPath<(PartnerId, PartnerGroup)>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(lists::group_members(&engine, reader, partner, group, request).await?, &uri))
}
