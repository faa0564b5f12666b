//! The pages, one module each.

pub(crate) mod customers;
pub(crate) mod dap_removal;
pub(crate) mod home;
pub(crate) mod problem;
pub(crate) mod relationship;
pub(crate) mod relationships;
pub(crate) mod role_removal;
