//! The parameters of requests: in the path, in the query, in headers. A name means the same wherever it stands, but where
//! an entry of the operations says otherwise.

use procura_app::{
    PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX,
    consumers::{FETCH_EVENTS_DEFAULT, FETCH_EVENTS_MAX},
    schemas::shape::{Shape, between, by_default, chars, guid, matching, named, text, truth, whole},
};
use utoipa::openapi::{
    Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

/// The headers that every request with a token may have.
pub(super) const OF_EVERY_REQUEST: &[&str] = &["Procura-Min-Position", "Procura-Epoch", "x-request-id"];

/// The shared ones, as the document's components.
pub(super) fn shared() -> Vec<(&'static str, Parameter)> {
    OF_EVERY_REQUEST.iter().map(|name| (*name, header(name))).collect()
}

/// The header of that name.
pub(super) fn header(name: &str) -> Parameter {
    let (shape, says) = match name {
        "Procura-Min-Position" => {
            (whole(0), "Waits, at most 5 s, until everything up to this position is in the answer.")
        }
        "Procura-Epoch" => (
            whole(1),
            "The epoch of that position. The log must have gone through the position in it: after a restore it may not have.",
        ),
        "x-request-id" => (chars(1, 256), "An id for the request, printable ASCII, which comes back with the answer."),
        "Idempotency-Key" => (
            matching("^[!-~]{1,64}$"),
            "A name for this command, of the caller's own. The same key and body again gives the first answer of a command that was recorded.",
        ),
        "If-Match" => (
            matching("^\"?[0-9]+\"?$"),
            "The newest position that the caller has seen. The command is refused if the customer that it names, else the partner, has newer events.",
        ),
        "Last-Event-ID" => {
            (text(), "The cursor of the last event that the reader of a stream has; goes before `after`.")
        }
        "Accept-Language" => (text(), "The language of a page, if `lang` names none."),
        _ => (text(), ""),
    };
    parameter(ParameterIn::Header, name, shape, says).build()
}

/// The parameter of that name in a path.
pub(super) fn in_path(name: &str) -> Parameter {
    let (shape, says) = match name {
        "customer" => (guid(), "The customer's tenant."),
        "partner" => (guid(), "The partner's tenant."),
        "tenant" => (guid(), "A partner's or a customer's tenant."),
        "invitation" => (guid(), "The invitation."),
        "role" => (named("DirectoryRole"), "The directory role."),
        "group" => (named("PartnerGroup"), "The partner's group."),
        "name" => (named("ReportName"), "The report."),
        "feedName" => (matching("^[a-z0-9][a-z0-9._-]{0,63}$"), "Its name, among those of its owner."),
        "position" => (whole(1), "The event's position in the log."),
        "tile" => (
            text(),
            "The tile: level and index, in groups of three digits with `x` before all but the last, and `.p/` with the number of hashes where it is not full, such as `0/x001/234` or `0/x001/234.p/8`. The slashes are part of the path.",
        ),
        "path" => (text(), "The path of the public URL."),
        _ => (text(), ""),
    };
    let name = if name == "feedName" { "name" } else { name };
    parameter(ParameterIn::Path, name, shape, says).required(Required::True).build()
}

/// The parameter of that name in a query; `!` behind the name if it must be given.
pub(crate) fn in_query(name: &str) -> Parameter {
    let (name, required) = name.strip_suffix('!').map_or((name, Required::False), |name| (name, Required::True));
    let (shape, says) = match name {
        "at" => (text(), "The moment that it is about: a time or a position; now when left out."),
        "limit" => (by_default(between(1, PAGE_ITEMS_MAX), PAGE_ITEMS_DEFAULT), "How many items a page has at most."),
        "after" => (text(), "Where the page before ended: follow `nextLink`, which has it."),
        "from" => (text(), "From when on: a time or a position; the beginning when left out."),
        "until" => (text(), "Until when: a time or a position; now when left out."),
        "customer" => (guid(), "Only what concerns this customer."),
        "partner" => (guid(), "Only what concerns this partner."),
        "subscription" => (guid(), "Only what concerns this subscription."),
        "device" => (guid(), "Only what concerns this device."),
        "user" => (text(), "Only what is about this user, `tenant/user`: its roles and memberships."),
        "actor" => (text(), "Only what was done by this user, `tenant/user`, or this operator."),
        "type" => (named("EventType"), "Only events of this type."),
        "types" => (text(), "Only events of these types, with commas between them."),
        "cursor" => {
            (text(), "Only what comes behind this cursor, like 17, or 17@1790000000000 where the log was restored.")
        }
        "feedLimit" => (
            by_default(between(1, PAGE_ITEMS_MAX), PAGE_ITEMS_DEFAULT),
            "How many events a page has at most; a stream takes none.",
        ),
        "max" => (by_default(between(1, FETCH_EVENTS_MAX), FETCH_EVENTS_DEFAULT), "How many events at most."),
        "wait" => (by_default(between(0, 30), 0), "How many seconds to wait for one, if there are none."),
        "order" => (by_default(named("Order"), "oldest"), "In which order."),
        "includeEnded" => (by_default(truth(), false), "Rows that had ended by the moment, too."),
        "name" => (text(), "Only what has this in its name, in whatever case; of a tenant, in its name or domain."),
        "dap" => (truth(), "Only where delegated admin privileges are in force; if false, only where they are not."),
        "residual" => (truth(), "Only where there is residual access; if false, only where there is none."),
        "ended" => (truth(), "Only where the relationship has ended; if false, only where it has not."),
        "serial" => (text(), "Only devices with this serial number, in whatever case."),
        "principal" => (
            text(),
            "Only what this user holds, `tenant/user`, itself or by a group that it is in, as far as the caller may know; or what this group holds, `partner/AdminAgents`.",
        ),
        "invitationState" => (named("InvitationState"), "Only those that stand so."),
        "ids" => (
            text(),
            "Ids of tenants, subscriptions, devices and profiles, and users as `tenant/user`; with commas, at most 100.",
        ),
        "thingKind" => (named("ThingKind"), "What kind of thing."),
        "text" => (text(), "What people call it; case makes no difference."),
        "inCustomer" => (guid(), "Only in this customer's tenant."),
        "action" => (text(), "The action: docs/actions.md lists them."),
        "resource" => (text(), "The resource, like `customer:GUID`."),
        "subject" => (text(), "The subject, like `user:TENANT/USER` or `group:PARTNER/AdminAgents`."),
        "resourceType" => (named("ResourceType"), "Only on resources of this type."),
        "source" => {
            (named("CustomerChannel"), "For `device.add`: the channel through which the customer adds the device.")
        }
        "names" => (
            text(),
            "Of when the names of people are: the position that a report states; `none` for a report without names; now when left out.",
        ),
        "lang" => (named("Locale"), "The language of a page."),
        "format" => (named("Format"), "The form of the report; as `Accept` says when left out."),
        "feedFormat" => (by_default(named("FeedFormat"), "cloudevents"), "How each event is written."),
        "draftFormat" => (named("DraftFormat"), "The form of the draft; as `Accept` says when left out."),
        "dryRun" => (
            by_default(truth(), false),
            "Only asks what the command would do: the answer is `200`, and nothing is recorded.",
        ),
        "keys" => (by_default(truth(), false), "With the keys that personal data is sealed under."),
        "sizeFrom" => (whole(0), "The size of the earlier log."),
        "sizeTo" => (whole(0), "The size of the later log; the newest when left out."),
        "position" => (whole(0), "Where the page before ended: follow `nextLink`, which has it."),
        _ => (text(), ""),
    };
    let name = match name {
        "draftFormat" | "feedFormat" => "format",
        "invitationState" => "state",
        "inCustomer" => "customer",
        "sizeFrom" => "from",
        "sizeTo" => "to",
        "position" | "cursor" => "after",
        "types" | "thingKind" => "type",
        "feedLimit" => "limit",
        name => name,
    };
    parameter(ParameterIn::Query, name, shape, says).required(required).build()
}

fn parameter(place: ParameterIn, name: &str, shape: Shape, says: &str) -> ParameterBuilder {
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(Required::False);
    parameter.description(Some(says)).schema(Some(shape))
}
