//! What the caller prefers: the headers `Accept` and `Accept-Language`.

use axum::http::{HeaderMap, HeaderName, header};
use procura_app::{invitations::DraftFormat, reports::Format};
use procura_domain::vocabulary::Locale;

/// The form that the caller prefers in `Accept`; JSON if it names none that there is.
pub(crate) fn format(headers: &HeaderMap) -> Format {
    let form = |media_type: &str| match media_type {
        "application/json" => Some(Format::Json),
        "text/csv" => Some(Format::Csv),
        "text/html" => Some(Format::Html),
        _ => None,
    };
    preferred(headers, &header::ACCEPT, form).unwrap_or(Format::Json)
}

/// Whether the caller prefers a stream of events in `Accept`, to a page of them.
pub(crate) fn prefers_event_stream(headers: &HeaderMap) -> bool {
    let form = |media_type: &str| match media_type {
        "text/event-stream" => Some(true),
        "application/cloudevents-batch+json" | "application/json" => Some(false),
        _ => None,
    };
    preferred(headers, &header::ACCEPT, form).unwrap_or(false)
}

/// The form of a draft that the caller prefers in `Accept`; JSON if it names none that there is.
pub(crate) fn draft_format(headers: &HeaderMap) -> DraftFormat {
    let form = |media_type: &str| match media_type {
        "application/json" => Some(DraftFormat::Json),
        "message/rfc822" => Some(DraftFormat::Eml),
        _ => None,
    };
    preferred(headers, &header::ACCEPT, form).unwrap_or(DraftFormat::Json)
}

/// The language that the caller prefers in `Accept-Language`; English if it names none that there is.
pub fn language(headers: &HeaderMap) -> Locale {
    let language = |tag: &str| tag.get(..2).and_then(|language| language.to_ascii_lowercase().parse().ok());
    preferred(headers, &header::ACCEPT_LANGUAGE, language).unwrap_or(Locale::En)
}

/// The value with the largest weight among those that can be read; of equal ones, the first (RFC 9110, 12.4.2).
fn preferred<T>(headers: &HeaderMap, name: &HeaderName, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut best: Option<(f32, T)> = None;
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    for part in values.flat_map(|value| value.split(',')) {
        let mut parameters = part.split(';').map(str::trim);
        let Some(value) = parameters.next().and_then(&read) else { continue };
        let weight = parameters.find_map(|parameter| parameter.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        let weight: f32 = weight.unwrap_or(0.0);
        if weight > best.as_ref().map_or(0.0, |(weight, _)| *weight) {
            best = Some((weight, value));
        }
    }
    best.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn the_largest_weight_decides_and_then_the_order() {
        for (accept, expected) in [
            ("text/html", Format::Html),
            ("text/csv, text/html", Format::Csv),
            ("text/csv;q=0.5, text/html", Format::Html),
            ("text/csv; q=0.5, text/html;level=1;q=0.7, application/json;q=0.6", Format::Html),
            ("text/html;q=0, text/csv;q=0.001", Format::Csv),
            ("text/html;q=0", Format::Json),
            ("text/html;q=high", Format::Json),
            ("image/png, */*", Format::Json),
            ("", Format::Json),
        ] {
            assert_eq!(format(&headers(header::ACCEPT, accept)), expected, "{accept}");
        }
        for (accept, expected) in [
            ("message/rfc822", DraftFormat::Eml),
            ("application/json;q=0.9, message/rfc822", DraftFormat::Eml),
            ("message/rfc822;q=0.5, application/json", DraftFormat::Json),
            ("text/html, */*", DraftFormat::Json),
        ] {
            assert_eq!(draft_format(&headers(header::ACCEPT, accept)), expected, "{accept}");
        }
        for (accept, expected) in [
            ("fr-CH, en;q=0.8", Locale::Fr),
            ("en;q=0.3, FR;q=0.4", Locale::Fr),
            ("de, é", Locale::En),
            ("*", Locale::En),
        ] {
            assert_eq!(language(&headers(header::ACCEPT_LANGUAGE, accept)), expected, "{accept}");
        }
        assert_eq!((format(&HeaderMap::new()), language(&HeaderMap::new())), (Format::Json, Locale::En));
    }
}
