//! `procura login` and `procura logout`: a token for a server from the OpenID provider of the person.
//!
//! A server says where people log in to it, and then gets the token. So the person says whether that provider is theirs,
//! and a context keeps what was said: another server's word is not enough to be sent there again.

pub(crate) mod address;
pub(crate) mod error;
mod loopback;
mod provider;
pub(crate) mod renewal;

use crate::{
    args,
    contexts::{Context, Contexts, Registration, Saved, context_name},
    failure::Failure,
    remote::Remote,
};
use error::{LoginError, shown};
use loopback::{Loopback, Returned};
use provider::{Begun, Provider, Tokens, logins_at};
use std::{
    env,
    io::{IsTerminal, Write, stderr, stdin, stdout},
    process::ExitCode,
    time::Duration,
};

/// The place of the tenant in the name of a provider for many.
const TENANT: &str = "{tenantid}";
/// What is asked for where nothing else was said.
const SCOPES: [&str; 2] = ["openid", "offline_access"];
/// What a browser needs to be shown, one of them.
const DISPLAYS: [&str; 3] = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"];

/// `procura login`
pub(crate) async fn login(mut arguments: args::Login, context: Option<String>) -> Result<ExitCode, Failure> {
    arguments.name = arguments.name.or(context);
    let contexts = Contexts::of_person()?;
    let saved = contexts.read()?;
    let (name, server) = place(&arguments, &saved)?;
    let pinned = saved.contexts.get(&name).filter(|context| context.server.as_ref() == Some(&server));
    let pinned = pinned.and_then(|context| context.provider.as_ref());
    let registration = registration(&arguments, &server, pinned)?;
    let provider = Provider::discovered(registration)?;
    let (tokens, user) = if arguments.device {
        by_code(&provider, &server, arguments.wait)?
    } else {
        by_browser(&provider, &server, &arguments).await?
    };
    contexts.change(|saved| {
        let context = saved.contexts.entry(name.clone()).or_insert_with(|| Context::of_server(server.clone()));
        *context = Context {
            provider: Some(provider.registration().clone()),
            login: Some(tokens.login(user.clone(), None)),
            ..Context::of_server(server.clone())
        };
        saved.current = Some(name.clone());
        Ok(())
    })?;
    writeln!(stdout(), "logged in to {server} as {user}; the context `{name}` is in use").map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// `procura logout`
pub(crate) fn logout(arguments: args::Logout, context: Option<String>) -> Result<ExitCode, Failure> {
    let contexts = Contexts::of_person()?;
    let (name, server, ended) = contexts.change(|saved| {
        let name = arguments.name.or(context).or_else(|| saved.current.clone()).ok_or(Failure::NoContextInUse)?;
        saved.named(&name)?;
        let context = saved.contexts.get_mut(&name);
        let server = context.as_ref().and_then(|context| context.server.clone());
        let login = context.and_then(|context| Some((context.provider.clone()?, context.login.take()?)));
        Ok((name, server, login))
    })?;
    let Some((registration, login)) = ended else {
        anstream::eprintln!("nobody was logged in with the context `{name}`");
        return Ok(ExitCode::SUCCESS);
    };
    // Here the tokens are gone; there they may live on for a while.
    if let Err(problem) = Provider::discovered(registration).and_then(|provider| provider.revoke(&login)) {
        anstream::eprintln!(
            "note: the provider was not told, so that tokens which somebody copied stay good: {problem}"
        );
    }
    writeln!(stdout(), "logged out of {}", server.unwrap_or(name)).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// The name of the context, and its server.
fn place(arguments: &args::Login, saved: &Saved) -> Result<(String, String), Failure> {
    let of = |name: &String| saved.contexts.get(name).and_then(|context| context.server.clone());
    let named = arguments.name.as_ref().or(saved.current.as_ref());
    let server = match &arguments.server {
        Some(server) => address::server(server)?,
        None => named.and_then(of).ok_or(LoginError::NoServer)?,
    };
    // One that is there already keeps its name.
    let there = named.filter(|name| of(name).as_ref() == Some(&server));
    let other = || saved.contexts.iter().find(|(_, context)| context.server.as_ref() == Some(&server));
    let host = || server.split_once("://").map_or(server.as_str(), |(_, rest)| rest).replace(['/', '[', ']'], "-");
    let name = arguments.name.as_ref().or(there).or_else(|| other().map(|(name, _)| name)).cloned();
    let name = name.unwrap_or_else(host);
    let fits = context_name(&name);
    let name = fits.map_err(|problem| Failure::Flag { flag: "--name".to_owned(), problem })?;
    match saved.contexts.get(&name) {
        Some(context) if context.server.as_ref() != Some(&server) => Err(Failure::ContextTaken(name)),
        _ => Ok((name, server)),
    }
}

/// Where to log in: where the person says, or said before, or where the server says and the person agrees.
fn registration(
    arguments: &args::Login,
    server: &str,
    pinned: Option<&Registration>,
) -> Result<Registration, LoginError> {
    let tenant = |issuer: &str| match (&arguments.tenant, issuer.contains(TENANT)) {
        (Some(tenant), true) => Ok(issuer.replace(TENANT, tenant)),
        (None, true) => Err(LoginError::NoTenant(shown(issuer))),
        (_, false) => Ok(issuer.to_owned()),
    };
    let adjusted = |mut found: Registration| {
        found.issuer = tenant(&found.issuer)?;
        address::secure(&found.issuer)?;
        if let Some(client) = &arguments.client_id {
            found.client.clone_from(client);
        }
        if !arguments.scope.is_empty() {
            found.scopes.clone_from(&arguments.scope);
        }
        if arguments.resource.is_some() {
            found.resource.clone_from(&arguments.resource);
        }
        Ok(found)
    };
    // What the server says of the provider that was named. It need not say anything if the rest was told too.
    let said_of = |issuer: &str, said: Vec<Registration>| {
        said.into_iter().find(|said| tenant(&said.issuer).is_ok_and(|said| said == issuer))
    };
    if let Some(issuer) = &arguments.issuer {
        let so_far = pinned.filter(|pinned| pinned.issuer == *issuer).cloned();
        let found = match (so_far, &arguments.client_id) {
            (Some(so_far), _) => so_far,
            (None, Some(client)) => Registration {
                issuer: issuer.clone(),
                client: client.clone(),
                scopes: SCOPES.map(str::to_owned).into(),
                resource: None,
            },
            (None, None) => said_of(issuer, logins_at(server)?).ok_or_else(|| LoginError::NoClient(issuer.clone()))?,
        };
        return adjusted(Registration { issuer: issuer.clone(), ..found });
    }
    if let Some(pinned) = pinned {
        // A server that says nothing now is no reason not to log in where that was done before.
        return match logins_at(server) {
            Ok(said) if !said.is_empty() && !said.iter().any(|said| may_be(&said.issuer, &pinned.issuer)) => {
                Err(LoginError::ProviderChanged { server: server.to_owned(), pinned: pinned.issuer.clone() })
            }
            Err(error @ LoginError::OtherResource { .. }) => Err(error),
            _ => adjusted(pinned.clone()),
        };
    }
    let mut said = logins_at(server)?;
    let found = match (said.pop(), said.is_empty()) {
        (None, _) => return Err(LoginError::NoProvider(server.to_owned())),
        (Some(only), true) => adjusted(only)?,
        (Some(last), false) => {
            said.push(last);
            let issuers: Vec<_> = said.iter().map(|said| shown(&said.issuer)).collect();
            return Err(LoginError::SeveralProviders { server: server.to_owned(), issuers: issuers.join(", ") });
        }
    };
    confirmed(server, &found)?;
    Ok(found)
}

/// Whether that is the issuer, or a name for many with a tenant in its place.
fn may_be(said: &str, issuer: &str) -> bool {
    match said.split_once(TENANT) {
        None => said == issuer,
        Some((before, after)) => issuer.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
    }
}

/// Asks whether the provider is the person's.
fn confirmed(server: &str, Registration { issuer, client, .. }: &Registration) -> Result<(), LoginError> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(LoginError::NotConfirmed { server: server.to_owned(), issuer: shown(issuer) });
    }
    anstream::eprint!(
        "{server} says to log in at {} (as the program {}).\nIs that your provider, and may {server} act with your \
         rights? [y/N] ",
        shown(issuer),
        shown(client)
    );
    let mut answer = String::new();
    let _ = stdin().read_line(&mut answer);
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(LoginError::Declined),
    }
}

/// A login in a browser of this machine.
async fn by_browser(
    provider: &Provider,
    server: &str,
    arguments: &args::Login,
) -> Result<(Tokens, String), LoginError> {
    let loopback = Loopback::bind().await?;
    let begun = provider.begin(loopback.address())?;
    let has_display = DISPLAYS.iter().any(|name| env::var_os(name).is_some());
    let is_opened = !arguments.no_browser && has_display && open::that_detached(begun.url.as_str()).is_ok();
    let issuer = &provider.registration().issuer;
    let what = if is_opened {
        format!("A browser opens, to log in at {issuer}. If it does not, open this address in one on this machine:")
    } else {
        format!("To log in at {issuer}, open this address in a browser on this machine (elsewhere, `--device`):")
    };
    anstream::eprintln!("{what}\n\n{}\n\nWaiting for up to {} s.", begun.url, arguments.wait);
    let state = begun.state.clone();
    loopback.wait(state, arguments.wait, |returned| taken(provider, server, begun, returned)).await
}

/// Takes what a browser brought, and tells it how that went.
fn taken(
    provider: &Provider,
    server: &str,
    begun: Begun,
    Returned { code, issuer, page }: Returned,
) -> Result<(Tokens, String), LoginError> {
    let denied = |problem| LoginError::Denied { issuer: provider.registration().issuer.clone(), problem };
    let done = provider
        .answers_as(issuer.as_deref())
        .and_then(|()| provider.exchange(begun, code.map_err(denied)?))
        .and_then(|tokens| tried(provider, server, tokens));
    let _ = page.send(match &done {
        Ok((_, user)) => Ok(format!("As {user}, to {server}. You may close this window.")),
        Err(error) => Err(error.to_string()),
    });
    done
}

/// A login in a browser of any machine.
fn by_code(provider: &Provider, server: &str, wait: u64) -> Result<(Tokens, String), LoginError> {
    let begun = provider.begin_device()?;
    let issuer = &provider.registration().issuer;
    let code = shown(begun.user_code().secret());
    anstream::eprintln!(
        "To log in at {issuer}, open this address in any browser, and type the code {code}:\n\n{}\n",
        begun.verification_uri().as_str()
    );
    if let Some(complete) = begun.verification_uri_complete() {
        anstream::eprintln!("Or this one, which has the code in it:\n\n{}\n", complete.secret());
    }
    let seconds = wait.min(begun.expires_in().as_secs());
    anstream::eprintln!("Waiting for up to {seconds} s.");
    tried(provider, server, provider.poll(&begun, Duration::from_secs(seconds))?)
}

/// Whether the server takes the token, and for whose.
fn tried(provider: &Provider, server: &str, tokens: Tokens) -> Result<(Tokens, String), LoginError> {
    let caller = Remote::new(server, tokens.access_token().secret()).caller();
    let not_taken = |failure: Failure| LoginError::NotTaken {
        server: server.to_owned(),
        issuer: provider.registration().issuer.clone(),
        problem: failure.to_string(),
    };
    let caller = caller.map_err(not_taken)?;
    Ok((tokens, caller.user.to_string()))
}
