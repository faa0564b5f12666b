//! Addresses of pages. The day that is looked at stands in each of them.

use crate::day::Day;
use procura_app::link;
use std::{fmt, sync::Arc};

/// Makes addresses.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// The path of the public URL, without a slash at its end.
    base: Arc<str>,
    day: Option<Day>,
}

/// The address of a page, with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    path: String,
    query: Vec<(String, String)>,
}

impl Links {
    /// Addresses below that path, about that day.
    pub(crate) fn new(base: Arc<str>, day: Option<Day>) -> Self {
        Self { base, day }
    }

    pub(crate) fn day(&self) -> Option<Day> {
        self.day
    }

    /// The page at that path, about the day that is looked at.
    pub(crate) fn to(&self, path: impl fmt::Display) -> Link {
        let link = self.now(path);
        match self.day {
            Some(day) => link.with("on", day),
            None => link,
        }
    }

    /// The page at that path, as it is now.
    pub(crate) fn now(&self, path: impl fmt::Display) -> Link {
        Link { path: format!("{}{path}", self.base), query: Vec::new() }
    }

    /// The page that somebody came from, if its path is one of this server's: as it is now, without what it told.
    pub(crate) fn back(&self, to: &str) -> Option<Link> {
        let (path, query) = own_path(to)?.split_once('?').unwrap_or((to, ""));
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
        let kept = query.into_iter().filter(|(name, _)| name != "done" && name != "on");
        Some(Link { query: kept.collect(), ..self.now(path) })
    }

    /// The path below the base; none if it is not below it.
    pub(crate) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&*self.base)
    }
}

impl Link {
    /// The address with that parameter.
    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// The address with that parameter, if there is a value for it.
    pub(crate) fn with_some(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.query {
            [] => f.write_str(&self.path),
            query => f.write_str(&link(&self.path, &query)),
        }
    }
}

/// The path of a page that somebody is sent back to, if it is one of this server's: never an address of another's.
pub(crate) fn own_path(text: &str) -> Option<&str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (text.starts_with('/') && !text.starts_with("//") && is_plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_stands_in_every_address_but_those_of_now() {
        let links = Links::new("/x".into(), Some("2020-07-31".parse().unwrap()));
        assert_eq!(links.to("/search").with("q", "a b&c").to_string(), "/x/search?on=2020-07-31&q=a+b%26c");
        assert_eq!(links.now("/search").to_string(), "/x/search");
        assert_eq!(Links::new("".into(), None).to("/").with_some("q", None::<&str>).to_string(), "/");
    }

    #[test]
    fn one_comes_back_to_the_page_without_what_it_told() {
        let links = Links::new("/x".into(), None);
        let back = |to: &str| links.back(to).map(|link| link.to_string());
        assert_eq!(back("/people?name=a+b&done=3-4").as_deref(), Some("/x/people?name=a+b"));
        assert_eq!(back("/people").as_deref(), Some("/x/people"));
        assert_eq!(back("//evil.example/?a"), None);
    }

    #[test]
    fn nobody_is_sent_to_another_server() {
        assert_eq!(own_path("/customers?dap=true"), Some("/customers?dap=true"));
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "customers", "/a\r\nb", "/é"]
        {
            assert_eq!(own_path(elsewhere), None, "{elsewhere:?}");
        }
    }
}
