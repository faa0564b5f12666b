//! A browser, as far as a provider's login pages need one: it keeps cookies, follows redirects and sends forms.

use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use ureq::{Agent, http::Uri};

#[derive(Debug)]
pub(crate) struct Browser {
    agent: Agent,
    cookies: BTreeMap<String, String>,
}

/// Where a browser has come to.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        Self { agent: config.build().new_agent(), cookies: BTreeMap::new() }
    }

    /// Goes there, and wherever that leads.
    pub(crate) fn visit(&mut self, url: &str) -> Page {
        self.go(url, None, "no such end")
    }

    /// Goes where the page's form leads, filled in with those fields; it stops short of an address that begins like that.
    pub(crate) fn submit(&mut self, page: &Page, fields: &[(&str, &str)], short_of: &str) -> Page {
        let html = Html::parse_document(&page.text);
        let form = html.select(&selector("form")).next().unwrap_or_else(|| panic!("no form: {}", page.text));
        let attribute = |element: ElementRef, name| element.attr(name).unwrap_or_default().to_owned();
        let inputs = selector("input[name]");
        let inputs = form.select(&inputs).map(|input| (attribute(input, "name"), attribute(input, "value")));
        let mut filled: BTreeMap<_, _> = inputs.collect();
        filled.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let action = absolute(&page.url, &attribute(form, "action"));
        self.go(&action, Some(serde_urlencoded::to_string(&filled).unwrap()), short_of)
    }

    /// Goes where the page's link leads that has this in its address.
    pub(crate) fn follow(&mut self, page: &Page, part: &str) -> Page {
        let html = Html::parse_document(&page.text);
        let link = html.select(&selector("a[href]")).filter_map(|link| link.attr("href")).find(|to| to.contains(part));
        let to = absolute(&page.url, link.unwrap_or_else(|| panic!("no link to {part}: {}", page.text)));
        self.visit(&to)
    }

    fn go(&mut self, url: &str, mut form: Option<String>, short_of: &str) -> Page {
        let mut url = url.to_owned();
        loop {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookies = cookies.join("; ");
            let answer = match form.take() {
                Some(form) => {
                    let request = self.agent.post(&url).header("content-type", "application/x-www-form-urlencoded");
                    request.header("cookie", &cookies).send(form)
                }
                None => self.agent.get(&url).header("cookie", &cookies).call(),
            };
            let mut answer = answer.unwrap_or_else(|error| panic!("{url}: {error}"));
            for set in answer.headers().get_all("set-cookie") {
                let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let headers: BTreeMap<_, _> = answer
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
                .collect();
            let status = answer.status().as_u16();
            match headers.get("location") {
                Some(to) => url = absolute(&url, to),
                None => return Page { url, status, text: answer.body_mut().read_to_string().unwrap(), headers },
            }
            if url.starts_with(short_of) {
                return Page { url, status, text: String::new(), headers };
            }
        }
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

fn absolute(from: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    let from: Uri = from.parse().unwrap();
    format!("{}://{}{to}", from.scheme_str().unwrap(), from.authority().unwrap())
}
