//! `procura serve`: the server on a data directory.

use crate::{args::Serve, data, failure::Failure, keeper::Keeper};
use procura_server::{BuiltInIssuer, ConnectionLimits, HttpServer, Identity, Listen, Listener, Tls};
use std::{io::Write, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

pub(crate) async fn run(arguments: Serve) -> Result<ExitCode, Failure> {
    let Serve { data: path, listen, tls_certificate, tls_key, proxy, dev, room, public_url, keeping } = arguments;
    if !dev {
        return Err(Failure::NoProvider);
    }
    if !listen.may_be_plain() {
        return Err(Failure::DevBeyondLoopback(listen));
    }
    if public_url.is_none() && matches!(listen, Listen::Unix(_)) {
        return Err(Failure::NoPublicUrl);
    }
    let tls = tls_certificate.zip(tls_key).map(|(certificate, key)| Tls { certificate, key });
    let listener = Listener::bind(&listen, tls.as_ref()).await?;
    let url = listener.url().to_owned();
    let public_url = public_url.unwrap_or_else(|| url.clone());
    let at_listen = |source| Failure::Serve { url: url.clone(), source };
    let data = data::open_or_make(&path, public_url, &room).await?;
    if let Some(mode) = data.directory.mode_open_to_others() {
        let mode = format!("{mode:04o}");
        tracing::warn!(path = %path.display(), mode, "others can look into the data directory: run `chmod 700` on it");
    }
    let identity = Identity::built_in(BuiltInIssuer::of(data.directory.path())?);
    let key = data.checkpoint_key()?;
    let keeper = Keeper::start(&keeping, &data, &key).await?;
    let stop = told_to_stop().map_err(at_listen)?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {url}").and_then(|()| out.flush()).map_err(Failure::Output)?;
    let limits = ConnectionLimits::default();
    let server = HttpServer { engine: data.engine, identity, key, listener, proxies: proxy, limits };
    let serving = server.serve(stop);
    let served = match keeper {
        None => serving.await,
        Some(mut keeper) => {
            let served = tokio::select! {
                served = serving => served,
                never = keeper.on_schedule() => match never {},
            };
            keeper.keep().await;
            served
        }
    };
    served.map_err(at_listen)?;
    Ok(ExitCode::SUCCESS)
}

/// Resolves at Ctrl-C or SIGTERM, from now on: what comes before it is awaited is not lost.
pub(crate) fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
