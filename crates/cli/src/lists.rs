//! `procura customers`, `partners`, `relationships`, `permissions`, `subscriptions`, `devices`, `invitations`, `people`: what
//! there is, by name, whole. People are shown names; ids stand in JSON and CSV.

mod known;
mod people;
mod permissions;
pub(crate) mod source;
mod table;
mod tenants;
mod things;

use crate::{args::List, failure::Failure};
use std::process::ExitCode;

pub(crate) async fn run(list: List) -> Result<ExitCode, Failure> {
    match list {
        List::Customers(arguments) => tenants::customers(arguments).await,
        List::Partners(arguments) => tenants::partners(arguments).await,
        List::Relationships(arguments) => tenants::relationships(arguments).await,
        List::Permissions(arguments) => permissions::run(arguments).await,
        List::Subscriptions(arguments) => things::subscriptions(arguments).await,
        List::Devices(arguments) => things::devices(arguments).await,
        List::Invitations(arguments) => things::invitations(arguments).await,
        List::People(arguments) => people::run(arguments).await,
    }
}
