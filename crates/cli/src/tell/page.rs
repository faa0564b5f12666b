//! A page of a story: headings, what somebody holds, and under each what ends it.

use crate::{
    asking::Asked,
    ending::Spelling,
    failure::Failure,
    labels::Labels,
    outcome::{BOLD, DIM, called, holder, place, want},
    terminal::Screen,
};
use anstyle::Style;
use procura_app::{Holder, Origin, PermissionRow};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    personal::People,
    rule::Rule,
    temporal::Timestamp,
    vocabulary::{DirectoryRole, PartnerGroup, Principal, User},
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

/// A page that is being put together. Names are filled in when it is printed.
#[derive(Default)]
pub(super) struct Page {
    lines: Vec<Line>,
    pub(super) people: People,
    labels: Labels,
    tenants: BTreeSet<TenantId>,
}

/// A part of a line: words, or something to be called by its name.
pub(super) enum Part {
    Words(String),
    Named(&'static str, String),
}

enum Line {
    Heading(Vec<Part>),
    /// How far it is indented, and what it says.
    Said(usize, Vec<Part>),
    Held(usize, Box<PermissionRow>),
    /// The command that ends something.
    Ends(usize, End),
}

enum End {
    Access(Box<PermissionRow>, CustomerId),
    DirectoryRole(User, DirectoryRole),
    Membership(PartnerId, PartnerGroup, User),
}

pub(super) fn words(text: impl Into<String>) -> Part {
    Part::Words(text.into())
}

pub(super) fn day(time: Timestamp) -> String {
    time.date_naive().to_string()
}

impl Page {
    pub(super) fn heading(&mut self, parts: impl Into<Vec<Part>>) {
        let parts = self.wanted(parts.into());
        self.lines.push(Line::Heading(parts));
    }

    pub(super) fn say(&mut self, indent: usize, parts: impl Into<Vec<Part>>) {
        let parts = self.wanted(parts.into());
        self.lines.push(Line::Said(indent, parts));
    }

    /// The same, in words alone.
    pub(super) fn note(&mut self, indent: usize, text: impl Into<String>) {
        self.lines.push(Line::Said(indent, vec![words(text)]));
    }

    pub(super) fn tenant(&mut self, id: TenantId) -> Part {
        self.tenants.insert(id);
        Part::Named("tenant", id.to_string())
    }

    pub(super) fn user(user: User) -> Part {
        Part::Named("user", user.to_string())
    }

    /// What is held in the customer's tenant, and what ends it.
    pub(super) fn held(&mut self, indent: usize, row: &PermissionRow, customer: CustomerId) {
        want(&mut self.labels, &row.access());
        self.tenants.insert(customer.into());
        match row.principal {
            Holder::Partner { partner } => self.tenants.insert(partner.into()),
            Holder::Principal(Principal::Group(group)) => self.tenants.insert(group.partner.into()),
            Holder::Principal(Principal::User(_)) => false,
        };
        self.lines.push(Line::Held(indent, Box::new(row.clone())));
        self.lines.push(Line::Ends(indent.saturating_add(2), End::Access(Box::new(row.clone()), customer)));
    }

    pub(super) fn ends_role(&mut self, indent: usize, user: User, role: DirectoryRole) {
        self.tenants.insert(user.tenant);
        self.lines.push(Line::Ends(indent, End::DirectoryRole(user, role)));
    }

    pub(super) fn ends_membership(&mut self, indent: usize, partner: PartnerId, group: PartnerGroup, user: User) {
        self.tenants.insert(partner.into());
        self.lines.push(Line::Ends(indent, End::Membership(partner, group, user)));
    }

    fn wanted(&mut self, parts: Vec<Part>) -> Vec<Part> {
        for part in &parts {
            if let Part::Named(kind, id) = part {
                self.labels.want(kind, id);
            }
        }
        parts
    }

    /// Prints it; what ends something, only of what holds now.
    pub(super) async fn print(mut self, asked: &Asked, at: Option<&str>) -> Result<(), Failure> {
        let past = at.filter(|at| *at != "now");
        if past.is_some() {
            self.lines.retain(|line| !matches!(line, Line::Ends(..)));
        }
        self.tenants.iter().for_each(|tenant| self.labels.want("tenant", &tenant.to_string()));
        let ends_something = self.lines.iter().any(|line| matches!(line, Line::Ends(..)));
        let labels = self.labels.ask(asked).await?;
        let spelling = Spelling::of(asked, &labels, self.tenants, self.people).await?;
        print(&self.lines, &labels, &spelling).map_err(Failure::Output)?;
        let note = match (past, asked) {
            (Some(at), _) => format!("as it was at {at}"),
            (None, Asked::Here(_)) if ends_something => "--as says who issues a command with --data".to_owned(),
            _ => return Ok(()),
        };
        writeln!(anstream::stdout(), "\n{}", Screen::output().hanging("", 0, &note, DIM)).map_err(Failure::Output)
    }
}

impl Line {
    /// As it is shown; nothing of what ended meanwhile, or has no one command that ends it.
    fn shown(&self, screen: Screen, labels: &Labels, spelling: &Spelling) -> Option<String> {
        let text = |parts: &[Part]| parts.iter().map(|part| shown(part, labels, spelling)).collect::<String>();
        Some(match self {
            Self::Heading(parts) => screen.hanging("", 0, &text(parts), BOLD),
            Self::Said(indent, parts) => screen.hanging("", *indent, &text(parts), Style::new()),
            Self::Held(indent, row) => screen.hanging("", *indent, &held(row, labels), Style::new()),
            Self::Ends(indent, end) => {
                let ending = match end {
                    End::Access(row, customer) => spelling.of_access(&row.access(), row.role_assignment, *customer)?,
                    End::DirectoryRole(user, role) => spelling.of_directory_role(*user, *role),
                    End::Membership(partner, group, user) => spelling.of_membership(*partner, *group, *user),
                };
                ending.shown(screen, *indent, labels)
            }
        })
    }

    fn is_held(&self) -> bool {
        matches!(self, Self::Held(..))
    }
}

fn print(lines: &[Line], labels: &Labels, spelling: &Spelling) -> io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let shown: Vec<_> = lines.iter().map(|line| line.shown(screen, labels, spelling)).collect();
    for (number, (line, text)) in lines.iter().zip(&shown).enumerate() {
        let next = lines.get(number.saturating_add(1)).filter(|next| next.is_held());
        let below = next.and_then(|_| shown.get(number.saturating_add(2)));
        match (line, text) {
            (Line::Heading(_), Some(text)) if number > 0 => writeln!(out, "\n{text}")?,
            // One command may end several rows, and stands below the last of them.
            (Line::Ends(..), Some(text)) if below == Some(&Some(text.clone())) => {}
            (_, Some(text)) => writeln!(out, "{text}")?,
            (_, None) => {}
        }
    }
    Ok(())
}

fn shown(part: &Part, labels: &Labels, spelling: &Spelling) -> String {
    match part {
        Part::Words(text) => text.clone(),
        Part::Named("domain", id) => id.parse().map_or_else(|_| id.clone(), |id| spelling.tenant(id)),
        Part::Named(kind, id) => labels.of(kind, id),
    }
}

/// Who holds what where, since when, how they came by it and by which rule.
fn held(row: &PermissionRow, labels: &Labels) -> String {
    let PermissionRow { principal, scope, role, origin, from, .. } = row;
    let (who, role, place) = (holder(labels, principal), called(role.name()), place(labels, scope));
    let by = called(origin.name());
    let rule = rule(*origin).map(|rule| format!(", {rule}")).unwrap_or_default();
    format!("{who}: {role} {place}, since {} (by {by}{rule})", day(from.time))
}

/// The rule by which an origin gives its role.
fn rule(origin: Origin) -> Option<Rule> {
    match origin {
        Origin::Dap => Some(Rule::Dap1),
        Origin::Provisioning => Some(Rule::Sub2),
        Origin::Registered => Some(Rule::Sub9),
        Origin::Assigned => Some(Rule::Sub6),
        Origin::Relationship => Some(Rule::Rel2),
        Origin::Explicit => None,
    }
}
