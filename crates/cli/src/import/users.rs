//! `procura import users`: a file of users, one DescribeUser a row that says something new.

use crate::{
    args::{ImportUsers, Place},
    asking::Asked,
    csv_file::{Cells, CsvColumn, CsvFile, Fault, Row},
    data, erase,
    exit::EXIT_NO,
    failure::Failure,
    lists::source::{Kind, Source},
    output::Output,
    pipeline::{Pending, pipeline},
    recorder::Recorder,
    remote::Remote,
};
use futures_util::{FutureExt, future::ready};
use procura_app::{
    Code, PersonRow,
    commands::{Line, LineAnswer},
    find::ThingKind,
    lists::ListRequest,
};
use procura_domain::{
    command::{Command, DescribeUser},
    id::{NotAGuid, ObjectId, TenantId},
    personal::UserNames,
    rule::Rule,
    vocabulary::Actor,
};
use procura_engine::codec::{CommandError, read_command};
use serde::Serialize;
use serde_json::{Map, Value, value::to_raw_value};
use std::{collections::HashMap, process::ExitCode};

/// A column of the file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Id,
    DisplayName,
    UserPrincipalName,
}

impl CsvColumn for Column {
    const ALL: &'static [Self] = &[Self::Id, Self::DisplayName, Self::UserPrincipalName];
    const NEEDED: Self = Self::Id;
    const MAY_HAVE_OTHERS: bool = true;

    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::DisplayName => "displayName",
            Self::UserPrincipalName => "userPrincipalName",
        }
    }

    /// The admin centre writes `id`, older exports `objectId`, its tables `Object ID` and `Display name`.
    fn is_spelled(self, heading: &str) -> bool {
        let plain: String = heading.chars().filter(|c| !c.is_whitespace()).collect();
        let is = |name: &str| plain.eq_ignore_ascii_case(name);
        is(self.name()) || (self == Self::Id && is("objectId"))
    }
}

impl Column {
    /// The column of a command's field.
    fn of_field(field: &str) -> Option<Self> {
        match field {
            "user" => Some(Self::Id),
            "displayName" => Some(Self::DisplayName),
            "userPrincipalName" => Some(Self::UserPrincipalName),
            _ => None,
        }
    }
}

pub(crate) async fn users(arguments: ImportUsers) -> Result<ExitCode, Failure> {
    let ImportUsers { file: path, tenant, place: Place { data, server }, room, actor, token } = arguments;
    let file: CsvFile<Column> = CsvFile::open(&path)?;
    if !file.has(Column::DisplayName) && !file.has(Column::UserPrincipalName) {
        let problem = "the first line must name `displayName`, `userPrincipalName`, or both".to_owned();
        return Err(Failure::CsvFile { path, problem });
    }
    // Kept to the end: the directory is this process's as long as it is.
    let (recorder, actor, source) = match (data, server) {
        (Some(data), _) => {
            let actor = stated(actor)?;
            let data = data::open_to_record(&data, &room).await?;
            (Recorder::Here(data.engine.clone()), actor, Source::of(Asked::Here(Box::new(data))))
        }
        (None, server) => {
            let remote = Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default());
            let actor = remote.caller()?.actor()?;
            (Recorder::There(remote.clone()), actor, Source::of(Asked::There(remote)))
        }
    };
    let tenant = source.naming().id(TENANT, ThingKind::Tenant, &tenant).await?;
    let flag = |problem: String| Failure::Flag { flag: TENANT.to_owned(), problem };
    let tenant: TenantId = tenant.parse().map_err(|error: NotAGuid| flag(error.to_string()))?;
    let known = known(&source, tenant).await?;
    let (output, mut tally) = (Output::new(Some(file.length())), Tally::default());
    let import = Import { recorder, actor, tenant, known };
    let done = import.run(file, &output, &mut tally).await;
    output.finish();
    let code = match done {
        Ok(()) if tally.refused > 0 => ExitCode::from(EXIT_NO),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    };
    anstream::eprintln!("described {}, unchanged {}, refused {}", tally.described, tally.unchanged, tally.refused);
    Ok(code)
}

/// Who says so, as somebody stated it.
fn stated(actor: Option<String>) -> Result<Actor, Failure> {
    let operator = |name: Option<String>| Actor::Operator(erase::operator(name));
    match actor {
        None => Ok(operator(None)),
        Some(actor) => match actor.strip_prefix("operator:") {
            Some(name) => Ok(operator(Some(name.to_owned()))),
            None => actor.parse().map(Actor::User).map_err(|_| Failure::NotAUser),
        },
    }
}

/// What the tenant's users are called so far.
async fn known(source: &Source, tenant: TenantId) -> Result<HashMap<ObjectId, UserNames>, Failure> {
    let found = source.all::<PersonRow>(Kind::People(tenant), ListRequest::default()).await;
    source.finish();
    match found {
        Ok(found) => Ok(found.rows.into_iter().map(|row| (row.read.user, row.read.names)).collect()),
        Err(Failure::Refused(error) | Failure::Answer(error)) if error.code() == Code::NotFound => {
            let problem = "no such tenant is registered, or you are not one of its Global administrators".to_owned();
            Err(Failure::Flag { flag: TENANT.to_owned(), problem })
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Default)]
struct Tally {
    described: u64,
    unchanged: u64,
    refused: u64,
}

impl Tally {
    fn count(&mut self, row: &UserAnswer) {
        *match (row.ok, &row.code) {
            (true, None) => &mut self.described,
            (true, Some(_)) => &mut self.unchanged,
            (false, _) => &mut self.refused,
        } += 1;
    }
}

/// The code of a row whose user is called so already: so that a file may be imported again.
const UNCHANGED: &str = "unchanged";

/// The result line of a row.
#[derive(Default, Serialize)]
struct UserAnswer {
    row: u64,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl UserAnswer {
    /// The row's cells say something that no command takes.
    fn unfit(self, Fault { column, problem }: Fault<Column>) -> Self {
        let (code, column) = (Some("invalidCommand".to_owned()), column.map(Column::name));
        Self { code, column, message: Some(problem), ..self }
    }
}

struct Import {
    recorder: Recorder,
    actor: Actor,
    tenant: TenantId,
    known: HashMap<ObjectId, UserNames>,
}

impl Import {
    async fn run(self, file: CsvFile<Column>, output: &Output, tally: &mut Tally) -> Result<(), Failure> {
        let send = async |row: Row<Column>| {
            output.reached(row.start);
            self.send(row).await
        };
        let answered = |row: UserAnswer| {
            tally.count(&row);
            output.line(&row)
        };
        pipeline(file.rows(), send, answered).await
    }

    /// Sends the row's DescribeUser, if it says something new.
    async fn send(&self, Row { number, line, cells, fault, .. }: Row<Column>) -> Result<Pending<UserAnswer>, Failure> {
        let user = cells.get(Column::Id).map(str::to_owned);
        let row = UserAnswer { row: number, line, user, ..UserAnswer::default() };
        if let Some(fault) = fault {
            return Ok(ready(Ok(row.unfit(fault))).boxed());
        }
        let fields = self.describe_user(&cells);
        let described = match described(&fields) {
            Ok(described) => described,
            Err(fault) => return Ok(ready(Ok(row.unfit(fault))).boxed()),
        };
        if self.is_known(&described) {
            let unchanged = UserAnswer { ok: true, code: Some(UNCHANGED.to_owned()), ..row };
            return Ok(ready(Ok(unchanged)).boxed());
        }
        let data = to_raw_value(&fields).map_err(|error| Failure::Internal(error.to_string()))?;
        let actor = self.actor.clone();
        let line = Line { command: DESCRIBE_USER.to_owned(), actor, at: None, id: None, data };
        let answer = self.recorder.record(&line).await;
        Ok(async move {
            Ok(match answer.await? {
                LineAnswer::Recorded { .. } => UserAnswer { ok: true, ..row },
                LineAnswer::Refused { code, rule, message, .. } => {
                    UserAnswer { code: Some(code.to_string()), rule, message: Some(message), ..row }
                }
            })
        }
        .boxed())
    }

    fn describe_user(&self, cells: &Cells<Column>) -> Map<String, Value> {
        let tenant = self.tenant.to_string();
        let fields = [
            ("tenant", Some(tenant.as_str())),
            ("user", cells.get(Column::Id).or(Some(""))),
            ("displayName", cells.get(Column::DisplayName)),
            ("userPrincipalName", cells.get(Column::UserPrincipalName)),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }

    /// Whether the user is called that already.
    fn is_known(&self, DescribeUser { user, display_name, user_principal_name, .. }: &DescribeUser) -> bool {
        self.known.get(user).is_some_and(|known| {
            (display_name.is_none() || *display_name == known.display_name)
                && (user_principal_name.is_none() || *user_principal_name == known.user_principal_name)
        })
    }
}

const TENANT: &str = "--tenant";
const DESCRIBE_USER: &str = "DescribeUser";

/// The command, or what no such command takes, by the column it comes from.
fn described(fields: &Map<String, Value>) -> Result<DescribeUser, Fault<Column>> {
    let text = Value::from(fields.clone()).to_string();
    match read_command(DESCRIBE_USER, text.as_bytes()) {
        Ok(Command::DescribeUser(DescribeUser { display_name: None, user_principal_name: None, .. })) => {
            Err(Fault { column: None, problem: "the row has no name for the user".to_owned() })
        }
        Ok(Command::DescribeUser(described)) => Ok(described),
        Ok(_) => Err(Fault { column: None, problem: "another command".to_owned() }),
        Err(CommandError::Malformed { field, problem } | CommandError::OutOfRange { field, problem }) => {
            Err(Fault { column: Column::of_field(&field), problem })
        }
        Err(error) => Err(Fault { column: None, problem: error.to_string() }),
    }
}
