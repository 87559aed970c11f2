//! Just enough of ELF to know a program that needs no loader.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::fs;
use std::path::Path;

/// Does the program name no loader? Read by this test's own eyes: type 3 in a program header is PT_INTERP.
pub fn is_static(program: &Path) -> bool {
    let data = fs::read(program).unwrap();
    let number = |at: usize, size: usize| {
        let bytes = &data[at..at + size];
        bytes.iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    assert_eq!(&data[..6], b"\x7fELF\x02\x01");
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).all(|n| number(table + n * size, 4) != 3)
}
