//! What was revoked: tokens by their id, and users. The list is a file, read again when it changes.

use super::error::IdentityError;
use parking_lot::RwLock;
use procura_domain::vocabulary::User;
use serde::Deserialize;
use std::{
    collections::HashSet,
    future::pending,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The largest file.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Tokens and users that are not taken any more.
#[derive(Default)]
pub(super) struct Revoked {
    file: Option<PathBuf>,
    listed: RwLock<Listed>,
}

#[derive(Default)]
struct Listed {
    tokens: HashSet<String>,
    users: HashSet<User>,
    /// Which file it was.
    stamp: Option<Stamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The ids of tokens: their `jti` or `uti`.
    #[serde(default)]
    tokens: HashSet<String>,
    /// Users, as `TENANT/USER`.
    #[serde(default)]
    users: Vec<String>,
}

/// Tells a file from what it was before.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Ok(Self { inode: metadata.ino(), bytes: metadata.len(), modified })
    }
}

impl Revoked {
    /// What that file lists.
    ///
    /// # Errors
    /// [`IdentityError::File`].
    pub(super) fn read(path: PathBuf) -> Result<Self, IdentityError> {
        match listed(&path) {
            Ok(listed) => Ok(Self { file: Some(path), listed: RwLock::new(listed) }),
            Err(problem) => Err(IdentityError::File { path, problem }),
        }
    }

    /// Whether a token of that user and with those ids was revoked.
    pub(super) fn includes(&self, user: User, ids: &[String]) -> bool {
        let listed = self.listed.read();
        listed.users.contains(&user) || ids.iter().any(|id| listed.tokens.contains(id))
    }

    /// Reads the file again when it changes, for good.
    pub(super) async fn keep_fresh(&self) {
        let Some(path) = &self.file else { return pending().await };
        // Which file was refused, or that there was none: each is told of once.
        let mut refused = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let stamp = Stamp::of(path).ok();
            if stamp == self.listed.read().stamp || refused == Some(stamp) {
                continue;
            }
            match listed(path) {
                Ok(listed) => {
                    let (tokens, users) = (listed.tokens.len(), listed.users.len());
                    tracing::info!(tokens, users, "the list of what was revoked was read");
                    *self.listed.write() = listed;
                    refused = None;
                }
                Err(problem) => {
                    let path = path.display();
                    tracing::error!(%path, problem, "the list of what was revoked cannot be read; the last good one holds");
                    refused = Some(stamp);
                }
            }
        }
    }
}

fn listed(path: &Path) -> Result<Listed, String> {
    let stamp = Stamp::of(path).map_err(|error| error.to_string())?;
    if stamp.bytes > FILE_BYTES_MAX {
        return Err(format!("is larger than {FILE_BYTES_MAX} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let Written { tokens, users } = toml::from_str(&text).map_err(|error| error.to_string())?;
    let user = |text: &String| text.parse().map_err(|_| format!("`{text}` is not a user written TENANT/USER"));
    let users = users.iter().map(user).collect::<Result<_, _>>()?;
    Ok(Listed { tokens, users, stamp: Some(stamp) })
}
