//! The events of a frame before they are packed: one after the other, each with its length before it.
//!
//! Absent: how many they may be.

/// The bytes that a frame spends on each event besides the event's own, before it is packed.
pub const EVENT_OVERHEAD_BYTES: usize = 4;

/// Takes the next event.
pub(super) fn take_event<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<EVENT_OVERHEAD_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (event, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(event)
}

/// All of them in order.
pub(super) fn events(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || take_event(&mut rest))
}
