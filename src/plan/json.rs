//! JSON with the place of every value, by means of serde_json: a value is kept as the slice of the document that it is
//! ([`RawValue`]), and where that slice lies in the document says its line. Each level is parsed when it is asked for.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::Lines;

/// A document with the places of its lines.
pub(super) struct Document<'t> {
    text: &'t str,
    lines: Lines,
}

/// A value in a document, not looked into yet.
#[derive(Clone, Copy)]
pub(super) struct Node<'t>(&'t RawValue);

/// The members of an object, in order; a name occurs once.
struct Members<'t>(Vec<(String, Node<'t>)>);

impl<'t> Document<'t> {
    /// Reads the document as far as to know that it is JSON; the error says in which line and column it is not.
    pub(super) fn of(text: &'t str) -> Result<(Self, Node<'t>), serde_json::Error> {
        let node = Node(serde_json::from_str(text)?);
        Ok((Self { text, lines: Lines::of(text) }, node))
    }

    /// The line, from 1, on which the value starts.
    pub(super) fn line(&self, node: Node<'_>) -> usize {
        // The value is a slice of the text.
        let offset = (node.0.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.lines.line(offset)
    }
}

impl<'t> Node<'t> {
    /// The members of an object; `None`: it is something else, or a name occurs twice.
    pub(super) fn members(self) -> Option<Vec<(String, Node<'t>)>> {
        serde_json::from_str::<Members<'t>>(self.0.get()).ok().map(|members| members.0)
    }

    /// The elements of an array.
    pub(super) fn elements(self) -> Option<Vec<Node<'t>>> {
        let elements: Vec<&'t RawValue> = serde_json::from_str(self.0.get()).ok()?;
        Some(elements.into_iter().map(Node).collect())
    }

    /// A string.
    pub(super) fn text(self) -> Option<String> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The value as it is written.
    pub(super) fn raw(self) -> &'t str {
        self.0.get()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut members, mut seen) = (Vec::new(), HashSet::new());
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if !seen.insert(name.clone()) {
                        return Err(A::Error::custom("a name occurs twice"));
                    }
                    members.push((name, Node(value)));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
