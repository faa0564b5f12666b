//! Many commands on their way at a time, so that they share the frames of the log; their answers in order.

use crate::failure::Failure;
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesOrdered};
use procura_engine::QUEUE_COMMANDS_MAX;
use std::thread;
use tokio::sync::mpsc;

/// How many items wait for their answers at a time; each is a command or two.
const IN_FLIGHT_MAX: usize = QUEUE_COMMANDS_MAX / 4;

/// What an item will come to.
pub(crate) type Pending<O> = BoxFuture<'static, Result<O, Failure>>;

/// Reads the items on a thread of their own, sends each in its turn, and hands on the answers in the items' order.
///
/// The first item that cannot be read or sent ends it: what came before is answered, nothing behind it is sent.
pub(crate) async fn pipeline<I: Send + 'static, O>(
    items: impl Iterator<Item = Result<I, Failure>> + Send + 'static,
    mut send: impl AsyncFnMut(I) -> Result<Pending<O>, Failure>,
    mut answered: impl FnMut(O) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut items = on_a_thread(items);
    let mut waiting: FuturesOrdered<Pending<O>> = FuturesOrdered::new();
    let mut stopped = None;
    let mut more = true;
    while more || !waiting.is_empty() {
        tokio::select! {
            biased;
            Some(answer) = waiting.next(), if !waiting.is_empty() => {
                // If nobody reads the answers any more, nothing further is sent; what is on its way is counted.
                if let Err(failure) = answer.and_then(&mut answered) {
                    more = false;
                    stopped.get_or_insert(failure);
                }
            }
            item = items.recv(), if more && waiting.len() < IN_FLIGHT_MAX => match item {
                None => more = false,
                Some(item) => {
                    let sent = match item {
                        Ok(item) => send(item).await,
                        Err(failure) => Err(failure),
                    };
                    match sent {
                        Ok(answer) => waiting.push_back(answer),
                        Err(failure) => {
                            more = false;
                            stopped.get_or_insert(failure);
                        }
                    }
                }
            },
        }
    }
    stopped.map_or(Ok(()), Err)
}

fn on_a_thread<I: Send + 'static>(
    items: impl Iterator<Item = Result<I, Failure>> + Send + 'static,
) -> mpsc::Receiver<Result<I, Failure>> {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT_MAX);
    thread::spawn(move || {
        for item in items {
            let last = item.is_err();
            if sender.blocking_send(item).is_err() || last {
                break;
            }
        }
    });
    receiver
}
