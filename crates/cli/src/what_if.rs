//! `procura what-if`: what a command would change in who can do what, without issuing it.

use crate::{
    EXIT_ERROR, EXIT_NO,
    args::{Format, Place, WhatIf},
    columns::aligned,
    data, erase,
    failure::Failure,
    remote::{Remote, Response},
};
use anstyle::{AnsiColor, Color, Style};
use procura_engine::line::Line;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    process::ExitCode,
};

/// What the command would do, from here or from a server.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    events: Vec<Event>,
    access_changes: AccessChanges,
    residual_access: Vec<Residual>,
    #[serde(default)]
    action_changes: Vec<ActionChanges>,
    member_changes: Option<MemberChanges>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    event_type: String,
}

#[derive(Deserialize)]
struct AccessChanges {
    gained: Vec<Access>,
    lost: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    principal: BTreeMap<String, String>,
    scope: Scope,
    role: String,
    origin: String,
}

#[derive(Deserialize)]
struct Scope {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Residual {
    #[serde(flatten)]
    access: Access,
    from: Since,
    role_assignment: Option<String>,
}

#[derive(Deserialize)]
struct Since {
    time: String,
}

#[derive(Deserialize)]
struct ActionChanges {
    partner: String,
    customer: String,
    gained: Vec<ActionOn>,
    lost: Vec<ActionOn>,
}

#[derive(Deserialize)]
struct ActionOn {
    action: String,
    resources: u64,
}

#[derive(Deserialize)]
struct MemberChanges {
    gained: Vec<Reach>,
    lost: Vec<Reach>,
}

#[derive(Deserialize)]
struct Reach {
    role: String,
    origin: String,
    scopes: u64,
}

pub(crate) async fn run(arguments: WhatIf) -> Result<ExitCode, Failure> {
    let WhatIf { command, fields, place: Place { data, server }, token, actor, operator, format } = arguments;
    let fields = object(&fields)?;
    let (status, answer) = match (data, server) {
        (Some(data), _) => {
            let actor = match actor {
                Some(actor) => {
                    let (tenant, user) = actor.split_once('/').ok_or(Failure::NotAUser)?;
                    json!({"tenant": tenant, "user": user})
                }
                None => json!({"operator": erase::operator(operator)}),
            };
            let line = json!({"command": command, "actor": actor, "data": fields}).to_string();
            let line = Line::read(&line).map_err(|error| Failure::NotAsked(error.to_string()))?;
            let data = data::open(&data).await?;
            match procura_server::what_if(&data.engine, &line).await {
                Ok(outcome) => (200, json(&outcome)?),
                Err(problem) => (problem.status(), json(&problem)?),
            }
        }
        (None, server) => {
            let remote = Remote::of(server.as_deref(), token.as_deref());
            let path = format!("/v1/commands/{command}?dryRun=true");
            let Response { status, body } = remote.post(&path, None, &fields.to_string())?;
            (status, body)
        }
    };
    // What is no command, or did not reach the rules, is an error; what they say no to is an answer.
    let code = answer.get("code").and_then(Value::as_str).unwrap_or_default();
    let is_refusal = matches!(status, 403 | 404 | 409 | 412) || code == "linkMissing";
    if status != 200 && (!is_refusal || code == "invalidCommand") {
        Response { status, body: answer }.expect_status(200)?;
        return Ok(ExitCode::from(EXIT_ERROR));
    }
    let printed = match format {
        Format::Json => writeln!(anstream::stdout(), "{answer}"),
        Format::Text if status == 200 => {
            let outcome: Outcome = serde_json::from_value(answer).map_err(internal)?;
            outcome.print(&command)
        }
        Format::Text => print_refusal(&command, &answer),
    };
    printed.map_err(Failure::Output)?;
    Ok(if status == 200 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NO) })
}

fn json(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(internal)
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
const LOST: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));

fn print_refusal(command: &str, problem: &Value) -> io::Result<()> {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let red = LOST.bold();
    let rule = if text("rule").is_empty() { String::new() } else { format!(", {}", text("rule")) };
    writeln!(anstream::stdout(), "{red}{command} would be refused{red:#}: {} ({}{rule})", text("detail"), text("code"))
}

impl Outcome {
    fn print(&self, command: &str) -> io::Result<()> {
        let mut out = anstream::stdout();
        let bold = Style::new().bold();
        let events: Vec<_> = self.events.iter().map(|event| event.event_type.as_str()).collect();
        writeln!(out, "{bold}{command} would record {}.{bold:#} Nothing was recorded.", events.join(", "))?;
        let AccessChanges { gained, lost } = &self.access_changes;
        let rows = |rows: &[Access]| rows.iter().map(Access::cells).collect();
        changes(&mut out, "Access", rows(gained), rows(lost))?;
        self.print_members(&mut out)?;
        self.print_actions(&mut out)?;
        if !self.residual_access.is_empty() {
            writeln!(out, "\n{bold}Left all the same (residual access):{bold:#}")?;
            let cells = |row: &Residual| {
                let [principal, role, scope, origin] = row.access.cells();
                let end = row.role_assignment.as_ref().map(|id| format!("ends with RemoveRoleAssignment {id}"));
                [principal, role, scope, origin, format!("since {}", row.from.time), end.unwrap_or_default()]
            };
            for line in aligned(self.residual_access.iter().map(cells).collect()) {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(())
    }

    fn print_members(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(MemberChanges { gained, lost }) = &self.member_changes else { return Ok(()) };
        let cells = |reach: &Reach| [reach.role.clone(), format!("on {}", reach.scopes), reach.origin.clone()];
        let rows = |reach: &[Reach]| reach.iter().map(cells).collect();
        changes(out, "With the group", rows(gained), rows(lost))
    }

    /// How many partners get and lose what, where; then each.
    fn print_actions(&self, out: &mut impl Write) -> io::Result<()> {
        if self.action_changes.is_empty() {
            return Ok(());
        }
        let (bold, all) = (Style::new().bold(), &self.action_changes);
        for (verb, side) in [("lose", ActionChanges::lost as Side), ("get", ActionChanges::gained)] {
            let of: Vec<_> = all.iter().filter(|changes| !side(changes).is_empty()).collect();
            let partners = of.iter().map(|changes| &changes.partner).collect::<BTreeSet<_>>().len();
            let customers = of.iter().map(|changes| &changes.customer).collect::<BTreeSet<_>>().len();
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
        changes(
            out,
            "Actions, each with the number of resources",
            rows(ActionChanges::gained),
            rows(ActionChanges::lost),
        )
    }
}

type Side = fn(&ActionChanges) -> &[ActionOn];

impl ActionChanges {
    fn gained(&self) -> &[ActionOn] {
        &self.gained
    }

    fn lost(&self) -> &[ActionOn] {
        &self.lost
    }
}

impl Access {
    fn cells(&self) -> [String; 4] {
        let field = |name: &str| self.principal.get(name).map_or("", String::as_str);
        let principal = match (field("group"), field("user")) {
            ("", "") => format!("partner {}", field("partner")),
            ("", user) => format!("user {}/{user}", field("tenant")),
            (group, _) => format!("{group} of {}", field("partner")),
        };
        [principal, self.role.clone(), format!("{} {}", self.scope.kind, self.scope.id), self.origin.clone()]
    }
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Prints what is lost and gained, in aligned columns.
fn changes<const N: usize>(
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
    let signs = lost.iter().map(|_| ("-", LOST)).chain(gained.iter().map(|_| ("+", GAINED))).collect::<Vec<_>>();
    for ((sign, style), line) in signs.into_iter().zip(aligned(lost.into_iter().chain(gained).collect())) {
        writeln!(out, "  {style}{sign} {line}{style:#}")?;
    }
    Ok(())
}
