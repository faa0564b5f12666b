//! The tables: what readers see of everything that happened, at any moment.
//!
//! Each view is a function of the [`State`](procura_domain::state::State) and a
//! [`Moment`](procura_domain::temporal::Moment) to rows that serialize as the HTTP contract shows them. The state keeps
//! its past, so a view of an earlier moment costs what one of now costs, and its rows never change afterwards.
//!
//! Absent here: locks, I/O, a second copy of any fact. Who may see which rows is in `procura_domain::visibility`.

mod access;
mod access_changes;
mod access_over_time;
mod autopilot;
mod candidates;
mod consequences;
mod customers;
mod directory_role_members;
mod draft;
mod effective_permissions;
mod group_grants;
mod group_members;
mod history;
mod invitations;
mod looked;
mod mentions;
mod partner_relationships;
mod people;
mod policy_changes;
mod portals;
mod reasons;
mod registered_tenants;
mod relationships;
mod residual_access;
mod searches;
mod service_requests;
mod subscriptions;
mod tenant_summary;

pub use access::{Access, Holder, Origin, Role, Scope};
pub use access_changes::AccessChanges;
pub use access_over_time::{AccessInterval, AccessOverTime, Entity};
pub use autopilot::{DeviceRow, DisclosedOrigin, ProfileRow, devices, profiles};
pub use candidates::{
    ResourceKey, SubjectKey, SubjectKind, Wanted, is_tenant_of, resources_in, subjects_on, tenant_of, tenants_of,
};
pub use consequences::{CommitEvents, Consequences};
pub use customers::{Customer, SubscriptionSummary, customer, customer_ids, customers, relationship_summary};
pub use directory_role_members::{Member, directory_role_members};
pub use draft::{Draft, MAILTO_CHARS_MAX};
pub use effective_permissions::{Filter, PermissionKey, PermissionRow, Point, effective_permissions};
pub use group_grants::{GroupGrantRow, GroupGrants};
pub use group_members::group_members;
pub use history::{Effect, Narration};
pub use invitations::{AnsweredBy, InvitationRow, InvitationState, invitation, invitations};
pub use looked::{Looked, rows};
pub use mentions::Mentions;
pub use partner_relationships::{
    ImplicitRole, PartnerRelationship, RelationshipState, RelationshipSummary, Support, has_to_do_with,
    partner_relationships,
};
pub use people::{PersonRow, people};
pub use policy_changes::{ActionChanges, ActionOn, under_policy};
pub use portals::{Portal, PortalName, portals};
pub use reasons::{Because, Cause, Explanation, REASONS_MAX, explain, lacks};
pub use registered_tenants::RegisteredTenant;
pub use relationships::{RelationshipRow, relationships};
pub use residual_access::{ResidualKey, ResidualRow, residual_access, residual_rows};
pub use searches::{SearchRows, Searcher};
pub use service_requests::{ServiceRequestRow, service_requests};
pub use subscriptions::{SubscriptionRow, subscriptions};
pub use tenant_summary::TenantSummary;
