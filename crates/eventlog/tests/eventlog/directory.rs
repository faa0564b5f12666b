//! The data directory: made once, kept, and what is refused with which sentence.

use crate::given::{id, message};
use expect_test::{Expect, expect};
use procura_eventlog::*;
use std::fs;
use std::path::Path;

fn make(path: &Path) {
    DataDirectory::open(path, id(1)).unwrap();
}

fn check(path: &Path, expected: &Expect) {
    let listed = |path: &Path| {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = listed(path);
    let error = DataDirectory::open(path, id(2)).unwrap_err();
    expected.assert_eq(&message(&error, path));
    assert_eq!(listed(path), before, "a refused directory stays as it was");
}

#[test]
fn is_made_where_there_is_nothing_and_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/data");
    let directory = DataDirectory::open(&path, id(1)).unwrap();
    assert_eq!((directory.log_id(), directory.epochs(), directory.path()), (id(1), &Epochs::first(), path.as_path()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    drop(directory);
    let again = DataDirectory::open(&path, id(2)).unwrap();
    assert_eq!((again.log_id(), again.epochs()), (id(1), &Epochs::first()));
    let mut names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["FORMAT", "LOCK", "head", "log"]);
}

#[test]
fn is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let open = || DataDirectory::open(&path, id(1)).map(|directory| directory.mode_open_to_others());
    assert_eq!(open().unwrap(), None);
    let lock = || fs::metadata(path.join("LOCK")).unwrap().permissions().mode() & 0o777;
    assert_eq!(lock(), 0o600);
    fs::set_permissions(path.join("LOCK"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!((open().unwrap(), lock()), (None, 0o600), "one of an earlier build");
    // Others who list it learn how the log grows: that is said.
    for mode in [0o755, 0o750, 0o701, 0o710, 0o740] {
        set(mode);
        assert_eq!(open().unwrap(), Some(mode), "{mode:o}");
    }
    // Others who write into it could put a log of their own in its place.
    for mode in [0o777, 0o775, 0o770, 0o702, 0o1777, 0o720] {
        set(mode);
        let error = DataDirectory::open(&path, id(1)).unwrap_err();
        assert!(matches!(error, DirectoryError::WritableByOthers { mode: found, .. } if found == mode), "{mode:o}");
    }
    expect![[
        r#"the directory DIR can be written to by others (mode 0720): run `chmod 700 DIR`, and verify the log before it is used"#
    ]]
    .assert_eq(&message(&DataDirectory::open(&path, id(1)).unwrap_err(), &path));
    set(0o700);
    assert_eq!(open().unwrap(), None);
}

#[test]
fn is_made_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(DataDirectory::open(folder.path(), id(1)).unwrap().log_id(), id(1));
}

#[test]
fn an_interrupted_making_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // Cut before FORMAT had its name: everything is made anew.
    fs::write(path.join("LOCK"), "").unwrap();
    fs::create_dir(path.join("log.new")).unwrap();
    fs::write(path.join("log.new/db"), "half").unwrap();
    fs::write(path.join("FORMAT.new"), "proc").unwrap();
    make(path);
    // Cut before the log had its name: FORMAT is kept.
    fs::rename(path.join("log"), path.join("log.new")).unwrap();
    let directory = DataDirectory::open(path, id(2)).unwrap();
    assert_eq!(directory.log_id(), id(1));
    directory.store().unwrap();
}

#[test]
fn in_use() {
    let folder = tempfile::tempdir().unwrap();
    let _held = DataDirectory::open(folder.path(), id(1)).unwrap();
    check(
        folder.path(),
        &expect![
            "the directory DIR is in use by another process: stop that one, or reach its server with --server where the command takes it"
        ],
    );
}

#[test]
fn the_lock_ends_with_the_value() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    make(folder.path());
}

#[test]
fn store_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let _store = directory.store().unwrap();
    let error = directory.store().unwrap_err();
    expect!["the log DIR/log is in use: stop the process that has it open, or talk to that process with --server"]
        .assert_eq(&message(&error, folder.path()));
}

#[test]
fn newer_format() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    fs::write(folder.path().join("FORMAT"), "procura data directory\nformat 7\nwhatever\n").unwrap();
    check(
        folder.path(),
        &expect![
            "the directory DIR has format 7, this build reads up to 6. It was written by a newer Procura: use that version or a newer one"
        ],
    );
}

#[test]
fn somebody_elses_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "").unwrap();
    check(
        folder.path(),
        &expect![
            "DIR is not a Procura directory, it holds other files and no file FORMAT: name an empty folder or one that does not exist"
        ],
    );
}

#[test]
fn format_lost() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    fs::remove_file(folder.path().join("FORMAT")).unwrap();
    check(
        folder.path(),
        &expect![
            "the directory DIR has a folder log but no file FORMAT, which is lost: move the directory away and restore a backup"
        ],
    );
}

#[test]
fn log_lost() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    fs::remove_dir_all(folder.path().join("log")).unwrap();
    check(
        folder.path(),
        &expect![
            "the directory DIR has a file FORMAT but no folder log, which is lost: move the directory away and restore a backup"
        ],
    );
}

#[test]
fn content_of_the_log_lost() {
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    fs::remove_file(folder.path().join("log/db")).unwrap();
    expect![
        "the log DIR/log has no file db, although it was made with one: move the directory away and restore a backup"
    ]
    .assert_eq(&message(&directory.store().unwrap_err(), folder.path()));
}

#[test]
fn damaged_format() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let file = folder.path().join("FORMAT");
    let sound = fs::read_to_string(&file).unwrap();
    let mut causes = String::new();
    for damaged in [
        String::new(),
        sound.replace("procura", "procure"),
        sound.replace("format 6", "format one"),
        sound.replace("format 6", "format 0"),
        sound.replace("format 6", "format 02"),
        sound.replace("log ", "log x"),
        sound.replace("epoch 1", "epoch 0"),
        sound.replace("after 0", "after"),
        format!("{sound}more\n"),
        sound.trim_end().to_owned(),
    ] {
        fs::write(&file, damaged).unwrap();
        let error = DataDirectory::open(folder.path(), id(2)).unwrap_err();
        assert!(matches!(error, DirectoryError::Unreadable { .. }), "{error}");
        causes += &(message(&error, folder.path()) + "\n");
    }
    fs::write(&file, [0xff, 0xfe]).unwrap();
    causes += &message(&DataDirectory::open(folder.path(), id(2)).unwrap_err(), folder.path());
    expect![[r#"
        the file DIR/FORMAT is damaged, its first line is not "procura data directory": move the directory away and restore a backup
        the file DIR/FORMAT is damaged, its first line is not "procura data directory": move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no format: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, its format is 0: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no epochs: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no log id: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no epochs: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no epochs: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no epochs: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it has no epochs: move the directory away and restore a backup
        the file DIR/FORMAT is damaged, it is not text: move the directory away and restore a backup"#]]
    .assert_eq(&causes);
    fs::write(&file, sound).unwrap();
    make(folder.path());
}

#[test]
fn a_file_is_no_directory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = DataDirectory::open(&path, id(2)).unwrap_err();
    expect!["could not look for DIR/file/FORMAT: Not a directory (os error 20); check the path, the permissions and the disk"].assert_eq(&message(&error, folder.path()));
}

#[test]
fn a_log_has_the_origin_that_it_was_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let asked: LogOrigin = "partners.example/procura".parse().unwrap();
    let open = |asked| DataDirectory::open_as(folder.path(), id(1), asked).map(|directory| directory.origins().clone());
    for asked in [Some(&asked), Some(&asked), None] {
        assert_eq!(open(asked).unwrap(), Origins::new(id(1), "partners.example/procura".parse().unwrap()));
    }
    assert_eq!(DataDirectory::origin_of(folder.path()).unwrap(), "partners.example/procura");
    let other = "partners.example/other".parse().unwrap();
    expect!["the log in DIR has the origin partners.example/procura, chosen when it was made: ask for that one, or for none; partners.example/other needs a new directory"]
        .assert_eq(&message(&open(Some(&other)).unwrap_err(), folder.path()));
}
