//! `procura token`: a bearer token of the built-in issuer. Needs the key file only, so the server may be running.

use crate::{
    args::{Role, Token},
    failure::Failure,
};
use procura_engine::ambient::{Clock, SystemClock};
use procura_server::{BuiltInIssuer, ServiceRole};
use std::{io::Write, process::ExitCode};

pub(crate) fn run(arguments: &Token) -> Result<ExitCode, Failure> {
    let Token { data, tenant, user, role: roles, minutes } = arguments;
    let user = format!("{tenant}/{user}").parse().map_err(|_| Failure::NotAUser)?;
    let role = |role: &Role| match role {
        Role::Operator => ServiceRole::Operator,
        Role::Auditor => ServiceRole::Auditor,
        Role::Decider => ServiceRole::Decider,
    };
    let roles: Vec<_> = roles.iter().map(role).collect();
    let token = BuiltInIssuer::of(data)?.token(user, &roles, SystemClock.now(), *minutes)?;
    writeln!(std::io::stdout(), "{token}").map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
