//! The files of the decision log: one a day or more, named by day and number. The oldest go when there are too many, or
//! when they are too old.

use chrono::{Days, NaiveDate};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Those who collect logs read them as members of the group; nobody else does.
const FOLDER_MODE: u32 = 0o750;
const FILE_MODE: u32 = 0o640;

pub(super) struct Files {
    folder: PathBuf,
    kept: Kept,
    open: Option<Open>,
}

/// How much is kept: in a file, in all, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) file_bytes: u64,
    pub(super) bytes: u64,
    pub(super) days: u32,
}

/// The file that is written to.
struct Open {
    file: File,
    is: Name,
    bytes: u64,
}

/// What a file is called: `decisions-2026-11-28-0001.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    day: NaiveDate,
    number: u32,
}

impl Name {
    fn read(name: &str) -> Option<Self> {
        let (day, number) = name.strip_prefix("decisions-")?.strip_suffix(".jsonl")?.rsplit_once('-')?;
        let read = Self { day: day.parse().ok()?, number: number.parse().ok()? };
        (read.text() == name).then_some(read)
    }

    fn text(self) -> String {
        format!("decisions-{}-{:04}.jsonl", self.day, self.number)
    }
}

impl Files {
    /// Those in that folder, which is made if it is not there.
    pub(super) fn open(folder: &Path, kept: Kept) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        let files = Self { folder: folder.to_owned(), kept, open: None };
        // What cannot be read is told of at the start.
        files.there()?;
        let probe = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
        probe.close()?;
        Ok(files)
    }

    /// Writes whole lines, on that day.
    pub(super) fn write(&mut self, lines: &[u8], day: NaiveDate) -> io::Result<()> {
        let written = self.append(lines, day);
        if written.is_err() {
            // What was written of them ends where the file is opened again.
            self.open = None;
        }
        written
    }

    fn append(&mut self, lines: &[u8], day: NaiveDate) -> io::Result<()> {
        let size = lines.len() as u64;
        let has_room = |open: &Open| open.is.day == day && open.bytes.saturating_add(size) <= self.kept.file_bytes;
        let mut open = match self.open.take().filter(has_room) {
            Some(open) => open,
            None => self.next(size, day)?,
        };
        open.file.write_all(lines)?;
        open.bytes = open.bytes.saturating_add(size);
        self.open = Some(open);
        Ok(())
    }

    /// The newest file of the day if it has so much room, else a new one. What is kept no longer is removed before.
    fn next(&mut self, size: u64, day: NaiveDate) -> io::Result<Open> {
        let there = self.there()?;
        let newest = there.last().filter(|(name, _)| name.day >= day).copied();
        if let Some((is, bytes)) = newest
            && is.day == day
            && bytes.saturating_add(size) < self.kept.file_bytes
        {
            return self.open_again(is);
        }
        self.remove_old(&there, size, day)?;
        let number = newest.map_or(1, |(name, _)| name.number.saturating_add(1));
        // If the clock was set back, names go on from the newest.
        let is = Name { day: newest.map_or(day, |(name, _)| name.day), number };
        let made = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(self.folder.join(is.text()))?;
        Ok(Open { file: made, is: Name { day, ..is }, bytes: 0 })
    }

    /// That file, to be gone on with; half a line at its end, as a killed server leaves it, stays a line of its own.
    fn open_again(&self, is: Name) -> io::Result<Open> {
        let mut file = OpenOptions::new().read(true).append(true).open(self.folder.join(is.text()))?;
        let mut bytes = file.seek(SeekFrom::End(0))?;
        if bytes > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                bytes = bytes.saturating_add(1);
            }
        }
        Ok(Open { file, is, bytes })
    }

    /// Removes what is too old on that day.
    pub(super) fn tidy(&self, day: NaiveDate) -> io::Result<()> {
        self.remove_old(&self.there()?, 0, day)
    }

    /// So that a file of the full size fits beside what is left.
    fn remove_old(&self, there: &[(Name, u64)], size: u64, day: NaiveDate) -> io::Result<()> {
        let first_kept = day.checked_sub_days(Days::new(self.kept.days.into())).unwrap_or(NaiveDate::MIN);
        let mut kept: u64 = there.iter().map(|(_, bytes)| bytes).sum();
        let room = self.kept.bytes.saturating_sub(self.kept.file_bytes.max(size));
        for (name, bytes) in there {
            if name.day > first_kept && kept <= room {
                break;
            }
            match fs::remove_file(self.folder.join(name.text())) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => kept = kept.saturating_sub(*bytes),
            }
        }
        Ok(())
    }

    /// The files that are there, the oldest first, and their sizes. What has another name is somebody else's.
    fn there(&self) -> io::Result<Vec<(Name, u64)>> {
        let mut there = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str().and_then(Name::read) {
                there.push((name, entry.metadata()?.len()));
            }
        }
        there.sort_unstable();
        Ok(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    fn files(folder: &Path, file_bytes: u64, bytes: u64, days: u32) -> Files {
        Files::open(folder, Kept { file_bytes, bytes, days }).unwrap()
    }

    fn there(folder: &Path) -> Vec<(String, String)> {
        let read = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        };
        let mut there: Vec<_> = fs::read_dir(folder).unwrap().map(read).collect();
        there.sort();
        there
    }

    fn names(folder: &Path) -> Vec<String> {
        let short = |(name, _): (String, _)| name["decisions-2026-11-".len()..name.len() - ".jsonl".len()].to_owned();
        there(folder).into_iter().map(short).collect()
    }

    #[test]
    fn a_file_is_gone_on_with_until_its_day_or_its_size_is_over() {
        let home = tempfile::tempdir().unwrap();
        let mut log = files(home.path(), 10, 100, 90);
        for (lines, on) in [("one\n", 28), ("two\n", 28), ("three\n", 28), ("four\n", 29)] {
            log.write(lines.as_bytes(), day(on)).unwrap();
        }
        assert_eq!(names(home.path()), ["28-0001", "28-0002", "29-0001"]);
        assert_eq!(there(home.path())[0].1, "one\ntwo\n");
        // Another start goes on with the newest, behind half a line.
        let newest = home.path().join("decisions-2026-11-29-0001.jsonl");
        assert_eq!(fs::metadata(&newest).unwrap().mode() & 0o777, FILE_MODE);
        fs::write(&newest, "fo").unwrap();
        files(home.path(), 10, 100, 90).write(b"five\n", day(29)).unwrap();
        assert_eq!(fs::read_to_string(&newest).unwrap(), "fo\nfive\n");
    }

    #[test]
    fn no_more_is_kept_than_is_configured_and_nothing_else_is_touched() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("decisions-of-mine.jsonl"), "mine").unwrap();
        let mut log = files(home.path(), 10, 30, 90);
        for on in 1..=9 {
            log.write(b"12345678\n", day(on)).unwrap();
            let bytes: u64 = log.there().unwrap().iter().map(|(_, bytes)| bytes).sum();
            assert!(bytes <= 30, "{:?}", log.there());
        }
        fs::remove_file(home.path().join("decisions-of-mine.jsonl")).unwrap();
        assert_eq!(names(home.path()), ["07-0001", "08-0001", "09-0001"]);
        // By age: two days beside today's.
        let mut log = files(home.path(), 10, 1_000, 2);
        log.write(b"12345678\n", day(10)).unwrap();
        assert_eq!(names(home.path()), ["09-0001", "10-0001"]);
    }

    #[test]
    fn a_clock_that_was_set_back_overwrites_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut log = files(home.path(), 10, 1_000, 90);
        log.write(b"later\n", day(28)).unwrap();
        log.write(b"earlier\n", day(27)).unwrap();
        assert_eq!(names(home.path()), ["28-0001", "28-0002"]);
        assert_eq!(there(home.path())[1].1, "earlier\n");
    }
}
