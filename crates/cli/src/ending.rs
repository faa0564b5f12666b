//! What ends a piece of access: the command line that does it, to be copied, with names where it takes names.

use crate::{asking::Asked, failure::Failure, labels::Labels, shell_words::shell_lines, terminal::Screen};
use procura_app::{
    Access,
    endings::{EndingCommand, ending},
    find::{FindRequest, Found, ThingKind},
};
use procura_domain::{
    command::{Command, EndRelationship, RemoveDirectoryRole, RemoveRoleAssignment, RevokeDap},
    id::{CustomerId, PartnerId, RoleAssignmentId, TenantId},
    personal::People,
    vocabulary::{DirectoryRole, PartnerGroup, User},
};
use std::{
    collections::{BTreeSet, HashMap},
    env, mem,
};

/// How tenants and users are written in commands: by what nobody else is called, else by their ids.
#[derive(Default)]
pub(crate) struct Spelling {
    tenants: HashMap<TenantId, String>,
    people: People,
    /// The flags of this command line that say where to go.
    place: Vec<String>,
    /// Those that say as whom.
    issuer: Vec<String>,
}

impl Spelling {
    /// Of these, as far as their labels are known.
    pub(crate) async fn of(
        asked: &Asked,
        labels: &Labels,
        tenants: BTreeSet<TenantId>,
        people: People,
    ) -> Result<Self, Failure> {
        let mut spelled = HashMap::new();
        for tenant in tenants {
            let Some(domain) = labels.domain(&tenant.to_string()) else { continue };
            let request = FindRequest { kind: ThingKind::Tenant, text: domain.to_owned(), customer: None };
            if matches!(asked.find(request).await?, Found { items, more: false } if items.len() == 1) {
                spelled.insert(tenant, domain.to_owned());
            }
        }
        let place = flags(&["--data", "--server", "--context"]);
        Ok(Self { tenants: spelled, people, place, issuer: flags(&["--as", "--actor", "--operator"]) })
    }

    pub(crate) fn tenant(&self, id: TenantId) -> String {
        self.tenants.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// A user beside its tenant: a user principal name is looked for in the tenant of its domain.
    fn user(&self, user: User) -> String {
        let name = self.people.get(user).and_then(|names| names.user_principal_name.as_deref());
        let domain = self.tenants.get(&user.tenant);
        let is_found = |name: &&str| {
            let of = name.rsplit('@').next().unwrap_or_default();
            domain.is_some_and(|domain| domain.eq_ignore_ascii_case(of))
        };
        name.filter(is_found).map_or_else(|| user.user.to_string(), str::to_owned)
    }

    fn ending(&self, command: &str, fields: &[(&str, String)], by: Option<PartnerId>) -> Ending {
        let words = ["procura", "do", command].map(str::to_owned).into_iter();
        let mut words: Vec<String> =
            words.chain(fields.iter().map(|(name, value)| format!("{name}={value}"))).collect();
        words.extend(self.place.iter().cloned());
        // Somebody else does it.
        words.extend(self.issuer.iter().filter(|_| by.is_none()).cloned());
        Ending { words, by }
    }

    /// What ends that access in the customer's tenant.
    pub(crate) fn of_access(
        &self,
        access: &Access,
        assignment: Option<RoleAssignmentId>,
        customer: CustomerId,
    ) -> Option<Ending> {
        let EndingCommand { command, only_by } = ending(access, assignment, customer)?;
        let fields = match &command {
            Command::RemoveRoleAssignment(RemoveRoleAssignment { customer, role_assignment }) => {
                [("customer", self.tenant((*customer).into())), ("roleAssignment", role_assignment.to_string())]
            }
            Command::EndRelationship(EndRelationship { customer, partner })
            | Command::RevokeDap(RevokeDap { customer, partner }) => {
                [("customer", self.tenant((*customer).into())), ("partner", self.tenant((*partner).into()))]
            }
            Command::RemoveDirectoryRole(RemoveDirectoryRole { tenant, user, role }) => {
                return Some(self.of_directory_role(User { tenant: *tenant, user: *user }, *role));
            }
            _ => return None,
        };
        Some(self.ending(command.name(), &fields, only_by))
    }

    pub(crate) fn of_directory_role(&self, user: User, role: DirectoryRole) -> Ending {
        let fields = [("tenant", self.tenant(user.tenant)), ("user", self.user(user)), ("role", role.to_string())];
        self.ending("RemoveDirectoryRole", &fields, None)
    }

    pub(crate) fn of_membership(&self, partner: PartnerId, group: PartnerGroup, user: User) -> Ending {
        let partner = ("partner", self.tenant(partner.into()));
        let fields = [partner, ("group", group.to_string()), ("user", self.user(user))];
        self.ending("RemoveGroupMember", &fields, None)
    }
}

/// A command that ends something.
pub(crate) struct Ending {
    words: Vec<String>,
    /// The partner whose Admin agents issue it, where nobody else may.
    pub(crate) by: Option<PartnerId>,
}

impl Ending {
    /// The command line, indented; with who is to issue it, where that is not everybody who is told of it.
    pub(crate) fn shown(&self, screen: Screen, indent: usize, labels: &Labels) -> String {
        let line = shell_lines(screen, indent, &self.words);
        match self.by {
            Some(partner) => {
                let by = format!("Only Admin agents of {} end it:", labels.of("partner", &partner.to_string()));
                format!("{:indent$}{by}\n{line}", "")
            }
            None => line,
        }
    }
}

/// Those flags of this command line, with their values.
fn flags(wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_value = false;
    for word in env::args().skip(1) {
        let is_wanted = word.split('=').next().is_some_and(|name| wanted.contains(&name));
        if mem::replace(&mut is_value, is_wanted && !word.contains('=')) || is_wanted {
            found.push(word);
        }
    }
    found
}
