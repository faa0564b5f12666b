//! Having a report made, here or by a server.

use crate::{args::Place, bars::shown, data, failure::Failure, remote::Remote};
use indicatif::ProgressBar;
use procura_app::reports::{self, Progress, ReportRequest};
use procura_domain::visibility::Reader;

/// Makes the report here, or has the server make it.
pub(crate) async fn make(
    Place { data, server }: &Place,
    token: Option<&str>,
    request: ReportRequest,
    progress: ProgressBar,
) -> Result<String, Failure> {
    match data {
        Some(path) => {
            let data = data::open(path).await?;
            let telling = progress.clone();
            let told = move |Progress { done, of }| {
                telling.set_length(of as u64);
                telling.set_position(done as u64);
            };
            let made = reports::report(&data.engine, &data.checkpoint_key()?, Reader::Overseer, request, told).await;
            let text = match made {
                Ok(made) => made.answer.text().await,
                Err(error) => Err(error),
            };
            progress.finish_and_clear();
            Ok(text?)
        }
        None => Remote::of(server.as_deref(), token).get(&request.link()),
    }
}

/// A bar over customers on standard error; none if that is no terminal.
pub(crate) fn bar() -> ProgressBar {
    shown(ProgressBar::new(0), "{bar:40} {human_pos} of {human_len} customers, {eta} left")
}
