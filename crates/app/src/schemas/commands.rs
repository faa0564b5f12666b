//! The commands: what each does, who may issue it, which fields it takes, which events it makes, how it is refused.

use super::{
    fields::{FieldDescription, bounded, line, told, with_fields},
    shape::{Shape, guid, list, named, object, or_null, truth},
};
use crate::Code;
use procura_domain::{
    event::EventType,
    text::{BODY_CHARS_MAX, SUBJECT_CHARS_MAX},
};

/// A command, described.
#[derive(Debug, Clone, Copy)]
pub struct CommandDescription {
    /// Its name, which is also that of its schema.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Who may issue it.
    pub issuers: &'static str,
    /// The action that must be allowed to its issuer; none for operators.
    pub action: Option<&'static str>,
    fields: &'static str,
    /// The events that it makes; some of them only in some cases.
    pub events: &'static [EventType],
    /// The codes of its refusals beside those that every command has.
    pub refusals: &'static [Code],
}

macro_rules! commands {
    ($($name:ident $does:literal by $issuers:literal $(asks $action:literal)? takes $fields:literal
        makes $($event:ident)+ $(, refused $($code:ident)+)?;)+) => {
        /// Every command, in the order of the rulebook.
        pub const COMMANDS: &[CommandDescription] = &[$(CommandDescription {
            name: stringify!($name),
            does: $does,
            issuers: $issuers,
            action: commands!(@optional $($action)?),
            fields: $fields,
            events: &[$(EventType::$event),+],
            refusals: &[$($(Code::$code),+)?],
        }),+];
    };
    (@optional) => { None };
    (@optional $action:literal) => { Some($action) };
}

commands! {
    RegisterPartner "Registers a tenant as a partner, with its first Global administrator."
        by "An operator." takes "partner name domain globalAdministrator displayName? userPrincipalName?"
        makes PartnerRegistered DirectoryRoleAssigned UserDescribed, refused AlreadyRegistered NameTaken;
    RegisterCustomer "Registers a tenant as a customer, with its first Global administrator."
        by "An operator." takes "customer name domain globalAdministrator displayName? userPrincipalName?"
        makes CustomerRegistered DirectoryRoleAssigned UserDescribed, refused AlreadyRegistered NameTaken;
    AssignDirectoryRole "Gives a user a directory role in its own tenant."
        by "An explicit Global administrator of the tenant." asks "directoryRole.assign"
        takes "tenant user directoryRole displayName? userPrincipalName?"
        makes DirectoryRoleAssigned UserDescribed, refused RoleHeld NameTaken;
    RemoveDirectoryRole "Takes a directory role from a user."
        by "An explicit Global administrator of the tenant." asks "directoryRole.assign"
        takes "tenant user directoryRole" makes DirectoryRoleRemoved, refused RoleNotHeld LastGlobalAdministrator;
    AddGroupMember "Adds a user to a group of its partner."
        by "An explicit Global administrator of the partner." asks "group.manage"
        takes "partner group user displayName? userPrincipalName?"
        makes GroupMemberAdded UserDescribed, refused AlreadyMember NameTaken;
    RemoveGroupMember "Takes a user out of a group of its partner."
        by "An explicit Global administrator of the partner." asks "group.manage"
        takes "partner group user" makes GroupMemberRemoved, refused NotMember;
    DescribeUser "Says what a user is called. Give a display name, a user principal name, or both."
        by "An explicit Global administrator of the tenant; an operator; the user itself, its display name alone (PEO-1)."
        asks "user.describe" takes "tenant user displayName? userPrincipalName?" makes UserDescribed, refused NameTaken;
    SendInvite "Asks a customer for a reseller relationship, with or without delegated admin privileges."
        by "AdminAgents and SalesAgents of the partner." asks "invitation.send"
        takes "invitation? partner delegatedAdmin locale recipient? message? uses? expiresInDays?"
        makes InvitationSent, refused AlreadyExists LinkMissing;
    WithdrawInvite "Takes an invitation back."
        by "AdminAgents and SalesAgents of the partner." asks "invitation.send"
        takes "invitation" makes InvitationWithdrawn, refused InvitationWithdrawn InvitationUsed InvitationExpired;
    AcceptInvite "Accepts an invitation: the relationship begins, and delegated admin privileges if it asks for them."
        by "An explicit Global administrator of the customer." asks "invitation.accept"
        takes "invitation customer" makes InvitationAccepted RelationshipEstablished DapGranted,
        refused InvitationWithdrawn InvitationDeclined InvitationUsed InvitationExpired NothingToGrant;
    DeclineInvite "Declines an invitation."
        by "An explicit Global administrator of the customer." asks "invitation.accept"
        takes "invitation customer" makes InvitationDeclined,
        refused InvitationWithdrawn InvitationDeclined InvitationUsed InvitationExpired;
    RevokeDap "Takes delegated admin privileges from a partner. Its relationship and its roles stay."
        by "An explicit Global administrator of the customer; AdminAgents of the partner, giving them up." asks "dap.revoke"
        takes "customer partner" makes DapRevoked, refused NoRelationship NoDap;
    EndRelationship "Ends a reseller relationship, and delegated admin privileges with it."
        by "AdminAgents of the partner." asks "relationship.end"
        takes "customer partner" makes DapRevoked RelationshipEnded, refused NoRelationship ActiveSubscriptions;
    RenegotiateContract "Records that the contract was renegotiated: no support is owed any more."
        by "An operator." takes "customer partner"
        makes ContractRenegotiated, refused NoRelationship AlreadyRenegotiated;
    ProvisionSubscription "Makes a subscription for a customer; on an Azure one the partner's AdminAgents become Owner."
        by "AdminAgents and SalesAgents of the partner." asks "subscription.provision"
        takes "customer partner subscription? roleAssignment? kind name"
        makes SubscriptionProvisioned RoleAssigned, refused AlreadyExists;
    RegisterSubscription "Brings in a subscription that the customer already had; on an Azure one the issuer becomes Owner."
        by "An explicit Global administrator of the customer." asks "subscription.register"
        takes "customer subscription roleAssignment? kind name"
        makes SubscriptionRegistered RoleAssigned, refused AlreadyExists;
    RenewSubscription "Renews a subscription."
        by "AdminAgents and SalesAgents of the partner that provisioned it; for its own, an explicit Global administrator of the customer."
        asks "subscription.renew" takes "customer subscription" makes SubscriptionRenewed, refused SubscriptionNotActive;
    CancelSubscription "Cancels a subscription: it can be read and its roles can be removed, nothing else."
        by "AdminAgents and SalesAgents of the partner that provisioned it; for its own, an explicit Global administrator of the customer."
        asks "subscription.cancel" takes "customer subscription"
        makes SubscriptionCancelled, refused SubscriptionNotActive;
    AssignRole "Assigns a role on an Azure subscription to a partner's group or a user."
        by "Owner and UserAccessAdministrator on the subscription, and the customer's explicit Global administrators (SUB-6, SUB-8)."
        asks "roleAssignment.create" takes "customer subscription roleAssignment? resourceRole principal"
        makes RoleAssigned, refused SubscriptionNotActive NotAzure RoleAssignmentExists AlreadyExists;
    RemoveRoleAssignment "Removes a role assignment from an Azure subscription."
        by "Owner and UserAccessAdministrator on the subscription, and the customer's explicit Global administrators, who alone remove the last Owner (SUB-6)."
        asks "roleAssignment.remove" takes "customer roleAssignment" makes RoleAssignmentRemoved, refused LastOwner;
    AddDevice "Adds an Autopilot device to a customer's tenant. Give either `partner` or `source`."
        by "AdminAgents and SalesAgents, naming their partner; an explicit Global administrator of the customer, naming the source."
        asks "device.add"
        takes "customer device? serialNumber manufacturer model hardwareHash? productKey? groupTag? ofPartner? source?"
        makes DeviceAdded DeviceUpdated, refused AlreadyExists DeviceAlreadyRegistered;
    UpdateDevice "Changes a device's group tag."
        by "An explicit Global administrator of the customer; AdminAgents as APL-2 and APL-3 say." asks "device.manage"
        takes "customer device groupTag" makes DeviceUpdated;
    RemoveDevice "Removes a device from a customer's tenant."
        by "An explicit Global administrator of the customer; AdminAgents as APL-2, APL-3 and APL-6 say." asks "device.delete"
        takes "customer device" makes DeviceRemoved;
    CreateProfile "Makes a deployment profile."
        by "An explicit Global administrator of the customer; AdminAgents as APL-1 and APL-5 say." asks "profile.create"
        takes "customer profile? name changedSettings?" makes ProfileCreated, refused AlreadyExists;
    UpdateProfile "Changes a deployment profile. Give a new name, new settings, or both."
        by "An explicit Global administrator of the customer; AdminAgents as APL-1 and APL-5 say." asks "profile.update"
        takes "customer profile name? changedSettings?" makes ProfileUpdated;
    DeleteProfile "Deletes a deployment profile that is applied to no device."
        by "An explicit Global administrator of the customer; AdminAgents as APL-1 and APL-5 say." asks "profile.delete"
        takes "customer profile" makes ProfileDeleted, refused ProfileInUse;
    ApplyProfile "Applies a profile to devices, in place of what each had."
        by "An explicit Global administrator of the customer; AdminAgents as APL-4 and APL-5 say, for each device."
        asks "profile.apply" takes "customer profile devices" makes ProfileApplied;
    RemoveProfile "Removes a profile from devices."
        by "An explicit Global administrator of the customer; AdminAgents as APL-4 and APL-5 say, for each device."
        asks "profile.remove" takes "customer profile devices" makes ProfileRemoved, refused ProfileNotApplied;
    AdoptAutopilotPolicy "Puts another Autopilot policy in force."
        by "An operator." takes "policy" makes AutopilotPolicyAdopted, refused PolicyInForce;
    OpenServiceRequest "Opens a service request on a customer's behalf."
        by "AdminAgents and HelpdeskAgents of a partner that owes support." asks "serviceRequest.open"
        takes "customer partner title severity" makes ServiceRequestOpened, refused NoRelationship AlreadyRenegotiated;
    ErasePersonalData "Erases the personal data of an invitation, a service request, a device or a user. It cannot be undone."
        by "An operator." takes "subject" makes PersonalDataErased, refused AlreadyErased;
    SetConsumer "Makes a consumer of events of the issuer's own, or changes it: how far it has come stays."
        by "A customer's Global administrators, a partner's Global administrators and agents, operators and auditors, for themselves."
        takes "feedName filter? after? visibilitySeconds? tries? onParked?"
        makes ConsumerSet, refused TooManyFeeds;
    DeleteConsumer "Deletes a consumer of the issuer's own."
        by "Its owner." takes "feedName" makes ConsumerDeleted;
    SetWebhook "Makes a webhook of the issuer's own, or changes it: how far it has come stays."
        by "A customer's Global administrators, a partner's Global administrators and agents, operators and auditors, for themselves."
        takes "feedName url secret? filter? after? onParked?"
        makes WebhookSet, refused TooManyFeeds;
    DeleteWebhook "Deletes a webhook of the issuer's own, and its address and secret for good."
        by "Its owner." takes "feedName" makes WebhookDeleted;
}

impl CommandDescription {
    /// The command of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.name == name)
    }

    /// The shape of its fields.
    pub fn shape(&self) -> Shape {
        with_fields(object(self.does), self.fields, true).into()
    }

    /// Its fields, in words.
    pub fn takes(&self) -> impl Iterator<Item = FieldDescription> {
        told(self.fields)
    }

    pub(super) fn fields(&self) -> &'static str {
        self.fields
    }
}

/// The shapes inside commands.
pub(super) fn inside() -> Vec<(&'static str, Shape)> {
    let settings = [
        ("removeOemPreinstalls", "Remove what the manufacturer installed."),
        ("oobeUserNotLocalAdmin", "The user who sets the device up is no local administrator."),
        ("skipExpressSettings", "Pass over the express settings."),
        ("skipOemRegistration", "Pass over the manufacturer's registration."),
        ("skipEula", "Pass over the licence terms."),
    ];
    let whole = settings.iter().fold(object("What a profile does when a device is set up."), |object, (name, says)| {
        object.has(name, truth(), says)
    });
    let changed = object("Settings of a profile to be changed; what is left out stays as it is.");
    let changed = settings.iter().fold(changed, |object, (name, says)| object.may_have(name, or_null(truth()), says));
    let message = object("An invitation's message. The body has the link, as `{link}` or in full (INV-2).")
        .has("subject", line(SUBJECT_CHARS_MAX), "The subject: one line.")
        .has(
            "body",
            bounded(
                r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$",
                1,
                BODY_CHARS_MAX,
            ),
            "The text.",
        );
    let filter = object("Which events are wanted: those that everything given here fits.")
        .may_have("types", list(named("EventType")), "One of these; any, if there are none.")
        .may_have("customer", or_null(guid()), "What concerns this customer.")
        .may_have("partner", or_null(guid()), "What concerns this partner.");
    let principal = super::shape::either(
        "Who holds a role on a subscription: a partner's group, or a user.",
        [named("GroupOfPartner"), named("UserOfTenant")],
    );
    vec![
        ("ProfileSettings", whole.into()),
        ("ChangedSettings", changed.into()),
        ("Message", message.into()),
        ("Principal", principal),
        ("EventFilter", filter.into()),
    ]
}
