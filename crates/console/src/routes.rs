//! The routes of the console.

use crate::{
    answer::with_headers,
    assets,
    console::Console,
    language, pages,
    settings::ConsoleSettings,
    sign_in,
    visit::{other_method, told_outside, visited},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler as _,
    middleware,
    routing::{MethodRouter, get, post},
};
use procura_server::{Pages, Reception, Weight};
use std::sync::Arc;

/// The largest form: the longest message of an invitation, every character of it percent-encoded.
const FORM_BYTES_MAX: usize = 128 * 1024;

type Handler = MethodRouter<Arc<Console>>;

/// The pages of people who are signed in: path, what to look at one counts for, handler. A form counts as a command.
fn pages_of_people() -> Vec<(&'static str, Weight, Handler)> {
    vec![
        ("/", Weight::Page, get(pages::home::page)),
        ("/sign-out", Weight::Page, post(sign_in::out)),
        ("/partners/{partner}/customers", Weight::Page, get(pages::customers::page)),
        ("/customers/{customer}/history", Weight::Costly, get(pages::history::of_customer)),
        ("/partners/{partner}/history", Weight::Costly, get(pages::history::of_partner)),
        ("/history", Weight::Costly, get(pages::history::of_everybody)),
        ("/ask", Weight::Costly, get(pages::ask::page)),
        ("/search", Weight::Costly, get(pages::search::page)),
        ("/switch", Weight::Page, get(pages::switch::page)),
        ("/organisations", Weight::Page, get(pages::organisations::page)),
        ("/customers/{customer}/partners", Weight::Page, get(pages::relationships::page)),
        ("/customers/{customer}/partners/{partner}", Weight::Page, get(pages::relationship::page)),
        (
            "/customers/{customer}/partners/{partner}/remove",
            Weight::Page,
            get(pages::dap_removal::page).post(pages::dap_removal::remove),
        ),
        (
            "/customers/{customer}/role-assignments/{assignment}/remove",
            Weight::Page,
            get(pages::role_removal::page).post(pages::role_removal::remove),
        ),
        ("/customers/{customer}", Weight::Page, get(pages::customer::page)),
        ("/customers/{customer}/service-requests", Weight::Page, post(pages::customer_acts::open_request)),
        ("/customers/{customer}/provisioned", Weight::Page, post(pages::customer_acts::provision)),
        (
            "/customers/{customer}/give-up",
            Weight::Page,
            get(pages::customer_acts::ask_give_up).post(pages::customer_acts::give_up),
        ),
        ("/customers/{customer}/end", Weight::Page, get(pages::customer_acts::ask_end).post(pages::customer_acts::end)),
        ("/customers/{customer}/subscriptions", Weight::Page, get(pages::subscriptions::page)),
        (
            "/customers/{customer}/subscriptions/register",
            Weight::Page,
            get(pages::subscription_registering::page).post(pages::subscription_registering::register),
        ),
        ("/customers/{customer}/subscriptions/{subscription}", Weight::Page, get(pages::subscription::page)),
        (
            "/customers/{customer}/subscriptions/{subscription}/assign",
            Weight::Page,
            get(pages::role_assigning::page).post(pages::role_assigning::assign),
        ),
        (
            "/customers/{customer}/subscriptions/{subscription}/cancel",
            Weight::Page,
            get(pages::subscription::cancelling).post(pages::subscription::cancel),
        ),
        ("/customers/{customer}/subscriptions/{subscription}/renew", Weight::Page, post(pages::subscription::renew)),
        ("/customers/{customer}/people", Weight::Page, get(pages::people::page)),
        (
            "/customers/{customer}/people/assign",
            Weight::Page,
            get(pages::directory_roles::assigning).post(pages::directory_roles::assign),
        ),
        (
            "/customers/{customer}/people/describe",
            Weight::Page,
            get(pages::directory_roles::describing).post(pages::directory_roles::describe),
        ),
        (
            "/customers/{customer}/people/{user}/roles/{role}/remove",
            Weight::Page,
            get(pages::directory_roles::removing).post(pages::directory_roles::remove),
        ),
        ("/customers/{customer}/devices", Weight::Page, get(pages::devices::page)),
        ("/partners/{partner}/invitations", Weight::Page, get(pages::invitations::page)),
        (
            "/partners/{partner}/invitations/new",
            Weight::Page,
            get(pages::new_invitation::page).post(pages::new_invitation::send),
        ),
        ("/partners/{partner}/invitations/check-link", Weight::Page, post(pages::new_invitation::check_link)),
        ("/invitations/{invitation}", Weight::Page, get(pages::invitation::page)),
        ("/invitations/{invitation}/draft.eml", Weight::Page, get(pages::invitation::eml)),
        (
            "/invitations/{invitation}/withdraw",
            Weight::Page,
            get(pages::invitation::ask_withdraw).post(pages::invitation::withdraw),
        ),
        ("/invitations/{invitation}/accept", Weight::Page, post(pages::invitation::accept)),
        (
            "/invitations/{invitation}/decline",
            Weight::Page,
            get(pages::invitation::ask_decline).post(pages::invitation::decline),
        ),
        ("/partners/{partner}/groups", Weight::Page, get(pages::groups::page)),
        ("/partners/{partner}/groups/{group}/add", Weight::Costly, get(pages::person::ask_add)),
        ("/partners/{partner}/groups/{group}/members/{user}/add", Weight::Page, post(pages::person::add)),
        (
            "/partners/{partner}/groups/{group}/members/{user}/remove",
            Weight::Page,
            get(pages::person::ask_remove).post(pages::person::remove),
        ),
        ("/partners/{partner}/people/new", Weight::Page, get(pages::person::new).post(pages::person::describe_new)),
        ("/partners/{partner}/people/{user}", Weight::Page, get(pages::person::page).post(pages::person::describe)),
        (
            "/partners/{partner}/people/{user}/roles/{role}/assign",
            Weight::Page,
            get(pages::person::ask_assign).post(pages::person::assign),
        ),
        (
            "/partners/{partner}/people/{user}/roles/{role}/remove",
            Weight::Page,
            get(pages::person::ask_unassign).post(pages::person::unassign),
        ),
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

/// The paths of the pages of people who are signed in: a test asks for each of them as everybody.
pub fn paths() -> impl Iterator<Item = &'static str> {
    pages_of_people().into_iter().map(|(path, ..)| path)
}

/// Every page, behind what the server has for it.
pub fn all_pages(reception: Reception, settings: &ConsoleSettings) -> Pages {
    let console = Arc::new(Console::new(reception, settings));
    let open = open_pages()
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| router.route(path, handler.fallback(other_method)));
    let open = open.layer(middleware::from_fn_with_state(console.clone(), told_outside));
    let all = pages_of_people().into_iter().fold(open, |router, (path, weight, handler)| {
        let visited = middleware::from_fn_with_state((console.clone(), path, weight), visited);
        router.route(path, handler.layer(visited).fallback(other_method))
    });
    let visited = middleware::from_fn_with_state((console.clone(), "/{*nowhere}", Weight::Page), visited);
    let nowhere = Router::new().fallback(pages::problem::nowhere.layer(visited));
    let finished = |router: Router<_>| {
        let headers = middleware::from_fn_with_state(console.clone(), with_headers);
        router.layer((headers, DefaultBodyLimit::max(FORM_BYTES_MAX))).with_state(console.clone())
    };
    Pages { routes: finished(all), nowhere: Some(finished(nowhere)) }
}
