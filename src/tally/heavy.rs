//! A map from keys that strangers choose to what is counted of each, bounded: exact while there
//! are no more keys than its cap, and within a stated error from then on.
//!
//! When it is full, it drops the rarer half of its keys and remembers the largest count it
//! dropped, the *floor* (Misra and Gries, "Finding repeated elements", 1982, with the purge of
//! Anderson et al., "A high-performance algorithm for identifying frequent items in data streams",
//! IMC 2017). A key that comes in later may have been dropped before with at most that many
//! requests, so it keeps the floor as its error: `count <= true <= count + error`. Keys that were
//! there before the first purge have error 0 and are exact.
//!
//! [`Heavy::count`] works a batch at a time in passes (hash, peek, update): the cache misses of one
//! batch overlap, which is what makes it twice as fast as asking a hash map line by line.

use foldhash::quality::RandomState;
use std::hash::BuildHasher;

/// Keys are cut to this many bytes: a stranger may send URLs of 64 KiB.
pub const KEY_BYTES: usize = 512;

/// What is counted of a key.
pub trait Count: Default {
    /// The number that keys are ranked by when the map is full.
    fn weight(&self) -> u64;
    /// Adds the counts of the same key from another map.
    fn merge(&mut self, other: &Self);
}

/// The map.
#[derive(Clone, Debug)]
pub struct Heavy<V> {
    /// Open addressing with linear probing: the hash's upper half as a tag, and the number of the
    /// entry plus one in the lower; 0 is free. At most half full.
    slots: Vec<u64>,
    entries: Vec<Entry<V>>,
    keys: Vec<u8>,
    cap: usize,
    floor: u64,
    /// Seeded for each map: nobody can choose colliding keys beforehand.
    hasher: RandomState,
    /// Recycled between batches.
    hashes: Vec<u64>,
    peeked: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    /// The key's place in `keys`, which [`KEY_BYTES`] and the cap keep far below 4 GiB.
    key_start: u32,
    key_length: u32,
    error: u64,
    value: V,
}

/// A key with what was counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a, V> {
    /// The key.
    pub key: &'a [u8],
    /// What was counted.
    pub value: &'a V,
    /// By how much its counts may be too low; 0 when they are exact.
    pub error: u64,
}

const TAG: u64 = 0xffff_ffff_0000_0000;

impl<V: Count> Entry<V> {
    #[inline]
    fn key_range(&self) -> std::ops::Range<usize> {
        let start = self.key_start as usize;
        start..start + self.key_length as usize
    }

    /// The most requests that the key can have had.
    fn bound(&self) -> u64 {
        self.value.weight() + self.error
    }
}

/// The part of a key that is kept.
#[inline]
fn cut(key: &[u8]) -> &[u8] {
    &key[..key.len().min(KEY_BYTES)]
}

impl<V: Count> Heavy<V> {
    /// An empty map for at most `cap` keys.
    pub fn new(cap: usize) -> Self {
        Self {
            slots: vec![0; 64],
            entries: Vec::new(),
            keys: Vec::new(),
            cap: cap.max(2),
            floor: 0,
            hasher: RandomState::default(),
            hashes: Vec::new(),
            peeked: Vec::new(),
        }
    }

    /// Counts a batch: `update` gets the value of each key and the key's place in the batch.
    /// Absent keys are passed over.
    #[inline]
    pub fn count<'k, K>(&mut self, keys: K, mut update: impl FnMut(&mut V, usize))
    where
        K: Iterator<Item = Option<&'k [u8]>> + Clone,
    {
        let mask = self.slots.len() - 1;
        self.hashes.clear();
        self.hashes
            .extend(keys.clone().map(|key| key.map_or(0, |key| self.hasher.hash_one(cut(key)))));
        // Peek: plain loads whose results are kept, so that the misses of the batch overlap.
        self.peeked.clear();
        self.peeked.extend(self.hashes.iter().map(|hash| {
            let slot = self.slots[*hash as usize & mask];
            let entry = (slot as u32).checked_sub(1).and_then(|at| self.entries.get(at as usize));
            entry.and_then(|entry| self.keys.get(entry.key_start as usize)).copied().unwrap_or(0)
        }));
        for (at, key) in keys.enumerate() {
            if let Some(key) = key {
                let hash = self.hashes[at];
                let entry = self.entry(hash, cut(key));
                update(&mut self.entries[entry].value, at);
            }
        }
    }

    /// Adds one request for a key.
    pub fn add(&mut self, key: &[u8], update: impl FnOnce(&mut V)) {
        let key = cut(key);
        let entry = self.entry(self.hasher.hash_one(key), key);
        update(&mut self.entries[entry].value);
    }

    /// Number of the key's entry; makes one when there is none.
    #[inline]
    fn entry(&mut self, hash: u64, key: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return self.insert(hash, at, key);
            }
            if (slot ^ hash) & TAG == 0 {
                let number = (slot as u32 - 1) as usize;
                if self.key(&self.entries[number]) == key {
                    return number;
                }
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, hash: u64, free: usize, key: &[u8]) -> usize {
        let mut free = free;
        if self.entries.len() == self.cap {
            self.purge();
            free = self.free_slot(hash);
        } else if (self.entries.len() + 1) * 2 > self.slots.len() {
            self.rebuild(self.slots.len() * 2);
            free = self.free_slot(hash);
        }
        let number = self.entries.len();
        self.slots[free] = hash & TAG | (number as u64 + 1);
        self.entries.push(Entry {
            key_start: self.keys.len() as u32,
            key_length: key.len() as u32,
            error: self.floor,
            value: V::default(),
        });
        self.keys.extend_from_slice(key);
        number
    }

    /// Drops the entries whose upper bound is at or below the median.
    fn purge(&mut self) {
        let mut bounds: Vec<u64> = self.entries.iter().map(Entry::bound).collect();
        let half = bounds.len() / 2;
        let (_, median, _) = bounds.select_nth_unstable(half);
        let median = *median;
        self.floor = self.floor.max(median);
        let keys = std::mem::take(&mut self.keys);
        let old = std::mem::take(&mut self.entries);
        for mut entry in old {
            if entry.bound() > median {
                let key = entry.key_range();
                entry.key_start = self.keys.len() as u32;
                self.keys.extend_from_slice(&keys[key]);
                self.entries.push(entry);
            }
        }
        self.rebuild(self.slots.len());
    }

    /// Fills new slots from the entries.
    fn rebuild(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, 0);
        for number in 0..self.entries.len() {
            let hash = self.hasher.hash_one(self.key(&self.entries[number]));
            let free = self.free_slot(hash);
            self.slots[free] = hash & TAG | (number as u64 + 1);
        }
    }

    /// First free slot for a hash whose key is not in the map.
    fn free_slot(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    #[inline]
    fn key(&self, entry: &Entry<V>) -> &[u8] {
        &self.keys[entry.key_range()]
    }

    /// Adds what another map counted. The result is approximate exactly when the two together
    /// hold more keys than the cap or one of them is, whatever the order of merging.
    pub fn merge(&mut self, other: &Self) {
        let (mine, theirs) = (self.floor, other.floor);
        // A key that only one of the two holds may have been dropped by the other.
        for entry in &mut self.entries {
            entry.error += theirs;
        }
        let cap = std::mem::replace(&mut self.cap, usize::MAX);
        for row in other.rows() {
            let known = self.entries.len();
            let number = self.entry(self.hasher.hash_one(row.key), row.key);
            let entry = &mut self.entries[number];
            entry.error = row.error + if number == known { mine } else { entry.error - theirs };
            entry.value.merge(row.value);
        }
        self.cap = cap;
        self.floor = mine + theirs;
        while self.entries.len() > self.cap {
            self.purge();
        }
    }

    /// Every key, in no order that means anything.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_, V>> {
        self.entries.iter().map(|entry| Row {
            key: self.key(entry),
            value: &entry.value,
            error: entry.error,
        })
    }

    /// Number of keys held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Most keys that are held.
    pub fn cap(&self) -> usize {
        self.cap
    }

    /// Most requests that a key which is not held can have had; 0 while all keys are held.
    pub fn floor(&self) -> u64 {
        self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    impl Count for u64 {
        fn weight(&self) -> u64 {
            *self
        }
        fn merge(&mut self, other: &Self) {
            *self += other;
        }
    }

    fn count(map: &mut Heavy<u64>, keys: &[u16]) {
        let text: Vec<Vec<u8>> = keys.iter().map(|key| key.to_string().into_bytes()).collect();
        for batch in text.chunks(7) {
            map.count(batch.iter().map(|key| Some(&key[..])), |value, _| *value += 1);
        }
    }

    fn truth(keys: &[u16]) -> HashMap<Vec<u8>, u64> {
        let mut truth = HashMap::new();
        for key in keys {
            *truth.entry(key.to_string().into_bytes()).or_default() += 1;
        }
        truth
    }

    fn exact(map: &Heavy<u64>) -> HashMap<Vec<u8>, u64> {
        map.rows().map(|row| (row.key.to_vec(), *row.value)).collect()
    }

    proptest! {
        #[test]
        fn below_the_cap_it_is_exact(keys in prop::collection::vec(0u16..200, 0..600), at in 0usize..600) {
            let at = at.min(keys.len());
            let (mut left, mut right) = (Heavy::new(200), Heavy::new(200));
            count(&mut left, &keys[..at]);
            count(&mut right, &keys[at..]);
            left.merge(&right);
            prop_assert_eq!(left.floor(), 0);
            prop_assert_eq!(exact(&left), truth(&keys));
        }

        #[test]
        fn above_the_cap_the_error_holds(keys in prop::collection::vec(0u16..2000, 0..2000), at in 0usize..2000) {
            // Some keys are frequent.
            let keys: Vec<u16> = keys.into_iter().map(|key| if key % 3 == 0 { key % 10 } else { key }).collect();
            let at = at.min(keys.len());
            let (mut left, mut right) = (Heavy::new(50), Heavy::new(50));
            count(&mut left, &keys[..at]);
            count(&mut right, &keys[at..]);
            left.merge(&right);
            let truth = truth(&keys);
            prop_assert_eq!(left.floor() > 0, truth.len() > 50);
            prop_assert!(left.len() <= 50);
            for row in left.rows() {
                let exact = truth[row.key];
                prop_assert!(*row.value <= exact && exact <= row.value + row.error);
            }
            let held = exact(&left);
            for (key, count) in &truth {
                prop_assert!(held.contains_key(key) || *count <= left.floor());
            }
        }
    }

    #[test]
    fn absent_keys_are_passed_over_and_long_ones_cut() {
        let mut map = Heavy::<u64>::new(10);
        let long = vec![b'x'; 5000];
        let keys = [None, Some(&b"a"[..]), Some(&long), Some(&long[..600])];
        let mut seen = Vec::new();
        map.count(keys.into_iter(), |value, at| {
            *value += 1;
            seen.push(at);
        });
        assert_eq!(seen, [1, 2, 3]);
        assert_eq!(map.len(), 2);
        assert!(map.rows().all(|row| row.key.len() <= KEY_BYTES));
    }
}
