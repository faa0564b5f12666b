//! Damage: one bit flipped anywhere in a data directory, a file cut short, gone, or another log's.
//!
//! The binary refuses such a directory in a sentence that says what is wrong, where, and what to do; or the damage had no
//! effect and it says the same as before, byte for byte. Never a panic, never a hang, never a shorter or another log.

use crate::scratch;
use procura_tests::{Dice, Ran, apply, number, procura, run, world};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, guid};

/// How many flips, unless `PROCURA_BIT_FLIPS` says otherwise: as many as there is time for, between these.
const FLIPS_MIN: u64 = 150;
const FLIPS_MAX: u64 = 1_000;
const TIME: Duration = Duration::from_secs(20);
const SEED: u64 = 1;
const EVENTS: u64 = 400;
/// After so many seconds a process hangs.
const HANGS_SECONDS: &str = "20";
/// How often each file is cut short.
const CUTS_SHORT: usize = 5;

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let sample = Sample::make();
    let (count, deadline) = match number("PROCURA_BIT_FLIPS", 0) {
        0 => (FLIPS_MAX, Some(Instant::now() + TIME)),
        count => (count, None),
    };
    let seed = number("PROCURA_SEED", SEED);
    let goes_on = |number| number < FLIPS_MIN || deadline.is_none_or(|deadline| Instant::now() < deadline);
    let damages = |number| (number < count && goes_on(number)).then(|| sample.flip(&mut Dice::of(seed, number)));
    sample.judge_all(damages);
}

#[test]
fn no_file_cut_short_or_gone_or_of_another_log_goes_unnoticed() {
    let (sample, other) = (Sample::make(), Sample::make());
    let mut dice = Dice::new(number("PROCURA_SEED", SEED));
    let mut damages = Vec::new();
    for (name, bytes) in &sample.files {
        let damage = |how, content| Damage { what: name.clone(), how, files: vec![(name.clone(), content)] };
        damages.push(damage("gone".to_owned(), None));
        for length in (0..CUTS_SHORT).map(|cut| if cut == 0 { 0 } else { dice.below(bytes.len().max(1)) }) {
            damages.push(damage(format!("cut to {length} bytes"), Some(bytes[..length].to_vec())));
        }
        let foreign = other.files.get(name).filter(|foreign| *foreign != bytes);
        damages.extend(foreign.map(|foreign| damage("another log's".to_owned(), Some(foreign.clone()))));
    }
    for (how, files) in [("another log's", &other.files), ("as it was before", &sample.before)] {
        let log = |(name, _): &(&PathBuf, &Vec<u8>)| name.starts_with("log");
        let gone = sample.files.iter().filter(log).map(|(name, _)| (name.clone(), None));
        let there = files.iter().filter(log).map(|(name, bytes)| (name.clone(), Some(bytes.clone())));
        damages.push(Damage { what: "log".into(), how: how.to_owned(), files: gone.chain(there).collect() });
    }
    sample.judge_all(|number| damages.get(usize::try_from(number).unwrap()).cloned());
}

/// A data directory, undamaged.
struct Sample {
    folder: tempfile::TempDir,
    /// Its files by their paths.
    files: Files,
    /// The same before the last commands.
    before: Files,
    export: String,
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What is done to a copy of it: files have that content, or are gone.
#[derive(Clone)]
struct Damage {
    /// A file or a folder.
    what: PathBuf,
    how: String,
    files: Vec<(PathBuf, Option<Vec<u8>>)>,
}

/// What the binary makes of it; the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Refused,
    NoEffect,
    /// Refused, but the sentence does not say what, where, and what to do.
    Unclear,
    Shorter,
    Other,
    Panicked,
    /// By a signal, or by us when it hung.
    Killed,
}

impl Sample {
    fn make() -> Self {
        let folder = scratch();
        let data = folder.path().join("data");
        apply(&data, &world::text(&world::tenants())).all_recorded();
        let lines: Vec<_> = (0..EVENTS).map(line).collect();
        // In several processes, each of which opens the log again, so that sled writes what it keeps beside it.
        lines.chunks(150).for_each(|lines| drop(apply(&data, &world::text(lines)).all_recorded()));
        let mut token = procura();
        token.arg("token").arg("--data").arg(&data).args(["--tenant", CARLA.tenant, "--user", CARLA.user]);
        assert_eq!(run(&mut token, "").code, 0);
        let before = read_all(&data);
        apply(&data, &world::text(&(EVENTS..EVENTS + 20).map(line).collect::<Vec<_>>())).all_recorded();
        let files = read_all(&data);
        let whole = export(&data);
        assert_eq!((whole.code, whole.stdout.lines().count() > 400), (0, true), "{}", whole.stderr);
        Self { folder, files, before, export: whole.stdout }
    }

    /// One bit of one file; half of the time of the log, in the part of its file that is used.
    fn flip(&self, dice: &mut Dice) -> Damage {
        let db = PathBuf::from("log/db");
        let filled: Vec<_> = self.files.keys().filter(|name| !self.files[*name].is_empty()).collect();
        let name = if dice.chance(50) { db.clone() } else { (*dice.one(&filled)).clone() };
        let mut content = self.files[&name].clone();
        let used = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let end = if name == db && dice.chance(90) { used } else { content.len() };
        let (at, bit) = (dice.below(end), dice.below(8));
        content[at] ^= 1 << bit;
        Damage { what: name.clone(), how: format!("bit {bit} of byte {at}"), files: vec![(name, Some(content))] }
    }

    /// Judges them all, prints a table, and fails where something went unnoticed.
    #[track_caller]
    fn judge_all(&self, damages: impl Fn(u64) -> Option<Damage> + Sync) {
        let (next, judged) = (AtomicU64::new(0), Mutex::new(Vec::new()));
        let work = |worker: usize| {
            let copy = self.folder.path().join(format!("copy.{worker}"));
            while let Some(damage) = damages(next.fetch_add(1, Ordering::Relaxed)) {
                let (outcome, said) = self.judge(&damage, &copy);
                judged.lock().unwrap().push((damage.what, damage.how, outcome, said));
            }
        };
        thread::scope(|scope| (0..2).for_each(|worker| drop(scope.spawn(move || work(worker)))));
        let judged = judged.into_inner().unwrap();
        let table = Table(judged.iter().map(|(name, _, outcome, _)| (name.clone(), *outcome)).collect());
        let bad = judged.iter().filter(|(_, _, outcome, _)| !matches!(outcome, Outcome::Refused | Outcome::NoEffect));
        let shown =
            bad.clone().map(|(name, how, outcome, said)| format!("{} {how}: {outcome:?} {said}\n", name.display()));
        let shown: String = shown.take(20).collect();
        assert!(shown.is_empty(), "{} of {}\n{table}\n{shown}", bad.count(), judged.len());
        println!("{table}");
    }

    fn judge(&self, damage: &Damage, copy: &Path) -> (Outcome, String) {
        if copy.exists() {
            fs::remove_dir_all(copy).unwrap();
        }
        fs::create_dir_all(copy.join("log/blobs")).unwrap();
        fs::create_dir_all(copy.join("tiles")).unwrap();
        let mut files: BTreeMap<_, _> = self.files.iter().map(|(name, bytes)| (name, Some(bytes))).collect();
        files.extend(damage.files.iter().map(|(name, bytes)| (name, bytes.as_ref())));
        for (name, bytes) in files.into_iter().filter_map(|(name, bytes)| Some((copy.join(name), bytes?))) {
            fs::write(&name, bytes).unwrap();
            // As keys must be.
            fs::set_permissions(&name, Permissions::from_mode(0o600)).unwrap();
        }
        // And once more, as whoever was refused will try: the first start must not have made the damage look sound.
        let (outcome, said) = self.open(copy).max(self.open(copy));
        // What follows from the log was made right with it.
        let are_right = ["tiles/0", "tiles/1"]
            .iter()
            .all(|name| fs::read(copy.join(name)).ok().as_ref() == self.files.get(Path::new(name)));
        if outcome == Outcome::NoEffect && !are_right {
            (Outcome::Other, "wrong tiles".to_owned())
        } else {
            (outcome, said)
        }
    }

    fn open(&self, copy: &Path) -> (Outcome, String) {
        let Ran { code, stdout, stderr } = export(copy);
        let outcome = match code {
            _ if stderr.contains("panicked at") || code == 101 => Outcome::Panicked,
            0 if stdout == self.export => Outcome::NoEffect,
            0 if self.export.starts_with(&stdout) => Outcome::Shorter,
            0 => Outcome::Other,
            1 | 2 if is_clear(&stderr, copy) => Outcome::Refused,
            1..=123 => Outcome::Unclear,
            _ => Outcome::Killed,
        };
        (outcome, stderr.lines().filter(|line| !line.is_empty()).take(2).collect::<Vec<_>>().join(" / "))
    }
}

/// It says what is wrong, where, and what to do.
fn is_clear(said: &str, directory: &Path) -> bool {
    let last = said.lines().last().unwrap_or_default();
    let place = last.contains(&directory.display().to_string()) || last.contains("at position ");
    let advice =
        ["restore", "put back", "put this log", "use that version", "name an empty folder", "chmod", "start again"];
    last.starts_with("error: ") && place && advice.iter().any(|advice| last.contains(advice))
}

/// With an end to it.
fn export(data: &Path) -> Ran {
    let mut limited = Command::new("timeout");
    limited.args(["--signal=KILL", HANGS_SECONDS]).arg(procura().get_program());
    run(limited.arg("export").arg("--data").arg(data).env("RUST_BACKTRACE", "0"), "")
}

/// A command for `apply`, of changing kind and size.
fn line(number: u64) -> world::Line {
    let (id, size) = (guid(0x0600_0000, number), usize::try_from(number % 50).unwrap());
    match number % 5 {
        0 => {
            let message = json!({"subject": "Bonjour", "body": format!("{{link}}{}", "é".repeat(size * 60))});
            let fields = json!({"invitation": id, "partner": FABRIKAM, "delegatedAdmin": true, "locale": "en",
                "message": message});
            world::by(ALEX, "SendInvite", fields)
        }
        1 => {
            let fields = json!({"customer": CONTOSO, "device": id, "serialNumber": id, "manufacturer": "Fabrikam",
                "model": "9", "hardwareHash": "A".repeat(1 + size * 20), "source": "intune"});
            world::by(CARLA, "AddDevice", fields)
        }
        _ => world::by(GRETA, "AddGroupMember", json!({"partner": FABRIKAM, "group": "SalesAgents", "user": id})),
    }
}

fn read_all(folder: &Path) -> Files {
    fn walk(folder: &Path, under: &Path, files: &mut Files) {
        for entry in fs::read_dir(folder.join(under)).unwrap() {
            let name = under.join(entry.unwrap().file_name());
            if folder.join(&name).is_dir() {
                walk(folder, &name, files);
            } else {
                files.insert(name.clone(), fs::read(folder.join(&name)).unwrap());
            }
        }
    }
    let mut files = Files::new();
    walk(folder, Path::new(""), &mut files);
    files
}

/// How often what became of which file.
struct Table(Vec<(PathBuf, Outcome)>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Outcome::{Killed, NoEffect, Other, Panicked, Refused, Shorter, Unclear};
        let columns = [Refused, NoEffect, Unclear, Shorter, Other, Panicked, Killed];
        write!(f, "{:28}", "")?;
        columns.iter().try_for_each(|outcome| write!(f, "{:>10}", format!("{outcome:?}")))?;
        let mut rows: BTreeMap<&Path, BTreeMap<Outcome, u32>> = BTreeMap::new();
        for (name, outcome) in &self.0 {
            *rows.entry(name).or_default().entry(*outcome).or_default() += 1;
        }
        for (name, counts) in rows {
            write!(f, "\n{:28}", name.display().to_string())?;
            columns.iter().try_for_each(|outcome| write!(f, "{:>10}", counts.get(outcome).copied().unwrap_or(0)))?;
        }
        Ok(())
    }
}
