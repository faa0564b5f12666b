//! Plays recorded calls on a model of the disk.
//!
//! Whatever is done to a file of the folder and not understood here is a failure.

use crate::{
    disk_model::{Change, Disk, Kind},
    recording::{Call, Recording},
};
use procura_tests::Dice;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// What becomes of the disk.
pub(crate) fn play(disk: Disk, recording: &Recording) -> Disk {
    let mut player = Player { disk, tables: Vec::new(), table_of: HashMap::new(), opens: Vec::new() };
    recording.calls.iter().for_each(|call| player.call(call, recording));
    player.disk
}

struct Player {
    disk: Disk,
    /// The open files of each process by their descriptors.
    tables: Vec<HashMap<i64, usize>>,
    /// Threads share their process's.
    table_of: HashMap<(usize, u32), usize>,
    opens: Vec<Open>,
}

struct Open {
    node: usize,
    position: usize,
    append: bool,
}

impl Player {
    fn call(&mut self, call: &Call, recording: &Recording) {
        let table = self.table(call.thread, recording);
        let argument = |number: usize| &call.arguments[number];
        let descriptor = |number: usize| argument(number).descriptor().map(|(number, _)| number);
        let amount = || usize::try_from(call.result.unwrap_or(0)).unwrap();
        if !call.is_done() && call.result.is_some() {
            return;
        }
        match call.name.as_str() {
            "open" => self.open(call, table, &self.named(call, None, 0), 1),
            "openat" => self.open(call, table, &self.named(call, Some(0), 1), 2),
            "close" => drop(self.tables[table].remove(&descriptor(0).expect("a descriptor"))),
            "dup" | "dup2" | "dup3" => self.duplicate(call, table),
            "fcntl" if argument(1).has("F_DUPFD") || argument(1).has("F_DUPFD_CLOEXEC") => self.duplicate(call, table),
            "write" | "writev" if self.opened(call, 0, table).is_some() => {
                let (open, mut bytes) = (self.opened(call, 0, table).unwrap(), argument(1).bytes());
                bytes.truncate(call.result.map_or(usize::MAX, |_| amount()));
                let at = if self.opens[open].append { self.length(open) } else { self.opens[open].position };
                self.opens[open].position = at + bytes.len();
                self.disk.change(self.opens[open].node, call, Change::Write { at, bytes });
            }
            "pwrite64" | "pwritev" | "pwritev2" if self.opened(call, 0, table).is_some() => {
                let (open, mut bytes) = (self.opened(call, 0, table).unwrap(), argument(1).bytes());
                bytes.truncate(call.result.map_or(usize::MAX, |_| amount()));
                let at = argument(3).number().and_then(|at| at.try_into().ok()).expect("where to");
                self.disk.change(self.opens[open].node, call, Change::Write { at, bytes });
            }
            "read" | "readv" => self.opened(call, 0, table).into_iter().for_each(|open| {
                self.opens[open].position += amount();
            }),
            "lseek" => self.opened(call, 0, table).into_iter().for_each(|open| {
                self.opens[open].position = amount();
            }),
            "copy_file_range" => self.copy(call, table, (0, 1), (2, Some(3)), amount()),
            "sendfile" => self.copy(call, table, (1, 2), (0, None), amount()),
            "fsync" | "fdatasync" if call.is_done() => self.sync(call, table),
            "ftruncate" => {
                let open = self.opened(call, 0, table).expect("an open file");
                let length = argument(1).number().and_then(|length| length.try_into().ok()).expect("a length");
                self.disk.change(self.opens[open].node, call, Change::Length(length));
            }
            "rename" => self.disk.rename(call, &self.named(call, None, 0), &self.named(call, None, 1)),
            "renameat" | "renameat2" if call.arguments.get(4).is_none_or(|flags| flags.number() == Some(0)) => {
                self.disk.rename(call, &self.named(call, Some(0), 1), &self.named(call, Some(2), 3));
            }
            // Over no other file: then it did nothing.
            "renameat2" if argument(4).has("RENAME_NOREPLACE") => {
                if call.is_done() {
                    self.disk.rename(call, &self.named(call, Some(0), 1), &self.named(call, Some(2), 3));
                }
            }
            "renameat2" if argument(4).has("RENAME_EXCHANGE") => {
                self.disk.exchange(call, &self.named(call, Some(0), 1), &self.named(call, Some(2), 3));
            }
            "unlink" | "rmdir" => self.disk.remove(call, &self.named(call, None, 0)),
            "unlinkat" => self.disk.remove(call, &self.named(call, Some(0), 1)),
            "mkdir" => self.disk.make_folder(call, &self.named(call, None, 0)),
            "mkdirat" => self.disk.make_folder(call, &self.named(call, Some(0), 1)),
            "link" => self.disk.link(call, &self.named(call, None, 0), &self.named(call, None, 1)),
            "linkat" => self.disk.link(call, &self.named(call, Some(0), 1), &self.named(call, Some(2), 3)),
            "execve" => self.tables[table].clear(),
            "mmap" if argument(3).has("MAP_PRIVATE") || !argument(2).has("PROT_WRITE") => {}
            // These change neither what a file holds nor which files there are, or are no promise.
            "access" | "clone" | "clone3" | "faccessat" | "faccessat2" | "fadvise64" | "fchmod" | "fchmodat"
            | "fcntl" | "flock" | "fork" | "fstat" | "fstatfs" | "fsync" | "fdatasync" | "getcwd" | "getdents64"
            | "lstat" | "newfstatat" | "pread64" | "preadv" | "readlink" | "readlinkat" | "stat" | "statfs"
            | "statx" | "sync_file_range" | "vfork" => {}
            // To something else: its text may name a file, as an error does.
            "write" | "writev" if !self.disk.is_ours(&argument(0).descriptor().expect("a descriptor").1) => {}
            _ => panic!("not known what this does to the disk: {}", call.told()),
        }
    }

    /// The table of descriptors that a thread uses: its own process's, or what a new process got from the one before.
    fn table(&mut self, thread: (usize, u32), recording: &Recording) -> usize {
        if let Some(table) = self.table_of.get(&thread) {
            return *table;
        }
        let (process, number) = thread;
        let makes = |call: &&Call| {
            let kind = call.name.starts_with("clone") || call.name.ends_with("fork");
            kind && call.thread.0 == process && call.result == Some(number.into())
        };
        let table = match recording.calls.iter().find(makes) {
            Some(maker) => {
                let above = self.table(maker.thread, recording);
                if maker.arguments.iter().any(|argument| argument.has("CLONE_FILES")) {
                    above
                } else {
                    self.tables.push(self.tables[above].clone());
                    self.tables.len() - 1
                }
            }
            None => {
                self.tables.push(HashMap::new());
                self.tables.len() - 1
            }
        };
        self.table_of.insert(thread, table);
        table
    }

    /// The open file that a descriptor stands for, if it is one of ours.
    fn opened(&self, call: &Call, number: usize, table: usize) -> Option<usize> {
        let (descriptor, path) = call.arguments[number].descriptor().expect("a descriptor");
        let open = self.tables[table].get(&descriptor).copied();
        match open {
            None => assert!(!self.disk.is_ours(&path), "opened by nobody: {}", call.told()),
            Some(open) => {
                let node = self.disk.find(&path);
                let is_it = node.is_none_or(|node| node == self.opens[open].node);
                assert!(is_it && self.disk.is_ours(&path), "{} is another file: {}", path.display(), call.told());
            }
        }
        open
    }

    /// The path that a call names, from a folder's descriptor where it does not begin at the top.
    fn named(&self, call: &Call, folder: Option<usize>, number: usize) -> PathBuf {
        let path = call.arguments[number].path();
        let folder = folder.and_then(|folder| call.arguments[folder].descriptor());
        let path = folder.map_or(path.clone(), |(_, folder)| folder.join(&path));
        assert!(path.is_absolute(), "not known where: {}", call.told());
        path
    }

    fn open(&mut self, call: &Call, table: usize, path: &Path, flags: usize) {
        let flags = &call.arguments[flags];
        if !call.is_done() || !self.disk.is_ours(path) {
            return;
        }
        assert!(!flags.has("O_TMPFILE"), "not known how: {}", call.told());
        let node = self.disk.find(path).unwrap_or_else(|| {
            assert!(flags.has("O_CREAT"), "made by nobody: {}", call.told());
            self.disk.make_file(call, path)
        });
        if flags.has("O_TRUNC") && self.disk.now(node).is_some_and(|now| !now.is_empty()) {
            self.disk.change(node, call, Change::Length(0));
        }
        let descriptor = call.result.expect("a descriptor");
        self.opens.push(Open { node, position: 0, append: flags.has("O_APPEND") });
        self.tables[table].insert(descriptor, self.opens.len() - 1);
    }

    fn duplicate(&mut self, call: &Call, table: usize) {
        if let Some(open) = self.opened(call, 0, table) {
            self.tables[table].insert(call.result.expect("a descriptor"), open);
        }
    }

    /// From and to: the arguments with a descriptor and with a place, NULL where the file's own position counts.
    fn copy(&mut self, call: &Call, table: usize, from: (usize, usize), to: (usize, Option<usize>), length: usize) {
        let [source, target] = [from.0, to.0].map(|number| self.opened(call, number, table));
        let given = |number: usize| call.arguments[number].pointed();
        let Some(source) = source else {
            assert!(target.is_none(), "not known what is copied: {}", call.told());
            return;
        };
        let at = given(from.1).unwrap_or_else(|| self.advance(source, length));
        let bytes = self.disk.now(self.opens[source].node).expect("a file")[at..at + length].to_vec();
        if let Some(target) = target {
            let at = to.1.and_then(given).unwrap_or_else(|| self.advance(target, length));
            self.disk.change(self.opens[target].node, call, Change::Write { at, bytes });
        }
    }

    fn advance(&mut self, open: usize, length: usize) -> usize {
        let before = self.opens[open].position;
        self.opens[open].position += length;
        before
    }

    fn sync(&mut self, call: &Call, table: usize) {
        if let Some(open) = self.opened(call, 0, table) {
            self.disk.sync(self.opens[open].node, call);
        }
    }

    fn length(&self, open: usize) -> usize {
        self.disk.now(self.opens[open].node).expect("a file").len()
    }
}

/// What is on the disk for sure after each of these lines: files with their lengths.
#[test]
fn only_what_was_synced_is_on_the_disk() {
    let steps = [
        (r#"openat(AT_FDCWD</>, "/d/a", O_WRONLY|O_CREAT, 0666) = 9</d/a>"#, ""),
        (r#"openat(AT_FDCWD</>, "/d", O_RDONLY) = 8</d>"#, ""),
        ("fsync(8</d>) = 0", "a 0"),
        (r#"write(9</d/a>, "aaa", 3) = 3"#, "a 0"),
        ("sync_file_range(9</d/a>, 0, 3, SYNC_FILE_RANGE_WRITE) = 0", "a 0"),
        ("fdatasync(9</d/a>) = -1 EIO (Input/output error)", "a 0"),
        ("fdatasync(9</d/a>) = 0", "a 3"),
        ("fcntl(9</d/a>, F_DUPFD_CLOEXEC, 3) = 10</d/a>", "a 3"),
        (r#"write(10</d/a>, "a", 1) = 1"#, "a 3"),
        (r#"openat(AT_FDCWD</>, "/d/b", O_WRONLY|O_CREAT, 0666) = 11</d/b>"#, "a 3"),
        ("copy_file_range(9</d/a>, [1], 11</d/b>, NULL, 2, 0) = 2", "a 3"),
        ("fsync(11</d/b>) = 0", "a 3"),
        (r#"rename("/d/b", "/d/c") = 0"#, "a 3"),
        ("fsync(8</d>) = 0", "a 3, c 2"),
        ("fsync(10</d/a>) = 0", "a 4, c 2"),
        ("ftruncate(9</d/a>, 1) = 0", "a 4, c 2"),
        (r#"unlink("/d/c") = 0"#, "a 4, c 2"),
        ("fsync(8</d>) = 0", "a 4"),
    ];
    // `strace` spells what is between these in hexadecimal.
    let spelled = |line: &str| {
        let mut is_inside = false;
        let spelled = line.chars().map(|letter| match letter {
            '"' | '<' | '>' => {
                is_inside = !is_inside;
                letter.to_string()
            }
            _ if is_inside => format!("\\x{:02x}", u32::from(letter)),
            _ => letter.to_string(),
        });
        format!("7 {}\n", spelled.collect::<String>())
    };
    let root = Path::new("/d");
    let recording = Recording::of([steps.iter().map(|(line, _)| spelled(line)).collect()], root);
    assert_eq!(recording.calls.len(), steps.len());
    let disk = play(Disk::empty(root), &recording);
    for (number, (line, there)) in steps.iter().enumerate() {
        let left = tempfile::tempdir().unwrap();
        disk.cut(number + 1, Kind::Nothing, &mut Dice::new(1), left.path());
        let files = fs::read_dir(left.path()).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = files
            .map(|file| format!("{} {}", file.file_name().to_string_lossy(), file.metadata().unwrap().len()))
            .collect();
        files.sort();
        assert_eq!(files.join(", "), *there, "after {line}");
    }
}
