//! The rules of delegated administration, and nothing else.
//!
//! Data flows top-down through the modules:
//!
//! - [`command`]: what somebody wants done · [`decide`]: whether it may and can be done · [`event`]: what was done
//! - [`access`]: the one decision function, over [`facts`] at a [`temporal::Moment`]; guards and questions both call it
//! - [`intervals`]: the same over a stretch of time: when exactly it was allowed, and why
//! - [`visibility`]: who may know of what
//! - [`personal`]: what people wrote, which travels beside the events and never in them
//! - [`state`]: everything that happened, as [aggregates](aggregate) whose facts keep from when until when they held
//!
//!   over a store of rows that name one another by number
//!
//! Absent here, on purpose: async, I/O, a clock, randomness, a serialization format. Time, ids and the actor come in
//! with the command.

pub mod access;
pub mod aggregate;
pub mod between;
pub mod command;
#[cfg_attr(not(feature = "counted"), doc(hidden))]
pub mod counted;
pub mod decide;
pub mod event;
pub mod facts;
pub mod id;
pub mod intervals;
pub mod invitation_link;
pub mod personal;
pub mod refusal;
pub mod rule;
pub mod state;
mod store;
pub mod temporal;
pub mod text;
pub mod visibility;
pub mod vocabulary;
pub mod webhook_secret;
