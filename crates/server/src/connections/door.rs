//! What answers the requests that come in: one router first, and another one from some moment on.

use axum::Router;
use std::sync::{Arc, OnceLock};

/// A door; clones are the same one.
#[derive(Clone)]
pub(crate) struct Door {
    closed: Router,
    open: Arc<OnceLock<Router>>,
}

impl Door {
    /// A door at which that router answers until it is opened.
    pub(crate) fn closed(router: Router) -> Self {
        Self { closed: router, open: Arc::default() }
    }

    /// Opens it, once: from now on this router answers, also over connections that are there already.
    pub(crate) fn open(&self, router: Router) {
        let _ = self.open.set(router);
    }

    /// The router that answers now.
    pub(super) fn router(&self) -> Router {
        self.open.get().unwrap_or(&self.closed).clone()
    }
}
