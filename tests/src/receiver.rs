//! A small HTTP server of somebody else's, which notes down what it is sent.

use crate::PATIENCE;
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use std::{
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    /// With what stands behind `?`.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A running server; gone when dropped.
pub struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    runtime: Option<Runtime>,
}

impl Receiver {
    /// Starts it on a port of its own; it answers as told.
    pub fn start(answer: impl Fn(&Received) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self::on(listener, answer)
    }

    /// Starts it on that port.
    pub fn on(listener: TcpListener, answer: impl Fn(&Received) -> Response + Send + Sync + 'static) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        listener.set_nonblocking(true).expect("a socket");
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let (book, answer) = (Arc::clone(&received), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request| {
            let (book, answer) = (Arc::clone(&book), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                // What broke off before its end is no request.
                let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
                let (method, path) = (parts.method.to_string(), parts.uri.to_string());
                let request = Received { method, path, headers: parts.headers, body };
                let response = answer(&request);
                locked(&book).push(request);
                response
            }
        });
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            axum::serve(listener, router).await
        });
        Self { url, received, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that came so far.
    pub fn received(&self) -> Vec<Received> {
        locked(&self.received).clone()
    }

    /// What came, once it is as wanted.
    #[track_caller]
    pub fn once(&self, is_enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let begun = Instant::now();
        loop {
            let received = self.received();
            if is_enough(&received) {
                return received;
            }
            assert!(begun.elapsed() < PATIENCE, "not sent: {received:#?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn locked(book: &Mutex<Vec<Received>>) -> MutexGuard<'_, Vec<Received>> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
