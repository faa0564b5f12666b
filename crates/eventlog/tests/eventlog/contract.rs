//! What every store must do, as one suite; each store runs all of it.

use crate::given::{commit, event, frames, id, sized_frame};
use futures_util::{StreamExt, TryStreamExt};
use procura_eventlog::*;
use std::time::Duration;
use tokio::time::timeout;

macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(&super::MemoryStore::new()).await;
                }
            )*
        }
        mod faulty {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(&crate::faulty::FaultyStore::default()).await;
                }
            )*
        }
        mod sled {
            $(
                #[tokio::test]
                async fn $case() {
                    let folder = tempfile::tempdir().unwrap();
                    let directory = super::DataDirectory::open(folder.path(), super::id(1)).unwrap();
                    super::$case(&directory.store().unwrap()).await;
                }
            )*
        }
    };
}

contract!(
    empty,
    appends_and_reads_back,
    reads_from_the_middle,
    conflict_leaves_everything,
    frame_that_does_not_join_is_refused,
    largest_frame,
    read_ends_at_the_head_of_its_call,
    follow_waits_and_goes_on,
    follow_from_beyond_the_head,
    is_usable_behind_a_pointer,
);

async fn read(store: &dyn FrameStore, from: u64) -> Vec<Frame> {
    store.read(from).try_collect().await.unwrap()
}

/// Frames at 1..=1, 2..=4, 5..=5, 6..=7.
fn four() -> Vec<Frame> {
    frames(&[commit(1, 1), commit(2, 3), vec![event(5)], commit(6, 2)])
}

async fn fill(store: &dyn FrameStore, frames: &[Frame]) {
    for frame in frames {
        assert_eq!(store.append(frame, frame.first_position() - 1).await.unwrap(), Append::Appended);
        assert_eq!(store.head().await.unwrap(), frame.last_position());
    }
}

async fn empty(store: &dyn FrameStore) {
    assert_eq!(store.head().await.unwrap(), 0);
    for from in [0, 1, 2, u64::MAX] {
        assert_eq!(read(store, from).await, []);
    }
}

async fn appends_and_reads_back(store: &dyn FrameStore) {
    fill(store, &four()).await;
    assert_eq!(read(store, 0).await, four());
    assert_eq!(read(store, 1).await, four());
}

async fn reads_from_the_middle(store: &dyn FrameStore) {
    fill(store, &four()).await;
    for (from, frame) in [(2, 1), (3, 1), (4, 1), (5, 2), (6, 3), (7, 3), (8, 4), (u64::MAX, 4)] {
        assert_eq!(read(store, from).await, four()[frame..], "from {from}");
    }
}

async fn conflict_leaves_everything(store: &dyn FrameStore) {
    let four = four();
    fill(store, &four[..2]).await;
    for expected in [0, 1, 3, 5, 7] {
        let answer = store.append(&four[2], expected).await.unwrap();
        assert_eq!(answer, Append::Conflict { head: 4 }, "expected {expected}");
    }
    assert_eq!(store.head().await.unwrap(), 4);
    assert_eq!(read(store, 1).await, four[..2]);
    fill(store, &four[2..]).await;
}

async fn frame_that_does_not_join_is_refused(store: &dyn FrameStore) {
    let four = four();
    fill(store, &four[..2]).await;
    for frame in [&four[1], &four[3]] {
        let error = store.append(frame, 4).await.unwrap_err();
        assert!(matches!(error, StoreError::NotNext { next: 5, .. }), "{error}");
    }
    assert_eq!(read(store, 1).await, four[..2]);
}

async fn largest_frame(store: &dyn FrameStore) {
    let first = sized_frame(1, FRAME_BYTES_MAX);
    let second = sized_frame(first.last_position() + 1, FRAME_BYTES_MAX);
    let third = sized_frame(second.last_position() + 1, 6 * 1024);
    let all = [first, second, third];
    fill(store, &all).await;
    assert_eq!(read(store, 1).await, all);
    assert_eq!(read(store, all[1].last_position()).await, all[1..]);
}

async fn read_ends_at_the_head_of_its_call(store: &dyn FrameStore) {
    let four = four();
    fill(store, &four[..2]).await;
    let earlier = store.read(1);
    fill(store, &four[2..]).await;
    assert_eq!(earlier.try_collect::<Vec<_>>().await.unwrap(), four[..2]);
}

async fn follow_waits_and_goes_on(store: &dyn FrameStore) {
    let four = four();
    fill(store, &four[..2]).await;
    let mut follower = store.follow(3);
    assert_eq!(follower.next().await.unwrap().unwrap(), four[1]);
    for frame in &four[2..] {
        assert!(timeout(Duration::from_millis(20), follower.next()).await.is_err(), "nothing to follow yet");
        let (followed, ()) = tokio::join!(follower.next(), fill(store, std::slice::from_ref(frame)));
        assert_eq!(&followed.unwrap().unwrap(), frame);
    }
}

async fn follow_from_beyond_the_head(store: &dyn FrameStore) {
    let four = four();
    let mut follower = store.follow(6);
    for frame in &four[..3] {
        fill(store, std::slice::from_ref(frame)).await;
        assert!(timeout(Duration::from_millis(5), follower.next()).await.is_err());
    }
    fill(store, &four[3..]).await;
    assert_eq!(follower.next().await.unwrap().unwrap(), four[3]);
}

async fn is_usable_behind_a_pointer(store: &(impl FrameStore + 'static)) {
    fn shared<T: Send + Sync + ?Sized>(_: &T) {}
    let store: &dyn FrameStore = store;
    shared(store);
    assert_eq!(store.head().await.unwrap(), 0);
}
