//! Who answers: the log of a data directory here, or a server.

use crate::{
    args::Place,
    data::{self, Data},
    failure::Failure,
    remote::Remote,
};
use procura_app::{
    find::{FindRequest, Found, find},
    labels::{LABELS_MAX, Labels, LabelsRequest, labels},
    link,
};
use procura_domain::visibility::Reader;
use std::collections::BTreeSet;

/// A place that answers questions, opened.
pub(crate) enum Asked {
    Here(Box<Data>),
    There(Remote),
}

impl Asked {
    pub(crate) async fn open(place: &Place, token: Option<&str>) -> Result<Self, Failure> {
        Ok(match &place.data {
            Some(path) => Self::Here(Box::new(data::open(path).await?)),
            None => Self::There(Remote::of(place.server.as_deref(), token)),
        })
    }

    /// What people call so.
    pub(crate) async fn find(&self, request: FindRequest) -> Result<Found, Failure> {
        match self {
            Self::Here(data) => Ok(find(&data.engine, Reader::Overseer, request).await?.answer),
            Self::There(remote) => remote.get_json(&link("/v1/find", &request)),
        }
    }

    /// What those are called, as far as it is known.
    pub(crate) async fn labels(&self, ids: &BTreeSet<String>) -> Result<Labels, Failure> {
        let (ids, mut all): (Vec<&str>, _) = (ids.iter().map(String::as_str).collect(), Labels::default());
        for ids in ids.chunks(LABELS_MAX) {
            let request = LabelsRequest { ids: ids.join(",") };
            let some = match self {
                Self::Here(data) => labels(&data.engine, Reader::Overseer, &request).await?.answer,
                Self::There(remote) => remote.get_json(&link("/v1/labels", &request))?,
            };
            all.items.extend(some.items);
        }
        Ok(all)
    }
}
