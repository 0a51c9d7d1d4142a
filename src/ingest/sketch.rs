//! A JSON value as far as its keys tell what it is: of an array the first element, and nothing that is nested deeper than any
//! key that is known. So what it takes in memory does not grow with the record, and no nesting is too deep for it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Levels that are looked into.
const DEPTH: usize = 8;
/// Keys of one object that are looked at.
const KEYS: usize = 4096;

/// Reads a sketch of a value; `None` where it is no JSON.
pub(super) fn of(bytes: &[u8]) -> Option<Value> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let value = Sketch { depth: 0 }.deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    Some(value)
}

struct Sketch {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Sketch {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > DEPTH {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sketch {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(b.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let first = items.next_element_seed(Sketch { depth: self.depth + 1 })?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(first.into_iter().collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while map.len() < KEYS {
            let Some(key) = entries.next_key::<String>()? else { return Ok(Value::Object(map)) };
            map.insert(key, entries.next_value_seed(Sketch { depth: self.depth + 1 })?);
        }
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_small_records_it_is_the_value_itself() {
        for text in [r#"{"a":1,"b":[{"c":-1.5}],"d":null,"e":{"f":true,"g":"x"}}"#, "7", "\"x\"", "[]"] {
            assert_eq!(of(text.as_bytes()), serde_json::from_str(text).ok(), "{text}");
        }
        assert_eq!(of(b"[1,2,3]"), Some(serde_json::json!([1])));
        assert_eq!(of(b"[1,2,"), None);
        assert_eq!(of(b"{} x"), None);
    }

    #[test]
    fn no_nesting_is_too_deep() {
        let deep = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(of(deep.as_bytes()).unwrap()["b"], 1);
    }
}
