//! Black-box tests: the real binary, real sockets, real files.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod authzen;
mod backups;
mod bad_input;
mod checkpoints;
mod configuration;
mod corpus;
mod crawler;
mod disk;
mod durability;
mod erase;
mod formats;
mod greedy;
mod help;
mod history;
mod hostile;
mod http_access;
mod if_match;
mod import_devices;
mod intervals;
mod invitations;
mod lists;
mod moments;
mod openapi;
mod pages;
mod proxies;
mod reference_pages;
mod report_access;
mod reports;
mod rules_page;
mod search;
mod story;
mod tidy;
mod tls;
mod watching;
mod what_if;
