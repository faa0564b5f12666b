//! Many lists, most of them short, in one place: a list takes eight bytes where it belongs, and what is in it lies side by
//! side in the pool.

/// Where a list of a pool is. Copied freely; the pool changes the copy that it is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct List {
    /// Which of the places for lists of about its length.
    slot: u32,
    len: u32,
}

impl List {
    pub(crate) fn len(self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// How many items of one class are made room for at a time, unless a single list has more.
const CHUNK_ITEMS: usize = 4_096;

/// The lists of one kind of item.
#[derive(Debug, Clone)]
pub(crate) struct Lists<T> {
    /// By the binary logarithm of how many items a place takes.
    classes: Vec<Class<T>>,
}

/// The places for lists of up to 2^n items.
#[derive(Debug, Clone)]
struct Class<T> {
    chunks: Vec<Vec<T>>,
    slots: u32,
    /// Places that lists have left for larger ones.
    free: Vec<u32>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { classes: Vec::new() }
    }
}

impl<T> Default for Class<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), slots: 0, free: Vec::new() }
    }
}

/// The class of a list of so many items, at least one.
fn class_of(len: u32) -> u32 {
    len.next_power_of_two().trailing_zeros()
}

/// The chunk of a place, and where it begins there.
fn place(class: u32, slot: u32) -> (usize, usize) {
    let in_chunk = (CHUNK_ITEMS >> class).max(1);
    let slot = slot as usize;
    (slot / in_chunk, (slot % in_chunk) << class)
}

impl<T: Copy + Default> Lists<T> {
    /// What is in the list.
    #[inline]
    pub(crate) fn get(&self, list: List) -> &[T] {
        if list.len == 0 {
            return &[];
        }
        let class = class_of(list.len);
        let (chunk, begin) = place(class, list.slot);
        let found = self.classes.get(class as usize).and_then(|class| class.chunks.get(chunk));
        found.and_then(|chunk| chunk.get(begin..begin + list.len as usize)).unwrap_or_default()
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, list: List) -> &mut [T] {
        let class = class_of(list.len.max(1));
        let (chunk, begin) = place(class, list.slot);
        let found = self.classes.get_mut(class as usize).and_then(|class| class.chunks.get_mut(chunk));
        found.and_then(|chunk| chunk.get_mut(begin..begin + list.len as usize)).unwrap_or_default()
    }

    pub(crate) fn last_mut(&mut self, list: List) -> Option<&mut T> {
        self.get_mut(list).last_mut()
    }

    /// Adds an item to the end of the list.
    pub(crate) fn push(&mut self, list: &mut List, item: T) {
        let grown = list.len + 1;
        if list.len == 0 || class_of(grown) != class_of(list.len) {
            let slot = self.take(class_of(grown));
            let moved = List { slot, len: grown };
            // Few lists grow, and they double each time: what they leave is used again.
            let before = self.get(*list).to_vec();
            for (to, from) in self.get_mut(moved).iter_mut().zip(before) {
                *to = from;
            }
            self.leave(*list);
            *list = moved;
        } else {
            list.len = grown;
        }
        if let Some(last) = self.get_mut(*list).last_mut() {
            *last = item;
        }
    }

    /// Adds an item before the one at that place.
    pub(crate) fn insert(&mut self, list: &mut List, place: usize, item: T) {
        self.push(list, item);
        if let Some(behind) = self.get_mut(*list).get_mut(place..) {
            behind.rotate_right(1);
        }
    }

    /// Takes everything out of the list.
    pub(crate) fn clear(&mut self, list: &mut List) {
        self.leave(*list);
        *list = List::default();
    }

    /// A list of so many items, to be set.
    pub(crate) fn sized(&mut self, len: u32) -> List {
        if len == 0 { List::default() } else { List { slot: self.take(class_of(len)), len } }
    }

    /// Sets an item of a list.
    pub(crate) fn set(&mut self, list: &mut List, place: u32, item: T) {
        if let Some(there) = self.get_mut(*list).get_mut(place as usize) {
            *there = item;
        }
    }

    fn take(&mut self, class: u32) -> u32 {
        while self.classes.len() <= class as usize {
            self.classes.push(Class::default());
        }
        let Some(places) = self.classes.get_mut(class as usize) else { return 0 };
        if let Some(slot) = places.free.pop() {
            return slot;
        }
        let slot = places.slots;
        places.slots += 1;
        let (chunk, begin) = place(class, slot);
        if chunk == places.chunks.len() {
            let whole = CHUNK_ITEMS.max(1 << class);
            places.chunks.push(if chunk == 0 { Vec::new() } else { Vec::with_capacity(whole) });
        }
        if let Some(items) = places.chunks.get_mut(chunk) {
            items.resize(begin + (1 << class), T::default());
        }
        slot
    }

    fn leave(&mut self, list: List) {
        if list.len > 0
            && let Some(places) = self.classes.get_mut(class_of(list.len) as usize)
        {
            places.free.push(list.slot);
        }
    }

    /// How many places there are of the class that has most.
    pub(crate) fn slots(&self) -> u32 {
        self.classes.iter().map(|class| class.slots).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_what_was_added_to_them() {
        let (mut lists, mut plain, mut at) = (Lists::default(), vec![vec![]; 40], [List::default(); 40]);
        let mut random = 7_u64;
        for item in 0..60_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // The first lists grow long, the last ones stay short.
            let number = ((random >> 33) % 40 * ((random >> 13) % 40) / 40) as usize;
            lists.push(&mut at[number], item);
            plain[number].push(item);
        }
        for (list, plain) in at.iter().zip(&plain) {
            assert_eq!(lists.get(*list), plain.as_slice());
            assert_eq!((list.len() as usize, list.is_empty()), (plain.len(), plain.is_empty()));
        }
        assert!(plain.iter().any(|plain| plain.len() > CHUNK_ITEMS), "a list longer than a chunk");
        assert!(lists.classes[0].slots <= 40, "places are used again: {}", lists.classes[0].slots);
    }
}
