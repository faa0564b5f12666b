//! The pages, one module each.

pub(crate) mod customers;
pub(crate) mod home;
pub(crate) mod problem;
pub(crate) mod relationships;
