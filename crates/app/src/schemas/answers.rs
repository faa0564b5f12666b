//! What commands, histories, questions over time and evidence answer with; and the error that stands in for an answer.

use super::{
    rows::{access, with_people},
    shape::{
        Fields, Shape, between, either, guid, list, matching, named, object, open_object, text, time, truth, whole,
    },
};

/// Every such shape, by name.
pub(super) fn answers() -> Vec<(&'static str, Shape)> {
    [problem(), commands(), reasons(), over_time(), histories(), evidence(), service()].into_iter().flatten().collect()
}

fn problem() -> Vec<(&'static str, Shape)> {
    let problem = object("An error, as a problem document (RFC 9457). docs/errors.md says what to do about each code.")
        .has("type", matching("^urn:procura:error:[A-Za-z]+$"), "The code as a URN.")
        .has("title", text(), "The code in words.")
        .has("status", between(400, 599), "The status of the answer.")
        .has("detail", text(), "What happened, and what to do about it.")
        .has("code", named("Code"), "The stable code: programs rely on it.")
        .may_have("rule", named("Rule"), "The rule that it rests on, where one decides.")
        .may_have("position", whole(0), "While the log is opened: the position that it is read up to.")
        .may_have("of", whole(0), "While the log is opened: the position that it has to be read up to.");
    vec![("Problem", problem.into())]
}

fn commands() -> Vec<(&'static str, Shape)> {
    let outcome = object("What was recorded for a command, or would be, and what that changes.")
        .has("id", guid(), "The command's id.")
        .has("recordedAt", time(), "When it was recorded.")
        .has("positions", list(whole(1)), "Where its events stand in the log.")
        .has("events", list(named("RecordedEvent")), "")
        .has("result", named("Made"), "The ids of what the command made, given or generated.")
        .has("accessChanges", named("AccessChanges"), "The rows of the effective permissions that it begins and ends.")
        .has("residualAccess", list(named("ResidualRow")), "What each partner that it concerns can still do afterwards, where its privileges or relationship ended: at most 100 rows.")
        .may_have("moreResidualAccess", truth(), "Whether there may be more of it.")
        .may_have("residualAccessNext", matching("^/"), "The path and query of the rest, where a recorded command leaves more than an answer names.")
        .may_have("actionChanges", list(named("ActionChanges")), "The Autopilot actions that partners get and lose if the policy changes.")
        .may_have("memberChanges", named("MemberChanges"), "What somebody gets or loses by joining or leaving a group; told of a dry run only.")
        .with(with_people);
    let event = object("An event of a command.").has("position", whole(1), "").has("type", named("EventType"), "").has(
        "data",
        named("EventData"),
        "",
    );
    let made = [
        "partner",
        "customer",
        "invitation",
        "subscription",
        "roleAssignment",
        "device",
        "profile",
        "serviceRequest",
        "webhook",
    ];
    let made =
        made.iter().fold(object("The ids of what a command made."), |made, name| made.may_have(name, guid(), ""));
    let changes = object("The access that somebody got and somebody lost.")
        .has("gained", list(named("Access")), "")
        .has("lost", list(named("Access")), "");
    let actions = object("The Autopilot actions that a partner's AdminAgents get or lose in a customer's tenant.")
        .has("partner", guid(), "")
        .has("customer", guid(), "")
        .has("gained", list(named("ActionOn")), "What they can do afterwards, and could not before.")
        .has("lost", list(named("ActionOn")), "What they could do before, and cannot afterwards.");
    let action = object("An action, on so many resources.").has("action", text(), "").has(
        "resources",
        whole(0),
        "On how many customers, devices or profiles.",
    );
    let member = object("What a user gets or loses with a group.")
        .has("user", named("UserOfTenant"), "Who joins or leaves.")
        .has("gained", list(named("GroupGrantRow")), "What comes with joining.")
        .has("lost", list(named("GroupGrantRow")), "What goes with leaving.");
    let grant = object("One line of a group's reach.")
        .has("group", named("GroupOfPartner"), "")
        .has("role", named("Role"), "")
        .has("origin", named("Origin"), "How the group came by it.")
        .has("scopes", whole(0), "On how many customers or subscriptions.");
    vec![
        ("Outcome", outcome.into()),
        ("RecordedEvent", event.into()),
        ("Made", made.into()),
        ("AccessChanges", changes.into()),
        ("ActionChanges", actions.into()),
        ("ActionOn", action.into()),
        ("MemberChanges", member.into()),
        ("GroupGrantRow", grant.into()),
    ]
}

/// Why an answer is as it is, as fields of the answer.
pub(super) fn explanation(object: Fields, asked_for: bool) -> Fields {
    let says = "Why: the newest first, at most 20; of a denial the one that explains it.";
    let reasons = list(named("Because"));
    let object =
        if asked_for { object.may_have("reasons", reasons, says) } else { object.has("reasons", reasons, says) };
    object.may_have("moreReasons", truth(), "Whether there are more than an answer names.")
}

fn reasons() -> Vec<(&'static str, Shape)> {
    let because = object("A rule, and the events that made it so.")
        .has("rule", named("Rule"), "")
        .may_have("missing", text(), "What the rule lacks, if it is the reason of a denial.")
        .has("because", list(named("Cause")), "The events; where something is missing, the one that took it away.");
    let cause = object("An event that an answer rests on.")
        .has("position", whole(1), "")
        .has("event", named("EventType"), "")
        .has("time", time(), "When it was recorded.")
        .may_have("by", named("DisclosedAuthor"), "Who made it happen, as far as the reader may know.");
    let author = either(
        "Who made an event happen, as far as the reader is told.",
        ["AuthorUser", "AuthorOperator", "AuthorPartner"].map(named),
    );
    let known = |object: Fields| {
        let object = object.has("authentication", named("Authentication"), "How that is known.");
        object.may_have("issuer", text(), "Who issued the token.")
    };
    let user = known(object("A user.").has("user", named("UserOfTenant"), ""));
    let operator = known(object("An operator, by name.").has("operator", text(), ""));
    vec![
        ("Because", because.into()),
        ("Cause", cause.into()),
        ("DisclosedAuthor", author),
        ("AuthorUser", user.into()),
        ("AuthorOperator", operator.into()),
        ("AuthorPartner", object("Somebody of this partner.").has("partner", guid(), "").into()),
    ]
}

fn over_time() -> Vec<(&'static str, Shape)> {
    let row = object("What a subject could do to a resource at some time.")
        .has("subject", named("Entity"), "")
        .has("action", text(), "")
        .has("resource", named("Entity"), "")
        .has(
            "spans",
            list(named("AccessInterval")),
            "When, oldest first. If one ends at the beginning of the next, only the reasons changed.",
        )
        .may_have("earlierSpans", truth(), "Whether there may be earlier ones, in a row of the next page.");
    let span = object("A stretch of time, and why the subject could.")
        .has("from", named("Point"), "Since when, also where that is before the time asked about.")
        .has(
            "until",
            super::shape::or_null(named("Point")),
            "Until when; null where it still could at the end of the time asked about.",
        );
    let entity =
        object("A subject or a resource, as questions spell it.").has("type", text(), "").has("id", text(), "");
    vec![("AccessOverTime", row.into()), ("AccessInterval", explanation(span, false).into()), ("Entity", entity.into())]
}

fn histories() -> Vec<(&'static str, Shape)> {
    let entry = object("One event of a history, told.")
        .has("position", whole(1), "")
        .has("time", time(), "When it was recorded.")
        .has("type", named("EventType"), "")
        .may_have("actor", named("ActorRow"), "Who did it; left out if the reader may not know.")
        .has("authentication", named("Authentication"), "How the actor was known.")
        .may_have("issuer", text(), "Who issued the actor's token; left out with the actor, and where it was not kept.")
        .may_have("importedAt", time(), "When it was brought in from elsewhere.")
        .has("command", guid(), "The id of the command that it came from.")
        .has("text", text(), "What happened, in one sentence.")
        .has("rule", named("Rule"), "The rule under which it happened.")
        .may_have("customer", named("TenantSummary"), "The customer that it concerns.")
        .may_have("partner", named("TenantSummary"), "The partner that it concerns.")
        .has("gained", list(named("Effect")), "The access that somebody got by it.")
        .has("lost", list(named("Effect")), "The access that somebody lost by it.")
        .has("data", named("EventData"), "");
    let effect = access(object("A row of the effective permissions that begins or ends.")).has(
        "text",
        text(),
        "The same in words.",
    );
    let actor = either("Who did something.", ["HistoryUser", "HistoryOperator"].map(named));
    let user = object("A user.").has("tenant", guid(), "").has("tenantName", text(), "").has(
        "user",
        guid(),
        "The object id in that tenant.",
    );
    let user = user.may_have("name", text(), "What the user is called now.");
    vec![
        ("HistoryEntry", entry.into()),
        ("Effect", effect.into()),
        ("ActorRow", actor),
        ("HistoryUser", user.into()),
        ("HistoryOperator", object("An operator, by name.").has("operator", text(), "").into()),
    ]
}

fn evidence() -> Vec<(&'static str, Shape)> {
    let hashes = || list(matching("^[A-Za-z0-9+/]{43}=$"));
    let inclusion = object("Shows that an event is in the log, at its position.")
        .has("position", whole(1), "The position of the event.")
        .has("size", whole(1), "The size of the tree in which it is shown.")
        .has("hashes", hashes(), "The audit path of RFC 6962, section 2.1.1, each hash in base64.");
    let consistency = object("Shows that the log of one size begins with the whole log of a smaller size.")
        .has("oldSize", whole(0), "The size of the smaller tree.")
        .has("size", whole(0), "The size of the larger tree.")
        .has("hashes", hashes(), "The consistency proof of RFC 6962, section 2.1.2, each hash in base64.");
    let event = object("An event with the proof that it is in the log.")
        .has("position", whole(1), "")
        .has("event", text(), "The bytes that are stored, which are JSON in UTF-8.")
        .has("proof", named("InclusionProof"), "")
        .has("checkpoint", text(), "The signed note of that tree.");
    let growth = object("The proof that a log begins with all of an earlier one, and the roots of the two.")
        .has("oldRoot", matching("^[A-Za-z0-9+/]{43}=$"), "The root of the smaller tree, in base64.")
        .has("proof", named("ConsistencyProof"), "")
        .has("root", matching("^[A-Za-z0-9+/]{43}=$"), "The root of the larger tree, in base64.");
    vec![
        ("InclusionProof", inclusion.into()),
        ("ConsistencyProof", consistency.into()),
        ("EventProof", event.into()),
        ("Growth", growth.into()),
    ]
}

fn service() -> Vec<(&'static str, Shape)> {
    let caller = object("Who is calling, by the token.")
        .has("tenant", guid(), "The tenant that the user belongs to and acts for.")
        .has("user", guid(), "The object id in that tenant.")
        .has(
            "roles",
            list(super::shape::one_of(["Operator", "Auditor", "Decider"])),
            "The service roles that the token carries.",
        )
        .has("issuer", text(), "Who issued the token.");
    let health = object("That the process answers, or that its log is being written to.");
    let health = health.has("status", super::shape::one_of(["alive", "ready"]), "").may_have(
        "checked",
        named("CheckedLog"),
        "Of `/readyz`, after a start that went on from a snapshot: how far the log below it is checked, until that is done.",
    );
    let checked = object("How far the log below a snapshot is checked.")
        .has("position", whole(0), "Everything up to there is sound.")
        .has("of", whole(1), "The position of the snapshot.");
    let description =
        open_object("An OpenAPI document: what you are reading.").has("openapi", matching("^3\\.1\\."), "");
    let events_description =
        open_object("An AsyncAPI document: the events.").has("asyncapi", matching("^3\\.0\\."), "");
    vec![
        ("CallerDetails", caller.into()),
        ("Health", health.into()),
        ("CheckedLog", checked.into()),
        ("Description", description.into()),
        ("EventsDescription", events_description.into()),
    ]
}
