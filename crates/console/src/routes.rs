//! The routes of the console.

use crate::{
    answer::with_headers,
    assets,
    console::Console,
    language,
    pages::{
        ask, customer, customer_acts, customers, history, home, invitation, invitations, new_invitation, organisations,
        search,
    },
    settings::ConsoleSettings,
    sign_in,
    visit::visited,
};
use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};
use procura_server::{Reception, Weight};
use std::sync::Arc;

type Handler = MethodRouter<Arc<Console>>;

/// The pages of people who are signed in: path, weight, handler.
fn pages() -> Vec<(&'static str, Weight, Handler)> {
    vec![
        ("/", Weight::Page, get(home::page)),
        ("/sign-out", Weight::Page, post(sign_in::out)),
        ("/partners/{partner}/customers", Weight::Page, get(customers::page)),
        ("/customers/{customer}/history", Weight::Costly, get(history::of_customer)),
        ("/partners/{partner}/history", Weight::Costly, get(history::of_partner)),
        ("/history", Weight::Costly, get(history::of_everybody)),
        ("/ask", Weight::Costly, get(ask::page)),
        ("/search", Weight::Costly, get(search::page)),
        ("/organisations", Weight::Page, get(organisations::page)),
        ("/customers/{customer}", Weight::Page, get(customer::page)),
        ("/customers/{customer}/service-requests", Weight::Command, post(customer_acts::open_request)),
        ("/customers/{customer}/provisioned", Weight::Command, post(customer_acts::provision)),
        ("/customers/{customer}/provisioned/{subscription}/renew", Weight::Command, post(customer_acts::renew)),
        (
            "/customers/{customer}/provisioned/{subscription}/cancel",
            Weight::Command,
            get(customer_acts::ask_cancel).post(customer_acts::cancel),
        ),
        (
            "/customers/{customer}/give-up",
            Weight::Command,
            get(customer_acts::ask_give_up).post(customer_acts::give_up),
        ),
        ("/customers/{customer}/end", Weight::Command, get(customer_acts::ask_end).post(customer_acts::end)),
        ("/partners/{partner}/invitations", Weight::Page, get(invitations::page)),
        (
            "/partners/{partner}/invitations/new",
            Weight::Command,
            get(new_invitation::page).post(new_invitation::send),
        ),
        ("/partners/{partner}/invitations/check-link", Weight::Page, post(new_invitation::check_link)),
        ("/invitations/{invitation}", Weight::Page, get(invitation::page)),
        ("/invitations/{invitation}/draft.eml", Weight::Page, get(invitation::eml)),
        (
            "/invitations/{invitation}/withdraw",
            Weight::Command,
            get(invitation::ask_withdraw).post(invitation::withdraw),
        ),
        ("/invitations/{invitation}/accept", Weight::Command, post(invitation::accept)),
        ("/invitations/{invitation}/decline", Weight::Command, get(invitation::ask_decline).post(invitation::decline)),
    ]
}

/// What anybody gets: path, handler.
fn open_pages() -> Vec<(&'static str, Handler)> {
    vec![
        ("/assets/{hash}/{name}", get(assets::asset)),
        ("/language", post(language::choose)),
        ("/sign-in", get(sign_in::page).post(sign_in::leave)),
        ("/sign-in/as", post(sign_in::as_somebody)),
        ("/sign-in/done", get(sign_in::done)),
    ]
}

/// Every page, behind what the server has for it.
pub fn routes(reception: Reception, settings: &ConsoleSettings) -> Router {
    let console = Arc::new(Console::new(reception, settings));
    let open = open_pages().into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    let all = pages().into_iter().fold(open, |router, (path, weight, handler)| {
        let visited = middleware::from_fn_with_state((console.clone(), path, weight), visited);
        router.route(path, handler.layer(visited))
    });
    all.layer(middleware::from_fn_with_state(console.clone(), with_headers)).with_state(console)
}
