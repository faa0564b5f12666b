//! Invitations: a partner's list, one of them, and its draft.

use crate::{
    answer::{ReadAt, json, page},
    extract::{InPath, Parameters, ReadBy},
    negotiation,
    problem::Problem,
    service::Service,
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf,
    invitations::{self, DraftAnswer, DraftRequest, InvitationRequest},
    lists::ListRequest,
};
use procura_domain::id::{InvitationId, PartnerId};

/// `GET /v1/partners/{partner}/invitations`
pub(crate) async fn of_partner(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(partner): InPath<PartnerId>,
    Parameters(request, uri): Parameters<ListRequest>,
) -> Result<Response, Problem> {
    Ok(page(invitations::invitations(&engine, reader, partner, request)?, &uri))
}

/// `GET /v1/invitations/{invitation}`
pub(crate) async fn single(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(invitation): InPath<InvitationId>,
    Parameters(request, _): Parameters<InvitationRequest>,
) -> Result<Response, Problem> {
    Ok(json(invitations::invitation(&engine, reader, invitation, request).await?))
}

/// `GET /v1/invitations/{invitation}/draft`
pub(crate) async fn draft(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    InPath(invitation): InPath<InvitationId>,
    headers: HeaderMap,
    Parameters(request, _): Parameters<DraftRequest>,
) -> Result<Response, Problem> {
    let request = request.or_format(negotiation::draft_format(&headers));
    let AsOf { at, answer } = invitations::draft(&engine, reader, invitation, request).await?;
    let vary = [(header::VARY, "Accept")];
    Ok(match answer {
        DraftAnswer::Json(draft) => (vary, json(AsOf { at, answer: draft })).into_response(),
        DraftAnswer::Eml(file, bytes) => {
            let file = format!("attachment; filename=\"{file}\"");
            let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, file)];
            (Extension(ReadAt(at)), vary, headers, bytes).into_response()
        }
    })
}
