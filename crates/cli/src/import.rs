//! `procura import devices`: a file of devices, one AddDevice a row.

mod users;

pub(crate) use users::users;

use crate::{
    args::{ImportDevices, Origin, Place},
    asking::Asked,
    csv_file::{Cells, CsvColumn, CsvFile, Fault, Row},
    data,
    device_file::Column,
    exit::EXIT_NO,
    failure::Failure,
    naming::Naming,
    output::Output,
    pipeline::{Pending, pipeline},
    recorder::Recorder,
    remote::Remote,
};
use clap::ValueEnum;
use futures_util::{FutureExt, future::ready};
use procura_app::{
    Code,
    commands::{Line, LineAnswer},
    find::ThingKind,
};
use procura_domain::{rule::Rule, vocabulary::Actor};
use procura_engine::codec::{CommandError, read_command};
use serde::Serialize;
use serde_json::{Map, Value, json, value::to_raw_value};
use std::process::ExitCode;

pub(crate) async fn devices(arguments: ImportDevices) -> Result<ExitCode, Failure> {
    let ImportDevices { file, customer, mut origin, place, room, actor, token, manufacturer, model } = arguments;
    let Place { data, server } = place;
    let file = CsvFile::open(&file)?;
    if file.has(Column::AssignedUser) {
        anstream::eprintln!("note: the column `{}` is not stored", Column::AssignedUser);
    }
    // Kept to the end: the directory is this process's as long as it is.
    let (recorder, actor, asked) = match (data, server) {
        (Some(data), _) => {
            let data = data::open_to_record(&data, &room).await?;
            let (recorder, asked) = (Recorder::Here(data.engine.clone()), Asked::Here(Box::new(data)));
            let user = match actor.unwrap_or_default() {
                named if named.contains('@') => Naming::by(&asked).id("--actor", ThingKind::User, &named).await?,
                id => id,
            };
            (recorder, Actor::User(user.parse().map_err(|_| Failure::NotAUser)?), asked)
        }
        (None, server) => {
            let remote = Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default());
            let actor = remote.caller()?.actor()?;
            (Recorder::There(remote.clone()), actor, Asked::There(remote))
        }
    };
    let naming = Naming::by(&asked);
    let customer = naming.id("--customer", ThingKind::Customer, &customer).await?;
    origin.partner = naming.optional("--partner", ThingKind::Partner, origin.partner.as_deref(), None).await?;
    let import = Import { recorder, actor, template: Template::new(&customer, &origin, &manufacturer, &model)? };
    let (output, mut tally) = (Output::new(Some(file.length())), Tally::default());
    let done = import.run(file, &output, &mut tally).await;
    output.finish();
    let code = match done {
        Ok(()) if tally.refused > 0 => ExitCode::from(EXIT_NO),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    };
    anstream::eprintln!("added {}, already there {}, refused {}", tally.added, tally.already_there, tally.refused);
    Ok(code)
}

#[derive(Default)]
struct Tally {
    added: u64,
    already_there: u64,
    refused: u64,
}

impl Tally {
    fn count(&mut self, row: &RowAnswer) {
        *match (row.ok, &row.code) {
            (true, None) => &mut self.added,
            (true, Some(_)) => &mut self.already_there,
            (false, _) => &mut self.refused,
        } += 1;
    }
}

/// The code of a row whose device is registered already: so that a file may be imported again.
const ALREADY_THERE: &str = "alreadyThere";

/// The result line of a row.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RowAnswer {
    row: u64,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl RowAnswer {
    /// The row's cells say something that no command takes.
    fn unfit(self, Fault { column, problem }: Fault<Column>) -> Self {
        let (code, column) = (Some("invalidCommand".to_owned()), column.map(Column::name));
        Self { code, column, message: Some(problem), ..self }
    }

    /// The command was refused.
    fn refused(self, (code, rule, message): (Code, Option<Rule>, String)) -> Self {
        Self { ok: false, code: Some(code.to_string()), rule, message: Some(message), ..self }
    }
}

/// What every row's commands have in common.
struct Template {
    customer: String,
    /// `partner` or `source`, and which.
    origin: (&'static str, String),
    manufacturer: String,
    model: String,
}

impl Template {
    /// Refuses what would make every row a bad one.
    fn new(customer: &str, origin: &Origin, manufacturer: &str, model: &str) -> Result<Self, Failure> {
        let source = origin.source.and_then(|source| source.to_possible_value());
        let origin = match (&origin.partner, source) {
            (Some(partner), _) => ("partner", partner.clone()),
            (None, source) => ("source", source.map(|source| source.get_name().to_owned()).unwrap_or_default()),
        };
        let [customer, manufacturer, model] = [customer, manufacturer, model].map(str::to_owned);
        let template = Self { customer, origin, manufacturer, model };
        let mut example = template.add_device(&Cells::default());
        example.insert(SERIAL_NUMBER.to_owned(), "1".into());
        match read_command(ADD_DEVICE, Value::from(example).to_string().as_bytes()) {
            Ok(_) => Ok(template),
            Err(CommandError::Malformed { field, problem } | CommandError::OutOfRange { field, problem }) => {
                Err(Failure::Flag { flag: format!("--{field}"), problem })
            }
            Err(error) => Err(Failure::Internal(error.to_string())),
        }
    }

    fn add_device(&self, cells: &Cells<Column>) -> Map<String, Value> {
        let (origin, which) = &self.origin;
        let fields = [
            ("customer", Some(self.customer.as_str())),
            (origin, Some(which)),
            (SERIAL_NUMBER, cells.get(Column::SerialNumber).or(Some(""))),
            ("manufacturer", cells.get(Column::Manufacturer).or(Some(&self.manufacturer))),
            ("model", cells.get(Column::Model).or(Some(&self.model))),
            ("hardwareHash", cells.get(Column::HardwareHash)),
            ("productKey", cells.get(Column::ProductId)),
            ("groupTag", cells.get(Column::GroupTag)),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

const ADD_DEVICE: &str = "AddDevice";
const SERIAL_NUMBER: &str = "serialNumber";

struct Import {
    recorder: Recorder,
    actor: Actor,
    template: Template,
}

impl Import {
    async fn run(self, file: CsvFile<Column>, output: &Output, tally: &mut Tally) -> Result<(), Failure> {
        let send = async |row: Row<Column>| {
            output.reached(row.start);
            self.send(row).await
        };
        let answered = |row: RowAnswer| {
            tally.count(&row);
            output.line(&row)
        };
        pipeline(file.rows(), send, answered).await
    }

    /// Sends the row's AddDevice.
    async fn send(&self, Row { number, line, cells, fault, .. }: Row<Column>) -> Result<Pending<RowAnswer>, Failure> {
        let serial_number = cells.get(Column::SerialNumber).map(str::to_owned);
        let row = RowAnswer { row: number, line, serial_number, ..RowAnswer::default() };
        let add_device = self.template.add_device(&cells);
        if let Some(fault) = fault.or_else(|| unfit(&add_device)) {
            return Ok(ready(Ok(row.unfit(fault))).boxed());
        }
        let added = self.recorder.record(&self.line(&add_device)?).await;
        Ok(async move {
            Ok(match added.await? {
                LineAnswer::Recorded { result, .. } => {
                    RowAnswer { ok: true, device: result.get("device").map(ToString::to_string), ..row }
                }
                LineAnswer::Refused { code: Code::DeviceAlreadyRegistered, message, .. } => {
                    let (code, message) = (Some(ALREADY_THERE.to_owned()), Some(message));
                    RowAnswer { ok: true, code, message, ..row }
                }
                LineAnswer::Refused { code, rule, message, .. } => row.refused((code, rule, message)),
            })
        }
        .boxed())
    }

    fn line(&self, fields: &Map<String, Value>) -> Result<Line, Failure> {
        let data = to_raw_value(fields).map_err(|error| Failure::Internal(error.to_string()))?;
        let actor = self.actor.clone();
        Ok(Line { command: ADD_DEVICE.to_owned(), actor, at: None, id: None, data })
    }
}

/// What no such command takes, by the column it comes from.
fn unfit(fields: &Map<String, Value>) -> Option<Fault<Column>> {
    match read_command(ADD_DEVICE, json!(fields).to_string().as_bytes()) {
        Ok(_) => None,
        Err(CommandError::Malformed { field, problem } | CommandError::OutOfRange { field, problem }) => {
            Some(Fault { column: Column::of_field(&field), problem })
        }
        Err(error) => Some(Fault { column: None, problem: error.to_string() }),
    }
}
