//! What opening a log refuses: one row, one damage, with the message it gets.

use crate::given::{EPOCH, Planted, commit, event, frame_at, frames, id, second};
use expect_test::{Expect, expect};
use procura_eventlog::*;
use std::convert::Infallible;
use std::sync::Arc;

async fn check(damaged: Planted, expected: Expect) {
    let opened = Log::open(Arc::new(damaged), |_| Ok::<_, Infallible>(())).await;
    expected.assert_eq(&opened.err().unwrap().to_string());
}

async fn check_group(group: Vec<Envelope>, expected: Expect) {
    check(Planted::of(frames(&[vec![event(1)], group])), expected).await;
}

fn sound() -> Vec<Frame> {
    frames(&[vec![event(1)], commit(2, 3), vec![event(5)]])
}

#[tokio::test]
async fn a_sound_log_opens() {
    let log = Log::open(Arc::new(Planted::of(sound())), |_| Ok::<_, Infallible>(())).await.unwrap();
    assert_eq!((log.head(), log.root()), (5, sound()[2].root()));
}

#[tokio::test]
async fn the_callers_own_error_ends_it() {
    let mut seen = 0;
    let opened = Log::open(Arc::new(Planted::of(sound())), |_| {
        seen += 1;
        if seen == 2 { Err("no such event type") } else { Ok(()) }
    })
    .await;
    assert!(matches!(opened.err(), Some(OpenLogError::Commit { position: 4, source: "no such event type" })));
}

#[tokio::test]
async fn gap() {
    let mut frames = sound();
    frames.remove(1);
    check(Planted::of(frames), expect!["the log is damaged at position 2: events are missing, the last one before is at 1; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn gap_at_the_beginning() {
    check(Planted::of(sound()[1..].to_vec()), expect!["the log is damaged at position 1: events are missing, the last one before is at 0; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn duplicate() {
    let mut frames = sound();
    frames.insert(2, frames[1].clone());
    check(Planted::of(frames), expect!["the log is damaged at position 2: the position occurs twice, the log had already reached 4; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn overlap() {
    let mut frames = sound();
    let mut tree = Tree::new();
    frames.insert(2, frame_at(&mut tree, 4, EPOCH, &[event(4), event(5)]));
    check(Planted::of(frames), expect!["the log is damaged at position 4: the position occurs twice, the log had already reached 4; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn head_beyond_the_last_frame() {
    check(Planted { head: 9, ..Planted::of(sound()) }, expect!["the log is damaged at position 5: the store says that its last position is 9; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn wrong_epoch() {
    let mut tree = Tree::new();
    let first = frame_at(&mut tree, 1, EPOCH, &[event(1)]);
    let second = frame_at(&mut tree, 2, EPOCH + 1, &[event(2)]);
    check(Planted::of(vec![first, second]), expect!["the log is damaged at position 2: the frame belongs to epoch 2, this history is epoch 1; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn frame_of_another_log() {
    let mut frames = sound();
    let other = Envelope { salt: [8; 16], ..event(1) };
    let mut tree = Tree::new();
    frame_at(&mut tree, 1, EPOCH, &[other]);
    frames[1] = frame_at(&mut tree, 2, EPOCH, &commit(2, 3));
    check(Planted::of(frames), expect!["the log is damaged at position 4: the Merkle root over all events up to there is not the one that was recorded; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn wrong_root() {
    let frame = Frame::encode(id(1), EPOCH, 1, [9; 32], [event(1).encode().unwrap()]).unwrap();
    check(Planted::of(vec![frame]), expect!["the log is damaged at position 1: the Merkle root over all events up to there is not the one that was recorded; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn not_an_envelope() {
    let frame = Frame::encode(id(1), EPOCH, 1, [9; 32], ["{\"id\":7}"]).unwrap();
    check(Planted::of(vec![frame]), expect!["the log is damaged at position 1: not an envelope as FORMAT.md describes it: invalid type: integer `7`, expected a formatted UUID string at line 1 column 7; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn other_position_in_the_envelope() {
    check_group(vec![event(3)], expect!["the log is damaged at position 2: the event there says that its position is 3; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn commit_without_its_end() {
    check_group(
        commit(2, 3)[..2].to_vec(),
        expect!["the log is damaged at position 3: the commit there is not whole; move the directory away and restore a backup"],
    )
    .await;
}

#[tokio::test]
async fn commit_without_its_beginning() {
    let tail = Envelope { commit: CommitPart { index: 1, size: 2 }, ..event(2) };
    check_group(
        vec![tail],
        expect!["the log is damaged at position 2: the commit there is not whole; move the directory away and restore a backup"],
    )
    .await;
}

#[tokio::test]
async fn commit_over_two_frames() {
    let whole = commit(1, 2);
    check(
        Planted::of(frames(&[whole[..1].to_vec(), whole[1..].to_vec()])),
        expect!["the log is damaged at position 1: the commit there is not whole; move the directory away and restore a backup"],
    )
    .await;
}

#[tokio::test]
async fn commit_of_no_size() {
    check_group(
        vec![Envelope { commit: CommitPart { index: 0, size: 0 }, ..event(2) }],
        expect!["the log is damaged at position 2: the commit there is not whole; move the directory away and restore a backup"],
    )
    .await;
}

#[tokio::test]
async fn commit_of_two_sizes() {
    let mut group = commit(2, 2);
    group[1].commit.size = 3;
    check_group(
        group,
        expect!["the log is damaged at position 3: the commit there is not whole; move the directory away and restore a backup"],
    )
    .await;
}

#[tokio::test]
async fn commit_with_two_times() {
    let mut group = commit(2, 2);
    group[1].recorded_at = second(3);
    check_group(group, expect!["the log is damaged at position 3: the commit there has more than one recorded time; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn time_going_back() {
    check_group(vec![Envelope { recorded_at: second(0), ..event(2) }], expect!["the log is damaged at position 2: the commit was recorded at 2026-01-05 08:00:00 UTC, not after the one before at 2026-01-05 08:00:01 UTC; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn time_standing_still() {
    check_group(vec![event(2), Envelope { recorded_at: second(2), ..event(3) }], expect!["the log is damaged at position 3: the commit was recorded at 2026-01-05 08:00:02 UTC, not after the one before at 2026-01-05 08:00:02 UTC; move the directory away and restore a backup"]).await;
}
