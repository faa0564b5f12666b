//! Invitations: a partner's list, one of them, and its draft.
//!
//! A user who may send the partner's invitations sees them; a customer's Global administrator, who has one by its link,
//! sees that one without the e-mail. Who may see is decided by what holds now, also when an earlier moment is asked about.

mod eml;

use crate::{
    AsOf, Error,
    error::Code,
    lists::{Gone, List, ListPage, ListRequest},
    moments::Moments,
};
use chrono::TimeDelta;
use procura_domain::{
    aggregate::invitation::LINK_PLACEHOLDER,
    command::ExpiresInDays,
    event::{Event, InvitationSent},
    id::{Id, InvitationId, PartnerId},
    named,
    personal::PersonalData,
    temporal::Position,
    text::{Address, Message},
    visibility::{InvitationDisclosure, Reader, invitation_disclosure},
    vocabulary::{InvitationUses, Locale},
};
use procura_engine::{Engine, Personal};
use procura_views::{Draft, InvitationRow, TenantSummary};
use serde::{Deserialize, Serialize};

/// An invitation looked at on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvitationDetails {
    #[serde(flatten)]
    pub row: InvitationRow,
    pub partner: Option<TenantSummary>,
    /// For those who send it.
    #[serde(flatten)]
    pub mail: Option<Mail>,
}

/// What went into an invitation's e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Mail {
    Known { recipient: Option<Address>, message: Option<Message> },
    Gone(Gone),
}

/// When an invitation is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    at: Option<String>,
}

/// When an invitation is looked at, and in which form its draft is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRequest {
    at: Option<String>,
    format: Option<DraftFormat>,
}

impl InvitationRequest {
    /// The invitation at that moment; now, if none is named.
    pub fn at(at: Option<String>) -> Self {
        Self { at }
    }
}

impl DraftRequest {
    /// The draft of the invitation at that moment; now, if none is named.
    pub fn at(at: Option<String>) -> Self {
        Self { at, format: None }
    }

    /// The request, in that form if it names none.
    #[must_use]
    pub fn or_format(self, format: DraftFormat) -> Self {
        Self { format: self.format.or(Some(format)), ..self }
    }
}

named! {
    DraftFormat {
        Json "json",
        /// The file of a message that is not sent yet.
        Eml "eml",
    }
}

/// An invitation that is still to be sent: what its draft says goes by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProposedInvitation {
    pub partner: PartnerId,
    pub delegated_admin: bool,
    pub locale: Locale,
    pub uses: InvitationUses,
    pub expires_in_days: ExpiresInDays,
}

/// The draft of an invitation's e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftAnswer {
    Json(Draft),
    /// The file's name and bytes.
    Eml(String, Vec<u8>),
}

/// The invitations that a partner sent.
///
/// # Errors
/// If the request cannot be read, or the reader may not see them.
pub fn invitations(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    request: ListRequest,
) -> Result<ListPage<InvitationRow>, Error> {
    let request = request.takes(&["state"])?;
    let Moments { at, now } = request.moments(engine)?;
    let wanted = request.state;
    request.page(engine, at, |state, from| {
        let sends = invitation_disclosure(reader, partner, now, state)? == InvitationDisclosure::Mail;
        let (link, from) = (engine.invitation_link(), from.unwrap_or(Position(0)));
        sends.then(|| -> List<'_, _, _> {
            let rows = procura_views::invitations(state, partner, link, at, from);
            Box::new(rows.map(move |looked| looked.filter(|row| wanted.is_none_or(|wanted| wanted == row.state))))
        })
    })
}

/// One invitation.
///
/// # Errors
/// If its moment cannot be read or lies ahead, or the reader may not see it.
pub async fn invitation(
    engine: &Engine,
    reader: Reader,
    invitation: InvitationId,
    request: InvitationRequest,
) -> Result<AsOf<InvitationDetails>, Error> {
    let moments = Moments::of(engine, request.at.as_deref())?;
    let (row, partner, disclosure) = seen(engine, reader, invitation, moments)?;
    let (row, mail) = match disclosure {
        InvitationDisclosure::Mail => {
            let mail = match Gone::or(engine.personal(row.sent).await?) {
                Ok(PersonalData { recipient, message, .. }) => Mail::Known { recipient, message },
                Err(gone) => Mail::Gone(gone),
            };
            (row, Some(mail))
        }
        InvitationDisclosure::Own(customer) => (engine.read(|state| row.seen_by(customer, state, moments.at)), None),
    };
    Ok(AsOf { at: moments.at, answer: InvitationDetails { row, partner, mail } })
}

/// The draft of an invitation's e-mail (INV-3).
///
/// # Errors
/// As [`invitation`]; `erased` if what people wrote is gone.
pub async fn draft(
    engine: &Engine,
    reader: Reader,
    invitation: InvitationId,
    request: DraftRequest,
) -> Result<AsOf<DraftAnswer>, Error> {
    let moments = Moments::of(engine, request.at.as_deref())?;
    let (row, partner, disclosure) = seen(engine, reader, invitation, moments)?;
    if disclosure != InvitationDisclosure::Mail {
        return Err(Error::not_found());
    }
    let sent = sent(engine, &row).await?;
    let written = match engine.personal(row.sent).await? {
        Personal::Known(written) => written,
        Personal::Erased => {
            return Err(Error::new(Code::Erased, "the invitation's recipient and message were erased"));
        }
        Personal::Unavailable => {
            let detail = "the key of the invitation's recipient and message was lost; without it nobody reads them";
            return Err(Error::new(Code::Erased, detail));
        }
    };
    let partner = partner.map(|partner| partner.name).unwrap_or_default();
    let draft = Draft::new(&sent, &written, &partner, row.link);
    let answer = match request.format.unwrap_or(DraftFormat::Json) {
        DraftFormat::Json => DraftAnswer::Json(draft),
        DraftFormat::Eml => {
            let bytes = eml::eml(&draft, sent.locale, written.recipient.as_ref());
            DraftAnswer::Eml(format!("invitation-{}.eml", row.invitation), bytes)
        }
    };
    Ok(AsOf { at: moments.at, answer })
}

/// The draft that an invitation would have if it were sent now, with `{link}` where its link will stand.
///
/// # Errors
/// If the reader may not send it.
pub fn proposed_draft(engine: &Engine, reader: Reader, proposed: ProposedInvitation) -> Result<AsOf<Draft>, Error> {
    let Moments { at, now } = Moments::of(engine, None)?;
    let ProposedInvitation { partner, delegated_admin, locale, uses, expires_in_days } = proposed;
    let name = engine.read(|state| {
        let sends = invitation_disclosure(reader, partner, now, state)? == InvitationDisclosure::Mail;
        sends.then(|| state.tenant(partner.into()).map(|partner| partner.name().to_owned())).flatten()
    });
    let name = name.ok_or_else(Error::not_found)?;
    let expires_at = at.at + TimeDelta::days(expires_in_days.days().into());
    let invitation = InvitationId::MIN;
    let sent = InvitationSent { invitation, partner, delegated_admin, locale, uses, expires_at };
    let draft = Draft::new(&sent, &PersonalData::default(), &name, LINK_PLACEHOLDER.to_owned());
    Ok(AsOf { at, answer: draft })
}

/// The invitation with the partner that sent it, and how much of it the reader may see.
fn seen(
    engine: &Engine,
    reader: Reader,
    invitation: InvitationId,
    Moments { at, now }: Moments,
) -> Result<(InvitationRow, Option<TenantSummary>, InvitationDisclosure), Error> {
    let seen = engine.read(|state| {
        let partner = state.invitation(invitation)?.partner();
        let disclosure = invitation_disclosure(reader, partner, now, state)?;
        let row = procura_views::invitation(state, invitation, engine.invitation_link(), at)?;
        Some((row, TenantSummary::of(state, partner.into()), disclosure))
    });
    seen.ok_or_else(Error::not_found)
}

/// The event that sent it, read from the log.
async fn sent(engine: &Engine, row: &InvitationRow) -> Result<InvitationSent, Error> {
    match engine.event(row.sent).await? {
        Some(Event::InvitationSent(sent)) => Ok(sent),
        _ => Err(Error::internal(format!("position {} holds no invitation", row.sent))),
    }
}
