//! `procura verify`: every frame, chain and fold of a log, on a copy, in a process of its own.
//!
//! sled may panic on damaged files, ask for memory that there is not, or never come back: so the copy is read by a child
//! of this process, which is told apart from the log it reads.

use crate::{
    args::{Format, Verify, VerifyCopy},
    bars::shown,
    exit::{EXIT_ERROR, EXIT_NO},
    failure::Failure,
    input::{NOTE_BYTES_MAX, read_file},
    serve::told_to_stop,
    terminal::{self, Screen},
};
use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use procura_engine::{
    KEYS_FILE, Keyring, KeyringError, PreparedCommit, Replay, SnapshotFinding, SnapshotFolder, SnapshotFound,
    SnapshotProofs, ambient::Entropy, evidence::extends,
};
use procura_eventlog::{
    CHECKPOINT_KEY_FILE, Checkpoint, CheckpointKey, CheckpointVerifier, DataDirectory, DirectoryError, DirectoryLock,
    Log, RepairError,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, ExitCode, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use uuid::Uuid;

/// How long the child may say nothing before it is taken to hang; and a second more for so many bytes that sled reads first.
const SILENCE_MAX: Duration = Duration::from_secs(120);
const BYTES_A_SECOND: u64 = 4 << 20;
/// After how many commits it says how far it is.
const COMMITS_A_NOTE: u64 = 1_000;

pub(crate) async fn run(arguments: Verify) -> Result<ExitCode, Failure> {
    let Verify { data, checkpoint, key, repair_tail, accept_lost_keys, format } = arguments;
    if !data.join("FORMAT").is_file() && !data.join("log").is_dir() {
        return Err(Failure::NoLog(data));
    }
    let copy = tempfile::Builder::new().prefix("procura-verify-").permissions(Permissions::from_mode(0o700)).tempdir();
    let copy = copy.map_err(|source| Failure::File { path: std::env::temp_dir(), source })?;
    let left = copy.path().to_owned();
    let stop = told_to_stop().map_err(|source| Failure::File { path: left.clone(), source })?;
    tokio::spawn(async move {
        stop.await;
        let _ = fs::remove_dir_all(left);
        process::exit(EXIT_ERROR.into());
    });
    let held = match DataDirectory::copy(&data, copy.path(), &[KEYS_FILE]) {
        Ok(held) => held,
        Err(DirectoryError::InUse { path }) => return Err(Failure::VerifiedInUse(path)),
        Err(error @ (DirectoryError::Newer { .. } | DirectoryError::Older { .. } | DirectoryError::File(_))) => {
            return Err(error.into());
        }
        Err(error) => {
            let verdict = Verdict { sound: false, log: None, problem: Some(error.to_string()) };
            return verdict.print(format, None);
        }
    };
    Keyring::copy_without_keys(&data.join(KEYS_FILE), &copy.path().join(KEYS_FILE))?;
    if repair_tail {
        return repair(held, &data, copy.path());
    }
    if accept_lost_keys {
        return accept_loss(held, &data, copy.path());
    }
    // Before others may write new ones, which the copy knows nothing of.
    let snapshots = SnapshotFolder::of(&data, Uuid::nil()).files();
    drop(held);
    let signed = match &checkpoint {
        Some(file) => {
            let verifier = verifier(key, &data)?;
            Some((open_checkpoint(file, &verifier)?, verifier))
        }
        None => None,
    };
    let found =
        read(&data, copy.path(), &snapshots, checkpoint.as_deref().zip(signed.as_ref().map(|(_, verifier)| verifier)))?;
    Verdict::of(found).print(format, signed.as_ref())
}

/// A checkpoint, and the key that it was signed for.
type Signed = (Checkpoint, CheckpointVerifier);

/// What is said about a log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    sound: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<Sound>,
    /// What is wrong, with the position where it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Verdict {
    fn print(&self, format: Format, checkpoint: Option<&Signed>) -> Result<ExitCode, Failure> {
        match format {
            Format::Json => print_json(self),
            Format::Text => print(self, checkpoint),
        }
        .map_err(Failure::Output)?;
        Ok(if self.sound { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NO) })
    }

    fn of(found: Found) -> Self {
        match found {
            Found::Sound(log) => {
                let keys_lost = log.keys_lost.as_ref().map(|lost| {
                    format!(
                        "{lost}; where that file is lost for good, `procura verify --accept-lost-keys` has the log opened \
                         without it"
                    )
                });
                let different = log.snapshots.iter().find_map(|snapshot| match &snapshot.found {
                    SnapshotFound::Different { problem } => Some(format!(
                        "the snapshot {} does not equal the log, {problem}: delete that file, the next start reads the log \
                         instead",
                        snapshot.path.display()
                    )),
                    SnapshotFound::Equal { .. } | SnapshotFound::PassedOver { .. } => None,
                });
                let problem = log.departed.clone().or(keys_lost).or(different);
                Self { sound: problem.is_none(), problem, log: Some(log) }
            }
            Found::Damaged { problem } => Self { sound: false, log: None, problem: Some(problem) },
            Found::CutOff { .. } | Found::At { .. } => {
                Self { sound: false, log: None, problem: Some("the check ended without a word".to_owned()) }
            }
        }
    }
}

/// What the child says, a line of JSON each; the last one counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Found {
    /// It is so far.
    At {
        position: u64,
    },
    Sound(Sound),
    Damaged {
        problem: String,
    },
    /// The damaged end was cut off the copy.
    CutOff {
        sound: u64,
        reached: u64,
    },
}

/// A log that is sound.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sound {
    log_id: String,
    /// The first line of its checkpoints today.
    origin: String,
    epochs: String,
    position: u64,
    root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    /// How it is not the log that the checkpoint describes, nor one that went on from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    departed: Option<String>,
    /// Which key of personal data is not there, although nothing was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_lost: Option<String>,
    /// The snapshots beside it, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<SnapshotFinding>,
    /// How many hashes in its tiles are not those of the log. The next start makes them again.
    #[serde(default, skip_serializing_if = "is_none")]
    wrong_tile_hashes: u64,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn verifier(key: Option<CheckpointVerifier>, data: &Path) -> Result<CheckpointVerifier, Failure> {
    let flag = |problem: String| Failure::Flag { flag: "--key".to_owned(), problem };
    match key {
        Some(key) => Ok(key),
        None if !data.join(CHECKPOINT_KEY_FILE).exists() => Err(flag(
            "name the verifier key that the checkpoint was signed for; this directory has no key of its own".to_owned(),
        )),
        None => Ok(CheckpointKey::read(data)?.verifier()),
    }
}

fn open_checkpoint(file: &Path, verifier: &CheckpointVerifier) -> Result<Checkpoint, Failure> {
    let note = read_file(file, NOTE_BYTES_MAX)?;
    let flag = || format!("--checkpoint {}", file.display());
    Checkpoint::open(&note, verifier).map_err(|error| Failure::Flag { flag: flag(), problem: error.to_string() })
}

/// Has the copy read by a child of this process.
fn read(
    data: &Path,
    copy: &Path,
    snapshots: &[PathBuf],
    checkpoint: Option<(&Path, &CheckpointVerifier)>,
) -> Result<Found, Failure> {
    let mut command = this_program()?;
    command.arg("verify-copy").arg(copy);
    for snapshot in snapshots {
        command.arg("--snapshot").arg(snapshot);
    }
    if let Some((file, verifier)) = checkpoint {
        command.arg("--checkpoint").arg(file).arg("--key").arg(verifier.to_string());
    }
    ask(command, data, copy)
}

/// Has what was sealed so far shown as unavailable where its key is lost.
fn accept_loss(held: DirectoryLock, data: &Path, copy: &Path) -> Result<ExitCode, Failure> {
    let (code, said) = match read(data, copy, &[], None)? {
        Found::Sound(Sound { keys_lost: Some(_), log_id, position, .. }) => {
            let log_id = log_id.parse().map_err(|_| silent())?;
            Keyring::accept_loss(&data.join(KEYS_FILE), log_id, position.saturating_add(1))?;
            let said =
                format!("personal data sealed up to position {position} is shown as unavailable where its key is lost");
            (ExitCode::SUCCESS, said)
        }
        Found::Sound(_) => (ExitCode::SUCCESS, "nothing to accept: every key is there".to_owned()),
        Found::Damaged { problem } => (ExitCode::from(EXIT_NO), format!("nothing was changed: {problem}")),
        Found::At { .. } | Found::CutOff { .. } => return Err(silent()),
    };
    drop(held);
    terminal::say(&said).map_err(Failure::Output)?;
    Ok(code)
}

fn repair(held: DirectoryLock, data: &Path, copy: &Path) -> Result<ExitCode, Failure> {
    let mut command = this_program()?;
    command.arg("verify-copy").arg(copy).arg("--cut-off");
    let (code, said) = match ask(command, data, copy)? {
        Found::CutOff { sound, reached } => match read(data, copy, &[], None)? {
            Found::Sound(_) => {
                let kept = DataDirectory::replace_log(held, data, copy)?;
                let kept = kept.display();
                (
                    ExitCode::SUCCESS,
                    format!(
                        "the damaged end behind position {sound} was cut off (the log had reached {reached}); the log as it was is kept in {kept}"
                    ),
                )
            }
            Found::Damaged { problem } => {
                (ExitCode::from(EXIT_NO), format!("nothing was changed, the rest is not sound either: {problem}"))
            }
            Found::At { .. } | Found::CutOff { .. } => return Err(silent()),
        },
        Found::Sound(Sound { keys_lost: Some(lost), .. }) => {
            (ExitCode::from(EXIT_NO), format!("nothing was changed, the log's end is not what is wrong: {lost}"))
        }
        Found::Sound(Sound { position, .. }) => {
            (ExitCode::SUCCESS, format!("nothing to repair: the log is sound up to its end at position {position}"))
        }
        Found::Damaged { problem } => (ExitCode::from(EXIT_NO), format!("nothing was changed: {problem}")),
        Found::At { .. } => return Err(silent()),
    };
    terminal::say(&said).map_err(Failure::Output)?;
    Ok(code)
}

fn silent() -> Failure {
    Failure::Internal("the check ended without a word".to_owned())
}

fn this_program() -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(Command::new(program))
}

/// Runs the child to its end. If it ends without an answer, that is what is wrong. What it says of the copy is meant of
/// the directory.
fn ask(mut command: Command, data: &Path, copy: &Path) -> Result<Found, Failure> {
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().map_err(|error| Failure::Internal(error.to_string()))?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take();
    thread::spawn(move || {
        let lines = stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()).map_while(Result::ok);
        lines.map_while(|line| serde_json::from_str(&line).ok()).for_each(|found: Found| drop(sender.send(found)));
    });
    let (mut last, progress) = (None, shown(ProgressBar::new_spinner(), "{spinner} {human_pos} events, {elapsed}"));
    let bytes = fs::metadata(copy.join("log/db")).map_or(0, |db| db.len());
    let silence_max = SILENCE_MAX + Duration::from_secs(bytes / BYTES_A_SECOND);
    loop {
        match lines.recv_timeout(silence_max) {
            Ok(Found::At { position }) => progress.set_position(position),
            Ok(found) => last = Some(found),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                last = Some(damaged_files(&format!("it did not come back within {} s", silence_max.as_secs())));
                break;
            }
        }
    }
    progress.finish_and_clear();
    let ended = wait(&mut child)?;
    let found = last.unwrap_or_else(|| damaged_files(&format!("reading them ended with {ended}")));
    Ok(match found {
        Found::Damaged { problem } => {
            Found::Damaged { problem: problem.replace(&copy.display().to_string(), &data.display().to_string()) }
        }
        found => found,
    })
}

fn wait(child: &mut Child) -> Result<ExitStatus, Failure> {
    child.wait().map_err(|error| Failure::Internal(error.to_string()))
}

fn damaged_files(how: &str) -> Found {
    Found::Damaged {
        problem: format!(
            "the database cannot make sense of its files: {how}; move the directory away and restore a backup"
        ),
    }
}

/// `procura verify-copy`: reads the copy, in this process, and says what it found.
pub(crate) async fn of_copy(arguments: VerifyCopy) -> Result<ExitCode, Failure> {
    let VerifyCopy { copy, snapshots, checkpoint, key, cut_off } = arguments;
    let directory = match DataDirectory::open(&copy, Entropy::from_os().guid()) {
        Ok(directory) => directory,
        Err(error) => return say(&Found::Damaged { problem: error.to_string() }),
    };
    let checkpoint = match checkpoint.as_deref().zip(key.as_ref()) {
        Some((file, verifier)) => Some(open_checkpoint(file, verifier)?),
        None => None,
    };
    if cut_off {
        return match directory.cut_off_damaged_end() {
            Ok(Some(cut)) => say(&Found::CutOff { sound: cut.sound, reached: cut.reached }),
            Err(RepairError::Directory(error)) => Err(error.into()),
            Err(error) => say(&Found::Damaged { problem: error.to_string() }),
            Ok(None) => say(&found(&directory, &snapshots, checkpoint.as_ref()).await),
        };
    }
    say(&found(&directory, &snapshots, checkpoint.as_ref()).await)
}

async fn found(directory: &DataDirectory, snapshots: &[PathBuf], checkpoint: Option<&Checkpoint>) -> Found {
    let damaged = |problem: String| Found::Damaged { problem };
    let stored = match directory.stored_copy() {
        Ok(stored) => stored,
        Err(error) => return damaged(error.to_string()),
    };
    let folder = SnapshotFolder::of(directory.path(), directory.log_id());
    let mut proofs = SnapshotProofs::open(snapshots, &folder, &stored).await;
    let (mut replay, mut commits) = (Replay::default(), 0);
    let take_in = |prepared: PreparedCommit, next: Option<&PreparedCommit>| {
        let position = prepared.last_position;
        commits += 1;
        if commits % COMMITS_A_NOTE == 0 {
            let _ = say(&Found::At { position });
        }
        replay.take_in(prepared, next)?;
        proofs.reached(position, &replay);
        Ok(())
    };
    let opened = Log::open_prepared(stored, |commit| PreparedCommit::of(&commit), take_in);
    let log = match opened.await {
        Ok(log) => log,
        Err(error) => return damaged(error.to_string()),
    };
    let keyring = match Keyring::open(&directory.path().join(KEYS_FILE), directory.log_id()) {
        // They are not lost, and must not be taken for it.
        Err(error @ KeyringError::Newer { .. }) => return damaged(error.to_string()),
        keyring => keyring,
    };
    let keys_lost = keyring.and_then(|keyring| replay.check_keys(&keyring)).err().map(|error| error.to_string());
    let departed = match checkpoint {
        Some(Checkpoint { log_id, .. }) if *log_id != directory.log_id() => {
            Some(format!("the checkpoint is of the log {log_id}, this one is {}", directory.log_id()))
        }
        Some(Checkpoint { origin, epoch, .. }) if *origin != directory.origins().of(*epoch) => {
            Some(format!("the checkpoint is of {origin}, the log is {} in that epoch", directory.origins().of(*epoch)))
        }
        Some(checkpoint) => {
            extends(&log.proofs(), directory.epochs(), log.head(), checkpoint).await.err().map(|departed| {
                format!("the log is not the one that the checkpoint describes, or went on from it: {departed}")
            })
        }
        None => None,
    };
    Found::Sound(Sound {
        log_id: directory.log_id().to_string(),
        origin: directory.origins().of(directory.epochs().newest()),
        epochs: directory.epochs().to_string(),
        position: log.head(),
        root: hex(&log.root()),
        recorded_at: log.end().recorded_at.map(|at| format!("{at:?}")),
        departed,
        keys_lost,
        snapshots: proofs.finish(log.end().recorded_at),
        wrong_tile_hashes: log.wrong_tile_hashes(),
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_none(number: &u64) -> bool {
    *number == 0
}

fn say(found: &Found) -> Result<ExitCode, Failure> {
    let line = serde_json::to_string(found).map_err(|error| Failure::Internal(error.to_string()))?;
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn print_json(verdict: &Verdict) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    serde_json::to_writer_pretty(&mut out, verdict)?;
    writeln!(out)
}

fn print(verdict: &Verdict, checkpoint: Option<&Signed>) -> std::io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let (colour, word) = if verdict.sound { (AnsiColor::Green, "sound") } else { (AnsiColor::Red, "not sound") };
    let style = Style::new().fg_color(Some(colour.into())).bold();
    let every = "every frame, the chain of their roots, and every event folded";
    let said = verdict.problem.as_deref().unwrap_or(every);
    writeln!(out, "{}", screen.paragraphs(&format!("{style}{word}{style:#}: "), 2, said))?;
    let Some(log) = &verdict.log else { return Ok(()) };
    let Sound { log_id, origin, epochs, position, root, recorded_at, snapshots, wrong_tile_hashes, .. } = log;
    let recorded = recorded_at.iter().map(|at| format!(", recorded {at}")).collect::<String>();
    let mut details = vec![
        ("log", log_id.clone()),
        ("origin", origin.clone()),
        ("epochs", epochs.trim_end().replace('\n', ", ")),
        ("position", format!("{position}{recorded}")),
        ("root", root.clone()),
    ];
    for SnapshotFinding { path, found } in snapshots {
        let name = path.file_name().unwrap_or_default().display();
        let found = match found {
            SnapshotFound::Equal { position } => format!("equals the log up to position {position}"),
            SnapshotFound::Different { problem } => format!("does not equal the log: {problem}"),
            SnapshotFound::PassedOver { problem } => format!("passed over, {problem}"),
        };
        details.push(("snapshot", format!("{name}: {found}")));
    }
    if *wrong_tile_hashes > 0 {
        let wrong = format!("{wrong_tile_hashes} hashes are not those of the log; the next start makes them again");
        details.push(("tiles", wrong));
    }
    if let (Some((checkpoint, verifier)), true) = (checkpoint, verdict.sound) {
        let position = checkpoint.position;
        details.push(("checkpoint", format!("position {position}, signed by {verifier}: the log extends it")));
    }
    for (name, detail) in details {
        writeln!(out, "{}", screen.hanging(&format!("  {name:<10}  "), screen.indent(14), &detail, Style::new()))?;
    }
    Ok(())
}
