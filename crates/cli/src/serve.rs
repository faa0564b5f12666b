//! `procura serve`: the server on a data directory.

use crate::{
    args::{Room, Serve},
    configuration::Configuration,
    data::{self, Links},
    failure::Failure,
    http,
    keeper::Keeper,
};
use procura_app::{DELIVERIES_FILE, Deliveries};
use procura_engine::OpeningProgress;
use procura_eventlog::free_bytes;
use procura_server::{BuiltInIssuer, DecisionLog, HttpServer, Identity, Listen, Listener, Opened};
use std::{io::Write, pin::pin, process::ExitCode, sync::Arc};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

pub(crate) async fn run(Serve { dev, setup }: Serve) -> Result<ExitCode, Failure> {
    let configuration = setup.read()?.configuration;
    configuration.check()?;
    let Configuration {
        data,
        http,
        tls,
        storage,
        checkpoints,
        metrics,
        identity,
        issuers,
        console,
        limits,
        decisions,
        feeds,
        webhooks,
        logs,
        traces: _,
    } = configuration;
    let path = data.ok_or(Failure::NoDataDirectory)?;
    match (dev, issuers.is_empty()) {
        (false, true) => return Err(Failure::NoProvider),
        (true, false) => return Err(Failure::DevBesideIssuers),
        (true, true) if !http.listen.may_be_plain() => return Err(Failure::DevBeyondLoopback(http.listen)),
        _ => {}
    }
    if http.public_url.is_none() && matches!(http.listen, Listen::Unix(_)) {
        return Err(Failure::NoPublicUrl);
    }
    // Before the log is opened, which takes long.
    let configured = (!dev).then(|| Identity::configured(&issuers, identity.revoked_file)).transpose()?;
    let decisions = DecisionLog::open(&decisions).map_err(Failure::Decisions)?;
    let listener = Listener::bind(&http.listen, tls.as_ref()).await?;
    let metrics = match metrics.listen {
        Some(listen) => Some(Listener::bind(&listen, None).await?),
        None => None,
    };
    let url = listener.url().to_owned();
    let public_url = http.public_url.unwrap_or_else(|| url.clone());
    let at_listen = |source| Failure::Serve { url: url.clone(), source };
    let room = Room { free_space_min: storage.free_space_min_mib };
    let links = Links { public_url, invitation: http.invitation_link, origin: checkpoints.origin.clone() };
    let stop = told_to_stop().map_err(at_listen)?;
    let (progress, folder) = (OpeningProgress::default(), path.clone());
    let free_space = Arc::new(move || free_bytes(&folder).ok());
    let (proxies, access_log) = (http.proxies, logs.access);
    let server = HttpServer {
        listener,
        metrics,
        proxies,
        limits,
        access_log,
        decisions,
        feeds,
        webhooks,
        roots: http::roots(),
        free_space,
        pages: Some(Box::new(move |reception| procura_console::all_pages(reception, &console))),
    };
    let (open, opened) = oneshot::channel();
    let mut serving = pin!(server.serve(progress.clone(), opened, stop));
    let mut opening = pin!(async {
        let data = data::open_within(&path, links, &room, limits.idempotency_keys, &progress).await?;
        let key = data.checkpoint_key()?;
        let keeper = Keeper::start(&checkpoints, &data, &key).await?;
        Ok::<_, Failure>((data, key, keeper))
    });
    let (data, key, keeper) = tokio::select! {
        opened = &mut opening => opened?,
        served = &mut serving => {
            // The log is left as it was found.
            progress.stop();
            let opened = opening.await;
            served.map_err(at_listen)?;
            return match opened {
                Err(failure) if !failure.is_stop() => Err(failure),
                _ => Ok(ExitCode::SUCCESS),
            };
        }
    };
    if let Some(mode) = data.directory.mode_open_to_others() {
        let mode = format!("{mode:04o}");
        tracing::warn!(path = %path.display(), mode, "others can look into the data directory: run `chmod 700` on it");
    }
    let identity = match configured {
        Some(identity) => identity,
        None => Identity::built_in(BuiltInIssuer::of(data.directory.path())?),
    };
    let mut out = std::io::stdout();
    writeln!(out, "listening on {url}").and_then(|()| out.flush()).map_err(Failure::Output)?;
    data.engine.check_below_snapshot();
    let engine = data.engine.clone();
    let deliveries = Deliveries::open(&engine, Some(data.directory.path().join(DELIVERIES_FILE)))?;
    let _ = open.send(Opened { engine: data.engine, identity, key, deliveries: deliveries.clone() });
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
    deliveries.save(&engine).await?;
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
