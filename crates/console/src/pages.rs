//! The pages, one module each.

pub(crate) mod ask;
pub(crate) mod customer;
pub(crate) mod customer_acts;
pub(crate) mod customers;
pub(crate) mod dap_removal;
pub(crate) mod devices;
pub(crate) mod directory_roles;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod invitation;
pub(crate) mod invitations;
pub(crate) mod new_invitation;
pub(crate) mod organisations;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod problem;
pub(crate) mod relationship;
pub(crate) mod relationships;
pub(crate) mod role_assigning;
pub(crate) mod role_removal;
pub(crate) mod search;
pub(crate) mod subscription;
pub(crate) mod subscription_registering;
pub(crate) mod subscriptions;
pub(crate) mod switch;
