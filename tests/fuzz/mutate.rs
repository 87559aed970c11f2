//! What is done to a sound document: small hurts that leave most of it sound, and now and then a large one.

use crate::harness::Dice;

/// Bytes that hurt readers and terminals.
const HOSTILE: [&[u8]; 26] = [
    b"\0",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\x1b[31m",
    b"\x1b]0;title\x07",
    b"\x1b[2J",
    b"\x9b31m",
    b"\x7f",
    b"\x08\x08\x08",
    b"\r",
    b"\r\n",
    b"\t",
    b"\x0b",
    b"\xc2\x85",
    b"\xc2\xa0",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\xe2\x80\x8b",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xee\x80\x80",
    b"\xee\x80\x81",
    b"\xd0\xa2001",
    b"\xef\xbc\x9a",
    b"\n\n",
];

/// Pieces that, said over and over, ask for deep nesting or long searches.
const NESTING: [&[u8]; 16] = [
    b"[", b"{", b"(", b"> ", b"- ", b"[[", b"a.", b"**", b"`", b"{a,b}", b"\"", b"<", b"  ", b"a", b"*_",
    b"![",
];

/// Hurts `text` in one to three places; `words` are the format's own, which hurt most.
pub fn mutate(dice: &mut Dice, text: &mut Vec<u8>, words: &[&[u8]]) {
    for _ in 0..=dice.roll(3) {
        once(dice, text, words);
    }
}

fn once(dice: &mut Dice, text: &mut Vec<u8>, words: &[&[u8]]) {
    let at = dice.roll(text.len() + 1);
    match dice.roll(24) {
        0 if at < text.len() => text[at] ^= 1 << dice.roll(8),
        1 if at < text.len() => text[at] = u8::try_from(dice.roll(256)).unwrap(),
        2 => text.truncate(at),
        3 => drop(text.splice(at..(at + dice.roll(40)).min(text.len()), [])),
        4 => {
            let end = (at + dice.roll(80)).min(text.len());
            let again = text[at..end].to_vec();
            text.splice(at..at, again);
        }
        5 => insert(text, at, &dice.pick(&NESTING).repeat(1 << dice.roll(13))),
        6 if dice.once_in(20) => insert(text, at, &vec![b'x'; 200_000]),
        7..=10 => insert(text, at, dice.pick(&HOSTILE)),
        11..=14 if !words.is_empty() => insert(text, at, dice.pick(words)),
        _ => lines(dice, text),
    }
}

fn insert(text: &mut Vec<u8>, at: usize, more: &[u8]) {
    text.splice(at..at, more.iter().copied());
}

/// Whole lines are lost, doubled, moved or exchanged.
fn lines(dice: &mut Dice, text: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (dice.roll(lines.len()), dice.roll(lines.len()));
    match dice.roll(5) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one].clone()),
        2 => lines.swap(one, other),
        3 => {
            let line = lines.remove(one);
            lines.insert(other.min(lines.len()), line);
        }
        _ => lines[one].insert(0, dice.pick(b" \t>-#*|")),
    }
    *text = lines.concat();
}
