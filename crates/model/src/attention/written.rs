//! How a choice stands in a configuration: a table with `kind` and its fields, or the name of the kind alone.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// Implements `Serialize` and `Deserialize` from what was derived with `#[serde(tag = "kind", remote = "Self")]`. It is
/// written in full.
macro_rules! kind_or_name {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$name>::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Tagged($name);

                impl<'de> serde::Deserialize<'de> for Tagged {
                    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        <$name>::deserialize(deserializer).map(Self)
                    }
                }

                let read = $crate::attention::written::read(deserializer, |Tagged(choice)| choice.is_bare());
                read.map(|Tagged(choice)| choice)
            }
        }
    };
}
pub(super) use kind_or_name;

/// Reads either form. `is_bare` says of which choices there is nothing to set: their tables hold `kind` alone.
pub(super) fn read<'de, T, D>(deserializer: D, is_bare: fn(&T) -> bool) -> Result<T, D::Error>
where
    T: serde::Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(KindOrName { is_bare, choice: PhantomData })
}

struct KindOrName<T> {
    is_bare: fn(&T) -> bool,
    choice: PhantomData<T>,
}

impl<'de, T: serde::Deserialize<'de>> Visitor<'de> for KindOrName<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a kind, or a table with `kind` and its fields")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::deserialize(MapDeserializer::new(std::iter::once(("kind", name))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let mut keys = 0;
        let choice = T::deserialize(MapAccessDeserializer::new(Counted { map, keys: &mut keys }))?;
        if keys > 1 && (self.is_bare)(&choice) {
            return Err(A::Error::custom("this kind has nothing to set: leave all fields but `kind` away"));
        }
        Ok(choice)
    }
}

/// A table whose keys are counted.
struct Counted<'a, A> {
    map: A,
    keys: &'a mut usize,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Counted<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let key = self.map.next_key_seed(seed)?;
        *self.keys += usize::from(key.is_some());
        Ok(key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
