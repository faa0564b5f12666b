//! *Devices* of a customer: what is registered for Autopilot, who added it, and which profile is applied.

use crate::{
    answer::Shown,
    csv::{CsvTable, as_csv, time},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, DeviceRow, DisclosedOrigin, Error, PAGE_ITEMS_MAX,
    lists::{ListRequest, devices, profiles},
};
use procura_domain::{
    id::{CustomerId, ProfileId},
    personal::People,
    temporal::Timestamp,
    vocabulary::DeviceOrigin,
};
use serde::Deserialize;
use std::{borrow::Cow, collections::HashMap};

/// How many devices a page shows.
const PAGE_ROWS: usize = 50;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DevicesQuery {
    /// A serial number, in whatever case.
    serial: String,
    after: Option<String>,
    format: Option<String>,
}

/// A device in words.
struct Device {
    serial_number: String,
    model: String,
    added_by: Cow<'static, str>,
    added: Option<Timestamp>,
    group_tag: String,
    profile: String,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    shell: Shell,
    query: DevicesQuery,
    rows: Vec<Device>,
    csv: Link,
    next: Option<Link>,
    first: Option<Link>,
}

/// `GET /customers/{customer}/devices`
pub(crate) async fn page(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(query): InQuery<DevicesQuery>,
) -> Result<Response, Failure> {
    let serial = Some(query.serial.trim().to_owned()).filter(|serial| !serial.is_empty());
    let request = ListRequest {
        at: visit.at(),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        serial: serial.clone(),
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("devices", DevicesTable { visit, customer }, request).await?);
    }
    let AsOf { answer, .. } = devices(visit.engine(), visit.reader(), customer, request).await?;
    let profiles = profiles_of(&visit, customer, answer.items.iter().any(|device| device.row.profile.is_some()))?;
    let rows = answer.items.into_iter().map(|device| shown(&visit, device.row, &profiles)).collect();
    let shell = visit.shell();
    let link = shell.links.to(format!("/customers/{customer}/devices")).with_some("serial", serial);
    let csv = link.clone().with("format", "csv");
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    Ok(Shown(DevicesPage { shell, query, rows, csv, next, first }).into_response())
}

/// The names of the profiles that the person sees, if any is wanted.
fn profiles_of(visit: &Visit, customer: CustomerId, wanted: bool) -> Result<HashMap<ProfileId, String>, Error> {
    if !wanted {
        return Ok(HashMap::new());
    }
    let request = ListRequest { at: visit.at(), limit: Some(PAGE_ITEMS_MAX), ..ListRequest::default() };
    let AsOf { answer, .. } = profiles(visit.engine(), visit.reader(), customer, request)?;
    Ok(answer.items.into_iter().map(|profile| (profile.id, profile.name)).collect())
}

fn shown(visit: &Visit, row: DeviceRow, profiles: &HashMap<ProfileId, String>) -> Device {
    let (words, people) = (visit.words(), People::default());
    let added_by = match row.origin {
        DisclosedOrigin::Known(DeviceOrigin::Partner(partner)) => visit.names(&people).tenant(partner.into()).into(),
        DisclosedOrigin::Known(DeviceOrigin::Customer(channel)) => words.called(channel.name()),
        DisclosedOrigin::AnotherPartner { .. } => words.word("devices-another-partner"),
    };
    Device {
        serial_number: row.hardware.serial_number.to_string(),
        model: format!("{} {}", row.hardware.manufacturer, row.hardware.model),
        added_by,
        added: row.added,
        group_tag: row.group_tag.unwrap_or_default(),
        profile: row.profile.map(|id| profiles.get(&id).cloned().unwrap_or_else(|| id.to_string())).unwrap_or_default(),
    }
}

/// The list as a table to take along.
struct DevicesTable {
    visit: Visit,
    customer: CustomerId,
}

impl CsvTable for DevicesTable {
    type Row = DeviceRow;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec![
            "device",
            "serialNumber",
            "manufacturer",
            "model",
            "addedByPartner",
            "addedThrough",
            "added",
            "groupTag",
            "profile",
        ]
    }

    fn cells(&self, row: &DeviceRow) -> Vec<String> {
        let (partner, channel) = match row.origin {
            DisclosedOrigin::Known(DeviceOrigin::Partner(partner)) => (partner.to_string(), String::new()),
            DisclosedOrigin::Known(DeviceOrigin::Customer(channel)) => (String::new(), channel.to_string()),
            DisclosedOrigin::AnotherPartner { .. } => (String::new(), String::new()),
        };
        vec![
            row.id.to_string(),
            row.hardware.serial_number.to_string(),
            row.hardware.manufacturer.to_string(),
            row.hardware.model.to_string(),
            partner,
            channel,
            time(row.added),
            row.group_tag.clone().unwrap_or_default(),
            row.profile.map(|profile| profile.to_string()).unwrap_or_default(),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<DeviceRow>, Option<ListRequest>), Error> {
        let (engine, reader) = (self.visit.engine(), self.visit.reader());
        let AsOf { answer, .. } = devices(engine, reader, self.customer, request).await?;
        Ok((answer.items.into_iter().map(|device| device.row).collect(), answer.next))
    }
}
