//! The ways in which each action can be allowed: rule by rule, as the rulebook's table of actions lists them.

use super::{
    Condition, CustomerAction, DeviceAction, Missing, Named, PartnerAction, Question, Resource, Subject,
    SubscriptionAction, Tried,
};
use crate::{
    facts::{DeviceFact, Facts},
    id::{CustomerId, DeviceId, PartnerId, SubscriptionId, TenantId},
    rule::Rule,
    temporal::{EventRef, Moment, Standing},
    vocabulary::{AssignmentOrigin, DeviceOrigin, DirectoryRole, PartnerGroup, Power, Principal, ResourceRole},
};
use DirectoryRole::{GlobalAdministrator, HelpdeskAdministrator};
use PartnerGroup::{AdminAgents, HelpdeskAgents, SalesAgents};

/// Tries every way for the question's action.
pub(super) fn tried<F: Facts>(question: &Question, at: Moment, facts: &F) -> Tried {
    let mut asking = Asking { subject: question.subject, at, facts, tried: Tried::default() };
    match &question.resource {
        Resource::Customer(action, customer, named) => asking.on_customer(*action, *customer, *named),
        Resource::Partner(action, partner) => asking.on_partner(*action, *partner),
        Resource::Subscription(action, subscription) => asking.on_subscription(*action, *subscription),
        Resource::Device(action, device) => asking.on_device(*action, *device),
    }
    asking.tried
}

/// One question on its way through the rules.
struct Asking<'f, F> {
    subject: Subject,
    at: Moment,
    facts: &'f F,
    tried: Tried,
}

impl<F: Facts> Asking<'_, F> {
    fn on_customer(&mut self, action: CustomerAction, customer: CustomerId, named: Named) {
        use CustomerAction as A;
        let own = self.subject.tenant().as_partner();
        let as_partner = named.partner.unwrap_or(own) == own;
        match action {
            A::View => {
                for group in [AdminAgents, HelpdeskAgents, SalesAgents] {
                    self.tried.way(Rule::Rel2, [self.member(group), self.relationship(customer)]);
                }
                self.tried.way(Rule::Vis1, [self.explicit(customer, GlobalAdministrator)]);
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
            A::ViewPartnerRelationships => self.tried.way(Rule::Dap4, [self.explicit(customer, GlobalAdministrator)]),
            A::AcceptInvitation => self.tried.way(Rule::Inv4, [self.explicit(customer, GlobalAdministrator)]),
            A::RegisterSubscription => self.tried.way(Rule::Sub9, [self.explicit(customer, GlobalAdministrator)]),
            A::RevokeDap => {
                if as_partner {
                    self.tried.way(Rule::Rel4, [self.member(AdminAgents), self.relationship_ever(customer)]);
                }
                self.tried.way(Rule::Dap4, [self.explicit(customer, GlobalAdministrator)]);
            }
            A::EndRelationship => {
                let own_side = Condition::given(as_partner, Missing::Membership(AdminAgents));
                let conditions = [own_side, self.member(AdminAgents), self.relationship_ever(customer)];
                self.tried.way(Rule::Rel4, conditions);
            }
            A::ProvisionSubscription => {
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::given(as_partner, Missing::Membership(group));
                    self.tried.way(Rule::Sub3, [own_side, self.member(group), self.relationship(customer)]);
                }
            }
            A::AddDevice => {
                let as_agent = match named.origin {
                    None => as_partner,
                    Some(DeviceOrigin::Partner(partner)) => partner == own,
                    Some(DeviceOrigin::Customer(_)) => false,
                };
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::given(as_agent, Missing::OwnOrigin);
                    self.tried.way(Rule::Apl7, [self.member(group), self.relationship(customer), own_side]);
                }
                let as_customer = !matches!(named.origin, Some(DeviceOrigin::Partner(_)));
                let own_side = Condition::given(as_customer, Missing::OwnOrigin);
                self.tried.way(Rule::Ten2, [self.explicit(customer, GlobalAdministrator), own_side]);
            }
        }
    }

    fn on_partner(&mut self, action: PartnerAction, partner: PartnerId) {
        match action {
            PartnerAction::SendInvitation => {
                let own = self.subject.tenant() == partner.into();
                for group in [AdminAgents, SalesAgents] {
                    let own_side = Condition::given(own, Missing::Membership(group));
                    self.tried.way(Rule::Inv1, [own_side, self.member(group)]);
                }
            }
            PartnerAction::ManageGroup => {
                self.tried.way(Rule::Ten2, [self.explicit(partner, GlobalAdministrator)]);
            }
        }
    }

    fn on_subscription(&mut self, action: SubscriptionAction, subscription: SubscriptionId) {
        let power = match action {
            SubscriptionAction::Read => Power::Read,
            SubscriptionAction::Manage => Power::Manage,
            SubscriptionAction::CreateRoleAssignment | SubscriptionAction::RemoveRoleAssignment => Power::AssignRoles,
        };
        let Some(customer) = self.facts.subscription(subscription, self.at) else { return };
        self.by_resource_role(customer, subscription, power);
        if power == Power::AssignRoles {
            self.tried.way(Rule::Sub6, [self.explicit(customer, GlobalAdministrator)]);
        }
    }

    fn on_device(&mut self, action: DeviceAction, device: DeviceId) {
        let Some(DeviceFact { customer, origin, added }) = self.facts.device(device, self.at) else { return };
        match action {
            // Both go by the same rules under the policy `relationship`.
            DeviceAction::Manage | DeviceAction::Delete => {
                let of_partner = match origin {
                    DeviceOrigin::Partner(_) => Standing::InForce(added),
                    DeviceOrigin::Customer(_) => Standing::Never,
                };
                let of_partner = Condition::new(of_partner, Missing::DeviceOfPartner);
                self.tried.way(Rule::Apl2, [self.member(AdminAgents), self.relationship(customer), of_partner]);
                if matches!(origin, DeviceOrigin::Customer(_)) {
                    let conditions = [self.member(AdminAgents), self.relationship(customer), self.dap(customer)];
                    self.tried.way(Rule::Apl3, conditions);
                }
                self.tried.way(Rule::Ten2, [self.explicit(customer, GlobalAdministrator)]);
            }
        }
    }

    /// Directory roles: held implicitly through a group under DAP, or explicitly.
    fn by_directory_role(&mut self, customer: CustomerId, implicit: Rule, roles: &[DirectoryRole]) {
        for role in roles {
            let group = role.implicit_group();
            self.tried.way(implicit, [self.member(group), self.dap(customer)]);
        }
        for role in roles {
            self.tried.way(Rule::Ten2, [self.explicit(customer, *role)]);
        }
    }

    /// Roles on a subscription, held by the subject or by a group it is in.
    fn by_resource_role(&mut self, customer: CustomerId, subscription: SubscriptionId, power: Power) {
        let (at, facts, subject) = (self.at, self.facts, self.subject);
        for principal in subject.principals() {
            for role in ResourceRole::ALL.iter().filter(|role| role.grants(power)) {
                let Some(assignment) = facts.role_assignment(subscription, principal, *role, at) else { continue };
                let rule = match assignment.standing {
                    _ if power == Power::AssignRoles => Rule::Sub6,
                    Standing::Ended(_) => Rule::Sub5,
                    _ => self.rule_of_assignment(customer, principal, assignment.origin),
                };
                let held = Condition::new(assignment.standing, Missing::RoleOnSubscription);
                match principal {
                    Principal::Group(group) => self.tried.way(rule, [held, self.member(group.group)]),
                    Principal::User(_) => self.tried.way(rule, [held]),
                }
            }
        }
        let partner = subject.tenant().as_partner();
        let rule = if facts.dap(customer, partner, at).is_in_force() { Rule::Sub1 } else { Rule::Sub7 };
        self.tried.way(rule, [Condition::given(false, Missing::RoleOnSubscription)]);
    }

    /// Which rule a role in force speaks for: where it came from, or that it outlasted the partner's privileges.
    fn rule_of_assignment(&self, customer: CustomerId, principal: Principal, origin: AssignmentOrigin) -> Rule {
        let partner = principal.tenant().as_partner();
        let ended = |standing| matches!(standing, Standing::Ended(_));
        if ended(self.facts.dap(customer, partner, self.at)) {
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
            None => Condition::given(true, missing),
        }
    }

    fn explicit(&self, tenant: impl Into<TenantId>, role: DirectoryRole) -> Condition {
        let standing = self.subject.directory_role(tenant.into(), role, self.at, self.facts);
        Condition::new(standing, Missing::DirectoryRole(role))
    }

    fn relationship(&self, customer: CustomerId) -> Condition {
        let partner = self.subject.tenant().as_partner();
        Condition::new(self.facts.relationship(customer, partner, self.at), Missing::Relationship)
    }

    /// A relationship, active or ended (REL-4).
    fn relationship_ever(&self, customer: CustomerId) -> Condition {
        let partner = self.subject.tenant().as_partner();
        let ever: Option<EventRef> = match self.facts.relationship(customer, partner, self.at) {
            Standing::InForce(event) | Standing::Ended(event) => Some(event),
            Standing::Never => None,
        };
        Condition::new(ever.map_or(Standing::Never, Standing::InForce), Missing::RelationshipEver)
    }

    fn dap(&self, customer: CustomerId) -> Condition {
        let partner = self.subject.tenant().as_partner();
        Condition::new(self.facts.dap(customer, partner, self.at), Missing::Dap)
    }
}
