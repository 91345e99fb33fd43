//! Enums that a configuration may write in short: the bare name of a variant whose parameters all have defaults
//! (`"morse"` for `{ morse = { gamma = 3.0, beta = 20.0 } }`), or a bare number for the variant that holds one.
//!
//! Such an enum derives `Serialize` and `Deserialize` with `#[serde(remote = "Self")]`, gives its parameters
//! `#[serde(default)]`, and is named in [`bare_words!`]. It is written in full, so what is stored does not change.
//! A name without its parameters is refused as `missing field` where one of them has no default. Only for formats
//! that say what they hold, such as TOML and JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, UnitDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

/// Implements `Serialize` and `Deserialize` from what was derived with `#[serde(remote = "Self")]`; with `number`,
/// a bare number is the value of that variant.
macro_rules! bare_words {
    ($name:ty) => {
        $crate::bare_word::bare_words!($name, None);
    };
    ($name:ty, number = $variant:literal) => {
        $crate::bare_word::bare_words!($name, Some($variant));
    };
    ($name:ty, $number:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$name>::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$name>::deserialize($crate::bare_word::Short { written: deserializer, number: $number })
            }
        }
    };
}
pub(crate) use bare_words;

/// A deserializer whose enums may be written in short.
pub(crate) struct Short<D> {
    pub(crate) written: D,
    /// The variant that a bare number means.
    pub(crate) number: Option<&'static str>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Short<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.written.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.written.deserialize_any(Forms { of: visitor, number: self.number })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The forms in which an enum may stand.
struct Forms<V> {
    of: V,
    number: Option<&'static str>,
}

impl<'de, V: Visitor<'de>> Forms<V> {
    fn number<T: IntoDeserializer<'de, E>, E: Error>(
        self,
        number: T,
        found: Unexpected<'_>,
    ) -> Result<V::Value, E> {
        let Some(variant) = self.number else { return Err(E::invalid_type(found, &self)) };
        let entry = MapDeserializer::new(std::iter::once((variant, number)));
        self.of.visit_enum(MapAccessDeserializer::new(entry))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Forms<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.number.is_some() {
            "a number, a name or a table of one name"
        } else {
            "a name or a table of one name"
        })
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.of.visit_enum(BareName { name, error: PhantomData })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<V::Value, E> {
        self.number(number, Unexpected::Unsigned(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<V::Value, E> {
        self.number(number, Unexpected::Signed(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<V::Value, E> {
        self.number(number, Unexpected::Float(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.of.visit_enum(MapAccessDeserializer::new(map))
    }
}

/// A variant named without its parameters.
struct BareName<'a, E> {
    name: &'a str,
    error: PhantomData<E>,
}

impl<'de, E: Error> EnumAccess<'de> for BareName<'_, E> {
    type Error = E;
    type Variant = Defaults<E>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Defaults<E>), E> {
        Ok((seed.deserialize(self.name.into_deserializer())?, Defaults(PhantomData)))
    }
}

/// The parameters that were not written.
struct Defaults<E>(PhantomData<E>);

impl<'de, E: Error> VariantAccess<'de> for Defaults<E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, E> {
        seed.deserialize(UnitDeserializer::new())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, E> {
        Err(E::invalid_type(Unexpected::UnitVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, u8)>()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::band::CombBands;
    use crate::fourier::Window;
    use crate::image::Scale;
    use crate::separation::{AutoregressiveOrder, RecordEnds};
    use crate::vmd::{SuccessiveStart, VmdStart};
    use crate::wavelet::{AnalyticWavelet, CwtPixel};

    fn read<T: DeserializeOwned>(written: Value) -> Result<T, String> {
        serde_json::from_value(written).map_err(|error| error.to_string())
    }

    fn same<T: DeserializeOwned + serde::Serialize + PartialEq + std::fmt::Debug>(short: Value, full: Value) {
        let read_short: T = read(short).unwrap();
        assert_eq!(read_short, read(full.clone()).unwrap());
        assert_eq!(serde_json::to_value(&read_short).unwrap(), full, "it is written in full");
    }

    #[test]
    fn a_bare_name_means_its_defaults() {
        same::<AnalyticWavelet>(json!("morlet"), json!({"morlet": {"w0": 6.0}}));
        same::<AnalyticWavelet>(json!("morse"), json!({"morse": {"gamma": 3.0, "beta": 20.0}}));
        same::<Scale>(json!("decibel"), json!({"decibel": {"floor_db": -80.0}}));
        let absolute = json!({"absolute-decibel": {"reference": 1.0, "floor_db": -120.0}});
        same::<Scale>(json!("absolute-decibel"), absolute);
        same::<Window>(json!("tukey"), json!({"tukey": {"alpha": 0.5}}));
        same::<RecordEnds>(json!("drop"), json!({"drop": {"share": 0.02}}));
        same::<RecordEnds>(json!("taper"), json!({"taper": {"share": 0.02}}));
        same::<CombBands>(json!("tree"), json!({"tree": {"levels": null}}));
        same::<VmdStart>(json!("random"), json!({"random": {"seed": 0}}));
        same::<SuccessiveStart>(json!("growing"), json!({"growing": 10.0}));
        same::<AutoregressiveOrder>(json!("akaike"), json!({"akaike": {"highest": 200}}));
    }

    #[test]
    fn parameters_that_are_not_written_keep_their_defaults() {
        same::<AnalyticWavelet>(
            json!({"morse": {"beta": 30.0}}),
            json!({"morse": {"gamma": 3.0, "beta": 30.0}}),
        );
        same::<Scale>(
            json!({"absolute-decibel": {"floor_db": -90.0}}),
            json!({"absolute-decibel": {"reference": 1.0, "floor_db": -90.0}}),
        );
    }

    #[test]
    fn a_bare_number_is_taken_where_a_variant_holds_one() {
        same::<AutoregressiveOrder>(json!(5), json!({"fixed": 5}));
        same::<SuccessiveStart>(json!(20), json!({"growing": 20.0}));
        assert!(read::<AutoregressiveOrder>(json!(-5)).is_err());
        assert!(read::<AutoregressiveOrder>(json!(2.5)).is_err());
        let message = read::<Scale>(json!(5)).unwrap_err();
        assert!(message.contains("a name or a table of one name"), "{message}");
    }

    #[test]
    fn names_without_parameters_are_written_as_before() {
        same::<Scale>(json!("log"), json!("log"));
        same::<Window>(json!("hann"), json!("hann"));
        same::<SuccessiveStart>(json!("peak"), json!("peak"));
    }

    #[test]
    fn what_has_no_default_and_what_is_not_known_is_refused_by_name() {
        assert!(read::<Window>(json!("kaiser")).unwrap_err().contains("missing field `beta`"));
        assert!(read::<CwtPixel>(json!("mean-power")).unwrap_err().contains("missing field `points`"));
        assert!(read::<Window>(json!("ham")).unwrap_err().contains("expected one of `rectangular`, `hann`"));
        assert!(
            read::<Scale>(json!({"decibel": {"floor": 1}})).unwrap_err().contains("unknown field `floor`")
        );
        for wrong in [json!(null), json!([]), json!({}), json!({"log": 1, "power": 2}), json!(true)] {
            assert!(read::<Scale>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
