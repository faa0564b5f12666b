//! What a caller asks and gets: the API that both edges, HTTP and the command line, use.
//!
//! One module a use case: typed requests in, typed answers out, [`Error`] with a stable code if there is no answer. The
//! same types write an answer and read it back. Who asks comes in as a [`Reader`](procura_domain::visibility::Reader);
//! what it may know, `procura_domain::visibility` says.
//!
//! Absent here: HTTP, a terminal, rules.

pub mod access;
pub mod commands;
pub mod consumers;
mod deliveries;
pub mod endings;
mod error;
pub mod evidence;
pub mod feed;
pub mod find;
pub mod history;
pub mod intervals;
pub mod invitations;
pub mod labels;
pub mod lists;
mod moments;
mod owner;
mod page;
mod people;
mod pieces;
pub mod reports;
pub mod schemas;
mod turns;
pub mod webhooks;

pub use deliveries::{DELIVERIES_FILE, Deliveries, DeliveriesError, DeliveriesNow};
pub use error::{Code, Error};
pub use moments::{AsOf, reach};
pub use owner::Owner;
pub use page::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, Page, link};
pub use pieces::{BrokenOff, Pieces};
pub use turns::{TurnLimits, TurnsNow, turns_now};
// The rows that answers are made of: the edges know them by this crate alone.
pub use procura_views::{
    Access, AccessChanges, AccessInterval, AccessOverTime, ActionChanges, ActionOn, AnsweredBy, Because, Cause,
    Customer, DeviceRow, DisclosedOrigin, Draft, Effect, Explanation, GroupGrantRow, Holder, InvitationRow,
    InvitationState, Member, Origin, PartnerRelationship, PermissionRow, PersonRow, Point, RegisteredTenant,
    RelationshipRow, RelationshipState, RelationshipSummary, ResidualRow, Scope, SubscriptionRow, TenantSummary, lacks,
};
pub use procura_words::{Value, Words};
