//! What every report is made of: tables, perhaps a picture of time, and whom it is about.

use crate::{called::Called, permission::Permission, statement::Stamp, table::Table};
use procura_domain::vocabulary::{PartnerGroup, User};
use procura_views::TenantSummary;
use serde::Serialize;

/// What a report found: as JSON by what it serializes as, else by its tables and its picture.
pub(crate) trait Contents: Serialize {
    fn tables(&self) -> Vec<Table<'_>>;

    /// Gives each user that it names, with where to write what the user is called.
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called));

    fn picture(&self) -> Option<Picture<'_>> {
        None
    }
}

/// What a picture is drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Picture<'a> {
    /// Who held what when.
    Lanes(&'a [PermissionPeriod]),
    /// How many were in the groups when.
    Steps(&'a [GroupSize]),
}

/// The names of those whom a report is about.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) customer: Option<String>,
    pub(crate) partner: Option<String>,
}

/// A permission, from when until when.
#[derive(Debug, Serialize)]
pub(crate) struct PermissionPeriod {
    #[serde(flatten)]
    pub(crate) permission: Permission,
    pub(crate) from: Stamp,
    pub(crate) until: Option<Stamp>,
}

/// How many members a group had from a moment on.
#[derive(Debug, Serialize)]
pub(crate) struct GroupSize {
    pub(crate) partner: TenantSummary,
    pub(crate) group: PartnerGroup,
    pub(crate) from: Stamp,
    pub(crate) members: usize,
}
