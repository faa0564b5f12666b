//! Why nobody is logged in, in a sentence that says what to do next. No sentence has a token or a code in it.

/// Of what somebody else wrote, no more is shown.
const FOREIGN_CHARS_MAX: usize = 300;

/// Why a login did not come about, or has ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    #[error("`{0}` is not an address like https://procura.example.com")]
    NotAnAddress(String),
    #[error("{0} is not https, which only an address of this machine need not be: nobody logs in there")]
    Insecure(String),
    #[error("{url}: {problem}")]
    NotFetched { url: String, problem: String },
    #[error("no server is named, and no context of one is in use: `procura login --server URL`")]
    NoServer,
    #[error(
        "{server} does not say where people log in ({problem}). Is it a Procura of this version? If so, say where: `--issuer URL --client-id ID`"
    )]
    NotDescribed { server: String, problem: String },
    #[error(
        "what answers at {server} says that it is {resource}. Is that its address for people? If not, whoever runs it sets `public_url`"
    )]
    OtherResource { server: String, resource: String },
    #[error(
        "{0} names no provider to log in at: whoever runs it sets `login` under [[issuers]], or you say where with `--issuer URL --client-id ID`. A server with `--dev` takes tokens of `procura token`, in PROCURA_TOKEN"
    )]
    NoProvider(String),
    #[error("at {server} people log in at several providers: name yours with `--issuer`, one of {issuers}")]
    SeveralProviders { server: String, issuers: String },
    #[error("{0} needs the client id that this program has there: `--client-id ID`")]
    NoClient(String),
    #[error("{0} stands for the provider of many tenants: name yours with `--tenant GUID`")]
    NoTenant(String),
    #[error(
        "{server} says to log in at {issuer}. If that is your provider, say so: `procura login --server {server} --issuer {issuer}`"
    )]
    NotConfirmed { server: String, issuer: String },
    #[error("nobody was logged in, and nothing was kept")]
    Declined,
    #[error(
        "{server} no longer names {pinned}, where you logged in so far. If it has really moved, name the new one with `--issuer`"
    )]
    ProviderChanged { server: String, pinned: String },
    #[error("what answers at {asked} is the provider {said}: nobody logs in there")]
    OtherIssuer { asked: String, said: String },
    #[error("{issuer} has no {what}, which this login needs{hint}")]
    NotOffered { issuer: String, what: &'static str, hint: &'static str },
    #[error("{place}: {problem}, so no browser's answer can be taken; `--device` needs none")]
    NotListening { place: String, problem: String },
    #[error("nobody logged in within {0} s: run it again, with `--wait SECONDS` for longer")]
    TimedOut(u64),
    #[error("{issuer} did not log you in: {problem}")]
    Denied { issuer: String, problem: String },
    #[error("the browser came back from {said} and not from {issuer}: the login was broken off, and nothing was kept")]
    WrongIssuer { issuer: String, said: String },
    #[error("{server} does not take the token that {issuer} gave: {problem}. Nothing was kept")]
    NotTaken { server: String, issuer: String, problem: String },
    #[error("nobody is logged in to {server}: `procura login --server {server}`, or a token in PROCURA_TOKEN")]
    NotLoggedIn { server: String },
    #[error("the login to {server} has ended ({problem}); log in again: `procura login --server {server}`")]
    Ended { server: String, problem: String },
    #[error(
        "the login to {server} could not be renewed: {problem}; run it again, or log in again: `procura login --server {server}`"
    )]
    NotRenewed { server: String, problem: String },
    #[error("a token for {server} goes there, and not to {other}")]
    OtherServer { server: String, other: String },
}

/// What somebody else wrote, fit to be shown: in one line, without control characters, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let printable = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    printable.take(FOREIGN_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_in_one_short_line_without_control_characters() {
        assert_eq!(shown("a\u{1b}[2K\r\n\u{9b}b\u{7}"), "a [2K   b ");
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), FOREIGN_CHARS_MAX);
    }
}
