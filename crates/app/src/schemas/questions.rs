//! Access questions and their answers, as AuthZEN has them. What a question has beside these fields is passed over.

use super::{
    answers::explanation,
    rows::with_people,
    shape::{
        Fields, Shape, between, by_default, either, formatted, list, named, object, one_of, open_object, or_null, text,
        time, truth, whole,
    },
};

/// Every such shape, by name.
pub(super) fn questions() -> Vec<(&'static str, Shape)> {
    [entities(), evaluations(), searches(), answers()].into_iter().flatten().collect()
}

const USER_OR_GROUP: &str = "`user` or `group`.";
const RESOURCE_TYPES: &str = "`customer`, `partner`, `subscription`, `device` or `profile`.";

/// The parts of a question: whole, and, in a batch, as far as they differ from the batch's own.
fn entities() -> Vec<(&'static str, Shape)> {
    type Part = (&'static str, &'static str);
    let entity = |says, parts: &[Part], properties: Shape, is_whole| {
        let object = parts.iter().fold(open_object(says), |object, (name, says)| {
            if is_whole { object.has(name, text(), says) } else { object.may_have(name, or_null(text()), says) }
        });
        let object: Shape = object.may_have("properties", or_null(properties), "").into();
        object
    };
    let subject = [("type", USER_OR_GROUP), ("id", "Of a user `{tenant}/{user}`, of a group `{partner}/{Group}`.")];
    let action = [("name", "The name of an action: docs/actions.md lists them.")];
    let resource = [("type", RESOURCE_TYPES), ("id", "Its GUID.")];
    let unused = || named("UnusedProperties");
    let properties = open_object("What a question says about a resource beside its id.")
        .may_have("partner", or_null(text()), "The partner that it is about; the subject's own when left out.")
        .may_have("source", or_null(text()), "For `device.add`: the channel through which the customer adds it.")
        .may_have("user", or_null(text()), "For `user.describe`: the object id of the user that is given a display name; any user, and any name, when left out.");
    let context = open_object("When a question is about, and whether reasons are wanted.")
        .may_have(
            "time",
            or_null(text()),
            "A time, not later than now; now when left out. Not together with `position`.",
        )
        .may_have("position", or_null(whole(0)), "A position in the log. Not together with `time`.")
        .may_have("explain", by_default(truth(), false), "Whether reasons are wanted.");
    let of_batch = "What a question of a batch leaves out is taken from the batch's own.";
    vec![
        (
            "EvaluationSubject",
            entity("Who a question is about. What is unknown here is a denial.", &subject, unused(), true),
        ),
        ("EvaluationAction", entity("What is to be done.", &action, unused(), true)),
        (
            "EvaluationResource",
            entity("To what. What is unknown here is a denial.", &resource, named("ResourceProperties"), true),
        ),
        ("BatchSubject", entity(of_batch, &subject, unused(), false)),
        ("BatchAction", entity(of_batch, &action, unused(), false)),
        ("BatchResource", entity(of_batch, &resource, named("ResourceProperties"), false)),
        ("ResourceProperties", properties.into()),
        ("UnusedProperties", open_object("Properties that no rule asks for.").into()),
        ("EvaluationContext", context.into()),
    ]
}

fn evaluations() -> Vec<(&'static str, Shape)> {
    let semantics = one_of(["execute_all", "deny_on_first_deny", "permit_on_first_permit"]);
    let options = open_object("When to stop going through a batch.").may_have(
        "evaluations_semantic",
        by_default(semantics, "execute_all"),
        "",
    );
    let of_batch = |object: Fields| {
        let parts = [("subject", "BatchSubject"), ("action", "BatchAction"), ("resource", "BatchResource")];
        let object =
            parts.into_iter().fold(object, |object, (name, shape)| object.may_have(name, or_null(named(shape)), ""));
        object.may_have("context", or_null(named("EvaluationContext")), "")
    };
    let batch = of_batch(open_object("Several questions, with defaults for what they leave out."))
        .may_have(
            "evaluations",
            list(named("BatchQuestion")),
            "At most 500 questions; without any, the defaults are the one question.",
        )
        .may_have("options", named("EvaluationsOptions"), "");
    let question = open_object("May this subject do this to that resource?");
    vec![
        ("EvaluationRequest", asked(question, &[SUBJECT, ACTION, RESOURCE]).into()),
        ("BatchQuestion", of_batch(open_object("A question of a batch.")).into()),
        ("EvaluationsRequest", batch.into()),
        ("EvaluationsOptions", options.into()),
    ]
}

const SUBJECT: (&str, &str) = ("subject", "EvaluationSubject");
const ACTION: (&str, &str) = ("action", "EvaluationAction");
const RESOURCE: (&str, &str) = ("resource", "EvaluationResource");

/// The parts that must be given, and when the question is about.
fn asked(object: Fields, parts: &[(&str, &str)]) -> Fields {
    let object = parts.iter().fold(object, |object, (name, shape)| object.has(name, named(shape), ""));
    object.may_have("context", or_null(named("EvaluationContext")), "")
}

fn searches() -> Vec<(&'static str, Shape)> {
    let sought = "An id beside it is passed over.";
    let subject = open_object(sought).has("type", text(), USER_OR_GROUP).may_have(
        "properties",
        or_null(named("UnusedProperties")),
        "",
    );
    let resource = open_object(sought).has("type", text(), RESOURCE_TYPES).may_have(
        "properties",
        or_null(named("ResourceProperties")),
        "",
    );
    let page = open_object("Which page of a search.")
        .may_have(
            "token",
            or_null(text()),
            "The `next_token` of the page before; without one, or with an empty one, the first page.",
        )
        .may_have("limit", or_null(whole(0)), "How many results a page has at most; never more than 500.")
        .may_have("properties", or_null(named("UnusedProperties")), "");
    let search = |says, parts: &[(&str, &str)]| {
        let search: Shape = asked(open_object(says), parts).may_have("page", or_null(named("SearchPage")), "").into();
        search
    };
    let found = |says, row| {
        let found: Shape = object(says)
            .has("page", named("FoundPage"), "")
            .has("context", named("EvaluationResponseContext"), "")
            .has("results", list(named(row)), "")
            .into();
        found
    };
    let found_page = object("What a page holds, and how to get the next.")
        .has("next_token", text(), "What to send as `page.token` for the next page; empty after the last. A page may be short, or without results, and not be the last.")
        .has("count", whole(0), "How many results there are on this page.");
    let entity = object("A subject or a resource that a search found.").has("type", text(), "").has("id", text(), "");
    let endpoints = [
        "policy_decision_point",
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
        "search_subject_endpoint",
        "search_resource_endpoint",
        "search_action_endpoint",
    ];
    let metadata = object("Where the AuthZEN API is, from the configured public URL.");
    let metadata = endpoints.into_iter().fold(metadata, |metadata, name| metadata.has(name, formatted("uri"), ""));
    let login = object("How people log in at an issuer.")
        .has("issuer", text(), "The issuer; `{tenantid}` in it stands for the tenant of the person.")
        .has("client_id", text(), "The client id of the command line there.")
        .has("scopes", list(text()), "")
        .may_have("resource", text(), "What the token is said to be for (RFC 8707).");
    let protected_resource = object("How a client gets a token for this server.")
        .has("resource", formatted("uri"), "The configured public URL.")
        .has("authorization_servers", list(formatted("uri")), "The issuers where people log in.")
        .has("scopes_supported", list(text()), "")
        .has("bearer_methods_supported", list(text()), "")
        .has("procura_logins", list(named("Login")), "How `procura login` logs in.");
    vec![
        ("SoughtSubject", subject.into()),
        ("SoughtResource", resource.into()),
        ("SearchPage", page.into()),
        ("SubjectSearch", search("Who may do this to that?", &[("subject", "SoughtSubject"), ACTION, RESOURCE])),
        (
            "ResourceSearch",
            search("To what may this subject do this?", &[SUBJECT, ACTION, ("resource", "SoughtResource")]),
        ),
        ("ActionSearch", search("What may this subject do to that?", &[SUBJECT, RESOURCE])),
        ("EntitySearchResponse", found("A page of the subjects or resources that a search found.", "FoundEntity")),
        ("ActionSearchResponse", found("A page of the actions that a search found.", "FoundAction")),
        ("FoundPage", found_page.into()),
        ("FoundEntity", entity.into()),
        ("FoundAction", object("An action that a search found.").has("name", text(), "").into()),
        ("PdpMetadata", metadata.into()),
        ("ProtectedResourceMetadata", protected_resource.into()),
        ("Login", login.into()),
    ]
}

fn answers() -> Vec<(&'static str, Shape)> {
    let context = object("What an answer rests on.")
        .has("position", whole(0), "The position that it was given at.")
        .has("time", time(), "The instant that it was given for.")
        .has("rules", text(), "The version of the rules.");
    let context = explanation(context, true)
        .with(with_people)
        .may_have("unknown", text(), "What in the question is unknown here, if reasons are wanted.")
        .may_have("error", named("NotAnswered"), "Why the question was not answered: in a batch only.");
    let answer = object("The answer to one question.").has("decision", truth(), "Yes or no.").has(
        "context",
        named("EvaluationResponseContext"),
        "",
    );
    let not_answered = object("Why one question of a batch was not answered.")
        .has("status", between(400, 599), "")
        .has("message", text(), "");
    let several = object("The answers to several questions, in their order.").has(
        "evaluations",
        list(named("EvaluationResponse")),
        "",
    );
    let one_or_several = either(
        "The answers to several questions; to one that was asked without `evaluations`, that one alone.",
        ["EvaluationResponses", "EvaluationResponse"].map(named),
    );
    vec![
        ("EvaluationResponse", answer.into()),
        ("EvaluationResponseContext", context.into()),
        ("NotAnswered", not_answered.into()),
        ("EvaluationResponses", several.into()),
        ("EvaluationsResponse", one_or_several),
    ]
}
