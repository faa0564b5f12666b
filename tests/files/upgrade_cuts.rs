//! Power cuts during `procura upgrade`: its calls are recorded, the disk is rebuilt as a cut may have left it, and what is
//! left is opened and upgraded again. Every event is there each time.

use crate::{
    disk_model::{Disk, Kind},
    playing::play,
    recording::{Recording, traced},
    scratch,
};
use procura_eventlog::DIRECTORY_FORMAT;
use procura_tests::{Dice, Ran, number, procura, run};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// What is upgraded: frames that are not packed, frames in the layout of before, and frames that are packed whole.
const FIXTURES: [&str; 3] = ["format-3-feeds", "format-4", "format-5"];
/// How many of each, unless `PROCURA_POWER_CUTS` says otherwise.
const CUTS: u64 = 20;
const SEED: u64 = 1;

#[test]
fn no_power_cut_during_an_upgrade_loses_anything() {
    FIXTURES.iter().for_each(|fixture| upgraded_with_cuts(fixture));
}

fn upgraded_with_cuts(fixture: &str) {
    let scratch_folder = scratch();
    let folder = scratch_folder.path();
    let (root, trace) = (folder.join("disk"), folder.join("trace"));
    fs::create_dir(&root).unwrap();
    let fixture = &format!("{}/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
    assert!(Command::new("cp").args(["-rT", fixture]).arg(root.join("data")).status().unwrap().success());
    // git keeps no such modes.
    assert!(Command::new("chmod").args(["-R", "go="]).arg(&root).status().unwrap().success());
    let expected = fs::read_to_string(format!("{fixture}.events.jsonl")).unwrap();
    let disk = Disk::found(&root);
    let upgraded = run(traced(&trace).arg("upgrade").arg("--data").arg(root.join("data")), "");
    assert_eq!(upgraded.code, 0, "{}", upgraded.stderr);
    let recording = Recording::read(std::slice::from_ref(&trace), &root);
    let disk = play(disk, &recording);
    disk.assert_is();
    let done = recording.calls.iter().filter(|call| call.is_done());
    let places: Vec<usize> = done.flat_map(|call| [call.began, call.ended + 1]).collect();
    let seed = number("PROCURA_SEED", SEED);
    let (next, failures) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let cuts = number("PROCURA_POWER_CUTS", CUTS);
    let work = || {
        while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < cuts) {
            let mut dice = Dice::of(seed, number);
            let kind = *dice.one(&[Kind::Nothing, Kind::Some, Kind::Torn]);
            // Half of them at the end, where names change.
            let from = if dice.chance(50) { places.len() * 9 / 10 } else { 0 };
            let at = places[from + dice.below(places.len() - from)];
            let scratch = scratch();
            let left = scratch.path().join("left");
            let kept = disk.cut(at, kind, &mut dice, &left);
            if let Err(wrong) = judge(&left.join("data"), &expected) {
                let failure = format!("cut {number} before call {at}, {kind:?}: {wrong}\n{kept}");
                failures.lock().unwrap().push(failure);
            }
        }
    };
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {cuts} of {fixture}: {}", failures.len(), failures.join("\n"));
}

/// Opened, upgraded, and opened again, it says what it said.
fn judge(data: &Path, expected: &str) -> Result<(), String> {
    let says = |word: &str, when: &str| {
        let Ran { code, stdout, stderr } = run(procura().arg(word).arg("--data").arg(data), "");
        if code == 0 { Ok(stdout) } else { Err(format!("{when}: exit code {code}: {stderr}")) }
    };
    let before = says("export", "opened")?;
    says("upgrade", "upgraded")?;
    let after = says("export", "opened again")?;
    let format = fs::read_to_string(data.join("FORMAT")).unwrap();
    match (before == expected, after == expected, format.contains(&format!("\nformat {DIRECTORY_FORMAT}\n"))) {
        (true, true, true) => Ok(()),
        all => Err(format!("events before and after, format: {all:?}")),
    }
}
