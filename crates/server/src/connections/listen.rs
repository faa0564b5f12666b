//! Where the server listens: a TCP address, with or without TLS, or a Unix socket.

use crate::connections::{
    limits::{ConnectionLimits, seconds},
    tls::{Certificates, Tls, TlsError},
};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{self, Metadata, Permissions},
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net as unix,
    },
    path::{Path, PathBuf},
    pin::Pin,
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener, lookup_host},
};
use tokio_io_timeout::TimeoutStream;

/// A Unix socket is open to its owner and its group.
const SOCKET_MODE: u32 = 0o660;
/// How a Unix socket is written.
const UNIX: &str = "unix:";

/// Where to listen: `127.0.0.1:7878`, `localhost:7878` or `unix:/run/procura/procura.sock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Listen {
    /// A host and a port; port 0 picks one.
    Tcp { host: String, port: u16 },
    /// The path of a socket.
    Unix(PathBuf),
}

/// A text that says nowhere to listen.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no place to listen: write 127.0.0.1:7878, localhost:7878 or unix:/run/procura/procura.sock")]
pub struct NotAPlace(String);

impl FromStr for Listen {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let wrong = || NotAPlace(text.to_owned());
        if let Some(path) = text.strip_prefix(UNIX) {
            return if path.is_empty() { Err(wrong()) } else { Ok(Self::Unix(path.into())) };
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(address.into());
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        match port.parse() {
            Ok(port) if !host.is_empty() && host.bytes().all(is_name) => Ok(Self::Tcp { host: host.to_owned(), port }),
            _ => Err(wrong()),
        }
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp { host: address.ip().to_string(), port: address.port() }
    }
}

impl TryFrom<String> for Listen {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        text.parse()
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.to_string()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "{host}:{port}"),
            Self::Unix(path) => write!(formatter, "{UNIX}{}", path.display()),
        }
    }
}

impl Listen {
    /// Whether nobody but this machine gets there, so that TLS may be left out.
    pub fn may_be_plain(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => match host.parse::<IpAddr>() {
                Ok(address) => address.to_canonical().is_loopback(),
                Err(_) => host.eq_ignore_ascii_case("localhost"),
            },
        }
    }
}

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot listen on {listen}: {source}; choose another address with `--listen`")]
    Socket { listen: Listen, source: io::Error },
    #[error(
        "other machines reach {0}, so what is sent there needs TLS: name its files with `--tls-certificate` and `--tls-key`. Or listen on 127.0.0.1 or a Unix socket, behind a proxy that takes care of TLS"
    )]
    PlainBeyondLoopback(Listen),
    #[error("`{0}` is not an address of this machine alone: give the address itself")]
    NotLoopback(Listen),
    #[error(
        "a Unix socket has no TLS, since it does not leave this machine: leave out the certificate, or listen on an address"
    )]
    TlsOnSocket,
    #[error("{} is in use: a server answers there. Stop it, or choose another path", .0.display())]
    SocketInUse(PathBuf),
    #[error("{} is there, and is no socket: choose another path, or move it away", .0.display())]
    NotASocket(PathBuf),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The server's end of where it listens; a Unix socket is removed when it is dropped.
pub struct Listener {
    socket: Socket,
    url: String,
    tls: Option<Arc<Certificates>>,
}

enum Socket {
    Tcp(TcpListener),
    Unix { socket: UnixListener, _file: SocketFile },
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Address(IpAddr),
    UnixSocket,
}

/// What is written to and read from.
pub(crate) type Wire = Pin<Box<dyn ReadWrite>>;

pub(crate) trait ReadWrite: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> ReadWrite for T {}

impl Listener {
    /// Begins to listen. Beyond this machine there is TLS.
    ///
    /// # Errors
    /// The address cannot be had, it would be plain beyond loopback, or the certificate cannot be used.
    pub async fn bind(listen: &Listen, tls: Option<&Tls>) -> Result<Self, ListenError> {
        let tls = tls.map(Certificates::read).transpose()?.map(Arc::new);
        let failed = |source| ListenError::Socket { listen: listen.clone(), source };
        if tls.is_none() && !listen.may_be_plain() {
            return Err(ListenError::PlainBeyondLoopback(listen.clone()));
        }
        match listen {
            Listen::Unix(_) if tls.is_some() => Err(ListenError::TlsOnSocket),
            Listen::Unix(path) => {
                let (socket, _file) = SocketFile::bind(path).map_err(|refused| match refused {
                    Refused::ByUs(error) => error,
                    Refused::BySystem(source) => failed(source),
                })?;
                let url = listen.to_string();
                Ok(Self { socket: Socket::Unix { socket, _file }, url, tls: None })
            }
            Listen::Tcp { host, port } => {
                let mut addresses: Vec<_> = lookup_host((host.as_str(), *port)).await.map_err(failed)?.collect();
                if tls.is_none() && !addresses.iter().all(|address| address.ip().to_canonical().is_loopback()) {
                    return Err(ListenError::NotLoopback(listen.clone()));
                }
                // Of a name's addresses the first that can be had, and more clients try IPv4.
                addresses.sort_by_key(SocketAddr::is_ipv6);
                let socket = TcpListener::bind(addresses.as_slice()).await.map_err(failed)?;
                let scheme = if tls.is_some() { "https" } else { "http" };
                let url = format!("{scheme}://{}", socket.local_addr().map_err(failed)?);
                Ok(Self { socket: Socket::Tcp(socket), url, tls })
            }
        }
    }

    /// Where clients find it: `https://…`, `http://…` or `unix:…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whose connections are encrypted.
    pub(crate) fn tls(&self) -> Option<Arc<Certificates>> {
        self.tls.clone()
    }

    /// The next connection. It ends if nothing of what is written is read for a while.
    pub(crate) async fn accept(&self, limits: &ConnectionLimits) -> io::Result<(Wire, Peer)> {
        let patience = seconds(limits.write_seconds);
        match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, address) = socket.accept().await?;
                // Answers are written whole: nothing is gained by waiting for more. If it is refused, they come later.
                let _ = stream.set_nodelay(true);
                Ok((patient(stream, patience), Peer::Address(address.ip().to_canonical())))
            }
            Socket::Unix { socket, .. } => Ok((patient(socket.accept().await?.0, patience), Peer::UnixSocket)),
        }
    }
}

fn patient(stream: impl AsyncRead + AsyncWrite + Send + 'static, patience: Duration) -> Wire {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}

/// The file of a Unix socket.
struct SocketFile {
    path: PathBuf,
    /// Its device and number: another server may have put its own there since.
    is: (u64, u64),
}

enum Refused {
    ByUs(ListenError),
    BySystem(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::BySystem(error)
    }
}

impl SocketFile {
    /// A socket at that path, in place of one that nobody answers on. It has its mode from the first moment it is seen.
    fn bind(path: &Path) -> Result<(UnixListener, Self), Refused> {
        // A path that is too long is refused before anything is made.
        unix::SocketAddr::from_pathname(path)?;
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
            Ok(there) if !there.file_type().is_socket() => {
                return Err(Refused::ByUs(ListenError::NotASocket(path.to_owned())));
            }
            Ok(_) if unix::UnixStream::connect(path).is_ok() => {
                return Err(Refused::ByUs(ListenError::SocketInUse(path.to_owned())));
            }
            Ok(_) => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let making = tempfile::Builder::new().prefix(".").rand_bytes(4).tempdir_in(folder)?;
        let made = making.path().join("s");
        let socket = UnixListener::bind(&made)?;
        fs::set_permissions(&made, Permissions::from_mode(SOCKET_MODE))?;
        let is = number(&fs::symlink_metadata(&made)?);
        fs::rename(&made, path)?;
        Ok((socket, Self { path: path.to_owned(), is }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|there| number(&there) == self.is) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn number(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for text in ["127.0.0.1:7878", "localhost:0", "[::1]:443", "a-1.example.com:80", "unix:/run/procura.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
            assert_eq!(serde_json::to_value(text.parse::<Listen>().unwrap()).unwrap(), text);
        }
        for text in ["", "7878", "localhost", ":80", "::1:80", "unix:", "a b:80", "a:65536", "http://a:80"] {
            let refused = text.parse::<Listen>().unwrap_err().to_string();
            assert!(refused.contains("write 127.0.0.1:7878"), "{refused}");
        }
    }

    #[test]
    fn only_this_machine_is_served_without_tls() {
        let plain = |text: &str| text.parse::<Listen>().unwrap().may_be_plain();
        for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "Localhost:1", "unix:/a"] {
            assert!(plain(text), "{text}");
        }
        for text in ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "localhost.example.com:1", "[::ffff:10.0.0.1]:1"] {
            assert!(!plain(text), "{text}");
        }
    }

    #[tokio::test]
    async fn beyond_loopback_a_start_without_tls_is_refused() {
        let listen = "0.0.0.0:0".parse().unwrap();
        let refused = Listener::bind(&listen, None).await.err().unwrap().to_string();
        assert!(refused.contains("needs TLS") && refused.contains("--tls-certificate"), "{refused}");
        let bound = Listener::bind(&"localhost:0".parse().unwrap(), None).await.unwrap();
        assert!(bound.url().starts_with("http://127.0.0.1:") || bound.url().starts_with("http://[::1]:"));
    }

    #[tokio::test]
    async fn a_socket_is_replaced_only_if_nobody_answers_and_removed_only_if_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("procura.sock");
        let listen = Listen::Unix(path.clone());
        let first = Listener::bind(&listen, None).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, SOCKET_MODE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
        let refused = Listener::bind(&listen, None).await.err().unwrap();
        assert!(matches!(refused, ListenError::SocketInUse(_)), "{refused}");
        // One that nobody answers on.
        let stale = folder.path().join("stale.sock");
        drop(unix::UnixListener::bind(&stale).unwrap());
        assert!(stale.exists());
        let second = Listener::bind(&Listen::Unix(stale.clone()), None).await.unwrap();
        fs::rename(&stale, &path).unwrap();
        drop(first);
        assert!(path.exists(), "it is another's");
        fs::rename(&path, &stale).unwrap();
        drop(second);
        assert!(!stale.exists());
        fs::write(&path, "mine").unwrap();
        let refused = Listener::bind(&listen, None).await.err().unwrap();
        assert!(matches!(refused, ListenError::NotASocket(_)), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        let long = Listen::Unix(folder.path().join("long".repeat(30)));
        assert!(matches!(Listener::bind(&long, None).await.err().unwrap(), ListenError::Socket { .. }));
    }
}
