//! `procura serve`: the server on a data directory.

use crate::{args::Serve, data, failure::Failure, keeper::Keeper};
use procura_server::{BuiltInIssuer, Identity};
use std::{io::Write, process::ExitCode};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

pub(crate) async fn run(arguments: Serve) -> Result<ExitCode, Failure> {
    let Serve { data: path, listen, dev, room, public_url, keeping } = arguments;
    if !dev {
        return Err(Failure::NoProvider);
    }
    if !listen.ip().is_loopback() {
        return Err(Failure::DevBeyondLoopback(listen));
    }
    let at_listen = |source| Failure::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(at_listen)?;
    let address = listener.local_addr().map_err(at_listen)?;
    let public_url = public_url.unwrap_or_else(|| format!("http://{address}"));
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
    writeln!(out, "listening on http://{address}").and_then(|()| out.flush()).map_err(Failure::Output)?;
    let serving = procura_server::serve(data.engine, identity, key, listener, stop);
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
