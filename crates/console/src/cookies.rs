//! The cookies: the session, a sign-in under way, and the language. None of them is read by a script.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};

/// The key of the session.
pub(crate) const SESSION: &str = "procura-session";
/// What a sign-in must come back with.
pub(crate) const SIGN_IN: &str = "procura-sign-in";
/// The language that was chosen.
pub(crate) const LANGUAGE: &str = "procura-language";

/// How the cookies of this server are named and kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    /// Over https their names begin with `__Host-`: no other host and no plain page can set them.
    pub(crate) secure: bool,
}

impl Cookies {
    /// What the browser sent under that name.
    pub(crate) fn of<'h>(self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        let name = self.full_name(name);
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = sent.flat_map(|sent| sent.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        cookies.filter(|(sent, _)| *sent == name).map(|(_, value)| value).next()
    }

    /// The header that sets it, for so long.
    pub(crate) fn set(self, name: &str, value: &str, seconds: u64) -> Option<HeaderValue> {
        let lasting = Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
        let cookie = Cookie::build((self.full_name(name), value.to_owned()))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(lasting);
        HeaderValue::try_from(cookie.to_string()).ok()
    }

    /// The header that takes it away.
    pub(crate) fn unset(self, name: &str) -> Option<HeaderValue> {
        self.set(name, "", 0)
    }

    fn full_name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_no_other_host_can_set_them() {
        let cookies = Cookies { secure: true };
        let set = cookies.set(SESSION, "x", 60).unwrap();
        assert_eq!(set, "__Host-procura-session=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
        let sent =
            HeaderMap::from_iter([(header::COOKIE, "procura-session=a; __Host-procura-session=b".parse().unwrap())]);
        assert_eq!(cookies.of(&sent, SESSION), Some("b"));
        assert_eq!(Cookies { secure: false }.of(&sent, SESSION), Some("a"));
        assert_eq!(cookies.of(&sent, SIGN_IN), None);
    }
}
