//! What a disk holds after the power is cut, by the promises of POSIX and by nothing else.
//!
//! A write, and the length it gives its file, is on the disk once an `fsync` or `fdatasync` of that file that began after
//! it has returned; `sync_file_range` promises nothing. A name is on the disk once its folder was synced so. Until then
//! each may be there or not; of the names in one folder, none without those before it.
//!
//! Absent: which call does what (`playing.rs`).

use crate::recording::{Call, NEVER};
use procura_tests::Dice;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt::Write,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The folder `root` and everything that was ever in it.
pub(crate) struct Disk {
    root: PathBuf,
    /// The first is the root.
    nodes: Vec<Node>,
}

/// A file or a folder, which may have lost its name.
enum Node {
    File { now: Vec<u8>, steps: Vec<Step<Change>> },
    Folder { now: BTreeMap<OsString, usize>, steps: Vec<Step<Naming>> },
}

/// Something that happened to a file or a folder.
struct Step<T> {
    began: usize,
    ended: usize,
    /// When the first sync returned that began after this had ended.
    durable: usize,
    what: T,
}

/// Of a file.
#[derive(Clone)]
pub(crate) enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// In a folder.
enum Naming {
    Set(OsString, usize),
    Remove(OsString),
    Rename(OsString, OsString),
    /// The two change places.
    Exchange(OsString, OsString),
}

/// What becomes of what is not on the disk for sure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// It is lost.
    Nothing,
    /// Some of it is there.
    Some,
    /// Some of it is there, and one write by a part, up to a sector's boundary or from there on.
    Torn,
}

const SECTOR_BYTES: usize = 512;

impl Disk {
    pub(crate) fn empty(root: &Path) -> Self {
        Self { root: root.to_owned(), nodes: vec![Node::Folder { now: BTreeMap::new(), steps: Vec::new() }] }
    }

    /// Writes to `into` what the root holds when the power is cut before the line `at`. Says what was kept.
    pub(crate) fn cut(&self, at: usize, kind: Kind, dice: &mut Dice, into: &Path) -> String {
        let mut kept = String::new();
        self.write_folder(0, at, kind, dice, into, &mut kept);
        kept
    }

    fn write_folder(&self, node: usize, at: usize, kind: Kind, dice: &mut Dice, into: &Path, kept: &mut String) {
        let Node::Folder { steps, .. } = &self.nodes[node] else { panic!("{} is no folder", into.display()) };
        fs::create_dir_all(into).unwrap();
        let begun: Vec<_> = steps.iter().filter(|step| step.began < at).collect();
        let unsure = begun.iter().filter(|step| step.durable >= at).count();
        let mut there = if kind == Kind::Nothing { 0 } else { dice.below(unsure + 1) };
        if unsure > 0 {
            writeln!(kept, "{}: {there} of {unsure} unsynced names", into.display()).unwrap();
        }
        let mut names: BTreeMap<&OsStr, usize> = BTreeMap::new();
        for step in begun {
            if step.durable >= at {
                let Some(left) = there.checked_sub(1) else { continue };
                there = left;
            }
            match &step.what {
                Naming::Set(name, node) => drop(names.insert(name, *node)),
                Naming::Remove(name) => drop(names.remove(name.as_os_str())),
                Naming::Rename(from, to) => {
                    names.remove(from.as_os_str()).map(|node| names.insert(to, node));
                }
                Naming::Exchange(one, other) => {
                    if let (Some(first), Some(second)) =
                        (names.remove(one.as_os_str()), names.remove(other.as_os_str()))
                    {
                        names.extend([(one.as_os_str(), second), (other.as_os_str(), first)]);
                    }
                }
            }
        }
        for (name, node) in names {
            let path = into.join(name);
            match &self.nodes[node] {
                Node::Folder { .. } => self.write_folder(node, at, kind, dice, &path, kept),
                Node::File { steps, .. } => {
                    let (content, writes) = content(steps, at, kind, dice);
                    fs::write(&path, content).unwrap();
                    // Who may read it is no matter of what was synced; keys are for their owner alone.
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
                    if !writes.is_empty() {
                        writeln!(kept, "{}: unsynced writes {writes}", path.display()).unwrap();
                    }
                }
            }
        }
    }

    /// The whole folder, byte by byte, is as it would be if the power had stayed on.
    pub(crate) fn assert_is(&self) {
        self.compare(0, &self.root);
    }

    fn compare(&self, node: usize, path: &Path) {
        match &self.nodes[node] {
            Node::File { now, .. } => assert!(fs::read(path).unwrap() == *now, "{} is another", path.display()),
            Node::Folder { now, .. } => {
                let mut there: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
                there.sort();
                assert_eq!(there, now.keys().cloned().collect::<Vec<_>>(), "{}", path.display());
                now.iter().for_each(|(name, node)| self.compare(*node, &path.join(name)));
            }
        }
    }

    // --- What happens to it ---

    /// What is in the folder, all of it on the disk.
    pub(crate) fn found(root: &Path) -> Self {
        let mut disk = Self::empty(root);
        disk.take_in(0, root);
        disk
    }

    fn take_in(&mut self, folder: usize, path: &Path) {
        for entry in fs::read_dir(path).unwrap() {
            let (name, path) = entry.map(|entry| (entry.file_name(), entry.path())).unwrap();
            let new = self.nodes.len();
            let Node::Folder { now, steps } = &mut self.nodes[folder] else { panic!("no folder") };
            now.insert(name.clone(), new);
            steps.push(Step::synced(Naming::Set(name, new)));
            if path.is_dir() {
                self.nodes.push(Node::Folder { now: BTreeMap::new(), steps: Vec::new() });
                self.take_in(new, &path);
            } else {
                let bytes = fs::read(&path).unwrap();
                let steps = vec![Step::synced(Change::Write { at: 0, bytes: bytes.clone() })];
                self.nodes.push(Node::File { now: bytes, steps });
            }
        }
    }

    pub(crate) fn is_ours(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    pub(crate) fn find(&self, path: &Path) -> Option<usize> {
        path.strip_prefix(&self.root).ok()?.iter().try_fold(0, |node, name| match &self.nodes[node] {
            Node::Folder { now, .. } => now.get(name).copied(),
            Node::File { .. } => None,
        })
    }

    pub(crate) fn sync(&mut self, node: usize, call: &Call) {
        match &mut self.nodes[node] {
            Node::File { steps, .. } => steps.iter_mut().for_each(|step| step.sync(call)),
            Node::Folder { steps, .. } => steps.iter_mut().for_each(|step| step.sync(call)),
        }
    }

    pub(crate) fn now(&self, node: usize) -> Option<&Vec<u8>> {
        match &self.nodes[node] {
            Node::File { now, .. } => Some(now),
            Node::Folder { .. } => None,
        }
    }

    pub(crate) fn change(&mut self, node: usize, call: &Call, what: Change) {
        let Node::File { now, steps } = &mut self.nodes[node] else { panic!("no file: {}", call.told()) };
        what.apply(now);
        steps.push(Step::of(call, what));
    }

    fn name(&mut self, call: &Call, folder: &Path, what: Naming) {
        let node = self.find(folder).unwrap_or_else(|| panic!("made by nobody: {}", call.told()));
        let Node::Folder { now, steps } = &mut self.nodes[node] else { panic!("no folder: {}", call.told()) };
        match &what {
            Naming::Set(name, node) => drop(now.insert(name.clone(), *node)),
            Naming::Remove(name) => assert!(now.remove(name).is_some(), "made by nobody: {}", call.told()),
            Naming::Rename(from, to) => {
                let node = now.remove(from).unwrap_or_else(|| panic!("made by nobody: {}", call.told()));
                now.insert(to.clone(), node);
            }
            Naming::Exchange(one, other) => {
                let nodes = now.remove(one).zip(now.remove(other));
                let (first, second) = nodes.unwrap_or_else(|| panic!("made by nobody: {}", call.told()));
                now.extend([(one.clone(), second), (other.clone(), first)]);
            }
        }
        steps.push(Step::of(call, what));
    }

    pub(crate) fn make_file(&mut self, call: &Call, path: &Path) -> usize {
        self.make(call, path, Node::File { now: Vec::new(), steps: Vec::new() })
    }

    fn make(&mut self, call: &Call, path: &Path, node: Node) -> usize {
        self.nodes.push(node);
        let (folder, name) = parts(path);
        self.name(call, folder, Naming::Set(name, self.nodes.len() - 1));
        self.nodes.len() - 1
    }

    pub(crate) fn make_folder(&mut self, call: &Call, path: &Path) {
        self.make(call, path, Node::Folder { now: BTreeMap::new(), steps: Vec::new() });
    }

    pub(crate) fn remove(&mut self, call: &Call, path: &Path) {
        let (folder, name) = parts(path);
        self.name(call, folder, Naming::Remove(name));
    }

    pub(crate) fn rename(&mut self, call: &Call, from: &Path, to: &Path) {
        let ((folder, from), (other, to)) = (parts(from), parts(to));
        assert_eq!(folder, other, "not known how: {}", call.told());
        self.name(call, folder, Naming::Rename(from, to));
    }

    pub(crate) fn exchange(&mut self, call: &Call, one: &Path, other: &Path) {
        let ((folder, one), (beside, other)) = (parts(one), parts(other));
        assert_eq!(folder, beside, "not known how: {}", call.told());
        self.name(call, folder, Naming::Exchange(one, other));
    }

    pub(crate) fn link(&mut self, call: &Call, from: &Path, to: &Path) {
        let node = self.find(from).unwrap_or_else(|| panic!("made by nobody: {}", call.told()));
        let (folder, name) = parts(to);
        self.name(call, folder, Naming::Set(name, node));
    }
}

impl<T> Step<T> {
    fn of(call: &Call, what: T) -> Self {
        Self { began: call.began, ended: call.ended, durable: NEVER, what }
    }

    /// Before the first line.
    fn synced(what: T) -> Self {
        Self { began: 0, ended: 0, durable: 0, what }
    }

    fn sync(&mut self, call: &Call) {
        if self.ended < call.began {
            self.durable = self.durable.min(call.ended);
        }
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Length(length) => file.resize(*length, 0),
            Self::Write { at, bytes } => {
                file.resize(file.len().max(at + bytes.len()), 0);
                file[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// The length it gives to a file.
    fn end(&self) -> usize {
        match self {
            Self::Length(length) => *length,
            Self::Write { at, bytes } => at + bytes.len(),
        }
    }

    /// What of it lies before, or behind, a boundary between two sectors, if it has one.
    fn torn(&self, dice: &mut Dice) -> Option<Self> {
        let Self::Write { at, bytes } = self else { return None };
        let before = SECTOR_BYTES - at % SECTOR_BYTES;
        let boundaries = bytes.len().saturating_sub(before).div_ceil(SECTOR_BYTES);
        let boundary = before + SECTOR_BYTES * dice.below(boundaries.max(1));
        let (first, last) = bytes.split_at_checked(boundary)?;
        Some(if dice.chance(50) {
            Self::Write { at: *at, bytes: first.to_vec() }
        } else {
            Self::Write { at: at + boundary, bytes: last.to_vec() }
        })
    }
}

/// A file with what was synced before the line `at`, and what chance leaves of the rest.
fn content(steps: &[Step<Change>], at: usize, kind: Kind, dice: &mut Dice) -> (Vec<u8>, String) {
    let (mut file, mut kept) = (Vec::new(), String::new());
    let begun = || steps.iter().filter(|step| step.began < at);
    let unsure = begun().filter(|step| step.durable >= at).count();
    let torn = (kind == Kind::Torn && unsure > 0).then(|| dice.below(unsure));
    let mut number = 0;
    for step in begun() {
        if step.durable < at {
            step.what.apply(&mut file);
            continue;
        }
        let (what, fate) = match torn {
            Some(torn) if torn == number => (step.what.torn(dice), 't'),
            _ => (Some(step.what.clone()).filter(|_| kind != Kind::Nothing && dice.chance(50)), '+'),
        };
        number += 1;
        kept.push(what.as_ref().map_or('-', |_| fate));
        match what {
            Some(what) => what.apply(&mut file),
            // The length may have come to the disk and the bytes not.
            None if kind != Kind::Nothing && step.what.end() > file.len() && dice.chance(20) => {
                file.resize(step.what.end(), 0);
                kept.push('0');
            }
            None => {}
        }
    }
    (file, kept)
}

/// The folder and the name in it.
fn parts(path: &Path) -> (&Path, OsString) {
    (path.parent().expect("a folder"), path.file_name().expect("a name").to_owned())
}
