//! View 7: an event told to people, with its effect on access. Who sees which events, and who did them, is said elsewhere.

mod effect;
mod sentence;

pub use effect::Effect;

use crate::{AccessChanges, TenantSummary};
use procura_domain::{
    event::Event, id::TenantId, personal::People, rule::Rule, state::State, temporal::Position, vocabulary::TenantKind,
};
use procura_words::Words;
use sentence::Names;

use serde::{Deserialize, Serialize};

/// An event, told. The same at every later moment, except for what people are called (PEO-2): what else it names is as it was
/// when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narration {
    /// What happened, in one sentence, without the personal data that may stand beside it.
    pub text: String,
    /// The rule under which it happened.
    pub rule: Rule,
    /// The customer that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<TenantSummary>,
    /// The partner that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<TenantSummary>,
    /// The access that somebody got by it.
    pub gained: Vec<Effect>,
    /// The access that somebody lost by it.
    pub lost: Vec<Effect>,
}

impl Narration {
    /// [`Narration::text`] alone.
    pub fn text_of(state: &State, event: &Event, position: Position, words: Words) -> String {
        Names { state, people: &People::default(), position, words }.sentence(event)
    }

    /// The event that stands at that position, with what people are called now.
    pub fn of(state: &State, event: &Event, position: Position, people: &People, words: Words) -> Self {
        let names = Names { state, people, position, words };
        let tenants = event.tenants();
        let AccessChanges { gained, lost } = AccessChanges::of(state, std::slice::from_ref(event));
        let told = |changes: Vec<_>| changes.into_iter().map(|access| Effect::of(access, names)).collect();
        Self {
            text: names.sentence(event),
            rule: event.rule(),
            customer: first_of(state, &tenants, TenantKind::Customer),
            partner: first_of(state, &tenants, TenantKind::Partner),
            gained: told(gained),
            lost: told(lost),
        }
    }
}

fn first_of(state: &State, tenants: &[TenantId], kind: TenantKind) -> Option<TenantSummary> {
    let of_kind = tenants.iter().find(|id| state.tenant(**id).is_some_and(|tenant| tenant.kind() == kind));
    of_kind.and_then(|id| TenantSummary::of(state, *id))
}
