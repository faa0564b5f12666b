//! What a command did or would do, for people: who gets and loses what where, what is left, and what ends that.

use crate::{
    asking::Asked,
    columns::{Cell, table},
    ending::Spelling,
    failure::Failure,
    issuing::Issuing,
    labels::Labels,
    shell_words::shell_line,
    terminal::{Screen, printable},
};
use anstyle::{AnsiColor, Color, Style};
use procura_app::{
    Access, AccessChanges, ActionChanges, ActionOn, Code, Error, GroupGrantRow, Holder, ResidualRow, Scope, Words,
    commands::{MemberChanges, Outcome},
    schemas::CommandDescription,
};
use procura_domain::{
    id::TenantId,
    vocabulary::{Locale, Principal},
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
    mem,
};

/// How many rows of what is left are shown.
const LEFT_MAX: usize = 20;

const GAINED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
pub(crate) const DIM: Style = Style::new().dimmed();
const LOST: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));
pub(crate) const BOLD: Style = Style::new().bold();

/// Says that the command is refused, why, and what to do.
pub(crate) fn print_refusal(issuing: &Issuing, is: &str, error: &Error) -> io::Result<()> {
    let command = issuing.command.as_str();
    let red = LOST.bold();
    let rule = error.rule().map(|rule| format!(", {rule}")).unwrap_or_default();
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let (detail, code) = (printable(error.detail()), error.code());
    if screen.is_terminal() {
        writeln!(out, "{red}{command} {is}{red:#}")?;
        writeln!(out, "{}", screen.hanging("", 2, &detail, Style::new()))?;
        writeln!(out, "{}", screen.hanging("", 2, &format!("{code}{rule}"), DIM))?;
    } else {
        writeln!(out, "{red}{command} {is}{red:#}: {detail} ({code}{rule})")?;
    }
    let way_on = match (code, CommandDescription::named(command)) {
        (Code::NotAllowed, Some(of)) => format!("It is for: {}", of.issuers),
        (Code::PositionConflict, _) => {
            "Something happened since it was shown, and nothing was done. Do it again to see how it is now.".to_owned()
        }
        _ => match &issuing.about {
            Some(about) => {
                let tell = ["procura", "tell", about].map(str::to_owned);
                format!("`{}` tells how things stand.", shell_line(&tell))
            }
            None => return Ok(()),
        },
    };
    writeln!(out, "{}", screen.hanging("", 2, &way_on, Style::new()))
}

/// An outcome with what things in it are called.
pub(crate) struct Told<'o> {
    outcome: &'o Outcome,
    labels: Labels,
    spelling: Spelling,
}

impl<'o> Told<'o> {
    pub(crate) async fn of(asked: &Asked, outcome: &'o Outcome) -> Result<Self, Failure> {
        let (mut labels, mut tenants) = (Labels::default(), BTreeSet::<TenantId>::new());
        let AccessChanges { gained, lost } = &outcome.consequences.access_changes;
        gained.iter().chain(lost).for_each(|access| want(&mut labels, access));
        for ResidualRow { customer, partner, permission } in outcome.consequences.residual_access.iter().take(LEFT_MAX)
        {
            want(&mut labels, &permission.access());
            tenants.extend([TenantId::from(*customer), TenantId::from(*partner)]);
        }
        for ActionChanges { partner, customer, .. } in &outcome.action_changes {
            labels.want("partner", &partner.to_string());
            labels.want("customer", &customer.to_string());
        }
        tenants.iter().for_each(|tenant| labels.want("tenant", &tenant.to_string()));
        let labels = labels.ask(asked).await?;
        let spelling = Spelling::of(asked, &labels, tenants, outcome.people.clone()).await?;
        Ok(Self { outcome, labels, spelling })
    }

    /// What changes in who can do what.
    pub(crate) fn print_changes(&self) -> io::Result<()> {
        let mut out = anstream::stdout();
        let AccessChanges { gained, lost } = &self.outcome.consequences.access_changes;
        let rows = |rows: &[Access]| rows.iter().map(|access| cells(&self.labels, access)).collect();
        print_changes(&mut out, "Access", rows(gained), rows(lost))?;
        if let Some(MemberChanges { gained, lost, .. }) = &self.outcome.member_changes {
            let cells = |GroupGrantRow { role, origin, scopes, .. }: &GroupGrantRow| {
                [called(role.name()), format!("on {scopes}"), format!("by {}", called(origin.name()))]
            };
            let rows = |rows: &[GroupGrantRow]| rows.iter().map(cells).collect();
            print_changes(&mut out, "With the group", rows(gained), rows(lost))?;
        }
        self.print_actions(&mut out)
    }

    /// How many partners get and lose what, where; then each.
    fn print_actions(&self, out: &mut impl Write) -> io::Result<()> {
        let all = &self.outcome.action_changes;
        if all.is_empty() {
            return Ok(());
        }
        let sides: [(&str, Side); 2] = [("lose", |changes| &changes.lost), ("get", |changes| &changes.gained)];
        for (verb, side) in sides {
            let of: Vec<_> = all.iter().filter(|changes| !side(changes).is_empty()).collect();
            let partners = of.iter().map(|changes| changes.partner).collect::<BTreeSet<_>>().len();
            let customers = of.iter().map(|changes| changes.customer).collect::<BTreeSet<_>>().len();
            let actions = of.iter().flat_map(|changes| side(changes)).map(|on| &on.action).collect::<BTreeSet<_>>();
            let verb = if partners == 1 { format!("{verb}s") } else { verb.to_owned() };
            if partners > 0 {
                let (partners, actions) = (counted(partners, "partner"), counted(actions.len(), "action"));
                let customers = counted(customers, "customer");
                writeln!(out, "\n{BOLD}{partners} {verb} {actions} in the tenants of {customers}.{BOLD:#}")?;
            }
        }
        let cells = |of: &ActionChanges, side: &[ActionOn]| {
            let on = side.iter().map(|on| format!("{} ({})", on.action, on.resources)).collect::<Vec<_>>().join(", ");
            let [partner, customer] = [("partner", of.partner.to_string()), ("customer", of.customer.to_string())];
            [self.labels.of(partner.0, &partner.1), format!("at {}", self.labels.of(customer.0, &customer.1)), on]
        };
        let rows =
            |side: Side| all.iter().filter(|of| !side(of).is_empty()).map(|of| cells(of, side(of))).collect::<Vec<_>>();
        let [(_, lost), (_, gained)] = sides;
        print_changes(out, "Actions, each with the number of resources", rows(gained), rows(lost))
    }

    /// What is left to a partner all the same, since when, and what ends each.
    pub(crate) fn print_left(&self, with_endings: bool) -> io::Result<()> {
        let (mut out, screen) = (anstream::stdout(), Screen::output());
        let rows = &self.outcome.consequences.residual_access;
        if rows.is_empty() {
            return Ok(());
        }
        let ends = if with_endings { ", and what ends it" } else { "" };
        writeln!(out, "\n{BOLD}Left all the same (residual access){ends}:{BOLD:#}")?;
        for ResidualRow { customer, permission, .. } in rows.iter().take(LEFT_MAX) {
            let access = permission.access();
            let since = permission.from.time.date_naive();
            writeln!(
                out,
                "{}",
                screen.hanging("", 2, &sentence(&self.labels, &access, &since.to_string()), Style::new())
            )?;
            let ending = self.spelling.of_access(&access, permission.role_assignment, *customer);
            if let Some(ending) = ending.filter(|_| with_endings) {
                writeln!(out, "{}", ending.shown(screen, 4, &self.labels))?;
            }
        }
        if rows.len() > LEFT_MAX || self.outcome.consequences.more_residual_access {
            writeln!(out, "  … and more; `procura report residual-access` lists all of it")?;
        }
        Ok(())
    }
}

/// Wants the names of who holds what where.
pub(crate) fn want(labels: &mut Labels, Access { principal, scope, .. }: &Access) {
    match principal {
        Holder::Partner { partner } => labels.want("partner", &partner.to_string()),
        Holder::Principal(Principal::User(user)) => labels.want("user", &user.to_string()),
        Holder::Principal(Principal::Group(group)) => labels.want("group", &group.to_string()),
    }
    match scope {
        Scope::Customer(customer) => labels.want("customer", &customer.to_string()),
        Scope::Subscription(subscription) => labels.want("subscription", &subscription.to_string()),
    }
}

type Side = fn(&ActionChanges) -> &[ActionOn];

fn cells(labels: &Labels, access: &Access) -> [String; 4] {
    let Access { principal, scope, role, origin } = access;
    [holder(labels, principal), called(role.name()), place(labels, scope), format!("by {}", called(origin.name()))]
}

/// Who holds what where, how they came by it, and since when.
pub(crate) fn sentence(labels: &Labels, access: &Access, since: &str) -> String {
    let [who, role, place, origin] = cells(labels, access);
    format!("{who}: {role} {place}, {origin}, since {since}")
}

pub(crate) fn holder(labels: &Labels, principal: &Holder) -> String {
    match principal {
        Holder::Partner { partner } => labels.of("partner", &partner.to_string()),
        Holder::Principal(Principal::User(user)) => labels.of("user", &user.to_string()),
        Holder::Principal(Principal::Group(group)) => labels.of("group", &group.to_string()),
    }
}

pub(crate) fn place(labels: &Labels, scope: &Scope) -> String {
    match scope {
        Scope::Customer(customer) => format!("at {}", labels.of("customer", &customer.to_string())),
        Scope::Subscription(subscription) => format!("on {}", labels.of("subscription", &subscription.to_string())),
    }
}

/// What a name of the vocabulary is called in plain English.
pub(crate) fn called(name: &str) -> String {
    Words::of(Locale::En).called(name).into_owned()
}

pub(crate) fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Prints what is lost and gained, in aligned columns.
fn print_changes<const N: usize>(
    out: &mut impl Write,
    title: &str,
    gained: Vec<[String; N]>,
    lost: Vec<[String; N]>,
) -> io::Result<()> {
    if gained.is_empty() && lost.is_empty() {
        return writeln!(out, "\n{BOLD}{title}:{BOLD:#} nobody's changes.");
    }
    writeln!(out, "\n{BOLD}{title}:{BOLD:#}")?;
    let row = |sign: char, style: Style| {
        move |row: [String; N]| {
            let mut sign = format!("{sign} ");
            row.map(|cell| Cell::styled(&(mem::take(&mut sign) + &cell), style))
        }
    };
    let rows = lost.into_iter().map(row('-', LOST)).chain(gained.into_iter().map(row('+', GAINED)));
    for line in table(Screen::output(), 2, rows.collect()) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
