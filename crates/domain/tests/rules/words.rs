//! What people read: names, sentences, codes. Documents and callers hold on to the codes.

use crate::given::*;
use procura_domain::{
    access::{Denial, Missing},
    event::EventType,
    id::{
        CustomerId, DeviceId, Id, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    refusal::Refusal,
    rule::Rule,
    temporal::Position,
    vocabulary::{
        Actor, AssignmentOrigin, AutopilotPolicy, CustomerChannel, DirectoryRole, GroupOf, InvitationUses, Locale,
        NotAUser, OnParked, OverseerRole, PartnerGroup, Power, ResourceRole, Severity, SubscriptionKind, SupportRoute,
        TenantKind, User,
    },
};
use serde_json::json;
use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

#[test]
fn every_refusal_has_its_code_its_rule_and_its_sentence() {
    let denial =
        Denial { known: true, rule: Rule::Dap1, missing: Missing::Dap, ended_by: Some(event_ref("DapRevoked@12")) };
    let rows: [(Refusal, &str, Option<Rule>, &str); 29] = [
        (
            Refusal::InvalidCommand { field: "roleAssignment", problem: "leave it out" },
            "invalidCommand",
            None,
            "`roleAssignment`: leave it out",
        ),
        (
            Refusal::NotAllowed { rule: Rule::Dap1, denial },
            "notAllowed",
            Some(Rule::Dap1),
            "DAP-1 does not allow it: delegated admin privileges are not in force (ended by DapRevoked at position 12)",
        ),
        (Refusal::NotFound("customer"), "notFound", None, "`customer` names nothing that you know of"),
        (Refusal::AlreadyRegistered, "alreadyRegistered", Some(Rule::Ten1), "this tenant is registered already"),
        (
            Refusal::AlreadyExists("device"),
            "alreadyExists",
            None,
            "`device` is an id that exists already; leave it out to have one made",
        ),
        (Refusal::AlreadyMember, "alreadyMember", None, "the user is in this group already"),
        (Refusal::NotMember, "notMember", None, "the user is not in this group"),
        (
            Refusal::LinkMissing,
            "linkMissing",
            Some(Rule::Inv2),
            "`message.body` must contain the invitation's link: write {link} where it belongs",
        ),
        (
            Refusal::InvitationUsed,
            "invitationUsed",
            Some(Rule::Inv7),
            "the invitation has been used; ask the partner for a new one",
        ),
        (
            Refusal::InvitationExpired(time("2020-09-17T08:00:00Z")),
            "invitationExpired",
            Some(Rule::Inv7),
            "the invitation expired at 2020-09-17T08:00:00Z; ask the partner for a new one",
        ),
        (
            Refusal::NothingToGrant,
            "nothingToGrant",
            Some(Rule::Inv8),
            "the relationship is active already, and the invitation would add nothing to it",
        ),
        (Refusal::NoRelationship, "noRelationship", Some(Rule::Rel4), "there is no active reseller relationship"),
        (Refusal::NoDap, "noDap", Some(Rule::Rel4), "delegated admin privileges are not in force"),
        (
            Refusal::ActiveSubscriptions(2),
            "activeSubscriptions",
            Some(Rule::Rel4),
            "2 subscription(s) that the partner provisioned are active; cancel them first",
        ),
        (Refusal::NotAzure, "notAzure", Some(Rule::Sub6), "this is no Azure subscription, so it has no roles"),
        (
            Refusal::RoleAssignmentExists,
            "roleAssignmentExists",
            Some(Rule::Sub7),
            "this principal holds this role on this subscription already",
        ),
        (
            Refusal::LastOwner,
            "lastOwner",
            Some(Rule::Sub6),
            "only an explicit Global administrator of the customer removes the last Owner",
        ),
        (
            Refusal::DeviceAlreadyRegistered,
            "deviceAlreadyRegistered",
            Some(Rule::Apl7),
            "a device of this manufacturer, model and serial number is registered already",
        ),
        (
            Refusal::AlreadyErased(format!("device:{V1}").parse().unwrap()),
            "alreadyErased",
            None,
            "the personal data of device:ffffffff-0000-4000-8000-000000000001 was erased already",
        ),
        (Refusal::RoleHeld, "roleHeld", None, "the user holds this role already"),
        (Refusal::RoleNotHeld, "roleNotHeld", None, "the user does not hold this role"),
        (
            Refusal::LastGlobalAdministrator,
            "lastGlobalAdministrator",
            Some(Rule::Ten3),
            "this is the tenant's last Global administrator; assign the role to somebody else first",
        ),
        (
            Refusal::InvitationWithdrawn,
            "invitationWithdrawn",
            Some(Rule::Inv7),
            "the partner took the invitation back; ask it for a new one",
        ),
        (
            Refusal::InvitationDeclined,
            "invitationDeclined",
            Some(Rule::Inv7),
            "this customer declined the invitation; ask the partner for a new one",
        ),
        (
            Refusal::AlreadyRenegotiated,
            "alreadyRenegotiated",
            Some(Rule::Sup3),
            "the contract was renegotiated already: no support is owed",
        ),
        (Refusal::SubscriptionNotActive, "subscriptionNotActive", Some(Rule::Sub9), "the subscription is cancelled"),
        (
            Refusal::ProfileInUse(3),
            "profileInUse",
            Some(Rule::Apl1),
            "the profile is applied to 3 device(s); remove it from them first",
        ),
        (
            Refusal::ProfileNotApplied(V1.parse().unwrap()),
            "profileNotApplied",
            Some(Rule::Apl4),
            "the profile is not applied to device ffffffff-0000-4000-8000-000000000001",
        ),
        (Refusal::PolicyInForce, "policyInForce", Some(Rule::Apl8), "this policy is in force already"),
    ];
    for (refusal, code, rule, sentence) in rows {
        assert_eq!((refusal.code(), refusal.rule(), refusal.to_string()), (code, rule, sentence.to_owned()));
    }
}

#[test]
fn every_denial_says_what_is_missing() {
    let rows = [
        (Missing::RegisteredTenant, "the subject is of no registered tenant that you know of"),
        (Missing::Operator, "only an operator of this service does it"),
        (Missing::Resource, "there is no such resource, or it is not the subject's to know"),
        (
            Missing::DirectoryRole(DirectoryRole::GlobalAdministrator),
            "the subject is no explicit GlobalAdministrator of the tenant",
        ),
        (Missing::Membership(PartnerGroup::SalesAgents), "the subject is not in the partner's SalesAgents"),
        (Missing::Relationship, "there is no active reseller relationship"),
        (Missing::RelationshipEver, "there never was a reseller relationship"),
        (Missing::Dap, "delegated admin privileges are not in force"),
        (Missing::RoleOnSubscription, "no role on the subscription allows it"),
        (Missing::ProvisionedBy, "the subscription was provisioned by another, or not provisioned at all"),
        (Missing::ActiveSubscription, "the subscription is cancelled"),
        (Missing::SupportOwed, "no support is owed"),
        (Missing::OwnDevice, "the device was added by another"),
        (Missing::DeviceOfPartner, "the device was added by the customer itself"),
        (Missing::FeedOwner, "a consumer or webhook is a user's or a service's own, and the actor is neither"),
        (
            Missing::EventsToRead,
            "the subject is told of no events: it is no Global administrator of its tenant, and in no group of its partner",
        ),
        (
            Missing::OwnOrigin,
            "only the customer's Global administrators add devices through its own channels, and only agents add \
             them as their partner",
        ),
    ];
    for (missing, sentence) in rows {
        let denial = Denial { known: true, rule: Rule::Dap1, missing, ended_by: None };
        assert_eq!(denial.to_string(), sentence);
    }
}

/// Every value of a named choice: its one spelling, in text and in JSON, and none but it.
fn spelled<T>(all: &[T], names: &str)
where
    T: Copy + Debug + Display + PartialEq + serde::Serialize + serde::de::DeserializeOwned + FromStr<Err: Display>,
{
    let names: Vec<_> = names.split(' ').collect();
    assert_eq!(all.len(), names.len(), "{names:?}");
    for (value, name) in all.iter().zip(&names) {
        assert_eq!(value.to_string(), *name);
        assert_eq!(name.parse::<T>().ok(), Some(*value));
        assert_eq!(serde_json::to_value(value).unwrap(), json!(name));
        assert_eq!(serde_json::from_value::<T>(json!(name)).unwrap(), *value);
    }
    let Err(error) = "nothing of the kind".parse::<T>() else { panic!("{names:?}") };
    assert_eq!(error.to_string(), format!("`nothing of the kind` is none of {}", names.join(", ")));
    let Err(error) = "x".repeat(99).parse::<T>() else { panic!("{names:?}") };
    assert!(error.to_string().starts_with(&format!("`{}…` is none", "x".repeat(64))));
}

#[test]
fn choices_have_one_spelling() {
    spelled(TenantKind::ALL, "partner customer");
    spelled(PartnerGroup::ALL, "AdminAgents HelpdeskAgents SalesAgents");
    spelled(DirectoryRole::ALL, "GlobalAdministrator HelpdeskAdministrator");
    spelled(ResourceRole::ALL, "Owner Contributor Reader UserAccessAdministrator");
    spelled(SubscriptionKind::ALL, "azure microsoft365");
    spelled(AssignmentOrigin::ALL, "provisioning registered assigned");
    spelled(CustomerChannel::ALL, "microsoftStoreForBusiness microsoftStoreForEducation intune");
    spelled(Locale::ALL, "en fr");
    spelled(InvitationUses::ALL, "once many");
    spelled(SupportRoute::ALL, "adminPortal microsoftSupport");
    spelled(AutopilotPolicy::ALL, "relationship dapRequired");
    spelled(OverseerRole::ALL, "Operator Auditor");
    spelled(OnParked::ALL, "goOn wait");
    spelled(Severity::ALL, "critical moderate minimal");
    spelled(
        EventType::ALL,
        "PartnerRegistered CustomerRegistered DirectoryRoleAssigned DirectoryRoleRemoved GroupMemberAdded \
         GroupMemberRemoved InvitationSent InvitationWithdrawn InvitationAccepted InvitationDeclined \
         RelationshipEstablished RelationshipEnded DapGranted DapRevoked ContractRenegotiated \
         SubscriptionProvisioned SubscriptionRegistered SubscriptionRenewed SubscriptionCancelled RoleAssigned \
         RoleAssignmentRemoved DeviceAdded DeviceUpdated DeviceRemoved ProfileCreated ProfileUpdated ProfileDeleted \
         ProfileApplied ProfileRemoved AutopilotPolicyAdopted ServiceRequestOpened \
         PersonalDataErased UserDescribed ConsumerSet ConsumerDeleted WebhookSet WebhookDeleted",
    );
}

#[test]
fn a_role_carries_its_powers() {
    let rows = [
        (ResourceRole::Owner, [true, true, true, true]),
        (ResourceRole::Contributor, [true, true, false, false]),
        (ResourceRole::Reader, [true, false, false, false]),
        (ResourceRole::UserAccessAdministrator, [true, false, true, true]),
    ];
    for (role, powers) in rows {
        let all = [Power::Read, Power::Manage, Power::AssignRoles, Power::RemoveRoles];
        assert_eq!(all.map(|power| role.grants(power)), powers, "{role}");
    }
}

#[test]
fn ids_are_written_as_they_are_read() {
    fn one<T>()
    where
        T: Copy + Debug + Display + PartialEq + serde::Serialize + serde::de::DeserializeOwned + FromStr<Err: Display>,
    {
        let id: T = P.to_uppercase().parse().ok().unwrap();
        assert_eq!(id.to_string(), P);
        assert_eq!(serde_json::to_value(id).unwrap(), json!(P));
        assert_eq!(serde_json::from_value::<T>(json!(P)).unwrap(), id);
        assert!(format!("{{{P}}}").parse::<T>().is_err());
        assert!(serde_json::from_value::<T>(json!("contoso")).is_err());
        // Escapes make the text another string, and not another id.
        let escaped = format!("\"\\u0031{}\"", &P[1..]);
        assert_eq!(serde_json::from_str::<T>(&escaped).unwrap(), id);
    }
    one::<TenantId>();
    one::<PartnerId>();
    one::<CustomerId>();
    one::<ObjectId>();
    one::<InvitationId>();
    one::<SubscriptionId>();
    one::<RoleAssignmentId>();
    one::<DeviceId>();
    one::<ProfileId>();
    one::<ServiceRequestId>();
    let partner: PartnerId = P.parse().unwrap();
    assert_eq!(PartnerId::new(partner.guid()), partner);
    assert_eq!(TenantId::from(partner).as_partner(), partner);
    assert!(PartnerId::MIN < partner && partner < PartnerId::MAX);
}

#[test]
fn users_groups_and_positions_are_written_short() {
    let user = PA.user();
    assert_eq!(user.to_string(), format!("{P}/{}", PA.id()));
    assert_eq!(user.to_string().parse::<User>(), Ok(user));
    for text in ["", P, "a/b", &format!("{P}/b"), &format!("b/{P}")] {
        assert_eq!(text.parse::<User>(), Err(NotAUser), "{text}");
    }
    assert_eq!(NotAUser.to_string(), "not a user, which is written as two GUIDs: tenant/user");
    let group = GroupOf { group: PartnerGroup::AdminAgents, partner: P.parse().unwrap() };
    assert_eq!(group.to_string(), format!("{P}/AdminAgents"));
    assert_eq!(Position(12).to_string(), "12");
    assert_eq!(
        serde_json::to_value(event_ref("DapGranted@11")).unwrap(),
        json!({"position": 11, "event": "DapGranted"})
    );
}

#[test]
fn an_actor_is_a_user_or_an_operator() {
    let rows =
        [(PA.actor(), json!({"user": {"tenant": P, "user": PA.id()}})), (OPERATOR.actor(), json!({"operator": "ada"}))];
    for (actor, written) in rows {
        assert_eq!(serde_json::to_value(&actor).unwrap(), written);
        assert_eq!(serde_json::from_value::<Actor>(written).unwrap(), actor);
    }
    for not in [json!({"user": {"tenant": P}}), json!({"user": {"tenant": P, "user": P, "name": "Lee"}}), json!("ada")]
    {
        assert!(serde_json::from_value::<Actor>(not.clone()).is_err(), "{not}");
    }
}
