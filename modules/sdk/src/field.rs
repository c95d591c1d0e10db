//! Types that a field may have, and what a field is told by its attributes.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::time::{Date, Time, Timestamp};
use crate::uuid::{Ref, Referenced, Uuid};

/// Free-form JSON, a `jsonb` column.
pub type Json = Value;

/// A column's type, of the core's closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlType {
    /// `text`
    Text,
    /// `integer`, 32 bits
    Integer,
    /// `bigint`, 64 bits; a decimal string in JSON
    Bigint,
    /// `numeric(p,s)`; a decimal string in JSON
    Numeric,
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamptz`
    Timestamptz,
    /// `uuid`
    Uuid,
    /// `jsonb`
    Jsonb,
    /// `bytea`; base64 in JSON
    Bytea,
    /// `text[]`
    TextArray,
    /// `integer[]`
    IntegerArray,
    /// `bigint[]`
    BigintArray,
    /// `numeric(p,s)[]`
    NumericArray,
    /// `boolean[]`
    BooleanArray,
    /// `date[]`
    DateArray,
    /// `time[]`
    TimeArray,
    /// `timestamptz[]`
    TimestamptzArray,
    /// `uuid[]`
    UuidArray,
}

/// The types of arrays, each with that of its items.
const ARRAYS: [(SqlType, SqlType); 9] = [
    (SqlType::TextArray, SqlType::Text),
    (SqlType::IntegerArray, SqlType::Integer),
    (SqlType::BigintArray, SqlType::Bigint),
    (SqlType::NumericArray, SqlType::Numeric),
    (SqlType::BooleanArray, SqlType::Boolean),
    (SqlType::DateArray, SqlType::Date),
    (SqlType::TimeArray, SqlType::Time),
    (SqlType::TimestamptzArray, SqlType::Timestamptz),
    (SqlType::UuidArray, SqlType::Uuid),
];

impl SqlType {
    /// The type as SQL has it; `numeric` lacks its precision and scale, and so does
    /// the array of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Numeric => "numeric",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamptz => "timestamptz",
            Self::Uuid => "uuid",
            Self::Jsonb => "jsonb",
            Self::Bytea => "bytea",
            Self::TextArray => "text[]",
            Self::IntegerArray => "integer[]",
            Self::BigintArray => "bigint[]",
            Self::NumericArray => "numeric[]",
            Self::BooleanArray => "boolean[]",
            Self::DateArray => "date[]",
            Self::TimeArray => "time[]",
            Self::TimestamptzArray => "timestamptz[]",
            Self::UuidArray => "uuid[]",
        }
    }

    /// The type of an array's items, when this is an array.
    pub const fn item(self) -> Option<Self> {
        let mut at = 0;
        while at < ARRAYS.len() {
            if ARRAYS[at].0 as u8 == self as u8 {
                return Some(ARRAYS[at].1);
            }
            at += 1;
        }
        None
    }

    /// The type of a list of these; objects and bytes are listed as `jsonb`.
    const fn array(self) -> Self {
        let mut at = 0;
        while at < ARRAYS.len() {
            if ARRAYS[at].1 as u8 == self as u8 {
                return ARRAYS[at].0;
            }
            at += 1;
        }
        Self::Jsonb
    }
}

/// The model that a field points to; `module` is empty for the module's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The module that owns the model.
    pub module: &'static str,
    /// The model's table.
    pub table: &'static str,
}

/// A type that a field may have: its column and its JSON.
pub trait Field: Sized {
    /// The column's type.
    const TYPE: SqlType;
    /// Whether the column may be null.
    const NULLABLE: bool = false;
    /// The words of an enumeration; empty for other types.
    const WORDS: &'static [&'static str] = &[];
    /// The version with which each word came.
    const WORDS_SINCE: &'static [u32] = &[];
    /// What the field points to.
    const REFERENCES: Option<Reference> = None;
    /// The fields of a nested object.
    const FIELDS: Option<&'static [FieldSpec]> = None;
    /// Whether the value is a list.
    const LIST: bool = false;

    /// The value as the ORM and the clients see it.
    fn to_json(&self) -> Value;

    /// The value that this JSON means; nothing when it is of another type.
    fn from_json(value: &Value) -> Option<Self>;
}

/// A type whose values can stand in an array field.
pub trait Item: Field {}

/// What the core is told of one field.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The column and the key in JSON.
    pub name: &'static str,
    /// What people read beside it.
    pub label: &'static str,
    /// A sentence of explanation, or nothing.
    pub help: &'static str,
    /// The column's type.
    pub sql_type: SqlType,
    /// Digits of a `numeric`, all and after the point.
    pub precision: (u8, u8),
    /// Whether the column may be null.
    pub nullable: bool,
    /// The words of an enumeration; empty for other types.
    pub words: &'static [&'static str],
    /// The version of the model with which each word came.
    pub words_since: &'static [u32],
    /// What the field points to.
    pub references: Option<Reference>,
    /// The fields of a nested object.
    pub fields: Option<&'static [FieldSpec]>,
    /// Whether the value is a list.
    pub list: bool,
    /// Fewest characters of a text or items of an array, least number.
    pub min: Option<i64>,
    /// Most characters of a text or items of an array, greatest number.
    pub max: Option<i64>,
    /// `email`, `url`, `phone`, `multiline` and the like, or nothing.
    pub format: &'static str,
    /// A regular expression for a text, or nothing.
    pub pattern: &'static str,
    /// What a new record has when nobody says otherwise.
    pub default: Option<fn() -> Value>,
    /// The version of the model in which the field came.
    pub since: u32,
    /// Whether no two records may have the same value.
    pub unique: bool,
    /// Whether records are looked up by it.
    pub index: bool,
    /// Whether clients cannot set it; only the module does.
    pub readonly: bool,
    /// What becomes of this record when the one it points to is deleted or purged.
    pub on_delete: &'static str,
    /// The permission that reading it takes beside that of the model, without the
    /// module's name; or nothing.
    pub read: &'static str,
    /// The permission that setting it takes beside that of the model, without the
    /// module's name; or nothing.
    pub write: &'static str,
    /// How PostgreSQL computes it from the record's other fields.
    pub computed: Option<fn() -> Value>,
    /// The field that names the currency of this amount, or nothing.
    pub currency: &'static str,
    /// Whether texts are searched by parts of words, as `ilike` does.
    pub trigram: bool,
    /// Whether it is searched by words: the language, empty for the usual.
    pub search: Option<&'static str>,
}

impl FieldSpec {
    /// A field of type `T` without any attribute.
    pub const fn of<T: Field>(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            help: "",
            sql_type: T::TYPE,
            precision: (18, 2),
            nullable: T::NULLABLE,
            words: T::WORDS,
            words_since: T::WORDS_SINCE,
            references: T::REFERENCES,
            fields: T::FIELDS,
            list: T::LIST,
            min: None,
            max: None,
            format: "",
            pattern: "",
            default: None,
            since: 1,
            unique: false,
            index: false,
            readonly: false,
            on_delete: "restrict",
            read: "",
            write: "",
            computed: None,
            currency: "",
            trigram: false,
            search: None,
        }
    }

    /// The same, when its words go together.
    ///
    /// ```compile_fail
    /// # use eerp_sdk::prelude::*;
    /// /// Somebody who is paid.
    /// #[model(table = "employees")]
    /// pub struct Employee {
    ///     /// Not everybody reads it, so it has to be an `Option`.
    ///     #[field(read = "salary.read")]
    ///     pub salary: Decimal,
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Panics
    /// When they do not. The attributes ask while the module is compiled.
    #[track_caller]
    pub const fn sound(self) -> Self {
        let text = matches!(self.sql_type, SqlType::Text);
        assert!(
            self.read.is_empty() || self.nullable || self.default.is_some(),
            "a field with a read limit is optional or has a default: not all see it"
        );
        assert!(
            self.computed.is_none() || self.default.is_none(),
            "a computed field has no default"
        );
        assert!(
            self.currency.is_empty() || matches!(self.sql_type, SqlType::Numeric),
            "an amount of money is a Decimal"
        );
        assert!(text || !self.trigram, "trigram is for texts");
        assert!(text || self.search.is_none(), "search is for texts");
        self
    }

    /// The column's type in full.
    pub fn sql(&self) -> String {
        let (precision, scale) = self.precision;
        match self.sql_type {
            SqlType::Numeric => format!("numeric({precision},{scale})"),
            SqlType::NumericArray => format!("numeric({precision},{scale})[]"),
            other => other.name().into(),
        }
    }

    /// Whether a body may set it.
    pub const fn settable(&self) -> bool {
        !self.readonly && self.computed.is_none()
    }

    /// Whether a body that makes a record has to name this field.
    pub fn required(&self) -> bool {
        self.has_no_stand_in() && self.settable()
    }

    /// Whether nothing takes its place when it is not given.
    pub(crate) fn has_no_stand_in(&self) -> bool {
        !self.nullable && self.default.is_none()
    }
}

/// Reads one field of an object; `default` stands for one that is absent.
///
/// # Errors
/// 422 `validation_failed` naming the field, when it is missing or of another type.
pub fn read<T: Field>(
    values: &Map<String, Value>,
    name: &str,
    default: Option<fn() -> T>,
) -> Result<T> {
    let value = match (values.get(name), default) {
        (None, Some(default)) => return Ok(default()),
        (value, _) => value.unwrap_or(&Value::Null),
    };
    T::from_json(value).ok_or_else(|| wrong(name, value, T::TYPE))
}

fn wrong(name: &str, value: &Value, wanted: SqlType) -> Error {
    if value.is_null() {
        return Error::invalid(name, "required", format!("{name} is required."));
    }
    let wanted = wanted.name();
    Error::invalid(name, "type", format!("{name} is not a valid {wanted}."))
}

impl Field for String {
    const TYPE: SqlType = SqlType::Text;

    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(Into::into)
    }
}

impl Field for bool {
    const TYPE: SqlType = SqlType::Boolean;

    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Field for i32 {
    const TYPE: SqlType = SqlType::Integer;

    fn to_json(&self) -> Value {
        Value::from(*self)
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl Field for Value {
    const TYPE: SqlType = SqlType::Jsonb;

    fn to_json(&self) -> Value {
        self.clone()
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl Field for Bytes {
    const TYPE: SqlType = SqlType::Bytea;

    fn to_json(&self) -> Value {
        Value::String(self.to_base64())
    }

    fn from_json(value: &Value) -> Option<Self> {
        Self::from_base64(value.as_str()?)
    }
}

/// Types that travel as the text that they print and parse.
macro_rules! textual {
    ($($type:ty: $sql:ident),*) => {$(
        impl Field for $type {
            const TYPE: SqlType = SqlType::$sql;

            fn to_json(&self) -> Value {
                Value::String(self.to_string())
            }

            fn from_json(value: &Value) -> Option<Self> {
                match value {
                    Value::String(text) => text.parse().ok(),
                    Value::Number(number) => number.to_string().parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

textual!(i64: Bigint, Decimal: Numeric, Date: Date, Time: Time, Timestamp: Timestamptz, Uuid: Uuid);

impl<M: Referenced> Field for Ref<M> {
    const TYPE: SqlType = SqlType::Uuid;
    const REFERENCES: Option<Reference> = Some(Reference { module: M::MODULE, table: M::TABLE });

    fn to_json(&self) -> Value {
        self.uuid().to_json()
    }

    fn from_json(value: &Value) -> Option<Self> {
        Uuid::from_json(value).map(Self::new)
    }
}

impl<T: Field> Field for Option<T> {
    const TYPE: SqlType = T::TYPE;
    const NULLABLE: bool = true;
    const WORDS: &'static [&'static str] = T::WORDS;
    const WORDS_SINCE: &'static [u32] = T::WORDS_SINCE;
    const REFERENCES: Option<Reference> = T::REFERENCES;
    const FIELDS: Option<&'static [FieldSpec]> = T::FIELDS;
    const LIST: bool = T::LIST;

    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_json)
    }

    fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_json(value).map(Some),
        }
    }
}

/// Types whose values can stand in an array field.
macro_rules! items {
    ($($type:ty),*) => {$(impl Item for $type {})*};
}

items!(String, i32, i64, Decimal, bool, Date, Time, Timestamp, Uuid);

impl<M: Referenced> Item for Ref<M> {}

impl<T: Item> Field for Vec<T> {
    const TYPE: SqlType = T::TYPE.array();
    const WORDS: &'static [&'static str] = T::WORDS;
    const WORDS_SINCE: &'static [u32] = T::WORDS_SINCE;
    const FIELDS: Option<&'static [FieldSpec]> = T::FIELDS;
    const LIST: bool = true;

    fn to_json(&self) -> Value {
        self.iter().map(Field::to_json).collect()
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_json).collect()
    }
}
