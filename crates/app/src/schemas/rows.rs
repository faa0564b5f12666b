//! The rows of lists, and what they are made of.

use super::shape::{
    Fields, Shape, either, guid, list, matching, named, object, one_of, or_null, text, time, truth, whole,
};

/// Every shape of a row, by name.
pub(super) fn rows() -> Vec<(&'static str, Shape)> {
    let mut all = people();
    all.extend(permissions());
    all.extend(lists());
    all.extend(pages());
    all.extend(found());
    all
}

fn people() -> Vec<(&'static str, Shape)> {
    let group = object("A group of a partner.").has("group", named("PartnerGroup"), "").has(
        "partner",
        guid(),
        "The partner whose group it is.",
    );
    let user = object("A user: a tenant and an object id in it.")
        .has("tenant", guid(), "The tenant that the user belongs to.")
        .has("user", guid(), "The object id in that tenant.");
    let person = object("What a user is called now, whatever moment the answer is about.")
        .has("tenant", guid(), "The tenant that the user belongs to.")
        .has("user", guid(), "The object id in that tenant.")
        .may_have("displayName", text(), "How the user is shown.")
        .may_have("userPrincipalName", text(), "What the user signs in with.");
    let summary = object("A tenant's id and name.").has("id", guid(), "").has("name", text(), "");
    let holder = either(
        "Who holds a role: a partner's group, a user, or, as a reseller, the partner itself.",
        ["GroupOfPartner", "UserOfTenant", "PartnerItself"].map(named),
    );
    vec![
        ("GroupOfPartner", group.into()),
        ("UserOfTenant", user.into()),
        ("PartnerItself", object("A partner, by its reseller relationship.").has("partner", guid(), "").into()),
        ("TenantSummary", summary.into()),
        ("Person", person.into()),
        ("Holder", holder),
        (
            "Member",
            object("A member of a group or of a directory role.")
                .has("user", guid(), "The object id of one of the tenant's own users.")
                .into(),
        ),
    ]
}

/// What people call so.
fn found() -> Vec<(&'static str, Shape)> {
    let thing = object("A thing that fits.")
        .has("type", named("ThingKind"), "")
        .has("id", text(), "Its id, as questions and commands take it; of a user `tenant/user`.")
        .has("name", text(), "Its name to show.")
        .has("in", text(), "A tenant's domain, or the name of the tenant that it is in.");
    let found = object("What fits a text.").has("items", list(named("FoundThing")), "").may_have(
        "more",
        one_true(),
        "Whether there may be more than are looked for.",
    );
    let labels = object("What things are called.").has("items", list(named("FoundThing")), "");
    let kinds = one_of(crate::find::ThingKind::ALL.iter().map(|kind| kind.name()));
    vec![("ThingKind", kinds), ("FoundThing", thing.into()), ("Found", found.into()), ("Labels", labels.into())]
}

/// Who holds which role where, and how they came by it.
pub(super) fn access(object: Fields) -> Fields {
    object.has("principal", named("Holder"), "").has("scope", named("Scope"), "").has("role", named("Role"), "").has(
        "origin",
        named("Origin"),
        "How they came by it.",
    )
}

fn permissions() -> Vec<(&'static str, Shape)> {
    use procura_domain::vocabulary::{DirectoryRole, ResourceRole};
    let roles = DirectoryRole::ALL.iter().map(|role| role.name());
    let roles = one_of(roles.chain(ResourceRole::ALL.iter().map(|role| role.name())).chain(["Reseller"]));
    let origins = one_of(["dap", "provisioning", "registered", "assigned", "explicit", "relationship"]);
    let scope = object("Where a role holds: in a customer's tenant, or on a subscription.")
        .has("type", one_of(["customer", "subscription"]), "")
        .has("id", guid(), "");
    let point = object("A position with its recorded time.").has("position", whole(0), "").has(
        "time",
        time(),
        "When it was recorded.",
    );
    let row = |object: Fields| {
        access(object)
            .has("from", named("Point"), "Since when.")
            .has("until", or_null(named("Point")), "Until when; null where it was in force at the moment asked about.")
            .has("grantedBy", whole(1), "The position of the event that began it.")
            .has("endedBy", or_null(whole(1)), "The position of the event that ended it.")
            .may_have("roleAssignment", guid(), "The role assignment that it is, if it is one: remove that to end it.")
    };
    let residual = object("A permission in force that outlasted the privileges or the relationship it came with.")
        .has("customer", guid(), "")
        .has("partner", guid(), "The partner whose groups or users hold it.")
        .with(row);
    vec![
        (
            "Role",
            super::shape::described(
                roles,
                "A role in a directory, a role on a subscription, or Reseller: what a relationship alone gives.",
            ),
        ),
        (
            "Origin",
            super::shape::described(
                origins,
                "How a role came about: by delegated admin privileges, with a subscription, by an assignment, explicitly in the directory, or by a relationship.",
            ),
        ),
        ("Scope", scope.into()),
        ("Point", point.into()),
        ("Access", access(object("A row of the effective permissions, without when.")).into()),
        ("PermissionRow", row(object("One principal's role in one scope, for one stretch of time.")).into()),
        ("ResidualRow", residual.into()),
    ]
}

/// How a relationship and its privileges stand.
fn relationship(object: Fields) -> Fields {
    object
        .has(
            "relationship",
            one_of(["active", "ended", "none"]),
            "How the reseller relationship stands; `none` if there never was one and the partner only holds roles.",
        )
        .has("relationshipSince", or_null(time()), "Since when it is, or was, active.")
        .may_have("relationshipEnded", time(), "When it ended.")
        .has("delegatedAdmin", truth(), "Whether delegated admin privileges are in force.")
        .has("delegatedAdminSince", or_null(time()), "Since when.")
}

/// An invitation as a row.
fn invitation(object: Fields) -> Fields {
    let answers = || list(named("AnsweredBy"));
    object
        .has("invitation", guid(), "The invitation's id.")
        .has("delegatedAdmin", truth(), "Whether it asks for delegated admin privileges.")
        .has("locale", named("Locale"), "The language of its draft.")
        .has("uses", named("InvitationUses"), "How often it can be accepted.")
        .has(
            "state",
            named("InvitationState"),
            "How it stands. A decline binds the customer that declined, so it stays open to others.",
        )
        .has("sentAt", or_null(time()), "When it was sent.")
        .has("expiresAt", time(), "It can be accepted before this instant, and not at it.")
        .has("acceptedBy", answers(), "The customers that accepted it, oldest first: at most 100.")
        .has("declinedBy", answers(), "The customers that declined it, oldest first: at most 100.")
        .may_have(
            "moreAnswers",
            one_true(),
            "Whether more accepted or declined it than are named here: the partner's history has all of them.",
        )
        .has("link", text(), "The personal link (INV-2).")
}

/// A flag that is left out when it is false.
pub(super) fn one_true() -> Shape {
    truth()
}

/// What people wrote is gone.
fn gone(object: Fields) -> Fields {
    let says = "What people wrote is not there any more: it was erased, or its key was lost.";
    object.may_have("personalData", one_of(["erased", "unavailable"]), says)
}

/// A partner of a customer, as a row.
fn partner(object: Fields) -> Fields {
    object
        .has("partner", named("TenantSummary"), "")
        .with(relationship)
        .has(
            "implicitRoles",
            list(named("ImplicitRole")),
            "The directory roles that its groups hold because delegated admin privileges are in force.",
        )
        .has(
            "roleAssignments",
            whole(0),
            "How many role assignments its groups and users hold on the customer's subscriptions.",
        )
        .has("residualAccess", whole(0), "How many rows of residual access it has.")
        .has("support", named("Support"), "")
}

fn lists() -> Vec<(&'static str, Shape)> {
    let related = object("A customer and one of its partners.").has("customer", named("TenantSummary"), "");
    let tenant = object("A registered tenant.")
        .has("id", guid(), "")
        .has("name", text(), "")
        .has("domain", text(), "")
        .has("registered", or_null(time()), "Since when.");
    let person = object("One of a tenant's users.")
        .has("user", guid(), "The object id.")
        .may_have("displayName", text(), "How the user is shown.")
        .may_have("userPrincipalName", text(), "What the user signs in with.")
        .has("roles", list(named("DirectoryRole")), "The directory roles that it holds explicitly.")
        .has("groups", list(named("PartnerGroup")), "The partner's groups that it is in.");
    let customer = object("One customer of a partner.")
        .has("customer", named("TenantSummary"), "")
        .with(relationship)
        .has(
            "subscriptions",
            list(named("SubscriptionSummary")),
            "The first subscriptions that concern this partner: at most 20.",
        )
        .may_have("moreSubscriptions", one_true(), "Whether there may be more.")
        .may_have(
            "portals",
            list(named("Portal")),
            "The customer's admin portals, as they are open to the agent that asks.",
        );
    let device = object("An Autopilot device.")
        .has("id", guid(), "")
        .has("serialNumber", text(), "As printed on the device.")
        .has("manufacturer", text(), "")
        .has("model", text(), "")
        .may_have(
            "partner",
            or_null(guid()),
            "The partner that added it; to a partner's agent another partner is null (VIS-6).",
        )
        .may_have("source", named("CustomerChannel"), "The channel through which the customer added it.")
        .has("added", or_null(time()), "When it was added.")
        .has("groupTag", or_null(text()), "")
        .has("profile", or_null(guid()), "The profile applied to it, if the reader may see that one.")
        .may_have("productKey", text(), "The Windows product key.")
        .with(gone);
    let request = object("A service request.")
        .has("id", guid(), "")
        .has("partner", guid(), "The partner that opened it.")
        .has("severity", named("Severity"), "")
        .has("route", named("SupportRoute"), "The route that held.")
        .has("opened", or_null(time()), "When it was opened.")
        .may_have("title", text(), "What it is about.")
        .with(gone);
    let details = invitation(object("An invitation."))
        .has("partner", or_null(named("TenantSummary")), "The partner that sent it.")
        .may_have("recipient", or_null(text()), "The e-mail address that the draft is for; for those who send it.")
        .may_have("message", or_null(named("Message")), "The message, if the draft was edited; for those who send it.")
        .with(gone);
    let subscription = object("A subscription.")
        .has("id", guid(), "")
        .has("name", text(), "")
        .has("kind", named("SubscriptionKind"), "")
        .has("provisionedBy", or_null(guid()), "The partner that provisioned it; null where it is the customer's own, and, to a partner, another's (VIS-6).")
        .has("since", or_null(time()), "Since when it is on record.")
        .has("cancelled", or_null(time()), "When it was cancelled.")
        .has("roleAssignments", whole(0), "How many role assignments are in force on it; to a partner, how many of its own (VIS-6).");
    let profile = object("A deployment profile.")
        .has("id", guid(), "")
        .has("name", text(), "")
        .has("settings", named("ProfileSettings"), "")
        .has("devices", whole(0), "To how many of the devices that the reader sees it is applied.");
    let draft = object("The draft of an invitation's e-mail.")
        .has("subject", text(), "Its subject, one line.")
        .has("text", text(), "Its text, with the link in it.")
        .has("link", text(), "The personal link (INV-2).")
        .has("mailto", or_null(matching("^mailto:")), "What opens it in the mail application; null if that would be longer than mail applications take: then copy the text.");
    let portals = one_of(["microsoft365AdminCenter", "entra", "exchange", "intune", "azure"]);
    let portal = object("An admin portal of a customer, and whether it is open to the agent that asks.")
        .has("portal", portals, "")
        .has("open", truth(), "Whether the agent gets in.")
        .has("rule", named("Rule"), "The rule that opens it, or the nearest one that would.")
        .has("reason", text(), "");
    let summary = object("A subscription in a list.").has("id", guid(), "").has("name", text(), "");
    let answered = object("A customer that answered an invitation.").has("customer", guid(), "");
    let implicit = object("A directory role that a group holds implicitly.");
    vec![
        ("PartnerRelationship", partner(object("One partner of a customer.")).into()),
        ("RelationshipRow", partner(related).into()),
        ("RegisteredTenant", tenant.into()),
        ("PersonRow", person.into()),
        ("Customer", customer.into()),
        (
            "ImplicitRole",
            implicit.has("group", named("PartnerGroup"), "").has("role", named("DirectoryRole"), "").into(),
        ),
        (
            "Support",
            object("The support that a partner owes.")
                .has("owed", truth(), "Whether it owes any (SUP-1).")
                .has("route", or_null(named("SupportRoute")), "How it gives it (SUP-2).")
                .into(),
        ),
        ("SubscriptionSummary", summary.has("kind", named("SubscriptionKind"), "").into()),
        ("Portal", portal.into()),
        ("InvitationState", one_of(["open", "used", "withdrawn", "expired"])),
        ("InvitationRow", invitation(object("An invitation in a list.")).into()),
        ("InvitationDetails", details.into()),
        ("AnsweredBy", answered.has("at", or_null(time()), "When.").into()),
        ("Draft", draft.into()),
        ("SubscriptionRow", subscription.into()),
        ("DeviceRow", device.into()),
        ("ProfileRow", profile.into()),
        ("ServiceRequestRow", request.into()),
    ]
}

/// What the people in an answer are called.
pub(super) fn with_people(object: Fields) -> Fields {
    let says = "What the users in the answer are called (PEO-2); left out where none of them has a name.";
    object.may_have("people", list(named("Person")), says)
}

/// The page of a list of such rows.
fn page(row: &str) -> Fields {
    object("A page of a list. It may hold fewer items than `limit`, even none, and still have a `nextLink`.")
        .has("items", list(named(row)), "")
        .with(with_people)
        .may_have("nextLink", matching("^/"), "The path and query of the next page; the last page has none.")
}

fn pages() -> Vec<(&'static str, Shape)> {
    let pages = [
        ("PartnerRelationshipPage", "PartnerRelationship"),
        ("RelationshipPage", "RelationshipRow"),
        ("TenantPage", "RegisteredTenant"),
        ("PeoplePage", "PersonRow"),
        ("CustomerPage", "Customer"),
        ("PermissionPage", "PermissionRow"),
        ("ResidualPage", "ResidualRow"),
        ("MemberPage", "Member"),
        ("InvitationPage", "InvitationRow"),
        ("SubscriptionPage", "SubscriptionRow"),
        ("DevicePage", "DeviceRow"),
        ("ProfilePage", "ProfileRow"),
        ("ServiceRequestPage", "ServiceRequestRow"),
        ("HistoryPage", "HistoryEntry"),
    ];
    let intervals = page("AccessOverTime")
        .has("from", named("Point"), "The beginning of the time asked about.")
        .has("until", named("Point"), "Its end.")
        .has("rules", text(), "The version of the rules.");
    pages
        .into_iter()
        .map(|(name, row)| (name, page(row).into()))
        .chain([("AccessOverTimePage", intervals.into())])
        .collect()
}
