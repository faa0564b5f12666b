//! Histories.

use crate::{
    answer::page,
    extract::{InPath, Overseer, Parameters, ReadBy},
    problem::Problem,
    service::Service,
};
use axum::{extract::State, response::Response};
use procura_app::{
    Error,
    history::{HistoryRequest, Whose, history},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    visibility::Reader,
};

/// `GET /v1/customers/{customer}/history`
pub(crate) async fn of_customer(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(customer): InPath<CustomerId>,
    Parameters(request, uri): Parameters<HistoryRequest>,
) -> Result<Response, Problem> {
    if request.customer.is_some() {
        return Err(Error::invalid_request("`customer` is no parameter of a customer's history").into());
    }
    Ok(page(history(&engine, reader, Whose::Customer(customer), request).await?, &uri))
}

/// `GET /v1/partners/{partner}/history`
pub(crate) async fn of_partner(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(partner): InPath<PartnerId>,
    Parameters(request, uri): Parameters<HistoryRequest>,
) -> Result<Response, Problem> {
    if request.partner.is_some() {
        return Err(Error::invalid_request("`partner` is no parameter of a partner's history").into());
    }
    Ok(page(history(&engine, reader, Whose::Partner(partner), request).await?, &uri))
}

/// `GET /v1/history`, for operators and auditors (VIS-4): of everybody, unless the query names a customer or a partner.
pub(crate) async fn of_everybody(
    State(Service { engine, .. }): State<Service>,
    _: Overseer,
    Parameters(request, uri): Parameters<HistoryRequest>,
) -> Result<Response, Problem> {
    Ok(page(history(&engine, Reader::Overseer, request.whose()?, request).await?, &uri))
}
