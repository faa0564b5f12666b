//! Aggregates: the things that commands change, one file each.
//!
//! `decide` says what a command makes of the aggregate as it stands, `evolve` takes in what happened. Every fact in an
//! aggregate is kept in [`Periods`](crate::temporal::Periods), so the aggregate answers about any moment.

pub mod description;
pub mod device;
pub mod feed;
pub mod invitation;
pub mod profile;
pub mod relationship;
pub mod subscription;
pub mod tenant;
