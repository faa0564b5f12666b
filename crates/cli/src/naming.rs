//! What people call things, taken for ids: `contoso.com`, `alex@fabrikam.com`, a subscription's name, a serial number.
//!
//! An id is taken as it is. What fits nothing is refused, and what fits several things is refused with them: nothing is
//! guessed, and no change acts on a guess (PEO-3). What a text was taken for is said on standard error.

use crate::{asking::Asked, failure::Failure, terminal::note};
use procura_app::find::{FindRequest, Found, FoundThing, ThingKind};
use procura_domain::vocabulary::{PartnerGroup, User};
use serde_json::Value;
use uuid::Uuid;

/// Takes texts for ids.
pub(crate) struct Naming<'a>(&'a Asked);

impl<'a> Naming<'a> {
    pub(crate) fn by(asked: &'a Asked) -> Self {
        Self(asked)
    }

    /// The id of the thing that a flag or field names.
    pub(crate) async fn id(&self, flag: &str, kind: ThingKind, text: &str) -> Result<String, Failure> {
        self.id_in(flag, kind, text, None).await
    }

    /// The same, of what is in a customer's tenant.
    pub(crate) async fn id_in(
        &self,
        flag: &str,
        kind: ThingKind,
        text: &str,
        customer: Option<&str>,
    ) -> Result<String, Failure> {
        let is_id = match kind {
            ThingKind::User => text.parse::<User>().is_ok(),
            _ => text.parse::<Uuid>().is_ok(),
        };
        if is_id {
            return Ok(text.to_owned());
        }
        let customer = customer.and_then(|id| id.parse().ok());
        let request = FindRequest { kind, text: text.to_owned(), customer };
        let Found { mut items, more } = self.0.find(request).await?;
        match (items.pop(), items.is_empty() && !more) {
            (Some(FoundThing { id, name, place, .. }), true) => {
                note(&format!("{flag} {text}: {name} ({place}), {id}"));
                Ok(id)
            }
            (Some(last), false) => {
                items.push(last);
                Err(Failure::Ambiguous {
                    flag: flag.to_owned(),
                    text: text.to_owned(),
                    candidates: candidates(&items, more),
                })
            }
            (None, _) if more => {
                let problem =
                    format!("there is too much to look for `{text}` in; name the customer, or the {kind} by its id");
                Err(Failure::Flag { flag: flag.to_owned(), problem })
            }
            (None, _) => Err(Failure::Unnamed { flag: flag.to_owned(), text: text.to_owned(), kind }),
        }
    }

    /// The same, of a flag that may be left out.
    pub(crate) async fn optional(
        &self,
        flag: &str,
        kind: ThingKind,
        text: Option<&str>,
        customer: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        match text {
            Some(text) => self.id_in(flag, kind, text, customer).await.map(Some),
            None => Ok(None),
        }
    }

    /// A subject, by type and name: a user, or a partner with one of its groups.
    pub(crate) async fn subject(&self, (kind, text): (String, String)) -> Result<(String, String), Failure> {
        let group = text.rsplit_once('/').filter(|(_, group)| group.parse::<PartnerGroup>().is_ok());
        let id = match (kind.as_str(), group) {
            ("user", _) if text.contains('@') => self.id("--subject", ThingKind::User, &text).await?,
            ("group", Some((partner, group))) => {
                format!("{}/{group}", self.id("--subject", ThingKind::Partner, partner).await?)
            }
            _ => text,
        };
        Ok((kind, id))
    }

    /// A resource, by type and name.
    pub(crate) async fn resource(&self, (kind, text): (String, String)) -> Result<(String, String), Failure> {
        let id = match kind.parse() {
            Ok(
                kind @ (ThingKind::Customer
                | ThingKind::Partner
                | ThingKind::Subscription
                | ThingKind::Device
                | ThingKind::Profile),
            ) => self.id("--resource", kind, &text).await?,
            _ => text,
        };
        Ok((kind, id))
    }

    /// The properties of a resource: `partner` and `user` by name.
    pub(crate) async fn properties(&self, given: Vec<(String, String)>) -> Result<Vec<(String, String)>, Failure> {
        let mut properties = Vec::with_capacity(given.len());
        for (name, text) in given {
            let id = match name.as_str() {
                "partner" => self.id("--property partner", ThingKind::Partner, &text).await?,
                "user" if text.contains('@') => {
                    let user = self.id("--property user", ThingKind::User, &text).await?;
                    user.split_once('/').map_or(user.clone(), |(_, user)| user.to_owned())
                }
                _ => text,
            };
            properties.push((name, id));
        }
        Ok(properties)
    }

    /// A command's fields, with ids for what is named in them.
    pub(crate) async fn fields(&self, fields: &mut Value) -> Result<(), Failure> {
        for (name, kind) in
            [("customer", ThingKind::Customer), ("partner", ThingKind::Partner), ("tenant", ThingKind::Tenant)]
        {
            self.field(fields, name, kind, None).await?;
        }
        let customer = fields["customer"].as_str().map(str::to_owned);
        for (name, kind) in
            [("subscription", ThingKind::Subscription), ("device", ThingKind::Device), ("profile", ThingKind::Profile)]
        {
            self.field(fields, name, kind, customer.as_deref()).await?;
        }
        if let Some(devices) = fields.get_mut("devices").and_then(Value::as_array_mut) {
            for device in devices {
                if let Some(text) = device.as_str() {
                    *device = self.id_in("devices", ThingKind::Device, text, customer.as_deref()).await?.into();
                }
            }
        }
        let subject = fields["subject"].as_str().and_then(|subject| subject.strip_prefix("user:"));
        if let Some(user) = subject.filter(|user| user.contains('@')).map(str::to_owned) {
            fields["subject"] = format!("user:{}", self.id("subject", ThingKind::User, &user).await?).into();
        }
        let tenant = ["tenant", "partner", "customer"].iter().find_map(|name| fields[*name].as_str());
        let tenant = tenant.map(str::to_owned);
        self.user_field(fields, "user", tenant.as_deref()).await?;
        self.user_field(fields, "globalAdministrator", tenant.as_deref()).await?;
        if let Some(principal) = fields.get_mut("principal").filter(|principal| principal.is_object()) {
            self.field(principal, "partner", ThingKind::Partner, None).await?;
            self.field(principal, "tenant", ThingKind::Tenant, None).await?;
            if let Some(name) = principal["user"].as_str().filter(|name| name.contains('@')).map(str::to_owned) {
                let user = self.id("principal.user", ThingKind::User, &name).await?;
                let (tenant, user) = user.split_once('/').unwrap_or_default();
                let other = principal["tenant"].as_str().is_some_and(|given| given != tenant);
                if other {
                    return Err(not_in("principal.user", &name));
                }
                principal["tenant"] = tenant.into();
                principal["user"] = user.into();
            }
        }
        Ok(())
    }

    async fn field(
        &self,
        fields: &mut Value,
        name: &str,
        kind: ThingKind,
        customer: Option<&str>,
    ) -> Result<(), Failure> {
        // A new thing's id is one already, or left out.
        if let Some(text) = fields[name].as_str().map(str::to_owned) {
            fields[name] = self.id_in(name, kind, &text, customer).await?.into();
        }
        Ok(())
    }

    /// A user's object id, of that tenant.
    async fn user_field(&self, fields: &mut Value, name: &str, tenant: Option<&str>) -> Result<(), Failure> {
        let Some(text) = fields[name].as_str().filter(|text| text.contains('@')).map(str::to_owned) else {
            return Ok(());
        };
        let user = self.id(name, ThingKind::User, &text).await?;
        match user.split_once('/') {
            Some((of, user)) if tenant.is_none_or(|tenant| tenant == of) => fields[name] = user.into(),
            _ => return Err(not_in(name, &text)),
        }
        Ok(())
    }
}

fn not_in(flag: &str, text: &str) -> Failure {
    Failure::Flag { flag: flag.to_owned(), problem: format!("{text} is no user of that tenant") }
}

fn candidates(items: &[FoundThing], more: bool) -> String {
    let line = |FoundThing { kind, id, name, place, .. }: &FoundThing| format!("\n  {kind} {name} ({place}): {id}");
    let mut lines: String = items.iter().map(line).collect();
    if more {
        lines.push_str("\n  …");
    }
    lines
}
