//! The routes of the console.

use crate::{
    answer::with_headers,
    assets,
    console::Console,
    language,
    pages::{ask, customers, history, home, organisations, search},
    pages::{
        dap_removal, devices, directory_roles, people, relationship, relationships, role_assigning, role_removal,
        subscription, subscription_registering, subscriptions,
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
        ("/customers/{customer}/partners", Weight::Page, get(relationships::page)),
        ("/customers/{customer}/partners/{partner}", Weight::Page, get(relationship::page)),
        (
            "/customers/{customer}/partners/{partner}/remove",
            Weight::Command,
            get(dap_removal::page).post(dap_removal::remove),
        ),
        (
            "/customers/{customer}/role-assignments/{assignment}/remove",
            Weight::Command,
            get(role_removal::page).post(role_removal::remove),
        ),
        ("/customers/{customer}/subscriptions", Weight::Page, get(subscriptions::page)),
        (
            "/customers/{customer}/subscriptions/register",
            Weight::Command,
            get(subscription_registering::page).post(subscription_registering::register),
        ),
        ("/customers/{customer}/subscriptions/{subscription}", Weight::Page, get(subscription::page)),
        (
            "/customers/{customer}/subscriptions/{subscription}/assign",
            Weight::Command,
            get(role_assigning::page).post(role_assigning::assign),
        ),
        (
            "/customers/{customer}/subscriptions/{subscription}/cancel",
            Weight::Command,
            get(subscription::cancelling).post(subscription::cancel),
        ),
        ("/customers/{customer}/subscriptions/{subscription}/renew", Weight::Command, post(subscription::renew)),
        ("/customers/{customer}/people", Weight::Page, get(people::page)),
        (
            "/customers/{customer}/people/assign",
            Weight::Command,
            get(directory_roles::assigning).post(directory_roles::assign),
        ),
        (
            "/customers/{customer}/people/describe",
            Weight::Command,
            get(directory_roles::describing).post(directory_roles::describe),
        ),
        (
            "/customers/{customer}/people/{user}/roles/{role}/remove",
            Weight::Command,
            get(directory_roles::removing).post(directory_roles::remove),
        ),
        ("/customers/{customer}/devices", Weight::Page, get(devices::page)),
        ("/customers/{customer}/history", Weight::Costly, get(history::of_customer)),
        ("/partners/{partner}/history", Weight::Costly, get(history::of_partner)),
        ("/history", Weight::Costly, get(history::of_everybody)),
        ("/ask", Weight::Costly, get(ask::page)),
        ("/search", Weight::Costly, get(search::page)),
        ("/organisations", Weight::Page, get(organisations::page)),
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
