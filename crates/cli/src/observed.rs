//! What is told of a run while it goes on: log lines on standard error, and a server's traces.

use crate::{
    args::Command,
    configuration::{Configuration, LogFormat},
    failure::Failure,
};
#[cfg(feature = "traces")]
use procura_server::Traces;
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};

/// Where a run's traces go to, if anywhere.
pub(crate) struct Traced(#[cfg(feature = "traces")] Option<Traces>);

/// Begins to log and, if it is configured, to trace. What is wrong with a configuration is told when the server starts.
///
/// # Errors
/// If nothing can be sent to where traces should go.
pub(crate) fn observe(command: &Command) -> Result<Traced, Failure> {
    let (quiet, configuration) = match command {
        Command::Serve(serve) => {
            ("info", serve.setup.clone().read().map(|read| read.configuration).unwrap_or_default())
        }
        _ => ("warn", Configuration::default()),
    };
    let filter = EnvFilter::try_from_env("PROCURA_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match configuration.logs.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    #[cfg(feature = "traces")]
    if let (Ok(()), Some(endpoint)) = (configuration.traces.check(), &configuration.traces.endpoint) {
        let agent = crate::http::agent(Some(std::time::Duration::from_secs(10)));
        let traces = Traces::to(endpoint, configuration.traces.share, agent);
        let traces =
            traces.map_err(|problem| Failure::Configuration { place: "traces.endpoint".to_owned(), problem })?;
        tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces.layer()).init();
        return Ok(Traced(Some(traces)));
    }
    tracing_subscriber::registry().with(lines).with(filter).init();
    Ok(Traced(
        #[cfg(feature = "traces")]
        None,
    ))
}

impl Traced {
    /// Sends what was not sent yet.
    pub(crate) fn end(self) {
        #[cfg(feature = "traces")]
        if let Some(traces) = self.0 {
            traces.end();
        }
    }
}
