//! Who is calling: a user, with the service roles that the token carries. Everything else follows from the log.

use procura_app::{Code, Error, Owner};
use procura_domain::{
    command::Command,
    named,
    rule::Rule,
    text::TokenIssuer,
    visibility::Reader,
    vocabulary::{Actor, Author, OverseerRole, User},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

named! {
    /// A role in this service, given by the token.
    ServiceRole {
        /// Runs this service: registers tenants, reads everything.
        Operator "Operator",
        /// Reads everything, writes nothing.
        Auditor "Auditor",
        /// Asks access questions about anybody.
        Decider "Decider",
    }
}

impl ServiceRole {
    /// The application role as tokens spell it.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::Operator => "Procura.Operator",
            Self::Auditor => "Procura.Auditor",
            Self::Decider => "Procura.Decider",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The user that the token names.
    #[serde(flatten)]
    pub user: User,
    /// The service roles that it carries.
    pub roles: BTreeSet<ServiceRole>,
    /// Who issued it.
    pub issuer: TokenIssuer,
}

impl Caller {
    /// As whom the caller acts: an operator as that and nothing else, an auditor as nobody (VIS-4).
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

    /// As whom the caller issues a command of that name, by which service role. An auditor sets consumers and webhooks of its
    /// own, and nothing else (FEED-1).
    ///
    /// # Errors
    /// `notAllowed` for an auditor.
    pub(crate) fn author_of(&self, command: &str) -> Result<(Author, Option<OverseerRole>), Error> {
        let role = [(ServiceRole::Operator, OverseerRole::Operator), (ServiceRole::Auditor, OverseerRole::Auditor)];
        let role = role.into_iter().find(|(role, _)| self.roles.contains(role)).map(|(_, role)| role);
        let actor = match role {
            Some(OverseerRole::Auditor) if Command::is_of_feeds(command) => Actor::User(self.user),
            _ => self.actor()?,
        };
        Ok((Author::by_token(actor, self.issuer.clone()), role))
    }

    /// Whether a command of that actor is this caller's to send: its own, an operator's under the name that the token
    /// gives it, `tenant/user`.
    pub fn issues(&self, actor: &Actor) -> bool {
        self.actor().is_ok_and(|me| me == *actor)
    }

    /// Whose quotas and turns its requests take: its tenant's; its own, if it has a service role.
    pub fn owner(&self) -> Owner {
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
