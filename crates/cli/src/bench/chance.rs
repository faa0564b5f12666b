//! Chance that a seed decides: the same draws and the same ids on every machine, in whole numbers alone.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use uuid::Uuid;

/// Whose draws or ids they are. Each has a stream of the cipher of its own, so that nobody's depend on anybody else's.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Everything,
    Partner,
    PartnerIds,
    Customer,
    CustomerIds,
}

/// What an id is of; beside it stands a number.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A tenant is the first of its own people, a person one of the others.
    Tenant,
    Invitation,
    Subscription,
    RoleAssignment,
    Profile,
    Device,
}

/// What a seed decides.
pub(super) struct Seed(ChaCha8Rng);

impl Seed {
    pub(super) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key.iter_mut().zip(seed.to_le_bytes()).for_each(|(to, from)| *to = from);
        Self(ChaCha8Rng::from_seed(key))
    }

    /// The draws of one of them.
    pub(super) fn chance(&self, of: Of, number: u32) -> Chance {
        let mut stream = self.0.clone();
        stream.set_stream(((of as u64) << 32) | u64::from(number));
        Chance(stream)
    }

    /// An id of one of them (version 4): it need not be kept, since it can be had again.
    pub(super) fn id(&self, of: Of, owner: u32, kind: Kind, number: u16) -> Uuid {
        const WORDS: u128 = 4;
        let Chance(mut stream) = self.chance(of, owner);
        stream.set_word_pos((((kind as u128) << 16) | u128::from(number)) * WORDS);
        let mut bytes = [0; 16];
        stream.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// Draws, one after the other.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// A number below that one; 0 if that is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A number from the first to before the second; the first, if there is none between.
    pub(super) fn between(&mut self, first: u32, end: u32) -> u32 {
        first + self.below(end.saturating_sub(first))
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(u32::try_from(of.len()).unwrap_or(u32::MAX));
        of.get(usize::try_from(place).unwrap_or(usize::MAX)).copied()
    }

    /// A number below that one, which is large.
    pub(super) fn below_large(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number with a heavy tail (Pareto's, with exponent 4/3, so that the mean is four times the least), up to `most`.
    pub(super) fn heavy(&mut self, least: u32, most: u32) -> u32 {
        let draw = Fixed((u128::from(self.0.next_u32()) + 1).min(Fixed::ONE.0));
        let root = draw.root();
        // draw^(3/4)
        let divisor = root.times(root.root());
        u32::try_from(u128::from(least) * Fixed::ONE.0 / divisor.0.max(1)).unwrap_or(u32::MAX).min(most)
    }
}

/// A number with 32 binary places after the point: powers of such are the same on every machine, other than a float's.
#[derive(Clone, Copy)]
pub(super) struct Fixed(u128);

impl Fixed {
    const ONE: Self = Self(1 << 32);

    pub(super) fn new(number: u32) -> Self {
        Self(u128::from(number) << 32)
    }

    pub(super) fn root(self) -> Self {
        Self((self.0 << 32).isqrt())
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self((self.0 * other.0) >> 32)
    }

    /// How often it goes into a large number.
    pub(super) fn share(self) -> u64 {
        u64::try_from((Self::ONE.0 * Self::ONE.0) / self.0.max(1)).unwrap_or(u64::MAX)
    }
}
