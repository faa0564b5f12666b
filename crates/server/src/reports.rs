//! Compliance reports.

use crate::{
    answer::ReadAt,
    extract::{InPath, Parameters, ReadBy},
    negotiation,
    problem::Problem,
    service::Service,
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf, Error,
    reports::{self, Format, NamesWanted, ReportName, ReportRequest, report},
};
use procura_domain::id::{CustomerId, PartnerId};
use serde::Deserialize;
use std::{fmt::Display, str::FromStr};

/// The parameters, each as callers write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    customer: Option<CustomerId>,
    partner: Option<PartnerId>,
    from: Option<String>,
    until: Option<String>,
    at: Option<String>,
    names: Option<String>,
    format: Option<String>,
    lang: Option<String>,
}

/// `GET /v1/reports/{name}`
pub(crate) async fn single(
    State(service): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(name): InPath<ReportName>,
    headers: HeaderMap,
    Parameters(query, _): Parameters<ReportQuery>,
) -> Result<Response, Problem> {
    let request = query.of(name, &headers)?;
    let AsOf { at, answer } = report(&service.engine, &service.key, reader, request, |_| ()).await?;
    let content_type = match request.format {
        Format::Json => "application/json; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Html => "text/html; charset=utf-8",
    };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::VARY, "Accept, Accept-Language"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The page needs its own styles and nothing else.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((Extension(ReadAt(at)), headers, Body::from_stream(answer)).into_response())
}

/// `GET /v1/reports/{name}/signature`
pub(crate) async fn signature(
    State(service): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(name): InPath<ReportName>,
    headers: HeaderMap,
    Parameters(query, _): Parameters<ReportQuery>,
) -> Result<Response, Problem> {
    let request = query.of(name, &headers)?;
    let AsOf { at, answer } = reports::signature(&service.engine, &service.key, reader, request).await?;
    Ok((Extension(ReadAt(at)), answer).into_response())
}

impl ReportQuery {
    /// The report of that name; what the query leaves open, the headers say.
    fn of(&self, report: ReportName, headers: &HeaderMap) -> Result<ReportRequest, Error> {
        Ok(ReportRequest {
            report,
            format: given("format", self.format.as_deref())?.unwrap_or_else(|| negotiation::format(headers)),
            lang: given("lang", self.lang.as_deref())?.unwrap_or_else(|| negotiation::language(headers)),
            customer: self.customer,
            partner: self.partner,
            from: given("from", self.from.as_deref())?,
            until: given("until", self.until.as_deref())?,
            at: given("at", self.at.as_deref())?,
            names: given("names", self.names.as_deref())?.unwrap_or(NamesWanted::Now),
        })
    }
}

fn given<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    text.map(str::parse).transpose().map_err(|error| Error::invalid_parameter(name, error))
}
