//! Access questions and their answers, as AuthZEN has them. What a question has beside these fields is passed over.

use super::{
    answers::explanation,
    shape::{
        Fields, Shape, between, by_default, either, list, named, object, one_of, open_object, or_null, text, time,
        truth, whole,
    },
};

/// Every such shape, by name.
pub(super) fn questions() -> Vec<(&'static str, Shape)> {
    let subject = open_object("Who a question is about. What is unknown here is a denial.")
        .has("type", text(), "`user` or `group`.")
        .has("id", text(), "Of a user `{tenant}/{user}`, of a group `{partner}/{Group}`.");
    let action =
        open_object("What is to be done.").has("name", text(), "The name of an action: docs/actions.md lists them.");
    let resource = open_object("To what. What is unknown here is a denial.")
        .has("type", text(), "`customer`, `partner`, `subscription`, `device` or `profile`.")
        .has("id", text(), "Its GUID.")
        .may_have("properties", or_null(named("ResourceProperties")), "");
    let properties = open_object("What a question says about a resource beside its id.")
        .may_have("partner", or_null(text()), "The partner that it is about; the subject's own when left out.")
        .may_have("source", or_null(text()), "For `device.add`: the channel through which the customer adds it.");
    let context = open_object("When a question is about, and whether reasons are wanted.")
        .may_have(
            "time",
            or_null(text()),
            "A time, not later than now; now when left out. Not together with `position`.",
        )
        .may_have("position", or_null(whole(0)), "A position in the log. Not together with `time`.")
        .may_have("explain", by_default(truth(), false), "Whether reasons are wanted.");
    let semantics = one_of(["execute_all", "deny_on_first_deny", "permit_on_first_permit"]);
    let options = open_object("When to stop going through a batch.").may_have(
        "evaluations_semantic",
        by_default(semantics, "execute_all"),
        "",
    );
    let questions = list(named("EvaluationDefaults"));
    let batch = parts(open_object("Several questions, with defaults for what they leave out."), false)
        .may_have("evaluations", questions, "At most 500 questions; without any, the defaults are the one question.")
        .may_have("options", named("EvaluationsOptions"), "");
    vec![
        ("EvaluationSubject", subject.into()),
        ("EvaluationAction", action.into()),
        ("EvaluationResource", resource.into()),
        ("ResourceProperties", properties.into()),
        ("EvaluationContext", context.into()),
        ("EvaluationsOptions", options.into()),
        ("EvaluationRequest", parts(open_object("May this subject do this to that resource?"), true).into()),
        (
            "EvaluationDefaults",
            parts(
                open_object("A question of a batch; the batch's defaults take the place of what it leaves out."),
                false,
            )
            .into(),
        ),
        ("EvaluationsRequest", batch.into()),
    ]
    .into_iter()
    .chain(answers())
    .collect()
}

/// The parts of a question.
fn parts(object: Fields, are_required: bool) -> Fields {
    let parts = [("subject", "EvaluationSubject"), ("action", "EvaluationAction"), ("resource", "EvaluationResource")];
    let object = parts.into_iter().fold(object, |object, (name, shape)| {
        if are_required { object.has(name, named(shape), "") } else { object.may_have(name, or_null(named(shape)), "") }
    });
    object.may_have("context", or_null(named("EvaluationContext")), "")
}

fn answers() -> Vec<(&'static str, Shape)> {
    let context = object("What an answer rests on.")
        .has("position", whole(0), "The position that it was given at.")
        .has("time", time(), "The instant that it was given for.")
        .has("rules", text(), "The version of the rules.");
    let context = explanation(context, true)
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
