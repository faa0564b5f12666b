//! How a shape is written down: a few words over the builders of `utoipa`, which writes them as JSON Schema 2020-12.

use utoipa::{
    Number,
    openapi::{
        RefOr,
        schema::{
            AdditionalProperties, AnyOfBuilder, ArrayBuilder, Discriminator, ObjectBuilder, OneOfBuilder, Ref, Schema,
            SchemaFormat, SchemaType, Type,
        },
    },
};

/// A schema, or the name of one.
pub type Shape = RefOr<Schema>;

/// A text.
pub fn text() -> Shape {
    typed(Type::String)
}

/// A text of so many characters.
pub fn chars(min: usize, max: usize) -> Shape {
    text_with(|text| text.min_length(Some(min)).max_length(Some(max)))
}

/// A text of that form.
pub fn matching(pattern: &str) -> Shape {
    text_with(|text| text.pattern(Some(pattern)))
}

/// A GUID, hyphenated.
pub fn guid() -> Shape {
    formatted("uuid")
}

/// A time, RFC 3339, in UTC.
pub fn time() -> Shape {
    formatted("date-time")
}

/// A text with a format that JSON Schema knows.
pub fn formatted(format: &str) -> Shape {
    text_with(|text| text.format(Some(SchemaFormat::Custom(format.to_owned()))))
}

fn text_with(more: impl FnOnce(ObjectBuilder) -> ObjectBuilder) -> Shape {
    more(ObjectBuilder::new().schema_type(Type::String)).into()
}

/// One of these texts.
pub fn one_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Shape {
    text_with(|text| text.enum_values(Some(texts)))
}

/// A whole number, not less than that.
pub fn whole(min: usize) -> Shape {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(Number::UInt(min))).into()
}

/// A whole number between two, inclusive.
pub fn between(min: usize, max: usize) -> Shape {
    let (min, max) = (Some(Number::UInt(min)), Some(Number::UInt(max)));
    ObjectBuilder::new().schema_type(Type::Integer).minimum(min).maximum(max).into()
}

/// True or false.
pub fn truth() -> Shape {
    typed(Type::Boolean)
}

fn typed(kind: Type) -> Shape {
    ObjectBuilder::new().schema_type(kind).into()
}

/// A list.
pub fn list(item: Shape) -> Shape {
    ArrayBuilder::new().items(item).into()
}

/// The shape of that name.
pub fn named(name: &str) -> Shape {
    Ref::from_schema_name(name).into()
}

/// The same, or `null`.
pub fn or_null(shape: Shape) -> Shape {
    match shape {
        RefOr::T(Schema::Object(mut object)) if object.enum_values.is_none() => {
            if let SchemaType::Type(kind) = object.schema_type {
                object.schema_type = [kind, Type::Null].into_iter().collect();
            }
            RefOr::T(Schema::Object(object))
        }
        other => OneOfBuilder::new().item(other).item(typed(Type::Null)).into(),
    }
}

/// Exactly one of these.
pub fn either(says: &str, shapes: impl IntoIterator<Item = Shape>) -> Shape {
    shapes.into_iter().fold(OneOfBuilder::new().description(Some(says)), OneOfBuilder::item).into()
}

/// Exactly one of these, told apart by a field that each has with a value of its own.
pub fn told_apart_by<'a>(says: &str, field: &str, shapes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Shape {
    let (mut union, mut discriminator) = (OneOfBuilder::new().description(Some(says)), Discriminator::new(field));
    for (value, name) in shapes {
        union = union.item(named(name));
        discriminator.mapping.insert(value.to_owned(), format!("#/components/schemas/{name}"));
    }
    union.discriminator(Some(discriminator)).into()
}

/// At least one of these.
pub fn any(says: &str, shapes: impl IntoIterator<Item = Shape>) -> Shape {
    shapes.into_iter().fold(AnyOfBuilder::new().description(Some(says)), AnyOfBuilder::item).into()
}

/// An object with these fields and no others.
pub fn object(says: &str) -> Fields {
    let closed = AdditionalProperties::FreeForm(false);
    Fields(ObjectBuilder::new().description(Some(says)).additional_properties(Some(closed)))
}

/// An object with these fields; others are passed over.
pub fn open_object(says: &str) -> Fields {
    Fields(ObjectBuilder::new().description(Some(says)))
}

/// The fields of an object, in their order.
pub struct Fields(ObjectBuilder);

impl Fields {
    /// A field that is always there.
    #[must_use]
    pub fn has(self, name: &str, shape: Shape, says: &str) -> Self {
        let Self(object) = self.may_have(name, shape, says);
        Self(object.required(name))
    }

    /// A field that may be left out.
    #[must_use]
    pub fn may_have(self, name: &str, shape: Shape, says: &str) -> Self {
        Self(self.0.property(name, described(shape, says)))
    }

    /// The fields of several shapes as those of one: what serde flattens.
    #[must_use]
    pub fn with(self, more: impl FnOnce(Self) -> Self) -> Self {
        more(self)
    }
}

impl From<Fields> for Shape {
    fn from(Fields(object): Fields) -> Self {
        object.into()
    }
}

/// The shape, with what it says where it stands.
pub fn described(shape: Shape, says: &str) -> Shape {
    if says.is_empty() {
        return shape;
    }
    let says = says.to_owned();
    match shape {
        RefOr::Ref(mut name) => {
            name.description = says;
            RefOr::Ref(name)
        }
        RefOr::T(mut schema) => {
            let description = match &mut schema {
                Schema::Object(object) => Some(&mut object.description),
                Schema::Array(array) => Some(&mut array.description),
                Schema::OneOf(one_of) => Some(&mut one_of.description),
                Schema::AnyOf(any_of) => Some(&mut any_of.description),
                _ => None,
            };
            if let Some(description) = description {
                *description = Some(says);
            }
            RefOr::T(schema)
        }
    }
}

/// The shape, with what it is where it is left out.
pub fn by_default(shape: Shape, value: impl Into<serde_json::Value>) -> Shape {
    match shape {
        RefOr::T(Schema::Object(mut object)) => {
            object.default = Some(value.into());
            RefOr::T(Schema::Object(object))
        }
        RefOr::Ref(mut name) => {
            name.default = Some(value.into());
            RefOr::Ref(name)
        }
        other => other,
    }
}

/// A list of so many items, none twice.
pub fn list_of(item: Shape, min: usize, max: usize) -> Shape {
    ArrayBuilder::new().items(item).min_items(Some(min)).max_items(Some(max)).unique_items(true).into()
}
