//! All patterns with `!` of two scopes, read at once: where each may be, as one number.

use std::collections::HashMap;

use super::super::Pattern;
use super::{Bytes, Effort, Step, reads, skips};

/// Letters that stand for "any other byte", as readable as can be.
const READABLE: &[u8] = b"xaebcdfghijklmnopqrstuvwyz0123456789";

/// The machine that knows every place where an exclusion may be. Its states are made as they are met.
pub(super) struct Excluded {
    machines: Vec<Vec<Step>>,
    /// By number: the places, in order, each as machine and step.
    states: Vec<State>,
    numbers: HashMap<Vec<(u32, u32)>, u32>,
    next: HashMap<(u32, u8), u32>,
    stand_in: u8,
}

struct State {
    at: Vec<(u32, u32)>,
    matches: bool,
    all_below: bool,
}

impl Excluded {
    pub(super) fn of<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        let matchers = patterns.filter(|p| p.excludes()).flat_map(|p| &p.alternatives);
        let machines: Vec<Vec<Step>> = matchers.map(|m| m.steps(false)).collect();
        let spelled = |byte: u8| {
            machines.iter().flatten().any(
                |step| matches!(step, Step::One(Bytes::These(b)) | Step::Many(Bytes::These(b)) if *b == byte),
            )
        };
        // Patterns are UTF-8 text, in which the last bytes never occur.
        let stand_in = READABLE.iter().copied().chain(1..=255).find(|b| *b != b'/' && !spelled(*b));
        let stand_in = stand_in.unwrap_or(0xff);
        let mut all =
            Self { machines, states: Vec::new(), numbers: HashMap::new(), next: HashMap::new(), stand_in };
        let start = (0..all.machines.len()).map(|machine| (machine as u32, 0)).collect();
        all.number(start);
        all
    }

    pub(super) fn start(&self) -> u32 {
        0
    }

    /// A byte that no exclusion spells out.
    pub(super) fn stand_in(&self) -> u8 {
        self.stand_in
    }

    /// Does an exclusion match what was read?
    pub(super) fn matches(&self, state: u32) -> bool {
        self.states.get(state as usize).is_some_and(|s| s.matches)
    }

    /// Does one exclusion match whatever follows?
    pub(super) fn all_below(&self, state: u32) -> bool {
        self.states.get(state as usize).is_some_and(|s| s.all_below)
    }

    /// Where it is after another byte; `None`: that was too much effort.
    pub(super) fn read(&mut self, state: u32, byte: u8, effort: &mut Effort) -> Option<u32> {
        if let Some(known) = self.next.get(&(state, byte)) {
            return Some(*known);
        }
        let from = self.states.get(state as usize)?;
        if !effort.spend(1 + 16 * from.at.len()) {
            return None;
        }
        let mut to = Vec::new();
        for (machine, step) in &from.at {
            let steps = self.machines.get(*machine as usize)?;
            if let Some((bytes, next)) = reads(steps, *step as usize)
                && bytes.holds(byte)
            {
                to.push((*machine, next as u32));
            }
        }
        let next = self.number(to);
        self.next.insert((state, byte), next);
        Some(next)
    }

    fn number(&mut self, mut at: Vec<(u32, u32)>) -> u32 {
        let mut todo = at.clone();
        let mut known: std::collections::HashSet<_> = at.iter().copied().collect();
        while let Some((machine, step)) = todo.pop() {
            let steps = self.machines.get(machine as usize).map(Vec::as_slice).unwrap_or_default();
            for next in skips(steps, step as usize).map(|next| (machine, next as u32)) {
                if known.insert(next) {
                    at.push(next);
                    todo.push(next);
                }
            }
        }
        at.sort_unstable();
        at.dedup();
        if let Some(number) = self.numbers.get(&at) {
            return *number;
        }
        let steps = |machine: u32| self.machines.get(machine as usize).map(Vec::as_slice).unwrap_or_default();
        let matches = at.iter().any(|(machine, step)| *step as usize == steps(*machine).len());
        let all_below = at.iter().any(|(machine, step)| {
            let left = steps(*machine).get(*step as usize..).unwrap_or_default();
            matches!(left, [Step::Many(Bytes::Any)])
        });
        let number = self.states.len() as u32;
        self.numbers.insert(at.clone(), number);
        self.states.push(State { at, matches, all_below });
        number
    }
}
