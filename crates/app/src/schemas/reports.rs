//! Compliance reports as JSON: what each states of itself, and what it found.

use super::shape::{
    Fields, Shape, either, guid, list, named, object, one_of, or_null, text, time, told_apart_by, whole,
};
use procura_reports::ReportName;

/// Every such shape, by name.
pub(super) fn reports() -> Vec<(&'static str, Shape)> {
    let parameters = object("How a report was asked for, beside its moment.")
        .has("format", named("Format"), "")
        .has("lang", named("Locale"), "In which language its page is written.")
        .may_have("customer", guid(), "")
        .may_have("partner", guid(), "")
        .may_have("from", named("Stamp"), "Of what happened after this moment …")
        .may_have("until", named("Stamp"), "… and up to this one.");
    let names = object("Of when the names of people in a report are.").has(
        "position",
        whole(0),
        "They are as they were at this position: that of the report, or a later one at which one of them was given or erased.",
    );
    let all = ReportName::ALL.iter().map(|report| (report.name(), shape_name(*report)));
    let report = told_apart_by("A compliance report.", "report", all);
    [
        ("ReportParameters", parameters.into()),
        ("Stamp", stamp(object("A position and an instant.")).into()),
        ("NamesOfReport", names.into()),
        ("Report", report),
    ]
    .into_iter()
    .chain(ReportName::ALL.iter().map(|report| (shape_name(*report), of(*report))))
    .chain(rows())
    .collect()
}

/// The name of a report's shape.
fn shape_name(report: ReportName) -> &'static str {
    match report {
        ReportName::AccessReview => "AccessReviewReport",
        ReportName::ResidualAccess => "ResidualAccessReport",
        ReportName::DapInventory => "DapInventoryReport",
        ReportName::Changes => "ChangesReport",
        ReportName::SupportDuties => "SupportDutiesReport",
    }
}

fn of(report: ReportName) -> Shape {
    let stated = |says| {
        object(says)
            .has("report", one_of([report.name()]), "")
            .has("parameters", named("ReportParameters"), "")
            .has("at", named("Stamp"), "The moment that it is about.")
            .may_have(
                "names",
                named("NamesOfReport"),
                "Of when the names of people in it are; left out if it has none because none were wanted.",
            )
            .has("rules", text(), "The version of the rules.")
            .has("checkpoint", text(), "The signed note of the log at that position.")
    };
    let rows = |row: &str| list(named(row));
    let report = match report {
        ReportName::AccessReview => stated("Every grant in force.")
            .has("items", rows("ReportGrant"), "")
            .has("memberships", rows("ReportMember"), "Who is in the groups that hold something.")
            .has(
                "periods",
                rows("ReportPeriod"),
                "Every stretch of time that somebody held something, up to the moment.",
            ),
        ReportName::ResidualAccess => stated("What partners still hold after their privileges or relationship ended.")
            .has("items", rows("ReportResidue"), ""),
        ReportName::DapInventory => stated("Which partners hold delegated admin privileges with whom.")
            .has("items", rows("ReportPrivileges"), "")
            .has(
                "groupSizes",
                rows("ReportGroupSize"),
                "The sizes of the two groups, from the first of these grants on.",
            ),
        ReportName::Changes => stated("What began and ended between two moments.")
            .has("items", rows("ReportAccessChange"), "")
            .has("memberships", rows("ReportMembershipChange"), ""),
        ReportName::SupportDuties => stated("Who owes whom support.").has("items", rows("ReportDuty"), ""),
    };
    report.into()
}

fn stamp(object: Fields) -> Fields {
    object.has("position", whole(0), "").has("time", time(), "")
}

fn permission(object: Fields) -> Fields {
    object
        .has("customer", named("TenantSummary"), "")
        .has("principal", named("Holder"), "")
        .may_have("principalName", text(), "What a user who holds it is called.")
        .has("principalTenantName", text(), "")
        .has("role", named("Role"), "")
        .has("scope", named("Scope"), "")
        .has("scopeName", text(), "")
        .has("origin", named("Origin"), "")
}

fn rows() -> Vec<(&'static str, Shape)> {
    let recorded = || named("ReportEvent");
    let change = || one_of(["begun", "ended"]);
    let event = stamp(object("An event, when it was recorded and who made it."))
        .has("event", named("EventType"), "")
        .may_have("by", named("ReportAuthor"), "Left out if the report's readers may not know.");
    let author = either("Who made an event.", ["ReportUser", "AuthorOperator", "ReportPartner"].map(named));
    let user = object("A user.")
        .has("user", named("UserOfTenant"), "")
        .has("authentication", named("Authentication"), "How that is known.")
        .may_have("issuer", text(), "Who issued the token.")
        .may_have("name", text(), "What the user is called.")
        .may_have("tenantName", text(), "");
    let partner = object("Somebody of this partner.").has("partner", guid(), "").may_have("tenantName", text(), "");
    let grant = permission(object("A permission in force."))
        .has("granted", recorded(), "")
        .has("lastChange", recorded(), "The newest event that changed who holds it.")
        .may_have(
            "members",
            whole(0),
            "How many are in the group that holds it; left out if the customer may not know (VIS-5).",
        );
    let member = |object: Fields| {
        object
            .has("partner", named("TenantSummary"), "")
            .has("group", named("PartnerGroup"), "")
            .has("member", named("UserOfTenant"), "")
            .may_have("memberName", text(), "What the member is called.")
    };
    let period = permission(object("A permission, from when until when.")).has("from", named("Stamp"), "").has(
        "until",
        or_null(named("Stamp")),
        "",
    );
    let residue =
        permission(object("A permission that outlasted what it came with.").has("partner", named("TenantSummary"), ""))
            .has("granted", recorded(), "")
            .has("dapEnded", or_null(recorded()), "What ended the privileges, where they ended.")
            .has("relationshipEnded", or_null(recorded()), "What ended the relationship, where it ended.")
            .has("days", whole(0), "For how many whole days it has been residual.");
    let privileges = object("Delegated admin privileges in force.")
        .has("customer", named("TenantSummary"), "")
        .has("partner", named("TenantSummary"), "")
        .has("granted", recorded(), "")
        .has("adminAgents", whole(0), "How many are in AdminAgents.")
        .has("helpdeskAgents", whole(0), "How many are in HelpdeskAgents.");
    let size = object("How many members a group had from a moment on.")
        .has("partner", named("TenantSummary"), "")
        .has("group", named("PartnerGroup"), "")
        .has("from", named("Stamp"), "")
        .has("members", whole(0), "");
    let access_change = permission(object("A permission that began or ended.").has("change", change(), "")).has(
        "recorded",
        recorded(),
        "",
    );
    let membership_change = member(object("Somebody who joined or left a group.").has("change", change(), "")).has(
        "recorded",
        recorded(),
        "",
    );
    let duty = object("Support that is owed.")
        .has("customer", named("TenantSummary"), "")
        .has("partner", named("TenantSummary"), "")
        .has("owedSince", recorded(), "")
        .has("route", named("SupportRoute"), "")
        .has("relationship", one_of(["active", "ended"]), "How the relationship stands that the duty came with.")
        .has("requests", whole(0), "How many requests the partner opened on the customer's behalf, ever.");
    vec![
        ("ReportEvent", event.into()),
        ("ReportAuthor", author),
        ("ReportUser", user.into()),
        ("ReportPartner", partner.into()),
        ("ReportGrant", grant.into()),
        ("ReportMember", member(object("Somebody who uses what a group holds.")).has("joined", recorded(), "").into()),
        ("ReportPeriod", period.into()),
        ("ReportResidue", residue.into()),
        ("ReportPrivileges", privileges.into()),
        ("ReportGroupSize", size.into()),
        ("ReportAccessChange", access_change.into()),
        ("ReportMembershipChange", membership_change.into()),
        ("ReportDuty", duty.into()),
    ]
}
