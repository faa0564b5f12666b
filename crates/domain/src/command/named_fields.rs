//! Reading fields by their names alone.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

/// Reads a value from an object alone: serde would take a list of values in the order of the fields as well.
///
/// # Errors
/// If it is no object, or not one of that value.
pub fn named_fields<'de, T: Deserialize<'de>, D: Deserializer<'de>>(fields: D) -> Result<T, D::Error> {
    struct Fields<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with the fields by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(fields))
        }
    }

    fields.deserialize_map(Fields(PhantomData))
}

/// Reads a value from an object alone, or none from null.
///
/// # Errors
/// If it is neither.
pub fn named_fields_or_none<'de, T: Deserialize<'de>, D: Deserializer<'de>>(fields: D) -> Result<Option<T>, D::Error> {
    Option::<Named<T>>::deserialize(fields).map(|value| value.map(|Named(value)| value))
}

/// Reads a list of values, each from an object alone.
///
/// # Errors
/// If it is no list of such.
pub fn named_fields_of_each<'de, T: Deserialize<'de>, D: Deserializer<'de>>(fields: D) -> Result<Vec<T>, D::Error> {
    Vec::<Named<T>>::deserialize(fields).map(|values| values.into_iter().map(|Named(value)| value).collect())
}

/// A value that is read from an object alone.
struct Named<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(fields: D) -> Result<Self, D::Error> {
        named_fields(fields).map(Self)
    }
}
