//! `procura tell`: the story of one person, customer or partner in words: what they hold, since when, why, and what ends it.
//!
//! It is put together from the lists and histories that everybody gets, so over a server it has what the token's user may see.

mod customer;
mod page;
mod partner;
mod person;
mod source;

use crate::{args::Tell, asking::Asked, failure::Failure, labels::Labels, naming::Naming};
use procura_app::find::ThingKind;
use procura_domain::{id::TenantId, vocabulary::User};
use source::Source;
use std::process::ExitCode;

pub(crate) async fn run(arguments: Tell) -> Result<ExitCode, Failure> {
    let Tell { who, place, token, at } = arguments;
    let asked = Asked::open(&place, token.as_deref()).await?;
    let naming = Naming::by(&asked);
    let is_person = who.contains('@') || who.parse::<User>().is_ok();
    let kind = if is_person { ThingKind::User } else { ThingKind::Tenant };
    let id = naming.id("WHO", kind, &who).await?;
    let source = Source { asked: &asked, at: at.as_deref() };
    let nobody = || Failure::NobodyCalled(who.clone());
    let page = if is_person {
        person::story(source, id.parse().map_err(|_| nobody())?).await?
    } else {
        let tenant: TenantId = id.parse().map_err(|_| nobody())?;
        let mut labels = Labels::default();
        labels.want("tenant", &id);
        match labels.ask(&asked).await?.kind(&id) {
            Some(ThingKind::Customer) => customer::story(source, tenant.as_customer()).await?,
            Some(ThingKind::Partner) => partner::story(source, tenant.as_partner()).await?,
            _ => return Err(nobody()),
        }
    };
    page.print(&asked, at.as_deref()).await?;
    Ok(ExitCode::SUCCESS)
}
