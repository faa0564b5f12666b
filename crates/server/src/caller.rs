//! Who is calling: a user, with the service roles that the token carries. Everything else follows from the log.

use procura_app::{Code, Error, Owner};
use procura_domain::{
    rule::Rule,
    visibility::Reader,
    vocabulary::{Actor, User},
};
use std::collections::BTreeSet;

/// A role in this service, given by the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceRole {
    /// Runs this service: registers tenants, reads everything.
    Operator,
    /// Reads everything, writes nothing.
    Auditor,
    /// Asks access questions about anybody.
    Decider,
}

impl ServiceRole {
    pub const ALL: &[Self] = &[Self::Operator, Self::Auditor, Self::Decider];

    /// The application role as tokens spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "Procura.Operator",
            Self::Auditor => "Procura.Auditor",
            Self::Decider => "Procura.Decider",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user that the token names.
    pub user: User,
    /// The service roles that it carries.
    pub roles: BTreeSet<ServiceRole>,
}

impl Caller {
    /// As whom the caller issues commands: an operator as that and nothing else, an auditor as nobody (VIS-4).
    ///
    /// # Errors
    /// `notAllowed` for an auditor.
    pub fn actor(&self) -> Result<Actor, Error> {
        if self.roles.contains(&ServiceRole::Operator) {
            return Ok(Actor::Operator(self.user.to_string()));
        }
        if self.roles.contains(&ServiceRole::Auditor) {
            return Err(Error::new(Code::NotAllowed, "auditors write nothing").by_rule(Rule::Vis4));
        }
        Ok(Actor::User(self.user))
    }

    /// Whether a command of that actor is this caller's to send: its own, an operator's under the name that the token
    /// gives it, `tenant/user`.
    pub fn issues(&self, actor: &Actor) -> bool {
        self.actor().is_ok_and(|me| me == *actor)
    }

    /// Whose quotas and turns its requests take: its tenant's; its own, if it has a service role.
    pub(crate) fn owner(&self) -> Owner {
        if self.roles.is_empty() { Owner::Tenant(self.user.tenant) } else { Owner::Service(self.user) }
    }

    /// As whom the caller reads and asks.
    pub fn reader(&self) -> Reader {
        if self.roles.contains(&ServiceRole::Operator) || self.roles.contains(&ServiceRole::Auditor) {
            Reader::Overseer
        } else if self.roles.contains(&ServiceRole::Decider) {
            Reader::Decider
        } else {
            Reader::User(self.user)
        }
    }
}
