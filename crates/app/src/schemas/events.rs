//! The events: the data of each type at each version. The log, the answers to commands, the histories and the feed have
//! the same.

use super::{
    fields::with_fields,
    shape::{Shape, any, guid, list, matching, named, object, one_of, open_object, text, time, whole},
};
use procura_domain::event::EventType;
use std::cmp::Reverse;

/// Every event type with the fields of its data at version 1.
const FIRST: &[(EventType, &str, &str)] = &[
    (EventType::PartnerRegistered, "A tenant was registered as a partner.", "partner name domain"),
    (EventType::CustomerRegistered, "A tenant was registered as a customer.", "customer name domain"),
    (
        EventType::DirectoryRoleAssigned,
        "A user was given a directory role in its own tenant.",
        "tenant user directoryRole",
    ),
    (EventType::DirectoryRoleRemoved, "A directory role was taken from a user.", "tenant user directoryRole"),
    (EventType::GroupMemberAdded, "A user joined a group of its partner.", "partner group user"),
    (EventType::GroupMemberRemoved, "A user left a group of its partner.", "partner group user"),
    (
        EventType::InvitationSent,
        "A partner asked for a reseller relationship.",
        "invitation partner delegatedAdmin locale uses expiresAt",
    ),
    (EventType::InvitationWithdrawn, "A partner took an invitation back.", "invitation partner"),
    (EventType::InvitationAccepted, "A customer accepted an invitation.", "invitation partner customer"),
    (EventType::InvitationDeclined, "A customer declined an invitation.", "invitation partner customer"),
    (EventType::RelationshipEstablished, "A reseller relationship began.", "customer partner"),
    (EventType::RelationshipEnded, "A reseller relationship ended.", "customer partner"),
    (EventType::DapGranted, "A customer granted delegated admin privileges.", "customer partner"),
    (EventType::DapRevoked, "Delegated admin privileges ended.", "customer partner"),
    (
        EventType::ContractRenegotiated,
        "The contract was renegotiated: the partner owes no support any more.",
        "customer partner",
    ),
    (
        EventType::SubscriptionProvisioned,
        "A partner made a subscription for a customer.",
        "customer partner subscription kind name",
    ),
    (
        EventType::SubscriptionRegistered,
        "A customer brought in a subscription it already had.",
        "customer subscription kind name",
    ),
    (EventType::SubscriptionRenewed, "A subscription was renewed.", "customer subscription"),
    (EventType::SubscriptionCancelled, "A subscription was cancelled.", "customer subscription"),
    (
        EventType::RoleAssigned,
        "A role on a subscription was assigned.",
        "customer subscription roleAssignment resourceRole principal origin",
    ),
    (
        EventType::RoleAssignmentRemoved,
        "A role assignment was removed.",
        "customer subscription roleAssignment resourceRole principal",
    ),
    (
        EventType::DeviceAdded,
        "A device was added to a customer's tenant, by a partner or through a channel of the customer's own.",
        "customer device serialNumber manufacturer model hardwareHash? ofPartner? source?",
    ),
    (
        EventType::DeviceUpdated,
        "A device's group tag was changed; an empty one was taken away.",
        "customer device groupTag",
    ),
    (EventType::DeviceRemoved, "A device was removed from a customer's tenant.", "customer device"),
    (EventType::ProfileCreated, "A deployment profile was made.", "customer profile name settings"),
    (
        EventType::ProfileUpdated,
        "A deployment profile was changed: its name and settings from now on.",
        "customer profile name settings",
    ),
    (EventType::ProfileDeleted, "A deployment profile was deleted.", "customer profile"),
    (
        EventType::ProfileApplied,
        "A profile was applied to devices, in place of what each had.",
        "customer profile ofDevices",
    ),
    (EventType::ProfileRemoved, "A profile was removed from devices.", "customer profile ofDevices"),
    (EventType::AutopilotPolicyAdopted, "Another Autopilot policy was put in force.", "policy"),
    (
        EventType::ServiceRequestOpened,
        "A partner opened a service request on a customer's behalf.",
        "customer partner serviceRequest severity route",
    ),
    (
        EventType::PersonalDataErased,
        "What people wrote was erased: nobody can read it any more.",
        "customer? partner? subject",
    ),
    (
        EventType::UserDescribed,
        "Somebody said what a user is called; the names stand sealed beside it.",
        "tenant user description newDisplayName newUserPrincipalName",
    ),
    (
        EventType::ConsumerSet,
        "A consumer of events was made, or changed.",
        "tenant user overseerRole? feedName filter? begunAfter visibilitySeconds tries onParked",
    ),
    (EventType::ConsumerDeleted, "A consumer of events was deleted.", "tenant user feedName"),
    (
        EventType::WebhookSet,
        "A webhook was made, or changed.",
        "webhook tenant user overseerRole? feedName filter? begunAfter onParked newSecret",
    ),
    (EventType::WebhookDeleted, "A webhook was deleted.", "webhook tenant user feedName"),
];

/// The shape of an event's data at that version; none if there is no such event or version.
pub fn event(name: &str, version: u32) -> Option<Shape> {
    let (_, says, fields) = FIRST.iter().find(|(event_type, ..)| event_type.name() == name && version == 1)?;
    Some(with_fields(object(says), fields, false).into())
}

/// The data of every event as answers have them, which is at the newest version.
pub(super) fn all() -> Vec<(&'static str, Shape)> {
    let newest = |name| Some((name, event(name, procura_engine::codec::event_version(name.parse().ok()?))?));
    let all = EventType::ALL.iter().filter_map(|event_type| newest(event_type.name()));
    // The shapes that ask for most come first: generated clients take the first one that fits.
    let mut largest_first: Vec<_> = FIRST.iter().collect();
    largest_first
        .sort_by_key(|(_, _, fields)| Reverse(fields.split(' ').filter(|field| !field.ends_with('?')).count()));
    let data = largest_first.into_iter().map(|(event_type, ..)| named(event_type.name()));
    let data = any("The data of an event: that shape which has the name of the event's type.", data);
    all.chain([("EventData", data), ("CloudEvent", cloud_event()), ("CloudEventBatch", list(named("CloudEvent")))])
        .chain([("OcsfRecord", ocsf_record()), ("OcsfBatch", list(named("OcsfRecord")))])
        .collect()
}

/// An event as a SIEM reads it: what every class has. The rest is the schema's.
fn ocsf_record() -> Shape {
    open_object("An event as a record of OCSF 1.8.0. docs/siem.md says which class and activity each event is.")
        .has("class_uid", whole(0), "The class.")
        .has("activity_id", whole(0), "What of the class was done.")
        .has("type_uid", whole(0), "Both in one number.")
        .has("time", whole(0), "When it was recorded, in milliseconds since 1970.")
        .has("message", text(), "What happened, in one sentence.")
        .has(
            "metadata",
            open_object("Where the record comes from.")
                .has("uid", text(), "The event's alone, for good.")
                .has("sequence", whole(1), "The event's position.")
                .has("original_event_uid", text(), "The cursor behind which a reader goes on.")
                .into(),
            "",
        )
        .has(
            "unmapped",
            open_object("What the schema has no place for.").has("cloudevent", named("CloudEvent"), "").into(),
            "",
        )
        .into()
}

/// An event as the feed has it.
fn cloud_event() -> Shape {
    let position = || matching("^[0-9]{20}$");
    object("An event as others read it: a CloudEvent 1.0.")
        .has("specversion", one_of(["1.0"]), "")
        .has(
            "id",
            position(),
            "Its position in the log, in 20 digits: with `source` it is the event's alone, for good.",
        )
        .has(
            "source",
            matching("^/procura/[0-9a-f-]{36}(/[0-9]+)?$"),
            "The log, and behind it the epoch, unless that is the first.",
        )
        .has("type", matching("^procura[.][A-Za-z]+[.]v[0-9]+$"), "The event's type and version.")
        .has("subject", text(), "The customer that it concerns, else the partner, else the policy.")
        .has("time", time(), "When it was recorded.")
        .has("datacontenttype", one_of(["application/json"]), "")
        .has("sequence", position(), "The order of events.")
        .has("epoch", matching("^[0-9]+$"), "Which line of the log's history it belongs to: a restore begins another.")
        .has(
            "partitionkey",
            text(),
            "Events with the same key are in order: the customer, else the partner, else `policy`.",
        )
        .has("correlationid", guid(), "The command that it came from.")
        .has(
            "authtype",
            one_of(["user", "system", "unknown"]),
            "Who did it: a user, an operator, or somebody who is not the reader's to know.",
        )
        .may_have("authid", text(), "The user, `tenant/user`, or the operator's name.")
        .has("authentication", named("Authentication"), "How that is known.")
        .may_have("issuer", text(), "Who issued the actor's token; left out with the actor, and where it was not kept.")
        .may_have("importedtime", time(), "When it was brought in from elsewhere.")
        .has("data", named("EventData"), "")
        .into()
}

#[cfg(test)]
pub(super) fn fields(event_type: EventType) -> &'static str {
    FIRST.iter().find(|(found, ..)| *found == event_type).map_or("", |(_, _, fields)| fields)
}
