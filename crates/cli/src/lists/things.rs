//! What is in customers' tenants, and what partners sent.

use super::{
    known::{TenantNames, beside, by_name, customers, or_none, partners, summary},
    source::{Kind, Row, Source},
    table::{Line, Table, day, instant},
};
use crate::{
    args::{Devices, Invitations, StateFlag, Subscriptions},
    failure::Failure,
};
use procura_app::{InvitationState, RegisteredTenant, SubscriptionRow, lists::ListRequest};
use procura_domain::{
    id::{CustomerId, DeviceId, InvitationId, PartnerId},
    temporal::Timestamp,
    vocabulary::{CustomerChannel, InvitationUses},
};
use serde::Deserialize;
use std::{cmp::Reverse, process::ExitCode};

pub(super) async fn subscriptions(arguments: Subscriptions) -> Result<ExitCode, Failure> {
    let Subscriptions { listing, customer, name } = arguments;
    let source = Source::open(&listing).await?;
    let customers = customers(&source, customer.as_deref()).await?;
    let partners = TenantNames::of(&by_name(source.all(Kind::Partners, ListRequest::default()).await?));
    let mut lines = Vec::new();
    for customer in &customers {
        let request = ListRequest { name: name.clone(), ..ListRequest::default() };
        let rows = source.all(Kind::Subscriptions(customer.id.as_customer()), request).await?.rows;
        lines.extend(rows.into_iter().map(|Row { read, json }| {
            let SubscriptionRow { id, name, kind, provisioned_by, since, cancelled, role_assignments } = read;
            let by = provisioned_by.map(|partner| partners.name(partner)).unwrap_or_default();
            let (kind, roles) = (kind.name().to_owned(), role_assignments.to_string());
            let cells = [
                customer.name.clone(),
                name.clone(),
                kind.clone(),
                by.clone(),
                day(since),
                day(cancelled),
                roles.clone(),
            ];
            let csv = [
                customer.id.to_string(),
                customer.name.clone(),
                id.to_string(),
                name,
                kind,
                provisioned_by.map(|partner| partner.to_string()).unwrap_or_default(),
                by,
                instant(since),
                instant(cancelled),
                roles,
            ];
            Line { cells, csv, json: beside("customer", summary(customer), json) }
        }));
    }
    source.finish();
    let headings = ["customer", "subscription", "kind", "provisioned by", "since", "cancelled", "roles"];
    let csv = [
        "customer",
        "customerName",
        "subscription",
        "subscriptionName",
        "kind",
        "provisionedBy",
        "provisionedByName",
        "since",
        "cancelled",
        "roleAssignments",
    ];
    Table { headings, csv, lines }.sorted().print(listing.format)
}

/// What is shown of a device.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: DeviceId,
    serial_number: String,
    manufacturer: String,
    model: String,
    partner: Option<PartnerId>,
    source: Option<CustomerChannel>,
    added: Option<Timestamp>,
    group_tag: Option<String>,
}

pub(super) async fn devices(arguments: Devices) -> Result<ExitCode, Failure> {
    let Devices { listing, customer, serial } = arguments;
    let source = Source::open(&listing).await?;
    let customers = customers(&source, customer.as_deref()).await?;
    let partners = TenantNames::of(&by_name(source.all(Kind::Partners, ListRequest::default()).await?));
    let mut lines = Vec::new();
    for customer in &customers {
        let request = ListRequest { serial: serial.clone(), ..ListRequest::default() };
        let rows = source.all(Kind::Devices(customer.id.as_customer()), request).await?.rows;
        lines.extend(rows.into_iter().map(|row| device_line(customer, &partners, row)));
    }
    source.finish();
    let headings = ["customer", "serial number", "manufacturer", "model", "group tag", "added", "added by"];
    let csv = [
        "customer",
        "customerName",
        "device",
        "serialNumber",
        "manufacturer",
        "model",
        "groupTag",
        "added",
        "partner",
        "addedBy",
    ];
    Table { headings, csv, lines }.sorted().print(listing.format)
}

fn device_line(customer: &RegisteredTenant, partners: &TenantNames, Row { read, json }: Row<Device>) -> Line<7, 10> {
    let Device { id, serial_number, manufacturer, model, partner, source, added, group_tag } = read;
    let by = match (partner, source) {
        (Some(partner), _) => partners.name(partner),
        (None, Some(source)) => source.name().to_owned(),
        (None, None) => "another partner".to_owned(),
    };
    let tag = group_tag.unwrap_or_default();
    let name = customer.name.clone();
    let [serial, maker, kind] = [&serial_number, &manufacturer, &model].map(Clone::clone);
    let cells = [name, serial, maker, kind, tag.clone(), day(added), by.clone()];
    let partner = partner.map(|partner| partner.to_string()).unwrap_or_default();
    let csv = [
        customer.id.to_string(),
        customer.name.clone(),
        id.to_string(),
        serial_number,
        manufacturer,
        model,
        tag,
        instant(added),
        partner,
        by,
    ];
    Line { cells, csv, json: beside("customer", summary(customer), json) }
}

/// What is shown of an invitation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invitation {
    invitation: InvitationId,
    delegated_admin: bool,
    uses: InvitationUses,
    state: InvitationState,
    sent_at: Option<Timestamp>,
    expires_at: Timestamp,
    accepted_by: Vec<Answered>,
    declined_by: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    customer: CustomerId,
}

pub(super) async fn invitations(arguments: Invitations) -> Result<ExitCode, Failure> {
    let Invitations { listing, partner, state } = arguments;
    let source = Source::open(&listing).await?;
    let partners = partners(&source, partner.as_deref()).await?;
    let customers = TenantNames::of(&by_name(source.all(Kind::Customers, ListRequest::default()).await?));
    let mut found = Vec::new();
    for sender in &partners {
        let request = ListRequest { state: state.map(Into::into), ..ListRequest::default() };
        let rows = source.all(Kind::Invitations(sender.id.as_partner()), request).await;
        // Of the partners that one knows of, few let one see their invitations.
        let rows = if partner.is_some() { rows?.rows } else { or_none(rows)? };
        found.extend(
            rows.into_iter()
                .map(|row: Row<Invitation>| (Reverse(row.read.sent_at), invitation_line(sender, &customers, row))),
        );
    }
    source.finish();
    found.sort_by_key(|(sent, _)| *sent);
    let lines = found.into_iter().map(|(_, line)| line).collect();
    let headings = ["partner", "sent", "stands", "asks for", "expires", "accepted by", "declined by", "invitation"];
    let csv = [
        "partner",
        "partnerName",
        "invitation",
        "sentAt",
        "state",
        "delegatedAdmin",
        "uses",
        "expiresAt",
        "acceptedBy",
        "acceptedByNames",
        "declinedBy",
        "declinedByNames",
    ];
    Table { headings, csv, lines }.print(listing.format)
}

fn invitation_line(
    partner: &RegisteredTenant,
    customers: &TenantNames,
    Row { read, json }: Row<Invitation>,
) -> Line<8, 12> {
    let Invitation { invitation, delegated_admin, uses, state, sent_at, expires_at, accepted_by, declined_by } = read;
    let names = |answers: &[Answered]| {
        let names: Vec<_> = answers.iter().map(|answer| customers.name(answer.customer)).collect();
        names.join("; ")
    };
    let ids =
        |answers: &[Answered]| answers.iter().map(|answer| answer.customer.to_string()).collect::<Vec<_>>().join("; ");
    let (accepted, declined) = (names(&accepted_by), names(&declined_by));
    let asks = if delegated_admin { "delegated admin" } else { "a reseller relationship" };
    let state = state.name().to_owned();
    let cells = [
        partner.name.clone(),
        day(sent_at),
        state.clone(),
        asks.to_owned(),
        day(Some(expires_at)),
        accepted.clone(),
        declined.clone(),
        invitation.to_string(),
    ];
    let csv = [
        partner.id.to_string(),
        partner.name.clone(),
        invitation.to_string(),
        instant(sent_at),
        state,
        delegated_admin.to_string(),
        uses.name().to_owned(),
        instant(Some(expires_at)),
        ids(&accepted_by),
        accepted,
        ids(&declined_by),
        declined,
    ];
    Line { cells, csv, json: beside("partner", summary(partner), json) }
}

impl From<StateFlag> for InvitationState {
    fn from(state: StateFlag) -> Self {
        match state {
            StateFlag::Open => Self::Open,
            StateFlag::Used => Self::Used,
            StateFlag::Withdrawn => Self::Withdrawn,
            StateFlag::Expired => Self::Expired,
        }
    }
}
