//! `procura what-if`: what a command would change in who can do what, without issuing it.

use crate::{
    args::{Format, WhatIf},
    asking::Asked,
    columns::{Cell, table},
    erase,
    exit::EXIT_NO,
    failure::Failure,
    naming::Naming,
    terminal::{Screen, printable},
};
use anstyle::{AnsiColor, Color, Style};
use procura_app::{
    Access, AccessChanges, ActionChanges, ActionOn, Error, GroupGrantRow, Holder, ResidualRow, Scope,
    commands::{Line, MemberChanges, Outcome, what_if},
    find::ThingKind,
};
use procura_domain::{visibility::Reader, vocabulary::Principal};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    io::{self, Write},
    mem,
    process::ExitCode,
};

pub(crate) async fn run(arguments: WhatIf) -> Result<ExitCode, Failure> {
    let WhatIf { command, fields, place, token, actor, operator, format } = arguments;
    let mut fields = object(&fields)?;
    let asked = Asked::open(&place, token.as_deref()).await?;
    let naming = Naming::by(&asked);
    naming.fields(&mut fields).await?;
    // What the rules say no to is an answer; what is no command, or did not reach them, is an error.
    let answer: Result<Value, Error> = match &asked {
        Asked::Here(data) => {
            let actor = match actor {
                Some(actor) => {
                    let actor = naming.id("--actor", ThingKind::User, &actor).await?;
                    let (tenant, user) = actor.split_once('/').ok_or(Failure::NotAUser)?;
                    json!({"tenant": tenant, "user": user})
                }
                None => json!({"operator": erase::operator(operator)}),
            };
            let line = json!({"command": command, "actor": actor, "data": fields}).to_string();
            let line = Line::read(&line).map_err(|error| Failure::NotAsked(error.to_string()))?;
            let outcome = match line.submission() {
                Ok(submission) => what_if(&data.engine, Reader::Overseer, submission).await,
                Err(error) => Err(error.into()),
            };
            match outcome {
                Ok(outcome) => Ok(serde_json::to_value(outcome.answer).map_err(internal)?),
                Err(error) if error.is_refusal() => Err(error),
                Err(error) => return Err(Failure::Refused(error)),
            }
        }
        Asked::There(remote) => {
            let path = format!("/v1/commands/{command}?dryRun=true");
            match remote.post(&path, None, &fields.to_string()) {
                Err(Failure::Refused(error)) if error.is_refusal() => Err(error),
                answer => Ok(answer?),
            }
        }
    };
    let printed = match (format, &answer) {
        (Format::Json, Ok(outcome)) => writeln!(anstream::stdout(), "{outcome}"),
        (Format::Json, Err(error)) => {
            let problem = serde_json::to_value(error).map_err(internal)?;
            writeln!(anstream::stdout(), "{problem}")
        }
        (Format::Text, Ok(outcome)) => {
            let outcome: Outcome = serde_json::from_value(outcome.clone()).map_err(internal)?;
            print_outcome(&command, &outcome)
        }
        (Format::Text, Err(error)) => print_refusal(&command, error),
    };
    printed.map_err(Failure::Output)?;
    Ok(if answer.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NO) })
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
fn internal(error: serde_json::Error) -> Failure {
    Failure::Internal(error.to_string())
}

/// The fields as JSON: `a.b=c` is a field in a field; what reads as an object, a list, a number, a quoted text, true or
/// false is that, and anything else a text.
fn object(fields: &[(String, String)]) -> Result<Value, Failure> {
    let mut object = Map::new();
    for (name, value) in fields {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
        let taken = || {
            let problem = "is given twice, or as a value and with fields of its own; give it once".to_owned();
            Failure::Flag { flag: name.clone(), problem }
        };
        let (path, last) = name.rsplit_once('.').map_or((None, name.as_str()), |(path, last)| (Some(path), last));
        let mut inside = &mut object;
        for part in path.into_iter().flat_map(|path| path.split('.')) {
            let part = inside.entry(part).or_insert_with(|| Value::Object(Map::new()));
            inside = part.as_object_mut().ok_or_else(taken)?;
        }
        if inside.insert(last.to_owned(), value).is_some() {
            return Err(taken());
        }
    }
    Ok(Value::Object(object))
}

const GAINED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const DIM: Style = Style::new().dimmed();
const LOST: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));

fn print_refusal(command: &str, error: &Error) -> io::Result<()> {
    let red = LOST.bold();
    let rule = error.rule().map(|rule| format!(", {rule}")).unwrap_or_default();
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let (detail, code) = (printable(error.detail()), error.code());
    if !screen.is_terminal() {
        return writeln!(out, "{red}{command} would be refused{red:#}: {detail} ({code}{rule})");
    }
    writeln!(out, "{red}{command} would be refused{red:#}")?;
    writeln!(out, "{}", screen.hanging("", 2, &detail, Style::new()))?;
    writeln!(out, "{}", screen.hanging("", 2, &format!("{code}{rule}"), DIM))
}

fn print_outcome(command: &str, outcome: &Outcome) -> io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let bold = Style::new().bold();
    let events: Vec<_> = outcome.recorded.events.iter().map(|event| event.event_type.name()).collect();
    let would = screen.hanging("", 0, &format!("{command} would record {}.", events.join(", ")), bold);
    let nothing = "Nothing was recorded.";
    let said = format!("{would} {nothing}");
    writeln!(out, "{}", if screen.fits(&said) { said } else { format!("{would}\n{nothing}") })?;
    let AccessChanges { gained, lost } = &outcome.consequences.access_changes;
    let rows = |rows: &[Access]| rows.iter().map(cells).collect();
    print_changes(&mut out, "Access", rows(gained), rows(lost))?;
    if let Some(MemberChanges { gained, lost, .. }) = &outcome.member_changes {
        let cells = |GroupGrantRow { role, origin, scopes, .. }: &GroupGrantRow| {
            [role.name().to_owned(), format!("on {scopes}"), origin.name().to_owned()]
        };
        let rows = |rows: &[GroupGrantRow]| rows.iter().map(cells).collect();
        print_changes(&mut out, "With the group", rows(gained), rows(lost))?;
    }
    print_actions(&mut out, &outcome.action_changes)?;
    let residual_access = &outcome.consequences.residual_access;
    if !residual_access.is_empty() {
        writeln!(out, "\n{bold}Left all the same (residual access):{bold:#}")?;
        for line in table(screen, 2, residual_access.iter().map(residual_cells).collect()) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// How many partners get and lose what, where; then each.
fn print_actions(out: &mut impl Write, all: &[ActionChanges]) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let bold = Style::new().bold();
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
            writeln!(out, "\n{bold}{partners} {verb} {actions} in the tenants of {customers}.{bold:#}")?;
        }
    }
    let cells = |of: &ActionChanges, side: &[ActionOn]| {
        let on = side.iter().map(|on| format!("{} ({})", on.action, on.resources)).collect::<Vec<_>>().join(", ");
        [format!("partner {}", of.partner), format!("customer {}", of.customer), on]
    };
    let rows =
        |side: Side| all.iter().filter(|of| !side(of).is_empty()).map(|of| cells(of, side(of))).collect::<Vec<_>>();
    let [(_, lost), (_, gained)] = sides;
    print_changes(out, "Actions, each with the number of resources", rows(gained), rows(lost))
}

type Side = fn(&ActionChanges) -> &[ActionOn];

fn cells(Access { principal, scope, role, origin }: &Access) -> [String; 4] {
    let principal = match principal {
        Holder::Partner { partner } => format!("partner {partner}"),
        Holder::Principal(Principal::User(user)) => format!("user {user}"),
        Holder::Principal(Principal::Group(group)) => format!("{} of {}", group.group, group.partner),
    };
    let scope = match scope {
        Scope::Customer(customer) => format!("customer {customer}"),
        Scope::Subscription(subscription) => format!("subscription {subscription}"),
    };
    [principal, role.name().to_owned(), scope, origin.name().to_owned()]
}

fn residual_cells(ResidualRow { permission, .. }: &ResidualRow) -> [Cell; 6] {
    let [principal, role, scope, origin] = cells(&permission.access()).map(Cell::from);
    let end = permission.role_assignment.map(|id| format!("ends with RemoveRoleAssignment {id}"));
    let since = Cell::styled(&format!("since {:?}", permission.from.time), DIM);
    [principal, role, scope, origin, since, end.unwrap_or_default().into()]
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Prints what is lost and gained, in aligned columns.
fn print_changes<const N: usize>(
    out: &mut impl Write,
    title: &str,
    gained: Vec<[String; N]>,
    lost: Vec<[String; N]>,
) -> io::Result<()> {
    let bold = Style::new().bold();
    if gained.is_empty() && lost.is_empty() {
        return writeln!(out, "\n{bold}{title}:{bold:#} nobody's changes.");
    }
    writeln!(out, "\n{bold}{title}:{bold:#}")?;
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
