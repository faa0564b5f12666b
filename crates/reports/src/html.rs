//! Reports as one page: nothing is fetched, nothing is run, and it prints on A4.

use crate::{
    called::Called,
    contents::{Names, Picture},
    permission::By,
    picture::{self, Figure},
    source::ReportError,
    statement::{Parameters, ReportName, Stamp, Statement},
    table::{Cell, Column, Kind, Table},
};
use askama::{Template, filters};
use procura_domain::{
    temporal::Position,
    visibility::DisclosedAuthor,
    vocabulary::{Actor, Author, Principal},
};
use procura_views::{Holder, Scope};
use procura_words::Words;
use std::{borrow::Cow, io::Write};

/// What stands before the statement in a page. The statement itself has no `<`, and so ends at the next one.
pub(crate) const STATEMENT_BEGINS: &str = r#"<script type="application/json" id="statement">"#;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    words: Words,
    title: String,
    heading: Cow<'static, str>,
    subject: String,
    about: Vec<String>,
    figures: Vec<Figure>,
    sections: Vec<Section<'a>>,
    statement: &'a Statement,
    moment: String,
    position: String,
    parameters: Vec<(&'static str, String)>,
    /// `<script …>`, the statement, without the end.
    embedded: String,
}

/// A table with its words.
struct Section<'a> {
    words: Words,
    table: &'a Table<'a>,
    /// The columns that are shown, by their places.
    shown: Vec<(usize, Column)>,
}

/// A cell as it is shown: a line, and others in small print below.
struct Shown {
    main: String,
    notes: Vec<String>,
    class: &'static str,
}

pub(crate) fn write(
    statement: &Statement,
    names: &Names,
    tables: &[Table<'_>],
    picture: Option<Picture<'_>>,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    let words = Words::of(statement.parameters.lang);
    let heading = words.word(heading_of(statement.report));
    let subject = named(words, names);
    let figures = match picture {
        Some(picture) => picture::figures(words, statement, picture).map_err(ReportError::unwritable)?,
        None => Vec::new(),
    };
    // No text of ours or of others ends the element: `<` is only ever inside a text of JSON, which may escape it.
    let line = statement.line().map_err(ReportError::unwritable)?.replace('<', "\\u003c");
    let page = Page {
        title: words.sentence("report-title-of", &[("report", (&*heading).into()), ("subject", (&subject).into())]),
        heading,
        subject,
        about: about(words, statement),
        figures,
        sections: tables.iter().map(|table| Section::of(words, table, &statement.parameters)).collect(),
        statement,
        moment: day_and_time(words, statement.at),
        position: position(words, statement.at.position),
        parameters: parameters(statement),
        embedded: format!("{STATEMENT_BEGINS}{line}"),
        words,
    };
    page.write_into(out).map_err(ReportError::unwritable)
}

/// What a report is called.
const fn heading_of(report: ReportName) -> &'static str {
    match report {
        ReportName::AccessReview => "report-access-review",
        ReportName::ResidualAccess => "report-residual-access",
        ReportName::DapInventory => "report-dap-inventory",
        ReportName::Changes => "report-changes",
        ReportName::SupportDuties => "report-support-duties",
    }
}

/// What a report is about, in a sentence.
const fn about_of(report: ReportName) -> &'static str {
    match report {
        ReportName::AccessReview => "report-about-access-review",
        ReportName::ResidualAccess => "report-about-residual-access",
        ReportName::DapInventory => "report-about-dap-inventory",
        ReportName::Changes => "report-about-changes",
        ReportName::SupportDuties => "report-about-support-duties",
    }
}

/// Whom it is about.
fn named(words: Words, Names { customer, partner }: &Names) -> String {
    match (customer, partner) {
        (None, None) => words.word("report-title-everybody").into_owned(),
        (Some(customer), Some(partner)) => {
            words.sentence("report-title-both", &[("partner", partner.into()), ("customer", customer.into())])
        }
        (Some(one), None) | (None, Some(one)) => one.clone(),
    }
}

/// What the report shows, in sentences.
fn about(words: Words, Statement { report, parameters, at, .. }: &Statement) -> Vec<String> {
    let Parameters { customer, partner, from, until, .. } = parameters;
    let instant = |stamp: Option<Stamp>| day_and_time(words, stamp.unwrap_or(*at));
    let what = match from {
        Some(from) if from.position == Position(0) => {
            words.sentence("report-about-changes-all", &[("until", instant(*until).into())])
        }
        _ => words.sentence(about_of(*report), &[("from", instant(*from).into()), ("until", instant(*until).into())]),
    };
    let of_partner = *report == ReportName::AccessReview && customer.is_none() && partner.is_some();
    [what].into_iter().chain(of_partner.then(|| words.word("report-about-partner").into_owned())).collect()
}

fn parameters(statement: &Statement) -> Vec<(&'static str, String)> {
    let Parameters { format, lang, customer, partner, from, until } = statement.parameters;
    let instant = |stamp: Stamp| format!("{} ({})", stamp.instant(), stamp.position);
    let given = [
        ("report", Some(statement.report.to_string())),
        ("customer", customer.map(|id| id.to_string())),
        ("partner", partner.map(|id| id.to_string())),
        ("from", from.map(instant)),
        ("until", until.map(instant)),
        ("at", Some(instant(statement.at))),
        ("format", Some(format.to_string())),
        ("lang", Some(lang.to_string())),
    ];
    given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A moment's day and time.
fn day_and_time(words: Words, at: Stamp) -> String {
    words.date_and_time(at.time)
}

impl<'a> Section<'a> {
    /// What is the same in all rows stands above them, and in no column; nor does a partner beside who holds something.
    fn of(words: Words, table: &'a Table<'a>, parameters: &Parameters) -> Self {
        let is_said = |column: &Column| match column.name {
            "customer" => parameters.customer.is_some(),
            "partner" => parameters.partner.is_some() || table.columns.iter().any(|column| column.kind == Kind::Holder),
            _ => false,
        };
        let columns = table.columns.iter().copied().enumerate();
        Self { words, table, shown: columns.filter(|(_, column)| !is_said(column)).collect() }
    }

    fn caption(&self) -> Cow<'static, str> {
        self.words.word(&format!("table-{}", self.table.row))
    }

    fn count(&self) -> String {
        self.words.sentence("report-rows", &[("count", self.table.rows_count.into())])
    }

    fn headings(&self) -> impl Iterator<Item = (Cow<'static, str>, &'static str)> {
        self.shown.iter().map(|(_, Column { name, kind })| (self.words.word(&format!("column-{name}")), class(*kind)))
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Shown>> {
        self.table.rows().map(|row| {
            let shown = self.shown.iter().filter_map(|(place, column)| {
                let cell = row.get(*place)?;
                // If nothing changed since the grant, it need not be told twice.
                let told = matches!(cell, Cell::Event(_)) && row.get(..*place)?.contains(cell);
                Some(if told { Shown::same(self.words) } else { Shown::of(self.words, cell, column.kind) })
            });
            shown.collect()
        })
    }
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "number",
        Kind::Event | Kind::Stamp => "when",
        Kind::Word => "word",
        Kind::Tenant | Kind::Holder | Kind::Scope => "name",
    }
}

impl Shown {
    fn same(words: Words) -> Self {
        Self { main: words.word("report-unchanged").into_owned(), notes: vec![], class: "word" }
    }

    fn of(words: Words, cell: &Cell, kind: Kind) -> Self {
        let (main, notes) = match cell {
            Cell::Nothing => ("–".to_owned(), vec![]),
            Cell::Tenant(tenant) => (tenant.name.clone(), vec![tenant.id.to_string()]),
            Cell::Holder(holder, called, tenant_name) => shown_holder(words, *holder, called, tenant_name),
            Cell::Scope(scope, name) => {
                let kind = |kind| words.word(kind).into_owned();
                let notes = match scope {
                    Scope::Customer(_) => vec![kind("report-scope-customer")],
                    Scope::Subscription(id) => vec![kind("report-scope-subscription"), id.to_string()],
                };
                (name.clone(), notes)
            }
            Cell::Word(word) => (words.called(word).into_owned(), vec![]),
            Cell::Number(number) => (words.number(*number), vec![]),
            Cell::Stamp(at) => shown_stamp(words, *at),
            Cell::Event(recorded) => {
                let (main, mut notes) = shown_stamp(words, recorded.at);
                let event = words.called(recorded.event.name());
                match &recorded.by {
                    None => notes.push(event.into_owned()),
                    Some(by) => notes.extend(shown_author(words, &event, by)),
                }
                (main, notes)
            }
        };
        Self { main, notes, class: class(kind) }
    }
}

fn shown_holder(words: Words, holder: Holder, called: &Called, tenant_name: &str) -> (String, Vec<String>) {
    match holder {
        Holder::Principal(Principal::Group(group)) => {
            (words.called(group.group.name()).into_owned(), vec![tenant_name.to_owned()])
        }
        Holder::Principal(Principal::User(user)) => {
            let named = |name: &str| user_named(words, name, tenant_name);
            let unnamed = words.sentence("report-holder-user", &[("tenant", tenant_name.into())]);
            (called.within(named, unnamed, None), vec![user.user.to_string()])
        }
        Holder::Partner { .. } => (tenant_name.to_owned(), vec![words.word("report-holder-partner").into_owned()]),
    }
}

/// A user by its name, with its tenant.
fn user_named(words: Words, name: &str, tenant: &str) -> String {
    words.sentence("report-user-named", &[("name", name.into()), ("tenant", tenant.into())])
}

/// What somebody did, who that was, and how that is known.
fn shown_author(words: Words, event: &str, By { author, name: called, tenant_name }: &By) -> Vec<String> {
    let tenant = tenant_name.clone().unwrap_or_default();
    let (name, id, known) = match author {
        DisclosedAuthor::Partner { .. } => (tenant, None, None),
        DisclosedAuthor::Author(Author { actor, authentication, .. }) => {
            let (name, id) = match actor {
                Actor::User(user) => (tenant, Some(user.user.to_string())),
                Actor::Operator(name) => (words.sentence("report-operator", &[("name", name.into())]), None),
            };
            (name, id, Some(words.called(authentication.name()).into_owned()))
        }
    };
    let by = |who: &str| words.sentence("report-by", &[("event", event.into()), ("who", who.into())]);
    let who = called.within(|person| by(&user_named(words, person, &name)), by(&name), None);
    [who].into_iter().chain(id).chain(known).collect()
}

/// A text as a page has it.
pub(crate) fn escaped(text: &str) -> String {
    filters::escape(text, filters::Html).map_or_else(|never| match never {}, |text| text.to_string())
}

/// What such a text says.
pub(crate) fn unescaped(html: &str) -> String {
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    escapes.iter().fold(html.to_owned(), |text, (escape, char)| text.replace(escape, char))
}

/// A position is a name: its thousands are not set apart.
fn position(words: Words, position: Position) -> String {
    words.sentence("report-position", &[("position", position.to_string().into())])
}

fn shown_stamp(words: Words, at: Stamp) -> (String, Vec<String>) {
    let position = position(words, at.position);
    (words.date(at.time), vec![format!("{} UTC, {position}", at.time.format("%H:%M:%S"))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Format;
    use procura_domain::{temporal::Moment, vocabulary::Locale};
    use scraper::{Html, Selector};

    /// Whatever stands in a statement, it ends where it ends, and is read back.
    #[test]
    fn no_text_ends_the_statement_in_a_page() {
        for text in ["</script><script>alert(1)</script>", "<!-- <script>", "</SCRIPT >", STATEMENT_BEGINS, "\\u003c"] {
            let at = Moment { position: Position(1), at: "2020-06-19T08:00:00Z".parse().unwrap() };
            let (format, lang) = (Format::Html, Locale::En);
            let parameters = Parameters { format, lang, customer: None, partner: None, from: None, until: None };
            let (rules, checkpoint) = (text.to_owned(), text.to_owned());
            let (report, at) = (ReportName::Changes, at.into());
            let statement = Statement { report, parameters, at, names: None, rules, checkpoint };
            let mut page = Vec::new();
            write(&statement, &Names::default(), &[], None, &mut page).unwrap();
            assert_eq!(Statement::read(&page), Ok(statement.clone()), "{text}");
            let page = Html::parse_document(std::str::from_utf8(&page).unwrap());
            assert!(page.errors.is_empty(), "{text}: {:?}", page.errors);
            let scripts = Selector::parse("script").unwrap();
            let found: Vec<String> = page.select(&scripts).map(|script| script.text().collect()).collect();
            let [found] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!(serde_json::from_str::<Statement>(found).unwrap(), statement);
        }
    }
}
