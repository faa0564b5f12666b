//! The grants of each action: rule by rule, as the rulebook's table of actions lists them.

use super::{
    decision::{Beginnings, Missing},
    evaluation::{Condition, Evaluation, Fulfilment},
    question::{
        CustomerAction, DeviceAction, Named, PartnerAction, ProfileAction, Question, Resource, Subject,
        SubscriptionAction,
    },
};
use crate::{
    facts::{DeviceFact, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    rule::Rule,
    temporal::{EventRef, Moment, Standing},
    vocabulary::{
        AssignmentOrigin, AutopilotPolicy, DeviceOrigin, DirectoryRole, Pair, PartnerGroup, Power, Principal,
        ResourceRole, User,
    },
};
use DirectoryRole::{GlobalAdministrator, HelpdeskAdministrator};
use PartnerGroup::{AdminAgents, HelpdeskAgents, SalesAgents};

/// Evaluates every grant of the question's action.
pub(super) fn evaluate<F: Facts>(question: &Question, at: Moment, facts: &F) -> Evaluation {
    let mut asking = Asking { subject: question.subject, at, facts, evaluation: Evaluation::default() };
    match &question.resource {
        Resource::Customer(action, customer, named) => asking.on_customer(*action, *customer, *named),
        Resource::Partner(action, partner, user) => asking.on_partner(*action, *partner, *user),
        Resource::Subscription(action, subscription) => asking.on_subscription(*action, *subscription),
        Resource::Device(action, device) => asking.on_device(*action, *device),
        Resource::Profile(ProfileAction::Update | ProfileAction::Delete, profile) => asking.on_profile(*profile),
    }
    asking.evaluation
}

/// One question on its way through the rules.
struct Asking<'f, F> {
    subject: Subject,
    at: Moment,
    facts: &'f F,
    evaluation: Evaluation,
}

impl<F: Facts> Asking<'_, F> {
    fn on_customer(&mut self, action: CustomerAction, customer: CustomerId, named: Named) {
        use CustomerAction as A;
        let own = self.subject.tenant().as_partner();
        let as_partner = named.partner.unwrap_or(own) == own;
        match action {
            A::View => {
                for group in [AdminAgents, HelpdeskAgents, SalesAgents] {
                    self.evaluation.grant(Rule::Rel2, [self.member(group), self.relationship(customer)]);
                }
                self.evaluation.grant(Rule::Vis1, [self.explicit(customer, GlobalAdministrator)]);
            }
            A::AdministerDirectory => self.by_directory_role(customer, Rule::Dap1, &[GlobalAdministrator]),
            A::AssignLicense | A::AdministerService => {
                self.by_directory_role(customer, Rule::Dap3, &[GlobalAdministrator]);
            }
            A::ReadDirectory | A::ResetPassword => {
                self.by_directory_role(customer, Rule::Dap1, &[GlobalAdministrator, HelpdeskAdministrator]);
            }
            A::SignIn => {
                self.by_directory_role(customer, Rule::Dap3, &[GlobalAdministrator, HelpdeskAdministrator]);
            }
            A::ViewPartnerRelationships => {
                self.evaluation.grant(Rule::Dap4, [self.explicit(customer, GlobalAdministrator)]);
            }
            A::AcceptInvitation => self.evaluation.grant(Rule::Inv4, [self.explicit(customer, GlobalAdministrator)]),
            A::RegisterSubscription => {
                self.evaluation.grant(Rule::Sub9, [self.explicit(customer, GlobalAdministrator)]);
            }
            A::RevokeDap => {
                if as_partner {
                    let conditions = [self.member(AdminAgents), self.relationship_ever(customer)];
                    self.evaluation.grant(Rule::Rel4, conditions);
                }
                self.evaluation.grant(Rule::Dap4, [self.explicit(customer, GlobalAdministrator)]);
            }
            A::EndRelationship => {
                let own_side = Condition::implied(as_partner, Missing::Membership(AdminAgents));
                let conditions = [own_side, self.member(AdminAgents), self.relationship_ever(customer)];
                self.evaluation.grant(Rule::Rel4, conditions);
            }
            A::ProvisionSubscription => {
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::implied(as_partner, Missing::Membership(group));
                    self.evaluation.grant(Rule::Sub3, [own_side, self.member(group), self.relationship(customer)]);
                }
            }
            A::AddDevice => {
                // A partner named beside the customer is whom the device is added as.
                let origin = named.origin.or(named.partner.map(DeviceOrigin::Partner));
                let as_agent = match origin {
                    None => true,
                    Some(DeviceOrigin::Partner(partner)) => partner == own,
                    Some(DeviceOrigin::Customer(_)) => false,
                };
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::implied(as_agent, Missing::OwnOrigin);
                    self.evaluation.grant(Rule::Apl7, [self.member(group), self.relationship(customer), own_side]);
                }
                let as_customer = !matches!(origin, Some(DeviceOrigin::Partner(_)));
                let own_side = Condition::implied(as_customer, Missing::OwnOrigin);
                self.evaluation.grant(Rule::Ten2, [self.explicit(customer, GlobalAdministrator), own_side]);
            }
            A::CreateProfile => self.by_profiles_of(customer),
            A::OpenServiceRequest => {
                let (rule, owed) = self.support_owed(customer);
                for group in [AdminAgents, HelpdeskAgents] {
                    let own_side = Condition::implied(as_partner, Missing::Membership(group));
                    self.evaluation.grant(rule, [own_side, self.member(group), owed]);
                }
            }
            A::AssignDirectoryRole => self.evaluation.grant(Rule::Ten2, [self.explicit(customer, GlobalAdministrator)]),
            A::DescribeUser => self.by_itself_or_administrator(customer.into(), named.user),
            A::ViewHistory | A::ViewReport => {
                self.evaluation.grant(Rule::Vis1, [self.explicit(customer, GlobalAdministrator)]);
                for group in PartnerGroup::ALL {
                    self.evaluation.grant(Rule::Vis2, [self.member(*group), self.relationship_ever(customer)]);
                }
            }
        }
    }

    fn on_partner(&mut self, action: PartnerAction, partner: PartnerId, user: Option<ObjectId>) {
        match action {
            PartnerAction::SendInvitation => {
                let own = self.subject.tenant() == partner.into();
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::implied(own, Missing::Membership(group));
                    self.evaluation.grant(Rule::Inv1, [own_side, self.member(group)]);
                }
            }
            PartnerAction::ManageGroup | PartnerAction::AssignDirectoryRole => {
                self.evaluation.grant(Rule::Ten2, [self.explicit(partner, GlobalAdministrator)]);
            }
            PartnerAction::DescribeUser => self.by_itself_or_administrator(partner.into(), user),
            PartnerAction::ViewHistory | PartnerAction::ViewReport => {
                let own = self.subject.tenant() == partner.into();
                for group in PartnerGroup::ALL {
                    let own_side = Condition::implied(own, Missing::Membership(*group));
                    self.evaluation.grant(Rule::Vis2, [own_side, self.member(*group)]);
                }
                self.evaluation.grant(Rule::Vis2, [self.explicit(partner, GlobalAdministrator)]);
            }
        }
    }

    /// A tenant's Global administrators describe its users; a user describes itself (PEO-1).
    fn by_itself_or_administrator(&mut self, tenant: TenantId, user: Option<ObjectId>) {
        let itself = user.is_some_and(|user| self.subject == Subject::User(User { tenant, user }));
        let missing = Missing::DirectoryRole(GlobalAdministrator);
        let condition =
            if itself { Condition::implied(true, missing) } else { self.explicit(tenant, GlobalAdministrator) };
        self.evaluation.grant(Rule::Peo1, [condition]);
    }

    fn on_subscription(&mut self, action: SubscriptionAction, subscription: SubscriptionId) {
        use SubscriptionAction as A;
        let Some(fact) = self.facts.subscription(subscription, self.at) else { return };
        match action {
            A::Read => self.by_resource_role(fact, subscription, Power::Read),
            A::Manage => self.by_resource_role(fact, subscription, Power::Manage),
            A::CreateRoleAssignment => {
                self.by_resource_role(fact, subscription, Power::AssignRoles);
                let active = Condition::new(fact.active, Missing::ActiveSubscription).unnamed();
                self.evaluation.grant(Rule::Sub6, [self.explicit(fact.customer, GlobalAdministrator), active]);
            }
            A::RemoveRoleAssignment => {
                self.by_resource_role(fact, subscription, Power::RemoveRoles);
                self.evaluation.grant(Rule::Sub6, [self.explicit(fact.customer, GlobalAdministrator)]);
            }
            A::Renew | A::Cancel => self.by_provisioning(fact),
        }
    }

    /// The partner that provisioned a subscription renews and cancels it while its relationship is active (REL-2); the
    /// customer does so with its own.
    fn by_provisioning(&mut self, fact: SubscriptionFact) {
        let active = || Condition::new(fact.active, Missing::ActiveSubscription).unnamed();
        let own = self.subject.tenant().as_partner();
        for group in [AdminAgents, SalesAgents] {
            let provisioned = Condition::implied(fact.provisioned_by == Some(own), Missing::ProvisionedBy);
            let conditions = [provisioned, self.member(group), self.relationship(fact.customer), active()];
            self.evaluation.grant(Rule::Rel2, conditions);
        }
        let registered = Condition::implied(fact.provisioned_by.is_none(), Missing::ProvisionedBy);
        let explicit = self.explicit(fact.customer, GlobalAdministrator);
        self.evaluation.grant(Rule::Sub9, [registered, explicit, active()]);
    }

    fn on_device(&mut self, action: DeviceAction, device: DeviceId) {
        let Some(fact) = self.facts.device(device, self.at) else { return };
        let DeviceFact { customer, origin, .. } = fact;
        let dap_required = self.policy() == AutopilotPolicy::DapRequired;
        match action {
            DeviceAction::Delete if dap_required => {
                let own = DeviceOrigin::Partner(self.subject.tenant().as_partner()) == origin;
                let own = Condition::new(fact.added_if(own), Missing::OwnDevice);
                let (member, relationship) = (self.member(AdminAgents), self.relationship(customer));
                self.evaluation.grant(Rule::Apl6, [member, relationship, self.in_force(), own]);
                self.evaluation.grant(Rule::Apl6, [member, relationship, self.in_force(), self.dap(customer)]);
            }
            DeviceAction::Manage => {
                self.by_origin(fact, [Rule::Apl2, Rule::Apl3], Condition::implied(true, Missing::Resource));
            }
            DeviceAction::Delete => self.by_origin(fact, [Rule::Apl2, Rule::Apl3], self.in_force()),
            DeviceAction::ApplyProfile | DeviceAction::RemoveProfile if dap_required => {
                let conditions =
                    [self.member(AdminAgents), self.relationship(customer), self.in_force(), self.dap(customer)];
                self.evaluation.grant(Rule::Apl5, conditions);
            }
            DeviceAction::ApplyProfile | DeviceAction::RemoveProfile => {
                self.by_origin(fact, [Rule::Apl4, Rule::Apl4], self.in_force());
            }
        }
        self.evaluation.grant(Rule::Ten2, [self.explicit(customer, GlobalAdministrator)]);
    }

    /// A device that a partner added is the partners' to manage; one that the customer added only with DAP. `policy` is
    /// the one that says so, where another says otherwise.
    fn by_origin(&mut self, fact: DeviceFact, [of_partner, of_customer]: [Rule; 2], policy: Condition) {
        let customer = fact.customer;
        let is_of_partner = matches!(fact.origin, DeviceOrigin::Partner(_));
        let added = Condition::new(fact.added_if(is_of_partner), Missing::DeviceOfPartner);
        let (member, relationship) = (self.member(AdminAgents), self.relationship(customer));
        self.evaluation.grant(of_partner, [member, relationship, policy, added]);
        if !is_of_partner {
            self.evaluation.grant(of_customer, [member, relationship, policy, self.dap(customer)]);
        }
    }

    fn on_profile(&mut self, profile: ProfileId) {
        if let Some(customer) = self.facts.profile(profile, self.at) {
            self.by_profiles_of(customer);
        }
    }

    /// Making, changing and deleting profiles (APL-1, APL-5).
    fn by_profiles_of(&mut self, customer: CustomerId) {
        let (member, relationship) = (self.member(AdminAgents), self.relationship(customer));
        match self.policy() {
            AutopilotPolicy::Relationship => self.evaluation.grant(Rule::Apl1, [member, relationship, self.in_force()]),
            AutopilotPolicy::DapRequired => {
                self.evaluation.grant(Rule::Apl5, [member, relationship, self.in_force(), self.dap(customer)]);
            }
        }
        self.evaluation.grant(Rule::Ten2, [self.explicit(customer, GlobalAdministrator)]);
    }

    fn policy(&self) -> AutopilotPolicy {
        self.facts.autopilot_policy(self.at).0
    }

    /// The policy that is in force (APL-8); the first one rests on no event.
    fn in_force(&self) -> Condition {
        let adopted = self.facts.autopilot_policy(self.at).1;
        let fulfilment = adopted.map_or(Fulfilment::Implied, Fulfilment::By);
        Condition { fulfilment, missing: Missing::Resource, distance: 1 }
    }

    /// Directory roles: held implicitly through a group under DAP, or explicitly.
    fn by_directory_role(&mut self, customer: CustomerId, implicit: Rule, roles: &[DirectoryRole]) {
        for role in roles {
            let group = role.implicit_group();
            self.evaluation.grant(implicit, [self.member(group), self.dap(customer)]);
        }
        for role in roles {
            self.evaluation.grant(Rule::Ten2, [self.explicit(customer, *role)]);
        }
    }

    /// Roles on a subscription, held by the subject or by a group it is in. On a cancelled one only reading and removing
    /// roles are left (SUB-9).
    fn by_resource_role(&mut self, fact: SubscriptionFact, subscription: SubscriptionId, power: Power) {
        let (at, facts, subject, customer) = (self.at, self.facts, self.subject, fact.customer);
        let active = || match power {
            Power::Read | Power::RemoveRoles => Condition::implied(true, Missing::ActiveSubscription),
            Power::Manage | Power::AssignRoles => Condition::new(fact.active, Missing::ActiveSubscription).unnamed(),
        };
        let assigns = matches!(power, Power::AssignRoles | Power::RemoveRoles);
        for principal in subject.principals() {
            for role in ResourceRole::ALL.iter().filter(|role| role.grants(power)) {
                let Some(assignment) = facts.role_assignment(subscription, principal, *role, at) else { continue };
                let rule = match assignment.standing {
                    _ if assigns => Rule::Sub6,
                    Standing::Ended(_) => Rule::Sub5,
                    _ => self.rule_of_assignment(customer, principal, assignment.origin),
                };
                let held = Condition::new(assignment.standing, Missing::RoleOnSubscription);
                match principal {
                    Principal::Group(group) => self.evaluation.grant(rule, [held, self.member(group.group), active()]),
                    Principal::User(_) => self.evaluation.grant(rule, [held, active()]),
                }
            }
        }
        let partner = subject.tenant().as_partner();
        let rule = if facts.dap(customer, partner, at).is_in_force() { Rule::Sub1 } else { Rule::Sub7 };
        self.evaluation.grant(rule, [Condition::implied(false, Missing::RoleOnSubscription), active()]);
    }

    /// Which rule a role in force speaks for: where it came from, or that it outlasted the partner's privileges.
    fn rule_of_assignment(&self, customer: CustomerId, principal: Principal, origin: AssignmentOrigin) -> Rule {
        let partner = principal.tenant().as_partner();
        if self.facts.dap(customer, partner, self.at).is_ended() {
            return Rule::Sub4;
        }
        match (origin, principal) {
            (AssignmentOrigin::Provisioning, _) => Rule::Sub2,
            (AssignmentOrigin::Registered, _) => Rule::Sub9,
            (AssignmentOrigin::Assigned, Principal::Group(_)) => Rule::Sub8,
            (AssignmentOrigin::Assigned, Principal::User(_)) => Rule::Sub7,
        }
    }

    fn member(&self, group: PartnerGroup) -> Condition {
        let missing = Missing::Membership(group);
        match self.subject.membership(group, self.at, self.facts) {
            Some(standing) => Condition::new(standing, missing),
            None => Condition::implied(true, missing),
        }
    }

    fn explicit(&self, tenant: impl Into<TenantId>, role: DirectoryRole) -> Condition {
        let tenant = tenant.into();
        let standing = self.subject.directory_role(tenant, role, self.at, self.facts);
        let condition = Condition::new(standing, Missing::DirectoryRole(role));
        // Nobody comes to hold a role in another's tenant (TEN-2): to its users any other way is nearer.
        if self.subject.tenant() == tenant { condition } else { condition.out_of_reach() }
    }

    fn relationship(&self, customer: CustomerId) -> Condition {
        let partner = self.subject.tenant().as_partner();
        Condition::new(self.facts.relationship(customer, partner, self.at), Missing::Relationship)
    }

    /// A relationship, active or ended (REL-4): each that was ever established is one, whatever became of it.
    fn relationship_ever(&self, customer: CustomerId) -> Condition {
        self.established(customer, None, Missing::RelationshipEver)
    }

    /// Support is owed since a relationship was established, and by every one that was since it is (SUP-1), until the
    /// contract is renegotiated (SUP-3).
    fn support_owed(&self, customer: CustomerId) -> (Rule, Condition) {
        let partner = self.subject.tenant().as_partner();
        match self.facts.support_owed(customer, partner, self.at) {
            Standing::InForce(first) => (Rule::Sup1, self.established(customer, Some(first), Missing::SupportOwed)),
            standing @ Standing::Ended(_) => (Rule::Sup3, Condition::new(standing, Missing::SupportOwed)),
            Standing::Never => (Rule::Sup1, Condition::new(Standing::Never, Missing::SupportOwed)),
        }
    }

    /// Each event that established the relationship, from the first that counts on.
    fn established(&self, customer: CustomerId, first: Option<EventRef>, missing: Missing) -> Condition {
        let pair = Pair { customer, partner: self.subject.tenant().as_partner() };
        match Beginnings::up_to(self.at, pair, first, self.facts) {
            Some(beginnings) => Condition { fulfilment: Fulfilment::ByEach(beginnings), missing, distance: 1 },
            None => Condition::new(Standing::Never, missing),
        }
    }

    fn dap(&self, customer: CustomerId) -> Condition {
        let partner = self.subject.tenant().as_partner();
        Condition::new(self.facts.dap(customer, partner, self.at), Missing::Dap)
    }
}
