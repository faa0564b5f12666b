//! Every route with its description, by what it is about. The shapes that are named here are those of
//! `procura_app::schemas`.

use super::operation::{Operation, act, ask, delete, get, open, post, put};
use procura_app::{
    Code,
    schemas::{
        COMMANDS, CommandDescription,
        shape::{formatted, named, text},
    },
};

/// What a list takes.
const PAGE: &[&str] = &["at", "limit", "after"];

/// Every route.
pub(super) fn all() -> Vec<Operation> {
    [
        access(),
        commands(),
        lists(),
        invitations(),
        histories(),
        consumers(),
        over_time(),
        found(),
        reports(),
        evidence(),
        service(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn access() -> Vec<Operation> {
    let asked = |path: &str, id: &str, says: &str, body: &'static str, answer: &str| {
        ask("access", &format!("/access/v1/{path}"), id, says, body).at_a_moment().refused(&[Code::NotAllowed]).json(
            200,
            "The answer.",
            answer,
        )
    };
    let metadata = |path: &str, id: &str| {
        open("access", &format!("/.well-known/authzen-configuration{path}"), id, "Where the AuthZEN API is.")
            .json(200, "Its addresses.", "PdpMetadata")
            .refused(&[Code::NotReady])
    };
    let login = |path: &str, id: &str| {
        let says = "Where people log in, as protected resource metadata (RFC 9728).";
        open("access", &format!("/.well-known/oauth-protected-resource{path}"), id, says)
            .json(200, "The metadata.", "ProtectedResourceMetadata")
            .refused(&[Code::NotReady])
    };
    vec![
        asked(
            "evaluation",
            "evaluate",
            "May this subject do this to that resource?",
            "EvaluationRequest",
            "EvaluationResponse",
        )
        .more(
            "What is unknown, or not yours to know, is a denial. Deciders, operators and auditors ask about anybody; a user \
             about itself; a customer's Global administrator about anybody on its own tenant's resources.",
        ),
        asked(
            "evaluations",
            "evaluateSeveral",
            "Answers several questions.",
            "EvaluationsRequest",
            "EvaluationsResponse",
        )
        .more("A question that cannot be answered says so in its place."),
        asked("search/subject", "searchSubjects", "Who may do this to that?", "SubjectSearch", "EntitySearchResponse"),
        asked(
            "search/resource",
            "searchResources",
            "To what may this subject do this?",
            "ResourceSearch",
            "EntitySearchResponse",
        ),
        asked(
            "search/action",
            "searchActions",
            "What may this subject do to that?",
            "ActionSearch",
            "ActionSearchResponse",
        ),
        metadata("", "getAuthzenConfiguration"),
        metadata("/{path}", "getAuthzenConfigurationAtPath").more("Where the public URL has that path."),
        login("", "getProtectedResource"),
        login("/{path}", "getProtectedResourceAtPath").more("Where the public URL has that path."),
    ]
}

/// One operation a command: all are `POST /v1/commands/{name}`.
fn commands() -> Vec<Operation> {
    COMMANDS.iter().map(command).collect()
}

fn command(command: &'static CommandDescription) -> Operation {
    let CommandDescription { name, does, issuers, action, events, refusals, .. } = *command;
    let mut id = name.to_owned();
    if let Some(first) = id.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let events = events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", ");
    let asked = action.map(|action| format!(" The action checked is `{action}`.")).unwrap_or_default();
    post("commands", &format!("/v1/commands/{name}"), &id, does, name)
        .more(format!("Issued by: {issuers}{asked} Events: {events}."))
        .takes(&["dryRun"])
        .heads(&["Idempotency-Key", "If-Match"])
        .told_when()
        .json(200, "What the command would do; nothing was recorded.", "Outcome")
        .json(201, "What was recorded, and what that changed.", "Outcome")
        .refused(&[
            Code::InvalidCommand,
            Code::NotAllowed,
            Code::NotFound,
            Code::IdempotencyKeyReused,
            Code::PositionConflict,
            Code::IdempotencyQuota,
            Code::Stopping,
            Code::ClockUnfit,
            Code::LowSpace,
        ])
        .out_of_range(Code::InvalidCommand)
        .refused(refusals)
}

/// A list of such rows.
fn list(path: &str, id: &str, says: &str, page: &str) -> Operation {
    get("lists", path, id, says).takes(PAGE).at_a_moment().json(200, "A page of the list.", page)
}

/// What lists of relationships are narrowed by.
const RELATIONSHIPS: &[&str] = &["dap", "residual", "ended", "name"];

fn lists() -> Vec<Operation> {
    let of_customer = |path: &str, id: &str, says: &str, page: &str| {
        list(&format!("/v1/customers/{{customer}}/{path}"), id, says, page)
    };
    vec![
        of_customer(
            "partner-relationships",
            "listPartnerRelationships",
            "A customer's partners, as its administrator sees them.",
            "PartnerRelationshipPage",
        )
        .takes(RELATIONSHIPS),
        of_customer(
            "effective-permissions",
            "listEffectivePermissions",
            "Who holds which role where in a customer's tenant, how they came by it, and since when.",
            "PermissionPage",
        )
        .takes(&["partner", "subscription", "includeEnded", "principal"]),
        of_customer("subscriptions", "listSubscriptions", "A customer's subscriptions.", "SubscriptionPage")
            .takes(&["name"]),
        of_customer("devices", "listDevices", "A customer's Autopilot devices.", "DevicePage").takes(&["serial"]),
        of_customer("profiles", "listProfiles", "A customer's deployment profiles.", "ProfilePage"),
        of_customer(
            "service-requests",
            "listServiceRequests",
            "The service requests that partners opened on a customer's behalf.",
            "ServiceRequestPage",
        ),
        list("/v1/partners/{partner}/customers", "listCustomers", "A partner's customers.", "CustomerPage")
            .takes(RELATIONSHIPS),
        list("/v1/customers", "listRegisteredCustomers", "The customers that the caller may know of.", "TenantPage")
            .more("Operators and auditors get all, a customer's users their own, a partner's agents its customers.")
            .takes(&["customer", "name"]),
        list("/v1/partners", "listRegisteredPartners", "The partners that the caller may know of.", "TenantPage")
            .more(
                "Operators and auditors get all, a partner's agents and Global administrators their own, a customer's \
                 Global administrators those that have or had access in its tenant.",
            )
            .takes(&["partner", "name"]),
        list(
            "/v1/relationships",
            "listRelationships",
            "Which customer has to do with which partner, as far as the caller may know.",
            "RelationshipPage",
        )
        .takes(&["customer", "partner"])
        .takes(RELATIONSHIPS)
        .refused(&[Code::NotFound]),
        list(
            "/v1/tenants/{tenant}/people",
            "listPeople",
            "A tenant's people: those who are described, hold a directory role or are in a group.",
            "PeoplePage",
        )
        .more("For the tenant's Global administrators, and operators and auditors. Names are those of now.")
        .takes(&["name"]),
        list(
            "/v1/partners/{partner}/groups/{group}/members",
            "listGroupMembers",
            "Who is in a partner's group.",
            "MemberPage",
        ),
        list(
            "/v1/tenants/{tenant}/directory-roles/{role}/members",
            "listDirectoryRoleMembers",
            "Who holds a directory role explicitly. A partner is never among them (DAP-2).",
            "MemberPage",
        ),
        list(
            "/v1/residual-access",
            "listResidualAccess",
            "What partners can still do after their privileges or relationship ended.",
            "ResidualPage",
        )
        .takes(&["customer", "partner"])
        .refused(&[Code::NotFound]),
    ]
}

fn invitations() -> Vec<Operation> {
    vec![
        get(
            "invitations",
            "/v1/partners/{partner}/invitations",
            "listInvitations",
            "The invitations that a partner sent.",
        )
        .takes(PAGE)
        .takes(&["invitationState"])
        .at_a_moment()
        .json(200, "A page of the list.", "InvitationPage"),
        get("invitations", "/v1/invitations/{invitation}", "getInvitation", "One invitation.")
            .takes(&["at"])
            .at_a_moment()
            .json(200, "The invitation.", "InvitationDetails"),
        get(
            "invitations",
            "/v1/invitations/{invitation}/draft",
            "getInvitationDraft",
            "The draft of an invitation's e-mail, for those who send it.",
        )
        .takes(&["at", "draftFormat"])
        .at_a_moment()
        .json(200, "The draft.", "Draft")
        .answers(200, "The draft.", "message/rfc822", Some(text()))
        .refused(&[Code::Erased]),
    ]
}

fn histories() -> Vec<Operation> {
    const FILTERS: &[&str] =
        &["at", "from", "until", "subscription", "device", "user", "type", "actor", "position", "limit", "order"];
    let feed = get("history", "/v1/events", "listEvents", "What happened, in order, as far as the caller may know it.")
        .more(
            "A page; or with `Accept: text/event-stream` a stream without end, which catches up and then follows. The header \
             `Procura-Reached` says behind which cursor to go on, and `Link` has the next page if there is more already. \
             docs/feed.md says more.",
        )
        .takes(&["cursor", "feedLimit", "types", "customer", "partner", "feedFormat"])
        .heads(&["Last-Event-ID"])
        .at_a_moment()
        .answers(200, "A page of the feed.", "application/cloudevents-batch+json", Some(named("CloudEventBatch")))
        .answers(200, "", "application/json", Some(named("OcsfBatch")))
        .answers(200, "", "text/event-stream", Some(text()))
        .refused(&[Code::NotAllowed, Code::Stopping]);
    let history = |path: &str, id: &str, says: &str| {
        get("history", path, id, says)
            .takes(FILTERS)
            .at_a_moment()
            .json(200, "A page of the history.", "HistoryPage")
            .refused(&[Code::NotFound])
    };
    vec![
        history("/v1/customers/{customer}/history", "listCustomerHistory", "What happened in a customer's tenant.")
            .takes(&["partner"]),
        history("/v1/partners/{partner}/history", "listPartnerHistory", "What happened to a partner and by it.")
            .takes(&["customer"]),
        history("/v1/history", "listHistory", "What happened, to everybody; for operators and auditors (VIS-4).")
            .takes(&["customer", "partner"])
            .refused(&[Code::NotAllowed]),
        feed,
    ]
}

fn found() -> Vec<Operation> {
    let says = "What people call so: a tenant by its domain or name, a user by its user principal name, a subscription or \
                profile by its name, a device by its serial number.";
    vec![
        get("lists", "/v1/find", "find", says).takes(&["thingKind!", "text!", "inCustomer"]).json(
            200,
            "What fits, of what the caller knows of: at most 20.",
            "Found",
        ),
        get("lists", "/v1/labels", "labels", "What things are called, by their ids, for people to read.")
            .takes(&["ids!"])
            .json(200, "Those that the caller knows of.", "Labels"),
    ]
}

fn over_time() -> Vec<Operation> {
    let asked = |path: &str, id: &str, says: &str, first: &[&str]| {
        get("over time", path, id, says)
            .takes(first)
            .takes(&["from", "until", "limit", "after"])
            .at_a_moment()
            .json(200, "A page of the answer.", "AccessOverTimePage")
            .refused(&[Code::NotAllowed, Code::NotFound])
    };
    vec![
        asked(
            "/v1/who-could",
            "whoCould",
            "Who could do this to that between two moments, when exactly, and why?",
            &["action!", "resource!", "partner", "source"],
        ),
        asked(
            "/v1/what-could",
            "whatCould",
            "What could this subject do anywhere between two moments, when exactly, and why?",
            &["subject!", "action", "customer", "resourceType"],
        ),
    ]
}

fn consumers() -> Vec<Operation> {
    const TAG: &str = "consumers and webhooks";
    let refusals = [Code::InvalidCommand, Code::NotAllowed, Code::TooManyFeeds, Code::IdempotencyKeyReused];
    let refusals = [&refusals[..], &[Code::Stopping, Code::ClockUnfit, Code::LowSpace]].concat();
    let path = |rest: &str| format!("/v1/consumers/{{name}}{rest}");
    let one =
        |rest: &str, id: &str, says: &str| act(TAG, &path(rest), id, says).json(200, "How it stands.", "Consumer");
    let of_consumer = vec![
        get(TAG, "/v1/consumers", "listConsumers", "The consumers that the caller may know of (FEED-1).").json(
            200,
            "All of them.",
            "ConsumerList",
        ),
        get(TAG, &path(""), "getConsumer", "A consumer of the caller's own.").json(200, "How it stands.", "Consumer"),
        put(TAG, &path(""), "putConsumer", "Makes a consumer of the caller's own, or changes it.", "ConsumerSettings")
            .json(200, "It is so already; nothing was recorded.", "Consumer")
            .json(201, "It is so now.", "Consumer")
            .refused(&refusals)
            .out_of_range(Code::InvalidCommand),
        delete(TAG, &path(""), "removeConsumer", "Deletes a consumer of the caller's own.")
            .empty(204, "It is no more.")
            .refused(&refusals)
            .out_of_range(Code::InvalidCommand),
        act(TAG, &path("/fetch"), "fetchEvents", "Events to work on, in order for each key; waits if there are none.")
            .takes(&["max", "wait"])
            .json(200, "Events, each the caller's until it is acknowledged or the time is up.", "Fetched")
            .refused(&[Code::OwnerLostAccess, Code::Stopping]),
        ask(TAG, &path("/ack"), "acknowledgeEvents", "Says what became of events.", "Acknowledgement").json(
            200,
            "How many of them were still open.",
            "Acknowledged",
        ),
        ask(TAG, &path("/seek"), "seekConsumer", "Has a consumer go on behind a cursor.", "SeekRequest").json(
            200,
            "How it stands.",
            "Consumer",
        ),
        one("/pause", "pauseConsumer", "Has a consumer hand out nothing for now."),
        one("/resume", "resumeConsumer", "Has a consumer go on."),
        get(TAG, &path("/parked"), "listParkedEvents", "The events that were tried too often.").json(
            200,
            "All of them, at most 1,000.",
            "ParkedList",
        ),
        ask(
            TAG,
            &path("/parked"),
            "changeParkedEvents",
            "Replays parked events, or does away with them.",
            "ParkedRequest",
        )
        .json(200, "How many of them were parked.", "ParkedChanges"),
    ];
    let path = |rest: &str| format!("/v1/webhooks/{{name}}{rest}");
    let of_webhook =
        vec![
            get(TAG, "/v1/webhooks", "listWebhooks", "The webhooks that the caller may know of (FEED-1).").json(
                200,
                "All of them.",
                "WebhookList",
            ),
            get(TAG, &path(""), "getWebhook", "A webhook of the caller's own.").json(200, "How it stands.", "Webhook"),
            put(TAG, &path(""), "putWebhook", "Makes a webhook of the caller's own, or changes it.", "WebhookSettings")
                .more("A new one gets a secret, and `newSecret` gives it another; it stands in this answer alone.")
                .json(200, "It is so already; nothing was recorded.", "Webhook")
                .json(201, "It is so now.", "Webhook")
                .refused(&refusals)
                .out_of_range(Code::InvalidCommand),
            delete(
                TAG,
                &path(""),
                "removeWebhook",
                "Deletes a webhook of the caller's own, and its address and secret for good.",
            )
            .empty(204, "It is no more.")
            .refused(&refusals)
            .out_of_range(Code::InvalidCommand),
            get(TAG, &path("/parked"), "listParkedMessages", "The events that were sent for a day and not taken.")
                .json(200, "All of them, at most 1,000.", "ParkedList"),
            ask(
                TAG,
                &path("/parked"),
                "changeParkedMessages",
                "Sends parked events again, or does away with them.",
                "ParkedRequest",
            )
            .json(200, "How many of them were parked.", "ParkedChanges"),
        ];
    of_consumer.into_iter().chain(of_webhook).collect()
}

fn reports() -> Vec<Operation> {
    let report = get("reports", "/v1/reports/{name}", "getReport", "A compliance report.")
        .more("docs/reports.md says what each of them says, and which parameters it needs.")
        .takes(&["customer", "partner", "at", "from", "until", "names", "format", "lang"])
        .heads(&["Accept-Language"])
        .at_a_moment()
        .json(200, "The report.", "Report");
    let report = report.answers(200, "", "text/csv", Some(text())).answers(200, "", "text/html", Some(text()));
    let signature = get("reports", "/v1/reports/{name}/signature", "getReportSignature", "A report's detached signature.")
        .more("A signed note over the hash of the report's bytes and its checkpoint; `at` is the moment that the report says it is about.")
        .takes(&["customer", "partner", "at", "from", "until", "names", "format", "lang"])
        .heads(&["Accept-Language"])
        .at_a_moment()
        .answers(200, "The note.", "text/plain", None);
    vec![report, signature]
}

fn evidence() -> Vec<Operation> {
    let evidence = |path: &str, id: &str, says: &str| {
        get("evidence", path, id, says).more("For operators and auditors (VIS-4).").refused(&[Code::NotAllowed])
    };
    vec![
        evidence("/v1/log/checkpoint", "getCheckpoint", "The signed note of everything that there is.").answers(
            200,
            "The note.",
            "text/plain",
            None,
        ),
        evidence("/v1/log/consistency-proof", "getConsistencyProof", "The proof that the log only grew.")
            .takes(&["sizeFrom!", "sizeTo"])
            .json(200, "The proof.", "Growth")
            .out_of_range(Code::InvalidRequest),
        evidence("/v1/log/tile/{tile}", "getTile", "A hash tile of the log, as C2SP's tlog-tiles has it.")
            .more("For operators and auditors (VIS-4). A full tile never changes; the last tile of a level is asked for with the number of hashes that it has.")
            .answers(200, "Its hashes, 32 bytes each.", "application/octet-stream", Some(formatted("binary"))),
        evidence(
            "/v1/events/{position}/proof",
            "getEventProof",
            "An event with the proof that it is in the log of the newest checkpoint.",
        )
        .json(200, "The proof.", "EventProof"),
        get("evidence", "/v1/backup", "getBackup", "A backup of the log, as it is made.")
            .more("For operators. If the answer breaks off, it is no backup: `procura restore` says so.")
            .takes(&["keys"])
            .answers(200, "The backup.", "application/zstd", Some(formatted("binary")))
            .refused(&[Code::NotAllowed]),
    ]
}

fn service() -> Vec<Operation> {
    vec![
        get("service", "/v1/caller", "getCaller", "Who is calling, by the token.").json(
            200,
            "The caller.",
            "CallerDetails",
        ),
        get("service", "/metrics", "getMetrics", "What is measured, for Prometheus.")
            .more("For operators and auditors (VIS-4). docs/watching.md says what to look at.")
            .answers(200, "The metrics.", "text/plain", None)
            .refused(&[Code::NotAllowed]),
        open("service", "/healthz", "getHealth", "Whether the process answers.").json(200, "It does.", "Health"),
        open("service", "/readyz", "getReadiness", "Whether the log is open and being written to.")
            .more("While the log is opened, the problem says how far it is: `position` of `of`. Everything but `/healthz` is answered so then, and no token is looked at.")
            .json(200, "It is.", "Health")
            .refused(&[Code::NotReady]),
        open("service", "/openapi.json", "getDescription", "This document.")
            .json(200, "The document.", "Description")
            .refused(&[Code::NotReady]),
        open("service", "/asyncapi.json", "getEventsDescription", "The events that `/v1/events` gives, as AsyncAPI 3.")
            .json(200, "The document.", "EventsDescription")
            .refused(&[Code::NotReady]),
    ]
}
