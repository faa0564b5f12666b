//! One event of a history, as its readers get it.

use procura_domain::{
    event::{Event, EventType},
    id::{ObjectId, TenantId},
    personal::People,
    state::State,
    temporal::{Position, Timestamp},
    text::TokenIssuer,
    vocabulary::{Actor, Authentication, Author, User},
};
use procura_engine::Who;
use procura_eventlog::Envelope;
use procura_views::Narration;
use procura_words::Words;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// Who did it; left out if the reader may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorRow>,
    /// How the actor was known.
    pub authentication: Authentication,
    /// Who issued the actor's token; left out with the actor, and where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<TokenIssuer>,
    /// When it was brought in from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_at: Option<Timestamp>,
    /// The command that it came from.
    pub command: Uuid,
    #[serde(flatten)]
    pub narration: Narration,
    pub data: Event,
}

impl HistoryEntry {
    /// The event, told with what people are called now; of who did it only what `who` says.
    pub(crate) fn of(
        state: &State,
        envelope: &Envelope,
        event: Event,
        by: Author,
        who: Who,
        people: &People,
        words: Words,
    ) -> Self {
        let Author { actor, authentication, issuer } = by;
        let position = Position(envelope.position);
        Self {
            position,
            time: envelope.recorded_at,
            event_type: event.event_type(),
            actor: (who == Who::Told).then(|| ActorRow::of(state, actor, people)),
            authentication,
            issuer: issuer.filter(|_| who == Who::Told),
            imported_at: envelope.imported_at,
            command: envelope.command,
            narration: Narration::of(state, &event, position, people, words),
            data: event,
        }
    }
}

impl<'de> Deserialize<'de> for HistoryEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            position: Position,
            time: Timestamp,
            #[serde(rename = "type")]
            event_type: EventType,
            actor: Option<ActorRow>,
            authentication: Authentication,
            issuer: Option<TokenIssuer>,
            imported_at: Option<Timestamp>,
            command: Uuid,
            #[serde(flatten)]
            narration: Narration,
            data: serde_json::Value,
        }
        let fields = Fields::deserialize(deserializer)?;
        let Fields { position, time, event_type, actor, authentication, issuer, imported_at, command, narration, data } =
            fields;
        let data = Event::read(event_type, data).map_err(D::Error::custom)?;
        Ok(Self { position, time, event_type, actor, authentication, issuer, imported_at, command, narration, data })
    }
}

/// Who did something, as a history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum ActorRow {
    User {
        tenant: TenantId,
        tenant_name: String,
        user: ObjectId,
        /// What the user is called now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    Operator {
        operator: String,
    },
}

impl ActorRow {
    pub(crate) fn of(state: &State, actor: Actor, people: &People) -> Self {
        match actor {
            Actor::Operator(operator) => Self::Operator { operator },
            Actor::User(User { tenant, user }) => {
                let tenant_name = state.tenant(tenant).map(|tenant| tenant.name().to_string()).unwrap_or_default();
                let name = people.shown(User { tenant, user }).map(str::to_owned);
                Self::User { tenant, tenant_name, user, name }
            }
        }
    }
}
