//! The faulty store keeps its own promises: what a power cut leaves is what was synced, and the frame of the fault only
//! where that was planned.

use crate::faulty::{Fault, FaultyStore, PANIC, Plan};
use crate::given::{commit, frames};
use futures_util::FutureExt;
use procura_eventlog::{Append, FrameStore};
use std::panic::AssertUnwindSafe;

#[tokio::test]
async fn a_power_cut_leaves_what_was_synced() {
    let frames = frames(&[commit(1, 2), commit(3, 1), commit(4, 1)]);
    for fault in [Fault::Error, Fault::Unknown, Fault::Conflict, Fault::Panic] {
        for survives in [false, true] {
            let plan = Plan { append: 2, fault, survives };
            let store = FaultyStore::default().after_power_cut(Some(plan)).await;
            (0..3).for_each(|_| store.let_through());
            assert_eq!(store.append(&frames[0], 0).await.unwrap(), Append::Appended);
            store.arrived().await;
            for frame in &frames[1..] {
                let answer = AssertUnwindSafe(store.append(frame, frame.first_position() - 1)).catch_unwind().await;
                match (fault, answer) {
                    (Fault::Error, Ok(Err(_)))
                    | (Fault::Unknown, Ok(Ok(Append::Unknown)))
                    | (Fault::Conflict, Ok(Ok(Append::Conflict { .. }))) => {}
                    (Fault::Panic, Err(panic)) => assert_eq!(panic.downcast_ref::<String>().unwrap(), PANIC),
                    (_, answer) => panic!("{fault:?}: {answer:?}"),
                }
                assert_eq!((store.head().await.unwrap(), store.frames().await.len()), (2, 1), "not synced, not shown");
            }
            assert_eq!(store.appends(), 3);
            let found = store.after_power_cut(None).await.frames().await;
            assert_eq!(found, frames[..if survives { 2 } else { 1 }], "{fault:?}");
        }
    }
}
