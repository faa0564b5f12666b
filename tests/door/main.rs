//! The door: who gets in with which token, from which provider, and what stands in front of it. The real binary, a real
//! OpenID provider, one that lies, and the programs that others would write against the API.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bad_tokens;
mod browser;
mod description;
mod enforcement_point;
mod entra;
mod lies;
mod login;
mod login_attacks;
mod outage;
mod projection;
mod quiet;
mod readers;
mod readme;
mod relay;
mod rotation;
mod unknown_keys;
mod users;
mod world;
