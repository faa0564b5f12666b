//! Saved contexts: servers and data directories by name, with the logins at the servers, in a private file of the person.
//!
//! Absent: how one logs in, and what is asked of a server.

use crate::failure::Failure;
use chrono::{DateTime, Utc};
use oauth2::{AccessToken, RefreshToken};
use procura_eventlog::private_file::{NewFile, PrivateFileError, read_at_most};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    env,
    fs::{DirBuilder, File, OpenOptions, metadata},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The folder of the file, for those who want it elsewhere.
const FOLDER_VARIABLE: &str = "PROCURA_CONFIG_DIR";
const FILE: &str = "contexts.toml";
const LOCK: &str = "contexts.lock";
/// A token has 16,000 bytes at most.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
const NAME_CHARS_MAX: usize = 64;

/// Everything that is saved.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    /// The context in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// A server or a data directory, one of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    /// As [`crate::login::address::server`] spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// Where the person said that it logs in: no other provider is used without being named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<Registration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Login>,
}

/// This program at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    pub(crate) issuer: String,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
}

/// Who is logged in. Nothing of it shows the tokens, but the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// Whom the server took the token's holder for.
    pub(crate) user: String,
    pub(crate) access_token: AccessToken,
    /// When that ends, if the provider said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<RefreshToken>,
}

impl Context {
    pub(crate) fn of_server(server: String) -> Self {
        Self { data: None, server: Some(server), provider: None, login: None }
    }

    pub(crate) fn of_data(data: PathBuf) -> Self {
        Self { data: Some(data), server: None, provider: None, login: None }
    }
}

impl Saved {
    /// The context of that name.
    pub(crate) fn named(&self, name: &str) -> Result<&Context, Failure> {
        self.contexts.get(name).ok_or_else(|| Failure::NoContext(name.to_owned()))
    }

    /// A context of that server in which somebody is logged in: the one in use before the others.
    pub(crate) fn login_at(&self, server: &str) -> Option<(&str, &Login)> {
        let current = self.current.iter().filter_map(|name| self.contexts.get_key_value(name));
        let mut there = current.chain(&self.contexts).filter(|(_, context)| context.server.as_deref() == Some(server));
        there.find_map(|(name, context)| Some((name.as_str(), context.login.as_ref()?)))
    }
}

/// Where they are saved.
#[derive(Debug, Clone)]
pub(crate) struct Contexts {
    folder: PathBuf,
}

impl Contexts {
    /// Those of the person who runs this.
    pub(crate) fn of_person() -> Result<Self, Failure> {
        let folder = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let below = |path: PathBuf| path.is_absolute().then(|| path.join("procura"));
        let home = || folder("HOME").map(|home| home.join(".config"));
        let found = folder(FOLDER_VARIABLE).or_else(|| below(folder("XDG_CONFIG_HOME").or_else(home)?));
        found.map(|folder| Self { folder }).ok_or(Failure::NoConfigFolder)
    }

    /// What is saved; nothing if there is no file yet.
    pub(crate) fn read(&self) -> Result<Saved, Failure> {
        let path = self.folder.join(FILE);
        let bytes = match read_at_most(&path, FILE_BYTES_MAX) {
            Err(PrivateFileError::File(error)) if error.source.kind() == ErrorKind::NotFound => {
                return Ok(Saved::default());
            }
            read => read?,
        };
        self.is_private()?;
        // What does not fit is told without the line, which may have a token in it.
        let unfit = || Failure::NotContexts { path: path.clone() };
        let saved: Saved =
            String::from_utf8(bytes).ok().and_then(|text| toml::from_str(&text).ok()).ok_or_else(unfit)?;
        let is_one = |context: &Context| context.data.is_some() != context.server.is_some();
        if saved.contexts.values().all(is_one) { Ok(saved) } else { Err(unfit()) }
    }

    /// Changes what is saved, while no other process does: a change rests on what is saved when it is made.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Saved) -> Result<T, Failure>) -> Result<T, Failure> {
        let _lock = self.lock()?;
        let mut saved = self.read()?;
        let changed = change(&mut saved)?;
        let path = self.folder.join(FILE);
        let text = toml::to_string(&saved).map_err(|error| Failure::Internal(error.to_string()))?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(Failure::TooManyContexts { path });
        }
        let written = NewFile::begin(&path, 0o600).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.replace()
        });
        written.map_err(|source| Failure::File { path, source })?;
        Ok(changed)
    }

    /// Held until it is dropped. The file stays, since another process may wait for it.
    fn lock(&self) -> Result<File, Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|source| Failure::File { path: self.folder.clone(), source })?;
        self.is_private()?;
        let path = self.folder.join(LOCK);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| Failure::File { path, source })
    }

    /// Whether nobody else can put another file into the folder.
    fn is_private(&self) -> Result<(), Failure> {
        let of_folder = metadata(&self.folder).map_err(|source| Failure::File { path: self.folder.clone(), source })?;
        match of_folder.mode() & 0o7777 {
            mode if mode & 0o077 != 0 => Err(Failure::OpenFolder { path: self.folder.clone(), mode }),
            _ => Ok(()),
        }
    }
}

/// A name that a context may have: it is typed on command lines.
pub(crate) fn context_name(text: &str) -> Result<String, String> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._:-".contains(char);
    let fits = (1..=NAME_CHARS_MAX).contains(&text.len()) && text.chars().all(is_plain) && !text.starts_with('-');
    let wrong = || format!("a name has up to {NAME_CHARS_MAX} letters, digits and `._:-`");
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}

/// A data directory as a context keeps it, which is used from any folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}
