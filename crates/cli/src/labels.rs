//! What things are called, in place of their ids, for people to read.

use crate::{asking::Asked, failure::Failure};
use procura_app::find::{FoundThing, ThingKind};
use std::collections::{BTreeSet, HashMap};

/// Ids that are to be read by people, and their names once they are known.
#[derive(Default)]
pub(crate) struct Labels {
    wanted: BTreeSet<String>,
    known: HashMap<String, FoundThing>,
}

impl Labels {
    /// Wants the name of a thing, or of a user, `tenant/user`. Of a group, `partner/AdminAgents`, the partner's.
    pub(crate) fn want(&mut self, kind: &str, id: &str) {
        let id = if kind == "group" { id.split('/').next().unwrap_or_default() } else { id };
        self.wanted.insert(id.to_owned());
    }

    /// Asks for the names of all that are wanted.
    pub(crate) async fn ask(mut self, asked: &Asked) -> Result<Self, Failure> {
        let labels = asked.labels(&self.wanted).await?;
        self.known.extend(labels.items.into_iter().map(|thing| (thing.id.clone(), thing)));
        Ok(self)
    }

    /// The name to show, with where it belongs if that is not clear from elsewhere; else the type and the id.
    pub(crate) fn of(&self, kind: &str, id: &str) -> String {
        let group = id.split_once('/').filter(|_| kind == "group");
        let thing = self.known.get(group.map_or(id, |(partner, _)| partner));
        match (thing, group) {
            (Some(FoundThing { name, .. }), Some((_, group))) => format!("the {group} of {name}"),
            (Some(FoundThing { kind: ThingKind::Customer | ThingKind::Partner | ThingKind::Tenant, name, .. }), _) => {
                name.clone()
            }
            (Some(FoundThing { kind: ThingKind::User, name, place, .. }), _) => format!("{name} of {place}"),
            (Some(FoundThing { kind, name, place, .. }), _) => format!("{kind} {name} of {place}"),
            (None, _) => format!("{kind}:{id}"),
        }
    }

    /// What kind of thing it is.
    pub(crate) fn kind(&self, id: &str) -> Option<ThingKind> {
        self.known.get(id).map(|thing| thing.kind)
    }

    /// The domain of a tenant.
    pub(crate) fn domain(&self, tenant: &str) -> Option<&str> {
        let is_tenant = |kind| matches!(kind, ThingKind::Customer | ThingKind::Partner | ThingKind::Tenant);
        self.known.get(tenant).filter(|thing| is_tenant(thing.kind)).map(|thing| thing.place.as_str())
    }
}
