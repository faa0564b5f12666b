//! The second reading, continued: what becomes of a command. Which questions stand behind it, and what the state says.

use crate::model::{
    Actor, Answer, Assignment, GLOBAL, Id, Question, Thing, Who, World, directory_role, group, guid, hardware, ids,
    known, maybe, text,
};
use crate::names::{named, user_subject};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where invitations' links point.
pub(crate) const PUBLIC_URL: &str = "https://procura.example";
const DAY: i64 = 86_400_000_000;

/// What a command comes to before the state has its say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// It may: now the state.
    Pass,
    NotFound,
    NotAllowed,
    /// It might, were the subscription not cancelled (SUB-9).
    NotActive,
}

fn on(who: Who, action: &'static str, thing: Thing) -> Question {
    Question { who, action, on: thing, partner: None, source: false, user: None }
}

impl World {
    /// The questions behind a user's command, all of which must be answered yes. None: it names what does not exist.
    pub(crate) fn questions(&self, command: &str, fields: &Value, who: Who) -> Option<Vec<Question>> {
        let is = |name: &str| known(fields, name);
        let partner = maybe(fields, "partner");
        let on_customer = |action| {
            let source = fields["source"].is_string();
            vec![Question { who, action, on: Thing::Customer(is("customer")), partner, source, user: None }]
        };
        let on_subscription = |action| {
            let found = self.subscriptions.get(&is("subscription"))?;
            (found.customer == is("customer")).then(|| vec![on(who, action, Thing::Subscription(is("subscription")))])
        };
        let on_device = |action, device: Id| {
            let found = self.devices.get(&device)?;
            (found.customer == is("customer")).then(|| on(who, action, Thing::Device(device)))
        };
        let on_profile = |action| {
            let customer = self.profiles.get(&is("profile"))?;
            (*customer == is("customer")).then(|| vec![on(who, action, Thing::Profile(is("profile")))])
        };
        let asked = match command {
            "AssignDirectoryRole" | "RemoveDirectoryRole" => {
                let tenant = is("tenant");
                let customer = self.customers.contains(&tenant);
                let thing = if customer { Thing::Customer(tenant) } else { Thing::Partner(tenant) };
                vec![on(who, "directoryRole.assign", thing)]
            }
            "DescribeUser" => {
                // PEO-1: itself, and its display name only.
                let user = fields["userPrincipalName"].is_null().then(|| is("user"));
                let tenant = is("tenant");
                let customer = self.customers.contains(&tenant);
                let thing = if customer { Thing::Customer(tenant) } else { Thing::Partner(tenant) };
                vec![Question { user, ..on(who, "user.describe", thing) }]
            }
            "AddGroupMember" | "RemoveGroupMember" => vec![on(who, "group.manage", Thing::Partner(is("partner")))],
            "SendInvite" => vec![on(who, "invitation.send", Thing::Partner(is("partner")))],
            "WithdrawInvite" => {
                let invitation = self.invitations.get(&is("invitation"))?;
                vec![on(who, "invitation.send", Thing::Partner(invitation.partner))]
            }
            "AcceptInvite" | "DeclineInvite" => {
                self.invitations.get(&is("invitation"))?;
                on_customer("invitation.accept")
            }
            "RevokeDap" => on_customer("dap.revoke"),
            "EndRelationship" => on_customer("relationship.end"),
            "ProvisionSubscription" => on_customer("subscription.provision"),
            "RegisterSubscription" => on_customer("subscription.register"),
            "RenewSubscription" => on_subscription("subscription.renew")?,
            "CancelSubscription" => on_subscription("subscription.cancel")?,
            "AssignRole" => on_subscription("roleAssignment.create")?,
            "RemoveRoleAssignment" => {
                let Assignment { subscription, holder, .. } = self.assignments.get(&is("roleAssignment"))?.clone();
                let customer = self.subscriptions[&subscription].customer;
                // VIS-6: of another partner's role a partner's user does not know.
                let known = [customer, who.tenant()].contains(&holder.tenant()) || who.tenant() == customer;
                (customer == is("customer") && known).then_some(())?;
                vec![on(who, "roleAssignment.remove", Thing::Subscription(subscription))]
            }
            "AddDevice" => on_customer("device.add"),
            "UpdateDevice" => vec![on_device("device.manage", is("device"))?],
            "RemoveDevice" => vec![on_device("device.delete", is("device"))?],
            "CreateProfile" => on_customer("profile.create"),
            "UpdateProfile" => on_profile("profile.update")?,
            "DeleteProfile" => on_profile("profile.delete")?,
            "ApplyProfile" | "RemoveProfile" => {
                let action = if command == "ApplyProfile" { "profile.apply" } else { "profile.remove" };
                on_profile("profile.update")?;
                ids(fields, "devices").into_iter().map(|device| on_device(action, device)).collect::<Option<_>>()?
            }
            "OpenServiceRequest" => on_customer("serviceRequest.open"),
            // Nobody asks whether one may.
            _ if FEEDS.contains(&command) => return None,
            other => panic!("no command of users: {other}"),
        };
        Some(asked)
    }

    /// Whether the actor may do this, before the state has its say.
    pub(crate) fn guard(&self, command: &str, fields: &Value, actor: Actor) -> Guard {
        let by_operators = BY_OPERATORS.contains(&command);
        let who = match actor {
            Actor::Operator if by_operators || command == "DescribeUser" => {
                return self.guard_of_operators(command, fields);
            }
            // What is for the other kind of actor is refused before anything is looked for: an operator is no user of a
            // registered tenant (TEN-2), and a user no operator.
            Actor::Operator => return Guard::NotAllowed,
            Actor::User(..) if by_operators => return Guard::NotAllowed,
            Actor::User(tenant, _) if !self.registered(tenant) => return Guard::NotAllowed,
            // FEED-2: who is told of no events has nothing to follow.
            Actor::User(tenant, user) if FEEDS.contains(&command) => {
                let passes = command.starts_with("Delete") || self.is_told_of_events(tenant, user);
                return if passes { Guard::Pass } else { Guard::NotAllowed };
            }
            Actor::User(tenant, user) => Who::User(tenant, user),
        };
        let Some(questions) = self.questions(command, fields, who) else { return Guard::NotFound };
        let answers: Vec<Answer> = questions.iter().map(|question| self.answer(question)).collect();
        if answers.contains(&Answer::Unknown) {
            Guard::NotFound
        } else if !answers.contains(&Answer::No) {
            Guard::Pass
        } else if questions.iter().all(|question| self.allowed(question, true)) {
            Guard::NotActive
        } else {
            Guard::NotAllowed
        }
    }

    /// A Global administrator of any tenant, an agent of a partner.
    fn is_told_of_events(&self, tenant: Id, user: Id) -> bool {
        let agent = self.members.iter().any(|(partner, _, member)| (*partner, *member) == (tenant, user));
        agent || self.roles.contains(&(tenant, user, GLOBAL))
    }

    /// Whether the actor has the consumer or webhook of that name.
    fn has_feed(&self, command: &str, fields: &Value, actor: Actor) -> bool {
        let Actor::User(tenant, user) = actor else { return false };
        self.feeds.contains(&(command.ends_with("Webhook"), tenant, user, text(fields, "name").to_owned()))
    }

    fn guard_of_operators(&self, command: &str, fields: &Value) -> Guard {
        let there = match command {
            "RenegotiateContract" => {
                let customer = self.customers.contains(&known(fields, "customer"));
                customer && self.partners.contains(&known(fields, "partner"))
            }
            "ErasePersonalData" => self.subjects.contains_key(text(fields, "subject")),
            "DescribeUser" => self.registered(known(fields, "tenant")),
            _ => true,
        };
        if there { Guard::Pass } else { Guard::NotFound }
    }

    /// What a command yields: its events, or the code of the refusal. In an event, null stands for what is generated.
    pub(crate) fn expected(
        &self,
        command: &str,
        fields: &Value,
        actor: Actor,
        time: i64,
    ) -> Result<Vec<Value>, &'static str> {
        if let Some(code) = misshapen(command, fields) {
            return Err(code);
        }
        match self.guard(command, fields, actor) {
            Guard::Pass => {}
            Guard::NotFound => return Err("notFound"),
            Guard::NotAllowed => return Err("notAllowed"),
            Guard::NotActive => return Err("subscriptionNotActive"),
        }
        if command == "AssignRole" && !self.may_name(fields, actor) {
            return Err("notFound");
        }
        for (kind, name) in MAKES {
            let given = command == *kind && maybe(fields, name).is_some_and(|id| self.given.contains(&(*name, id)));
            if given {
                return Err("alreadyExists");
            }
        }
        if let Some(code) = self.state_refuses(command, fields, actor, time) {
            return Err(code);
        }
        let mut events = self.events(command, fields, actor, time);
        if let Some((tenant, user)) = named(command, fields) {
            // PEO-1: held once in a tenant.
            if self.name_holder(command, fields).is_some_and(|holder| holder != user) {
                return Err("nameTaken");
            }
            events.push(json!({
                "type": "UserDescribed", "tenant": guid(tenant), "user": guid(user), "description": null,
                "newDisplayName": fields["displayName"].is_string(),
                "newUserPrincipalName": fields["userPrincipalName"].is_string(),
            }));
        }
        Ok(events)
    }

    /// Whether whoever may assign a role may assign it to this principal (SUB-8).
    pub(crate) fn may_name(&self, fields: &Value, actor: Actor) -> bool {
        let (customer, holder) = (known(fields, "customer"), Who::principal(&fields["principal"]));
        let Actor::User(own, _) = actor else { return false };
        match holder {
            Who::User(tenant, _) if tenant == customer => true,
            _ if own == customer => self.ever_related.contains(&(customer, holder.tenant())),
            _ => self.partners.contains(&own) && holder.tenant() == own,
        }
    }

    /// What version 1 of the rules recorded where version 2 lets nobody name the principal, and an earlier log may hold.
    pub(crate) fn recorded_by_version_1(
        &self,
        command: &str,
        fields: &Value,
        actor: Actor,
        time: i64,
    ) -> Option<Value> {
        if command != "AssignRole" || self.guard(command, fields, actor) != Guard::Pass || self.may_name(fields, actor)
        {
            return None;
        }
        let there = match Who::principal(&fields["principal"]) {
            Who::User(tenant, _) => self.registered(tenant),
            Who::Group(partner, _) => self.partners.contains(&partner),
        };
        let is_new = !self.given.contains(&("roleAssignment", maybe(fields, "roleAssignment")?));
        let passes = there && is_new && self.state_refuses(command, fields, actor, time).is_none();
        passes.then(|| self.events(command, fields, actor, time)).and_then(|mut events| events.pop())
    }

    /// What the state has against a command that the actor may issue, in the order of the rules.
    fn state_refuses(&self, command: &str, fields: &Value, actor: Actor, time: i64) -> Option<&'static str> {
        let is = |name: &str| known(fields, name);
        let pair = || (is("customer"), is("partner"));
        let first = |checks: &[(bool, &'static str)]| checks.iter().find(|(fails, _)| *fails).map(|(_, code)| *code);
        match command {
            "RegisterPartner" => first(&[(self.registered(is("partner")), "alreadyRegistered")]),
            "RegisterCustomer" => first(&[(self.registered(is("customer")), "alreadyRegistered")]),
            "AssignDirectoryRole" => first(&[(self.holds_directory_role(fields), "roleHeld")]),
            "RemoveDirectoryRole" => {
                let role = directory_role(text(fields, "role"));
                let others = self
                    .roles
                    .iter()
                    .any(|(tenant, user, held)| *tenant == is("tenant") && *user != is("user") && *held == GLOBAL);
                let last = role == GLOBAL && !others;
                first(&[(!self.holds_directory_role(fields), "roleNotHeld"), (last, "lastGlobalAdministrator")])
            }
            "AddGroupMember" => first(&[(self.is_member(fields), "alreadyMember")]),
            "RemoveGroupMember" => first(&[(!self.is_member(fields), "notMember")]),
            "SendInvite" => {
                // INV-2: as `{link}`, or in full.
                let link = format!("{PUBLIC_URL}/invitations/{}", text(fields, "invitation"));
                let body = fields["message"]["body"].as_str();
                let missing = body.is_some_and(|body| !body.contains("{link}") && !body.contains(&link));
                first(&[(missing, "linkMissing")])
            }
            "WithdrawInvite" => self.spent(is("invitation"), None, time),
            "DeclineInvite" => self.spent(is("invitation"), Some(is("customer")), time),
            "AcceptInvite" => {
                let invitation = &self.invitations[&is("invitation")];
                let pair = (is("customer"), invitation.partner);
                let adds = !self.related.contains(&pair) || invitation.delegated_admin && !self.dap.contains(&pair);
                self.spent(is("invitation"), Some(is("customer")), time).or(first(&[(!adds, "nothingToGrant")]))
            }
            "RevokeDap" => {
                first(&[(!self.related.contains(&pair()), "noRelationship"), (!self.dap.contains(&pair()), "noDap")])
            }
            "EndRelationship" => {
                let active = self.subscriptions.iter().any(|(id, subscription)| {
                    let provisioned =
                        (subscription.customer, subscription.partner) == (is("customer"), maybe(fields, "partner"));
                    provisioned && !self.cancelled.contains(id)
                });
                first(&[(!self.related.contains(&pair()), "noRelationship"), (active, "activeSubscriptions")])
            }
            "RenegotiateContract" => first(&[
                (!self.ever_related.contains(&pair()), "noRelationship"),
                (!self.owed.contains(&pair()), "alreadyRenegotiated"),
            ]),
            "AssignRole" => {
                let holder = Who::principal(&fields["principal"]);
                let exists = self.assignments.values().any(|assignment| {
                    assignment.subscription == is("subscription")
                        && assignment.role == text(fields, "role")
                        && assignment.holder == holder
                });
                let azure = self.subscriptions[&is("subscription")].azure;
                first(&[(!azure, "notAzure"), (exists, "roleAssignmentExists")])
            }
            "RemoveRoleAssignment" => {
                let assignment = &self.assignments[&is("roleAssignment")];
                let others = self.assignments.iter().any(|(id, other)| {
                    *id != is("roleAssignment")
                        && other.subscription == assignment.subscription
                        && other.role == "Owner"
                });
                let administrator = matches!(actor, Actor::User(tenant, user)
                    if self.global_administrator(Who::User(tenant, user), is("customer")));
                first(&[(assignment.role == "Owner" && !others && !administrator, "lastOwner")])
            }
            "AddDevice" => {
                let hardware = hardware(fields);
                let registered = self.devices.values().any(|device| device.hardware == hardware);
                first(&[(registered, "deviceAlreadyRegistered")])
            }
            "DeleteProfile" => {
                let applied = self.applied.values().any(|profile| *profile == is("profile"));
                first(&[(applied, "profileInUse")])
            }
            "RemoveProfile" => {
                let devices = ids(fields, "devices");
                let all = devices.iter().all(|device| self.applied.get(device) == Some(&is("profile")));
                first(&[(!all, "profileNotApplied")])
            }
            "ErasePersonalData" => {
                let subject = text(fields, "subject");
                let has_names = self.names.keys().any(|(tenant, user)| user_subject(*tenant, *user) == subject);
                let erased = if subject.starts_with("user:") { !has_names } else { self.erased.contains(subject) };
                first(&[(erased, "alreadyErased")])
            }
            "AdoptAutopilotPolicy" => {
                first(&[(self.dap_required == (text(fields, "policy") == "dapRequired"), "policyInForce")])
            }
            "DeleteConsumer" | "DeleteWebhook" => first(&[(!self.has_feed(command, fields, actor), "notFound")]),
            "SetWebhook" => {
                let unsigned = fields["secret"].is_null() && !self.has_feed(command, fields, actor);
                first(&[(unsigned, "invalidCommand")])
            }
            _ => None,
        }
    }

    fn holds_directory_role(&self, fields: &Value) -> bool {
        let role = directory_role(text(fields, "role"));
        self.roles.contains(&(known(fields, "tenant"), known(fields, "user"), role))
    }

    fn is_member(&self, fields: &Value) -> bool {
        let group = group(text(fields, "group"));
        self.members.contains(&(known(fields, "partner"), group, known(fields, "user")))
    }

    /// INV-7: why an invitation is of no use any more, to this customer or (for withdrawing it) to any.
    fn spent(&self, invitation: Id, customer: Option<Id>, time: i64) -> Option<&'static str> {
        let sent = &self.invitations[&invitation];
        let used = self.accepted.iter().any(|(used, by)| *used == invitation && (!sent.many || Some(*by) == customer));
        if self.withdrawn.contains(&invitation) {
            Some("invitationWithdrawn")
        } else if customer.is_some_and(|customer| self.declined.contains(&(invitation, customer))) {
            Some("invitationDeclined")
        } else if used {
            Some("invitationUsed")
        } else if time >= sent.expires {
            Some("invitationExpired")
        } else {
            None
        }
    }

    /// The events of a command that nothing speaks against.
    fn events(&self, command: &str, fields: &Value, actor: Actor, time: i64) -> Vec<Value> {
        // An event of that name, with some of the command's fields as they are, and others.
        let with = |name: &str, same: &[&str], others: Value| {
            let mut event = others;
            event["type"] = name.into();
            let given = same.iter().filter(|name| !fields[**name].is_null());
            given.for_each(|name| event[*name] = fields[*name].clone());
            event
        };
        let simple = |name: &str, same: &[&str]| vec![with(name, same, json!({}))];
        let administrator = |tenant: &str| {
            let (tenant, user) = (&fields[tenant], &fields["globalAdministrator"]);
            json!({"type": "DirectoryRoleAssigned", "tenant": tenant, "user": user, "role": "GlobalAdministrator"})
        };
        let pair = ["customer", "partner"];
        let of_subscription = ["customer", "partner", "subscription", "kind", "name"];
        let owner = |principal: Value, origin: &str| {
            let brings = text(fields, "kind") == "azure";
            let others = json!({"role": "Owner", "principal": principal, "origin": origin});
            brings.then(|| with("RoleAssigned", &["customer", "subscription", "roleAssignment"], others))
        };
        match command {
            "RegisterPartner" => {
                vec![with("PartnerRegistered", &["partner", "name", "domain"], json!({})), administrator("partner")]
            }
            "RegisterCustomer" => {
                vec![with("CustomerRegistered", &["customer", "name", "domain"], json!({})), administrator("customer")]
            }
            "AssignDirectoryRole" => simple("DirectoryRoleAssigned", &["tenant", "user", "role"]),
            "RemoveDirectoryRole" => simple("DirectoryRoleRemoved", &["tenant", "user", "role"]),
            "AddGroupMember" => simple("GroupMemberAdded", &["partner", "group", "user"]),
            "RemoveGroupMember" => simple("GroupMemberRemoved", &["partner", "group", "user"]),
            "DescribeUser" => vec![],
            "SendInvite" => {
                let days = fields["expiresInDays"].as_i64().unwrap_or(90);
                let uses = fields["uses"].as_str().unwrap_or("once");
                let same = ["invitation", "partner", "delegatedAdmin", "locale"];
                vec![with("InvitationSent", &same, json!({"uses": uses, "expiresAt": time + days * DAY}))]
            }
            "WithdrawInvite" => {
                let partner = guid(self.invitations[&known(fields, "invitation")].partner);
                vec![with("InvitationWithdrawn", &["invitation"], json!({"partner": partner}))]
            }
            "DeclineInvite" => {
                let partner = guid(self.invitations[&known(fields, "invitation")].partner);
                vec![with("InvitationDeclined", &["invitation", "customer"], json!({"partner": partner}))]
            }
            "AcceptInvite" => {
                let invitation = &self.invitations[&known(fields, "invitation")];
                let partner = || json!({"partner": guid(invitation.partner)});
                let new = !self.related.contains(&(known(fields, "customer"), invitation.partner));
                let mut events = vec![with("InvitationAccepted", &["invitation", "customer"], partner())];
                events.extend(new.then(|| with("RelationshipEstablished", &["customer"], partner())));
                events.extend(invitation.delegated_admin.then(|| with("DapGranted", &["customer"], partner())));
                events
            }
            "RevokeDap" => simple("DapRevoked", &pair),
            "EndRelationship" => {
                let dap = self.dap.contains(&(known(fields, "customer"), known(fields, "partner")));
                let revoked = dap.then(|| with("DapRevoked", &pair, json!({})));
                revoked.into_iter().chain([with("RelationshipEnded", &pair, json!({}))]).collect()
            }
            "RenegotiateContract" => simple("ContractRenegotiated", &pair),
            "ProvisionSubscription" => {
                let group = json!({"group": "AdminAgents", "partner": fields["partner"]});
                let provisioned = with("SubscriptionProvisioned", &of_subscription, json!({}));
                [provisioned].into_iter().chain(owner(group, "provisioning")).collect()
            }
            "RegisterSubscription" => {
                let Actor::User(tenant, user) = actor else { panic!("operators register no subscriptions") };
                let user = json!({"tenant": guid(tenant), "user": guid(user)});
                let registered = with("SubscriptionRegistered", &of_subscription, json!({}));
                [registered].into_iter().chain(owner(user, "registered")).collect()
            }
            "RenewSubscription" => simple("SubscriptionRenewed", &["customer", "subscription"]),
            "CancelSubscription" => simple("SubscriptionCancelled", &["customer", "subscription"]),
            "AssignRole" => {
                let same = ["customer", "subscription", "roleAssignment", "role", "principal"];
                vec![with("RoleAssigned", &same, json!({"origin": "assigned"}))]
            }
            "RemoveRoleAssignment" => {
                let assignment = &self.assignments[&known(fields, "roleAssignment")];
                let subscription = guid(assignment.subscription);
                let others = json!({"subscription": subscription, "role": assignment.role, "principal": assignment.holder.as_principal()});
                vec![with("RoleAssignmentRemoved", &["customer", "roleAssignment"], others)]
            }
            "AddDevice" => {
                let same = ["customer", "device", "serialNumber", "manufacturer", "model", "hardwareHash"];
                let same = [&same[..], &["partner", "source"]].concat();
                let mut events = simple("DeviceAdded", &same);
                if fields["groupTag"].as_str().is_some_and(|tag| !tag.is_empty()) {
                    events.extend(simple("DeviceUpdated", &["customer", "device", "groupTag"]));
                }
                events
            }
            "UpdateDevice" => simple("DeviceUpdated", &["customer", "device", "groupTag"]),
            "RemoveDevice" => simple("DeviceRemoved", &["customer", "device"]),
            // How much of the settings an event repeats is not said.
            "CreateProfile" => {
                vec![with("ProfileCreated", &["customer", "profile", "name"], json!({"settings": null}))]
            }
            "UpdateProfile" => {
                vec![with("ProfileUpdated", &["customer", "profile"], json!({"name": null, "settings": null}))]
            }
            "DeleteProfile" => simple("ProfileDeleted", &["customer", "profile"]),
            "ApplyProfile" => simple("ProfileApplied", &["customer", "profile", "devices"]),
            "RemoveProfile" => simple("ProfileRemoved", &["customer", "profile", "devices"]),
            "AdoptAutopilotPolicy" => simple("AutopilotPolicyAdopted", &["policy"]),
            "ErasePersonalData" => {
                let (customer, partner) = self.subjects[text(fields, "subject")];
                let sides = [("customer", customer), ("partner", partner)];
                let sides = sides.into_iter().filter_map(|(name, id)| Some((name.to_owned(), guid(id?).into())));
                vec![with("PersonalDataErased", &["subject"], Value::Object(sides.collect()))]
            }
            "OpenServiceRequest" => {
                // SUP-2: in the customer's portal under DAP, through Microsoft support without.
                let dap = self.dap.contains(&(known(fields, "customer"), known(fields, "partner")));
                let route = if dap { "adminPortal" } else { "microsoftSupport" };
                let same = ["customer", "partner", "severity"];
                vec![with("ServiceRequestOpened", &same, json!({"route": route, "serviceRequest": null}))]
            }
            _ if FEEDS.contains(&command) => {
                let Actor::User(tenant, user) = actor else { panic!("this operator follows nothing") };
                let mut others = json!({"tenant": guid(tenant), "user": guid(user)});
                if command.ends_with("Webhook") {
                    others["webhook"] = Value::Null;
                }
                // Where it begins depends on when it was made.
                let set = match command {
                    "SetConsumer" => json!({"after": null, "visibilitySeconds": 30, "tries": 5, "onParked": "goOn"}),
                    "SetWebhook" => {
                        json!({"after": null, "onParked": "goOn", "newSecret": fields["secret"].is_string()})
                    }
                    _ => json!({}),
                };
                others.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
                let event = match command {
                    "SetConsumer" => "ConsumerSet",
                    "DeleteConsumer" => "ConsumerDeleted",
                    "SetWebhook" => "WebhookSet",
                    _ => "WebhookDeleted",
                };
                vec![with(event, &["name"], others)]
            }
            other => panic!("no command of the rulebook: {other}"),
        }
    }
}

/// The commands that only operators issue.
pub(crate) const BY_OPERATORS: [&str; 5] =
    ["RegisterPartner", "RegisterCustomer", "RenegotiateContract", "AdoptAutopilotPolicy", "ErasePersonalData"];

/// The commands about consumers and webhooks: everybody has their own.
const FEEDS: [&str; 4] = ["SetConsumer", "DeleteConsumer", "SetWebhook", "DeleteWebhook"];

/// The commands that make something, and the field with its id.
const MAKES: &[(&str, &str)] = &[
    ("SendInvite", "invitation"),
    ("ProvisionSubscription", "subscription"),
    ("ProvisionSubscription", "roleAssignment"),
    ("RegisterSubscription", "subscription"),
    ("RegisterSubscription", "roleAssignment"),
    ("AssignRole", "roleAssignment"),
    ("AddDevice", "device"),
    ("CreateProfile", "profile"),
];

/// Whether the command's shape is wrong, where fields depend on each other or have a range.
fn misshapen(command: &str, fields: &Value) -> Option<&'static str> {
    let wrong = match command {
        "SendInvite" => fields["expiresInDays"].as_i64().is_some_and(|days| !(1..=365).contains(&days)),
        // SUB-6
        "ProvisionSubscription" | "RegisterSubscription" => {
            text(fields, "kind") == "microsoft365" && fields["roleAssignment"].is_string()
        }
        "AddDevice" => fields["partner"].is_string() == fields["source"].is_string(),
        "DescribeUser" => named(command, fields).is_none(),
        "UpdateProfile" => fields["name"].is_null() && fields["settings"].is_null(),
        "ApplyProfile" | "RemoveProfile" => {
            let devices = ids(fields, "devices");
            let once: BTreeSet<_> = devices.iter().collect();
            devices.is_empty() || devices.len() > 500 || once.len() < devices.len()
        }
        _ => false,
    };
    wrong.then_some("invalidCommand")
}
