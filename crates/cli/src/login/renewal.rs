//! The saved login that this run uses: its token goes to its server and nowhere else, and is renewed when it has nearly
//! ended.

use super::{
    address,
    error::LoginError,
    provider::{Provider, Refusal},
};
use crate::{
    contexts::{Contexts, Login},
    failure::Failure,
};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The login of this run, if it uses a saved one: set once, while the command line is read.
static IN_USE: OnceLock<Mutex<InUse>> = OnceLock::new();

struct InUse {
    contexts: Contexts,
    name: String,
    server: String,
    /// The token that the command line was given.
    token: String,
    login: Login,
}

/// From now on, the token of that login stands for it.
pub(crate) fn use_login(contexts: Contexts, name: &str, server: &str, login: &Login) {
    let (name, server) = (name.to_owned(), server.to_owned());
    let token = login.access_token.secret().clone();
    let _ = IN_USE.set(Mutex::new(InUse { contexts, name, server, token, login: login.clone() }));
}

/// The token to send to that server in the place of the one that a command was given: the same, or a newer one of the same
/// login.
pub(crate) fn token_for(server: &str, token: &str) -> Result<String, Failure> {
    let Some(mut in_use) = IN_USE.get().map(|in_use| in_use.lock().unwrap_or_else(PoisonError::into_inner)) else {
        return Ok(token.to_owned());
    };
    if in_use.token != token {
        return Ok(token.to_owned());
    }
    if address::server(server)? != in_use.server {
        let (server, other) = (in_use.server.clone(), server.to_owned());
        return Err(LoginError::OtherServer { server, other }.into());
    }
    if in_use.login.is_due() {
        in_use.login = renewed(&in_use.contexts, &in_use.name, &in_use.server)?;
    }
    Ok(in_use.login.access_token.secret().clone())
}

/// What to do where the server does not take that token, if it is the saved login's.
pub(crate) fn ended(server: &str, token: &str, problem: &str) -> Option<Failure> {
    let in_use = IN_USE.get()?.lock().unwrap_or_else(PoisonError::into_inner);
    let (server, problem) = (server.to_owned(), problem.to_owned());
    (in_use.token == token).then(|| LoginError::Ended { server, problem }.into())
}

/// The login of a context, renewed unless another process was first: a refresh token may be good for one use, so one
/// process at a time uses it, and writes down the next one before another looks.
fn renewed(contexts: &Contexts, name: &str, server: &str) -> Result<Login, Failure> {
    contexts.change(|saved| {
        let lost = || Failure::from(LoginError::NotLoggedIn { server: server.to_owned() });
        let context = saved.contexts.get_mut(name).filter(|context| context.server.as_deref() == Some(server));
        let context = context.ok_or_else(lost)?;
        let (Some(login), Some(registration)) = (context.login.clone(), context.provider.clone()) else {
            return Err(lost());
        };
        if !login.is_due() {
            return Ok(login);
        }
        let ended = |problem: String| LoginError::Ended { server: server.to_owned(), problem };
        let Some(token) = &login.refresh_token else {
            // It is used to its end.
            return match login.has_ended() {
                true => Err(ended("its time is over".to_owned()).into()),
                false => Ok(login),
            };
        };
        let provider = Provider::discovered(registration).map_err(|error| Refusal::Failed(error.to_string()));
        match provider.and_then(|provider| provider.renew(token)) {
            Ok(tokens) => {
                let login = tokens.login(login.user, login.refresh_token);
                context.login = Some(login.clone());
                Ok(login)
            }
            Err(Refusal::Denied(problem)) => Err(ended(problem).into()),
            Err(Refusal::Failed(_)) if !login.has_ended() => Ok(login),
            Err(Refusal::Failed(problem)) => Err(LoginError::NotRenewed { server: server.to_owned(), problem }.into()),
        }
    })
}
