//! Pages of a list: how long one is, and what asks for the next.

use crate::Error;
use procura_domain::personal::People;
use serde::{Deserialize, Serialize};

/// How many items a page has unless told otherwise.
pub const PAGE_ITEMS_DEFAULT: usize = 100;
/// How many items a page has at most.
pub const PAGE_ITEMS_MAX: usize = 500;

/// One page. Its cursor is what asks for the next page: a request here, its link over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T, C> {
    pub items: Vec<T>,
    /// What the users among them are called.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
    /// The last page has none.
    #[serde(rename = "nextLink", default = "no_cursor", skip_serializing_if = "Option::is_none")]
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// A page that names nobody yet.
    pub(crate) fn new(items: Vec<T>, next: Option<C>) -> Self {
        Self { items, people: People::default(), next }
    }
}

fn no_cursor<C>() -> Option<C> {
    None
}

impl<T, C: Serialize> Page<T, C> {
    /// The page with a link to the next one, which a server has at the same path.
    pub fn linked(self, path: &str) -> Page<T, String> {
        Page { items: self.items, people: self.people, next: self.next.map(|request| link(path, &request)) }
    }
}

/// A path with the request as its query. Times and ids stay readable: `:`, `/` and `@` mean themselves in a query.
pub fn link(path: &str, request: &impl Serialize) -> String {
    let query = serde_urlencoded::to_string(request).unwrap_or_default();
    let readable = query.replace("%3A", ":").replace("%2F", "/").replace("%40", "@");
    format!("{path}?{readable}")
}

/// How many items a page has, by the parameter `limit`.
pub(crate) fn page_items(limit: Option<usize>) -> Result<usize, Error> {
    let limit = limit.unwrap_or(PAGE_ITEMS_DEFAULT);
    if (1..=PAGE_ITEMS_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::invalid_request(format!("`limit` goes from 1 to {PAGE_ITEMS_MAX}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_spells_what_would_mean_something_else() {
        let request = [("resource", "a:b+c&d=%3A"), ("at", "2020-06-19T14:00:00+02:00"), ("after", "1@t/u")];
        let link = link("/x", &request);
        assert_eq!(link, "/x?resource=a:b%2Bc%26d%3D%253A&at=2020-06-19T14:00:00%2B02:00&after=1@t/u");
        assert_eq!(serde_urlencoded::from_str::<Vec<(&str, String)>>(&link[3..]).unwrap()[0].1, "a:b+c&d=%3A");
    }
}
