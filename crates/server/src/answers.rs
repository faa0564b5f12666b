//! The memory of answers under way: those that are being read out of memory take so many bytes in all, and so many of one
//! owner's.

use crate::problem::Problem;
use axum::{
    body::{Body, Bytes, HttpBody},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use procura_app::{BrokenOff, Code, Error, Owner, Pieces};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

/// How much memory large answers under way take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerLimits {
    /// In all, in MiB.
    pub mib: usize,
    /// One owner's, in MiB.
    pub of_owner_mib: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self { mib: 256, of_owner_mib: 64 }
    }
}

const MIB: usize = 1 << 20;
/// Answers up to this size are not counted: the connections bound them.
const SMALL_ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How large the answers under way are.
#[derive(Default)]
pub(crate) struct Answers {
    under_way: Mutex<UnderWay>,
    limits: AnswerLimits,
}

#[derive(Default)]
struct UnderWay {
    all: usize,
    of_owner: HashMap<Owner, usize>,
}

/// The memory of one answer.
struct Held {
    answers: Arc<Answers>,
    owner: Owner,
    /// None, once it is let go of.
    bytes: AtomicUsize,
}

/// Lets go of the memory of an answer when it is dropped, unless somebody else has.
struct LetGo(Arc<Held>);

/// An answer whose memory is let go of when its last piece is taken, when nobody reads it any more, or too slowly.
struct Counted {
    pieces: Pieces,
    left: u64,
    _held: LetGo,
}

impl Answers {
    pub(crate) fn within(limits: AnswerLimits) -> Self {
        Self { under_way: Mutex::default(), limits }
    }

    /// Counts a whole answer until it is read. If there is no room for it, the caller is told to try again; what was recorded
    /// is answered in any case.
    pub(crate) async fn count(self: &Arc<Self>, owner: Owner, response: Response) -> Response {
        let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let Some(bytes) = size.filter(|size| *size > SMALL_ANSWER_BYTES_MAX) else { return response };
        let recorded = response.status() == axum::http::StatusCode::CREATED;
        let Some(held) = self.hold(owner, bytes, recorded) else {
            let detail = "large answers of yours, or of others, are waiting to be read: read them, and try again";
            return Problem::from(Error::new(Code::TurnsTaken, detail)).into_response();
        };
        let (parts, body) = response.into_parts();
        match axum::body::to_bytes(body, bytes).await {
            Ok(whole) => {
                let (pieces, left) = (Pieces::of(whole.into(), LetGo(held.clone())), bytes as u64);
                Response::from_parts(parts, Body::new(Counted { pieces, left, _held: LetGo(held) }))
            }
            Err(error) => Problem::from(Error::internal(error)).into_response(),
        }
    }

    /// How much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.under_way.lock().all
    }

    fn hold(self: &Arc<Self>, owner: Owner, bytes: usize, whatever_is_held: bool) -> Option<Arc<Held>> {
        let AnswerLimits { mib, of_owner_mib } = self.limits;
        let mut under_way = self.under_way.lock();
        let all = under_way.all.saturating_add(bytes);
        let of_owner = under_way.of_owner.get(&owner).copied().unwrap_or_default().saturating_add(bytes);
        let has_room = all <= mib.saturating_mul(MIB) && of_owner <= of_owner_mib.saturating_mul(MIB);
        (has_room || whatever_is_held).then(|| {
            under_way.all = all;
            under_way.of_owner.insert(owner, of_owner);
            Arc::new(Held { answers: self.clone(), owner, bytes: AtomicUsize::new(bytes) })
        })
    }
}

impl Drop for LetGo {
    fn drop(&mut self) {
        let Held { answers, owner, bytes } = &*self.0;
        let (bytes, mut under_way) = (bytes.swap(0, Relaxed), answers.under_way.lock());
        under_way.all = under_way.all.saturating_sub(bytes);
        if let Some(of_owner) = under_way.of_owner.get_mut(owner) {
            *of_owner = of_owner.saturating_sub(bytes);
            if *of_owner == 0 {
                under_way.of_owner.remove(owner);
            }
        }
    }
}

/// In pieces: a connection takes one when it has room for it, so the answer is held here and not there.
impl HttpBody for Counted {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let piece = ready!(self.pieces.poll_next_unpin(context)).transpose()?;
        self.left = self.left.saturating_sub(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        id::{Id, ObjectId, TenantId},
        vocabulary::User,
    };

    #[tokio::test]
    async fn an_answer_is_read_whole_and_let_go_of() {
        let answers: Arc<Answers> = Arc::default();
        let owner = Owner::Tenant(TenantId::MIN);
        let text: String = ('a'..='z').cycle().take(3 * MIB).collect();
        let response = answers.count(owner, text.clone().into_response()).await;
        assert_eq!(response.body().size_hint().exact(), Some(3 << 20));
        assert_eq!(answers.under_way.lock().all, 3 * MIB);
        let read = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(read == text);
        assert_eq!(answers.under_way.lock().all, 0);
        assert!(answers.under_way.lock().of_owner.is_empty());
    }

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_read_is_let_go_of_while_its_connection_stays() {
        let answers: Arc<Answers> = Arc::default();
        let owner = Owner::Tenant(TenantId::MIN);
        let unread = answers.count(owner, vec![0_u8; 3 * MIB].into_response()).await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        assert_eq!(answers.under_way.lock().all, 0);
        assert!(axum::body::to_bytes(unread.into_body(), usize::MAX).await.is_err(), "it is broken off");
        assert!(answers.under_way.lock().of_owner.is_empty(), "and let go of once");
    }

    #[tokio::test]
    async fn one_owner_takes_a_quarter_and_all_no_more_than_there_is() {
        let answers: Arc<Answers> = Arc::default();
        let answer = || vec![0_u8; 16 * MIB].into_response();
        let owners = (0..6).map(|number| {
            let user = User { tenant: TenantId::MIN, user: ObjectId::new(uuid::Uuid::from_u128(number)) };
            Owner::Service(user)
        });
        let mut held = Vec::new();
        for owner in owners {
            for _ in 0..5 {
                held.push(answers.count(owner, answer()).await);
            }
        }
        let given = held.iter().map(|response| response.status() == 200).collect::<Vec<_>>();
        assert_eq!(given[..5], [true, true, true, true, false], "the fifth is more than a quarter");
        assert_eq!(given.iter().filter(|given| **given).count(), AnswerLimits::default().mib / 16);
        let refused = held.iter().find(|response| response.status() != 200).unwrap();
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
        // What was recorded is told, and small answers always have room.
        let recorded = (axum::http::StatusCode::CREATED, vec![0_u8; MIB]).into_response();
        let owner = Owner::Tenant(TenantId::MIN);
        assert_eq!(answers.count(owner, recorded).await.status(), 201);
        assert_eq!(answers.count(owner, vec![0_u8; SMALL_ANSWER_BYTES_MAX].into_response()).await.status(), 200);
        drop(held);
        assert!(answers.count(owner, answer()).await.status() == 200);
    }
}
