//! Somebody who visits the console over HTTP, with cookies and without going on by themselves, as attackers and tests do.

use std::collections::BTreeMap;
use ureq::{Agent, http::Request};

pub struct Visitor {
    url: String,
    agent: Agent,
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug)]
pub struct ShownPage {
    pub status: u16,
    /// The headers, names in lower case; of one that is there several times, the last.
    pub headers: BTreeMap<String, String>,
    pub text: String,
}

impl Visitor {
    pub fn new(url: &str) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        Self { url: url.to_owned(), agent: config.build().new_agent(), cookies: BTreeMap::new() }
    }

    pub fn get(&mut self, path: &str) -> ShownPage {
        self.send("GET", path, &[], None)
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> ShownPage {
        self.post_from(path, fields, &[])
    }

    /// Posts a form, with what a browser says of where it comes from.
    pub fn post_from(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> ShownPage {
        let form = serde_urlencoded::to_string(fields).expect("a form");
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &[&form_type, headers].concat(), Some(form))
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<String>) -> ShownPage {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut answer = answer.expect("an answer");
        for set in answer.headers().get_all("set-cookie") {
            let set = set.to_str().expect("a cookie");
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        ShownPage {
            status: answer.status().as_u16(),
            headers,
            text: answer.body_mut().read_to_string().expect("a whole answer"),
        }
    }
}

impl ShownPage {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Where it leads on to: the status and the address.
    pub fn leads_to(&self) -> String {
        format!("{} {}", self.status, self.header("location"))
    }

    /// The value of the first field of that name, which is one that needs no escaping.
    ///
    /// # Panics
    /// If the page has no such field.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let mut tags = self.text.split('<').filter(|tag| tag.starts_with("input"));
        let value = tags.find_map(|tag| {
            let (_, rest) = tag.split_once(&format!("name=\"{name}\""))?;
            rest.split_once("value=\"")?.1.split('"').next()
        });
        value.unwrap_or_else(|| panic!("no field {name}: {}", self.text)).to_owned()
    }
}

/// The value of a parameter of an address.
pub fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').expect("as the page has it");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("as the page has it");
    pairs.into_iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}: {address}")).1
}
