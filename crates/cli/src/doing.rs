//! `procura do`: issues a command. What takes something away is shown first and asked about; then it says what changed, what is
//! left, and what ends that.

use crate::{
    args::{Do, DoFlags, Format},
    exit::EXIT_NO,
    failure::Failure,
    issuing::{Answer, Issuing, internal},
    outcome::{BOLD, DIM, Told, print_refusal},
    terminal::{Screen, say},
    what_if::print_json,
};
use procura_app::{AccessChanges, commands::Outcome};
use procura_domain::event::EventType;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::ExitCode,
};

pub(crate) async fn run(Do { command, flags: DoFlags { issue, yes } }: Do) -> Result<ExitCode, Failure> {
    let format = issue.format;
    let issuing = Issuing::of(command, issue).await?;
    let ahead = match issuing.what_if().await? {
        Ok(ahead) => ahead,
        refused => return refusal(&issuing, format, &refused),
    };
    let ahead: Outcome = serde_json::from_value(ahead).map_err(internal)?;
    let mut seen = None;
    if let Some(verb) = taking(&ahead).filter(|_| !yes) {
        if format == Format::Json || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Failure::NobodyToAsk(issuing.command));
        }
        if !is_wanted(&issuing, &ahead, verb).await? {
            say("Nothing was done.").map_err(Failure::Output)?;
            return Ok(ExitCode::from(EXIT_NO));
        }
        // What was agreed to is what was shown.
        seen = ahead.recorded.positions.first().map(|first| first.before());
    }
    let answer = issuing.record(seen).await?;
    let Ok(done) = &answer else { return refusal(&issuing, format, &answer) };
    if format == Format::Json {
        print_json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let done: Outcome = serde_json::from_value(done.clone()).map_err(internal)?;
    let told = Told::of(&issuing.asked, &done).await?;
    let printed = print_heading(&issuing.command, &done);
    printed.and_then(|()| told.print_changes()).and_then(|()| told.print_left(true)).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn refusal(issuing: &Issuing, format: Format, answer: &Answer) -> Result<ExitCode, Failure> {
    match (answer, format) {
        (Err(error), Format::Text) => {
            print_refusal(issuing, "is refused", error).map_err(Failure::Output)?;
        }
        _ => print_json(answer)?,
    }
    Ok(ExitCode::from(EXIT_NO))
}

/// Shows what goes and what stays, and asks.
async fn is_wanted(issuing: &Issuing, ahead: &Outcome, verb: &str) -> Result<bool, Failure> {
    let told = Told::of(&issuing.asked, ahead).await?;
    let heading = format!("{}, by {}", issuing.command, issuing.issuer().await?);
    let ask = || {
        let mut out = anstream::stdout();
        writeln!(out, "{}", Screen::output().hanging("", 0, &heading, BOLD))?;
        told.print_changes()?;
        told.print_left(false)?;
        write!(out, "\n{BOLD}{verb}? [y/N]{BOLD:#} ")?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
    };
    ask().map_err(Failure::Output)
}

/// What it does to somebody who had something; nothing if it only gives.
fn taking(ahead: &Outcome) -> Option<&'static str> {
    let AccessChanges { lost, .. } = &ahead.consequences.access_changes;
    let member_loses = ahead.member_changes.as_ref().is_some_and(|changes| !changes.lost.is_empty());
    let agents_lose = ahead.action_changes.iter().any(|changes| !changes.lost.is_empty());
    let loses = !lost.is_empty() || member_loses || agents_lose;
    let verb = ahead.recorded.events.iter().find_map(|event| verb(event.event_type));
    verb.or(loses.then_some("Go on"))
}

/// How an event that takes something away is asked about.
fn verb(event: EventType) -> Option<&'static str> {
    match event {
        EventType::DapRevoked => Some("Revoke"),
        EventType::RelationshipEnded | EventType::ContractRenegotiated => Some("End it"),
        EventType::DirectoryRoleRemoved
        | EventType::GroupMemberRemoved
        | EventType::RoleAssignmentRemoved
        | EventType::DeviceRemoved
        | EventType::ProfileRemoved => Some("Remove"),
        EventType::ProfileDeleted | EventType::ConsumerDeleted | EventType::WebhookDeleted => Some("Delete"),
        EventType::InvitationWithdrawn => Some("Withdraw"),
        EventType::InvitationDeclined => Some("Decline"),
        EventType::SubscriptionCancelled => Some("Cancel"),
        EventType::PersonalDataErased => Some("Erase for good"),
        EventType::PartnerRegistered
        | EventType::CustomerRegistered
        | EventType::DirectoryRoleAssigned
        | EventType::GroupMemberAdded
        | EventType::InvitationSent
        | EventType::InvitationAccepted
        | EventType::RelationshipEstablished
        | EventType::DapGranted
        | EventType::SubscriptionProvisioned
        | EventType::SubscriptionRegistered
        | EventType::SubscriptionRenewed
        | EventType::RoleAssigned
        | EventType::DeviceAdded
        | EventType::DeviceUpdated
        | EventType::ProfileCreated
        | EventType::ProfileUpdated
        | EventType::ProfileApplied
        | EventType::AutopilotPolicyAdopted
        | EventType::ServiceRequestOpened
        | EventType::UserDescribed
        | EventType::ConsumerSet
        | EventType::WebhookSet => None,
    }
}

fn print_heading(command: &str, done: &Outcome) -> io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let events: Vec<_> =
        done.recorded.events.iter().map(|event| format!("{} {}", event.event_type, event.position)).collect();
    writeln!(out, "{}", screen.hanging("", 0, &format!("{command} is recorded: {}.", events.join(", ")), BOLD))?;
    for (field, id) in &done.recorded.result {
        writeln!(out, "{}", screen.hanging("", 0, &format!("{field} {id}"), DIM))?;
    }
    Ok(())
}
