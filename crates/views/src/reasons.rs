//! Why an answer is as it is: the rules that allow, or what the nearest one lacks, with the events it rests on, when
//! they were recorded and who made them happen.

use procura_domain::{
    access::{Decision, Missing, Permit, Reason},
    event::EventType,
    rule::Rule,
    state::State,
    temporal::{EventRef, Moment, Position, Timestamp},
    visibility::{Audience, DisclosedAuthor},
};
use procura_words::Words;
use serde::{Deserialize, Serialize};

/// How many reasons an answer names at most. Only a relationship that began more than once gives more: one for each beginning.
pub const REASONS_MAX: usize = 20;

/// A rule, and the events that made it so; for a denial also what the rule lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    pub rule: Rule,
    /// What it lacks, if it is the reason of a denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The events; where something is missing, the one that took it away.
    pub because: Vec<Cause>,
}

/// An event that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub position: Position,
    pub event: EventType,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who made it happen, as far as the audience may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<DisclosedAuthor>,
}

impl Cause {
    /// The event with its time and author, as `told` may know them; `None` beyond the log.
    pub fn of(state: &State, cause: EventRef, told: Audience) -> Option<Self> {
        let EventRef { position, event } = cause;
        let time = state.timeline.recorded_at(position)?;
        Some(Self { position, event, time, by: told.author(state, cause) })
    }
}

/// Why an answer is as it is: the newest reasons, and whether there are more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The newest first; of a denial the one that explains it.
    pub reasons: Vec<Because>,
    /// Whether there are more than an answer names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_reasons: bool,
}

/// The newest reasons of a decision on a question about that moment. What is missing is said in these words.
pub fn explain(state: &State, decision: &Decision, at: Moment, told: Audience, words: Words) -> Explanation {
    match decision {
        Decision::Allowed(permit) => explain_permit(state, permit, at, told),
        Decision::Denied(denial) => {
            let ended_by = denial.ended_by.and_then(|event| Cause::of(state, event, told));
            let missing = lacks(denial.missing, words);
            let missing = match &ended_by {
                Some(Cause { position, event, .. }) => {
                    let event = ("event", event.name().into());
                    let values = [("missing", missing.into()), event, ("position", position.to_string().into())];
                    words.sentence("missing-ended", &values)
                }
                None => missing,
            };
            let because = ended_by.into_iter().collect();
            let reason = Because { rule: denial.rule, missing: Some(missing), because };
            Explanation { reasons: vec![reason], more_reasons: false }
        }
    }
}

/// The newest reasons of a *yes*.
pub(crate) fn explain_permit(state: &State, permit: &Permit, at: Moment, told: Audience) -> Explanation {
    let causes = |events: &[EventRef]| events.iter().filter_map(|event| Cause::of(state, *event, told)).collect();
    let mut all = permit.reasons(at, state);
    let newest = all.by_ref().take(REASONS_MAX);
    let because = |reason: Reason| Because { rule: reason.rule, missing: None, because: causes(&reason.because) };
    Explanation { reasons: newest.map(because).collect(), more_reasons: all.next().is_some() }
}

/// What a rule asks for and does not find, as a clause without a full stop.
pub fn lacks(missing: Missing, words: Words) -> String {
    let id = match missing {
        Missing::DirectoryRole(role) => {
            return words.sentence("missing-directory-role", &[("role", role.name().into())]);
        }
        Missing::Membership(group) => {
            return words.sentence("missing-membership", &[("group", group.name().into())]);
        }
        Missing::RegisteredTenant => "missing-registered-tenant",
        Missing::Operator => "missing-operator",
        Missing::FeedOwner => "missing-feed-owner",
        Missing::EventsToRead => "missing-events-to-read",
        Missing::Resource => "missing-resource",
        Missing::Relationship => "missing-relationship",
        Missing::RelationshipEver => "missing-relationship-ever",
        Missing::Dap => "missing-dap",
        Missing::RoleOnSubscription => "missing-role-on-subscription",
        Missing::ProvisionedBy => "missing-provisioned-by",
        Missing::ActiveSubscription => "missing-active-subscription",
        Missing::SupportOwed => "missing-support-owed",
        Missing::OwnDevice => "missing-own-device",
        Missing::DeviceOfPartner => "missing-device-of-partner",
        Missing::OwnOrigin => "missing-own-origin",
    };
    words.word(id).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::vocabulary::{DirectoryRole, Locale, PartnerGroup};

    /// The domain, which knows no catalogue, and the English catalogue say the same.
    #[test]
    fn english_says_what_the_domain_says() {
        let plain = [
            Missing::RegisteredTenant,
            Missing::Operator,
            Missing::FeedOwner,
            Missing::EventsToRead,
            Missing::Resource,
            Missing::Relationship,
            Missing::RelationshipEver,
            Missing::Dap,
            Missing::RoleOnSubscription,
            Missing::ProvisionedBy,
            Missing::ActiveSubscription,
            Missing::SupportOwed,
            Missing::OwnDevice,
            Missing::DeviceOfPartner,
            Missing::OwnOrigin,
        ];
        let of_roles = DirectoryRole::ALL.iter().map(|role| Missing::DirectoryRole(*role));
        let of_groups = PartnerGroup::ALL.iter().map(|group| Missing::Membership(*group));
        for missing in plain.into_iter().chain(of_roles).chain(of_groups) {
            assert_eq!(lacks(missing, Words::of(Locale::En)), missing.to_string());
            assert_ne!(lacks(missing, Words::of(Locale::Fr)), missing.to_string());
        }
        let french = lacks(Missing::Membership(PartnerGroup::AdminAgents), Words::of(Locale::Fr));
        assert_eq!(french, "le sujet n’est pas dans le groupe Agents d’administration du partenaire");
    }
}
