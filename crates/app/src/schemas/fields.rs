//! The fields of commands and events: what each name stands for, wherever it stands.

use super::shape::{
    Fields, Shape, between, by_default, chars, guid, list, list_of, matching, named, or_null, time, truth, whole,
};
use procura_domain::{
    command::{INVITATION_EXPIRES_DEFAULT_DAYS, INVITATION_EXPIRES_MAX_DAYS, PROFILE_DEVICES_MAX},
    text::{
        ADDRESS_CHARS_MAX, DEVICE_FIELD_CHARS_MAX, DOMAIN_CHARS_MAX, GROUP_TAG_CHARS_MAX, HARDWARE_HASH_CHARS_MAX,
        NAME_CHARS_MAX, URL_CHARS_MAX, USER_PRINCIPAL_NAME_CHARS_MAX,
    },
};
use utoipa::openapi::{RefOr, schema::Schema};

/// A name of one line: something other than spaces in it, no control character.
pub(super) fn line(max: usize) -> Shape {
    bounded(r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$", 1, max)
}

/// A text of that form, and so long.
pub(super) fn bounded(pattern: &str, min: usize, max: usize) -> Shape {
    match chars(min, max) {
        RefOr::T(Schema::Object(mut object)) => {
            object.pattern = Some(pattern.to_owned());
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// The shape of the field of that name, and what it says. `directoryRole` and `resourceRole` are both spelled `role`.
fn field(name: &str) -> Option<(Shape, &'static str)> {
    Some(match name {
        "partner" => (guid(), "The partner's tenant."),
        "customer" => (guid(), "The customer's tenant."),
        "tenant" => (guid(), "A tenant, a partner or a customer."),
        "user" => (guid(), "The object id of one of the tenant's own users."),
        "globalAdministrator" => (guid(), "Its first Global administrator: the object id of one of its own users."),
        "name" => (line(NAME_CHARS_MAX), "A name of one line, shown to people."),
        "domain" => (bounded(DOMAIN, 3, DOMAIN_CHARS_MAX), "A domain name, like contoso.com."),
        "displayName" => (line(NAME_CHARS_MAX), "How the user is shown. It is kept sealed."),
        "userPrincipalName" => (
            bounded(ADDRESS, 3, USER_PRINCIPAL_NAME_CHARS_MAX),
            "What the user signs in with, like alex@fabrikam.com; one user's of the tenant. It is kept sealed.",
        ),
        "description" => (guid(), "Which of the user's descriptions it belongs to: another once one is erased."),
        "newDisplayName" => (truth(), "Whether it gives a display name."),
        "newUserPrincipalName" => (truth(), "Whether it gives a user principal name."),
        "directoryRole" => (named("DirectoryRole"), "The role in the tenant's directory."),
        "group" => (named("PartnerGroup"), "The partner's group."),
        "invitation" => (guid(), "The invitation; part of its personal link."),
        "delegatedAdmin" => (truth(), "Whether it asks for delegated admin privileges too."),
        "locale" => (named("Locale"), "The language of the draft."),
        "recipient" => {
            (bounded(ADDRESS, 3, ADDRESS_CHARS_MAX), "The e-mail address that the draft is for. It is kept sealed.")
        }
        "message" => (named("Message"), "The message, if the draft was edited. It is kept sealed."),
        "uses" => (named("InvitationUses"), "How often it can be accepted."),
        "expiresInDays" => (between(1, INVITATION_EXPIRES_MAX_DAYS.into()), "Days until it expires."),
        "expiresAt" => (time(), "It can be accepted before this instant, and not at it."),
        "subscription" => (guid(), "The subscription."),
        "kind" => (named("SubscriptionKind"), "Azure or Microsoft 365."),
        "roleAssignment" => {
            (guid(), "The role assignment on an Azure subscription; a Microsoft 365 subscription has none.")
        }
        "resourceRole" => (named("ResourceRole"), "The role on the subscription."),
        "principal" => (named("Principal"), "Who holds the role."),
        "origin" => (named("AssignmentOrigin"), "How the assignment came about."),
        "device" => (guid(), "The Autopilot device."),
        "serialNumber" => (line(DEVICE_FIELD_CHARS_MAX), "The serial number, as printed on the device."),
        "manufacturer" => (line(DEVICE_FIELD_CHARS_MAX), "The manufacturer."),
        "model" => (line(DEVICE_FIELD_CHARS_MAX), "The model."),
        "hardwareHash" => (line(HARDWARE_HASH_CHARS_MAX), "The hash that Windows makes of the hardware."),
        "productKey" => (line(DEVICE_FIELD_CHARS_MAX), "The Windows product key. It is kept sealed."),
        "ofPartner" => (guid(), "The partner that adds the device; instead of `source`."),
        "source" => (
            named("CustomerChannel"),
            "The channel through which the customer adds the device itself; instead of `partner`.",
        ),
        "groupTag" => (
            bounded(r"^[^\x00-\x1F\x7F-\x9F]*$", 0, GROUP_TAG_CHARS_MAX),
            "The device's group tag; empty if it has none.",
        ),
        "profile" => (guid(), "The deployment profile."),
        "settings" => (named("ProfileSettings"), "What the profile does when a device is set up."),
        "changedSettings" => (
            named("ChangedSettings"),
            "What the profile does when a device is set up: what is left out stays as it is, false in a new profile.",
        ),
        "devices" => (list_of(guid(), 1, PROFILE_DEVICES_MAX), "The devices: all or none of them."),
        "ofDevices" => (list(guid()), "The devices."),
        "policy" => (named("AutopilotPolicy"), "The rule set that governs Autopilot from then on."),
        "serviceRequest" => (guid(), "The service request."),
        "title" => (line(NAME_CHARS_MAX), "What it is about. It is kept sealed."),
        "severity" => (named("Severity"), "How bad the matter is."),
        "route" => (named("SupportRoute"), "The route that held."),
        "subject" => (
            matching(DATA_SUBJECT),
            "Whose personal data: invitation:GUID, serviceRequest:GUID, device:GUID or user:TENANT/USER.",
        ),
        "feedName" => {
            (matching(FEED_NAME), "Its name, among those of its owner: lower-case letters, digits, `-`, `_` and `.`.")
        }
        "filter" => (named("EventFilter"), "Which events are wanted; all, if it is left out."),
        "after" => {
            (whole(0), "Where a new one begins: after this position, 0 for the beginning; now if it is left out.")
        }
        "begunAfter" => (whole(0), "Where it began: after this position."),
        "visibilitySeconds" => (
            between(1, 43_200),
            "How long a reader may keep an event without acknowledging it before it is given to another.",
        ),
        "tries" => (between(1, 100), "How often an event is given out before it is parked."),
        "onParked" => (named("OnParked"), "What later events with the same key do once one is parked."),
        "url" => (bounded("^https?://[!-~]+$", 9, URL_CHARS_MAX), "Where events are sent. It is kept sealed."),
        "secret" => (
            matching(WEBHOOK_SECRET),
            "What the events are signed with from now on; a new webhook needs one. It is kept sealed, and the one before it \
             signs as well for a day.",
        ),
        "newSecret" => (truth(), "Whether it has another secret from then on."),
        "overseerRole" => (named("OverseerRole"), "The service role that its owner set it with."),
        "webhook" => (guid(), "The webhook."),
        _ => return None,
    })
}

const FEED_NAME: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";
const WEBHOOK_SECRET: &str = "^whsec_[A-Za-z0-9+/]{30,88}={0,2}$";
/// Labels of letters, digits and hyphens, at least two, none of which begins or ends with a hyphen.
const DOMAIN: &str = r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
const ADDRESS: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
const DATA_SUBJECT: &str = "^((invitation|serviceRequest|device):|user:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}/)[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

/// A field's name as it is written: two kinds of fields may share one.
fn spelled(name: &'static str) -> &'static str {
    match name {
        "directoryRole" | "resourceRole" | "overseerRole" => "role",
        "feedName" => "name",
        "begunAfter" => "after",
        "changedSettings" => "settings",
        "ofPartner" => "partner",
        "ofDevices" => "devices",
        name => name,
    }
}

/// The names in a list of fields, and whether each may be left out, which `?` says.
pub(super) fn parsed(fields: &'static str) -> impl Iterator<Item = (&'static str, bool)> {
    fields.split_whitespace().map(|field| field.strip_suffix('?').map_or((field, false), |name| (name, true)))
}

/// What the fields in a list say.
pub(super) fn told(fields: &'static str) -> impl Iterator<Item = FieldDescription> {
    let told = |(name, optional)| {
        let (_, says) = field(name)?;
        Some(FieldDescription { name: spelled(name), says, optional })
    };
    parsed(fields).filter_map(told)
}

/// A field of a command, described.
#[derive(Debug, Clone, Copy)]
pub struct FieldDescription {
    /// Its name, as it is written.
    pub name: &'static str,
    /// What it stands for.
    pub says: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
}

/// The object with these fields. In a command, a field that may be left out may be `null` as well.
pub(super) fn with_fields(object: Fields, fields: &'static str, takes_null: bool) -> Fields {
    parsed(fields).fold(object, |object, (name, optional)| {
        // A test reads every list.
        let Some((shape, says)) = field(name) else { return object };
        let name = spelled(name);
        match (optional, name) {
            (false, _) => object.has(name, shape, says),
            (true, "expiresInDays") => object.may_have(name, by_default(shape, INVITATION_EXPIRES_DEFAULT_DAYS), says),
            (true, "visibilitySeconds") => object.may_have(name, by_default(shape, 30), says),
            (true, "tries") => object.may_have(name, by_default(shape, 5), says),
            (true, "onParked") => object.may_have(name, by_default(shape, "goOn"), says),
            (true, "uses") => object.may_have(name, by_default(shape, "once"), says),
            (true, _) if takes_null => object.may_have(name, or_null(shape), says),
            (true, _) => object.may_have(name, shape, says),
        }
    })
}

#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    field(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_fields_is_read() {
        assert_eq!(parsed("a b?").collect::<Vec<_>>(), [("a", false), ("b", true)]);
        assert!(field("customer").is_some() && field("nothing").is_none());
    }
}
