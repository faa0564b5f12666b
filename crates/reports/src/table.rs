//! Tables, as CSV and the page both show them: what a column is called, what kind of thing stands in it, and the cells.

use crate::{
    called::Called,
    permission::{Permission, Recorded},
    statement::Stamp,
};
use procura_domain::vocabulary::Principal;
use procura_views::{Holder, Scope, TenantSummary};

/// Rows of one kind. Their cells are made when they are written, one row at a time.
pub(crate) struct Table<'a> {
    /// What each of its rows is, in one word.
    pub(crate) row: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows_count: usize,
    cells: Box<dyn Fn(usize) -> Option<Vec<Cell>> + 'a>,
}

impl<'a> Table<'a> {
    /// A row for each item.
    pub(crate) fn of<T>(
        row: &'static str,
        columns: Vec<Column>,
        items: &'a [T],
        cells: impl Fn(&T) -> Vec<Cell> + 'a,
    ) -> Self {
        Self { row, columns, rows_count: items.len(), cells: Box::new(move |number| items.get(number).map(&cells)) }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Vec<Cell>> {
        (0..self.rows_count).filter_map(|number| (self.cells)(number))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tenant,
    Holder,
    Scope,
    /// A word of the vocabulary.
    Word,
    Number,
    Event,
    Stamp,
}

/// What stands in one place of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing: it does not apply.
    Nothing,
    Tenant(TenantSummary),
    /// Who holds something, what a user is called, and the name of the tenant whose it is.
    Holder(Holder, Called, String),
    /// Where, and the name of it.
    Scope(Scope, String),
    Word(&'static str),
    Number(usize),
    Event(Recorded),
    Stamp(Stamp),
}

/// Columns of those names and kinds.
pub(crate) fn columns(columns: &[(&'static str, Kind)]) -> Vec<Column> {
    columns.iter().map(|(name, kind)| Column { name, kind: *kind }).collect()
}

/// The columns of a permission, followed by others.
pub(crate) fn permission_columns(more: &[(&'static str, Kind)]) -> Vec<Column> {
    let permission = [
        ("customer", Kind::Tenant),
        ("principal", Kind::Holder),
        ("role", Kind::Word),
        ("scope", Kind::Scope),
        ("origin", Kind::Word),
    ];
    columns(&[&permission, more].concat())
}

/// The cells of a permission, followed by others.
pub(crate) fn permission_cells<const N: usize>(permission: &Permission, more: [Cell; N]) -> Vec<Cell> {
    let Permission { customer, principal, principal_name, principal_tenant_name, role, scope, scope_name, origin } =
        permission;
    let mut cells = vec![
        Cell::Tenant(customer.clone()),
        Cell::Holder(*principal, principal_name.clone(), principal_tenant_name.clone()),
        Cell::Word(role.name()),
        Cell::Scope(*scope, scope_name.clone()),
        Cell::Word(origin.name()),
    ];
    cells.extend(more);
    cells
}

impl Cell {
    pub(crate) fn event(recorded: Option<&Recorded>) -> Self {
        recorded.map_or(Self::Nothing, |recorded| Self::Event(recorded.clone()))
    }
}

/// What kind of holder it is, and its id.
pub(crate) fn holder_id(holder: Holder) -> (&'static str, String) {
    match holder {
        Holder::Principal(Principal::Group(group)) => ("group", group.to_string()),
        Holder::Principal(Principal::User(user)) => ("user", user.to_string()),
        Holder::Partner { partner } => ("partner", partner.to_string()),
    }
}

/// What kind of place it is, and its id.
pub(crate) fn scope_id(scope: Scope) -> (&'static str, String) {
    match scope {
        Scope::Customer(id) => ("customer", id.to_string()),
        Scope::Subscription(id) => ("subscription", id.to_string()),
    }
}
