//! A byte that is mostly near: the end of a short value.
//!
//! Values of access logs are short (an address, a size, a word), and memchr's setup costs more than
//! one comparison of 16 bytes: some 45 instructions against 8 where the byte is among them.

use memchr::memchr;
use wide::u8x16;

/// First position of `byte`.
#[inline]
pub(super) fn near(byte: u8, text: &[u8]) -> Option<usize> {
    let Some((first, rest)) = text.split_first_chunk::<16>() else {
        return text.iter().position(|other| *other == byte);
    };
    match u8x16::new(*first).simd_eq(u8x16::splat(byte)).to_bitmask() {
        0 => memchr(byte, rest).map(|at| at + 16),
        mask => Some(mask.trailing_zeros() as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_is_found_wherever_it_is() {
        for length in 0..70 {
            let mut text = vec![b'a'; length];
            assert_eq!(near(b' ', &text), None, "{length}");
            for at in (0..length).rev() {
                text[at] = b' ';
                assert_eq!(near(b' ', &text), Some(at), "{length}");
            }
        }
    }
}
