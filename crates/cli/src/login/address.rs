//! Addresses that a token may be asked of and sent to: by https, or on this machine.

use super::error::{LoginError, shown};
use oauth2::url::{Host, Url};

/// An address that is https, or on this machine.
pub(crate) fn secure(text: &str) -> Result<Url, LoginError> {
    let url = Url::parse(text).map_err(|_| LoginError::NotAnAddress(shown(text)))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let names_somebody = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        "https" | "http" if names_somebody || url.fragment().is_some() => Err(LoginError::NotAnAddress(shown(text))),
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(LoginError::Insecure(shown(text))),
    }
}

/// The address of a server as contexts keep it: one spelling for one place. A token for it goes to no other.
pub(crate) fn server(text: &str) -> Result<String, LoginError> {
    let url = secure(text)?;
    match url.query() {
        Some(_) => Err(LoginError::NotAnAddress(shown(text))),
        None => Ok(url.as_str().trim_end_matches('/').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_spelling() {
        for (text, spelling) in [
            ("https://Procura.Example.com:443/", "https://procura.example.com"),
            ("https://procura.example.com/a/b//", "https://procura.example.com/a/b"),
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878"),
            ("http://2130706433:1/", "http://127.0.0.1:1"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://localhost:1", "http://localhost:1"),
        ] {
            assert_eq!(server(text).unwrap(), spelling);
        }
    }

    #[test]
    fn what_is_not_of_this_machine_is_reached_by_https() {
        for bad in [
            "http://procura.example.com",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "https://somebody@procura.example.com",
            "https://procura.example.com#x",
            "https://procura.example.com?x",
            "procura.example.com",
            "javascript:alert(1)",
            "",
        ] {
            assert!(server(bad).is_err(), "{bad}");
        }
    }
}
