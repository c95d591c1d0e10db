//! Documents: a head and its lines, which are saved, shown and checked as one.
//!
//! An entry of a journal, an invoice and a delivery are documents. Both parts are models
//! of the module; what makes a document of them is `impl Document` for the head, and
//! [`document`] makes its routes.

use std::fmt::Debug;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::answer::{Answer, AnswerSpec, Content};
use crate::error::Result;
use crate::field::{FieldSpec, Reference, SqlType};
use crate::model::{Model, ModelSpec, Record, Shape, Stored};
use crate::reply::{IntoReply, Reply};
use crate::uuid::Referenced;

mod routes;

pub use routes::document;

/// How many lines a document has at most, unless it says so itself.
pub const LINES_MAX: usize = 500;

/// How many records the core stores at once.
const BULK_MAX: usize = 1000;

/// A model whose records have lines that belong to them.
///
/// ```
/// use eerp_sdk::prelude::*;
///
/// /// What somebody wants.
/// #[model(table = "orders")]
/// pub struct Order {
///     /// Who wants it.
///     pub customer: String,
/// }
///
/// /// One thing that is wanted.
/// #[model(table = "order_lines")]
/// pub struct OrderLine {
///     /// Its order.
///     #[field(on_delete = "cascade")]
///     pub order_id: Ref<Order>,
///     /// Its place in the order.
///     pub position: i32,
///     /// What is wanted.
///     pub item: String,
/// }
///
/// impl Document for Order {
///     type Line = OrderLine;
///     const POSITION: &'static str = "position";
///
///     fn before_save(
///         &mut self,
///         lines: &mut Vec<Record<OrderLine>>,
///         _before: Option<&Whole<Self>>,
///     ) -> Result<()> {
///         lines.retain(|line| line.item != "nothing");
///         Ok(())
///     }
/// }
///
/// eerp_sdk::module! {
///     name: "shop",
///     models: [Order, OrderLine],
///     routes: [document::<Order>],
/// }
/// # fn main() {}
/// ```
///
/// Lines that are not deleted with their head are none:
///
/// ```compile_fail,E0080
/// # use eerp_sdk::prelude::*;
/// # #[model(table = "orders")]
/// # pub struct Order {
/// #     pub customer: String,
/// # }
/// # #[model(table = "order_lines")]
/// # pub struct OrderLine {
/// #     pub order_id: Ref<Order>,
/// #     pub position: i32,
/// # }
/// # impl Document for Order {
/// #     type Line = OrderLine;
/// #     const POSITION: &'static str = "position";
/// # }
/// # eerp_sdk::module! {
/// #     name: "shop",
/// #     models: [Order, OrderLine],
/// #     routes: [document::<Order>],
/// # }
/// # fn main() {}
/// ```
pub trait Document: Model {
    /// The model of its lines. Its table is their name in bodies and answers.
    type Line: Model;

    /// The field of a line, an `i32`, that has its place: 1, 2, 3 and so on. The SDK
    /// fills it, so that lines come back in the order in which they were given.
    const POSITION: &'static str;

    /// The field of a line that points to its head: the first that does, and says
    /// `on_delete = "cascade"`.
    const HEAD: &'static str = reference::<Self>();

    /// How many lines it has at most, up to 1000.
    const LINES_MAX: usize = LINES_MAX;

    /// Checks and completes the whole before it is stored: `lines` are those that will
    /// be, in their order, and `before` is what there was. New lines are made by
    /// `Record::from(line)`. A line is blamed by its place: `lines/3/debit`.
    ///
    /// The rules of head and lines have their say afterwards, as always.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::invalid`](crate::Error::invalid).
    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Self::Line>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        let _ = (lines, before);
        Ok(())
    }

    /// What follows from it once it is stored, in the same request: the whole as it is
    /// then. What this changes by `db` is not saved as a document again.
    ///
    /// # Errors
    /// Whatever the rule says: then nothing was stored.
    fn after_save(whole: Whole<Self>) -> Result<Whole<Self>> {
        Ok(whole)
    }
}

/// What the core is told of a document.
#[derive(Debug, Clone, Copy)]
pub struct DocumentSpec {
    /// The model of its head.
    pub head: &'static ModelSpec,
    /// The model of its lines.
    pub line: &'static ModelSpec,
    /// The field of a line that points to the head.
    pub reference: &'static str,
    /// The field of a line that has its place.
    pub position: &'static str,
    /// How many lines it has at most.
    pub lines_max: usize,
}

impl DocumentSpec {
    /// That of a document, when its parts go together.
    ///
    /// # Panics
    /// When they do not. [`document`] asks while the module is compiled.
    pub const fn of<M: Document>() -> Self {
        let place = find(<M::Line as Shape>::FIELDS, M::POSITION);
        assert!(
            matches!(place, Some(FieldSpec { sql_type: SqlType::Integer, nullable: false, .. })),
            "POSITION is a field of the lines of type i32"
        );
        assert!(
            find(<M::Line as Shape>::FIELDS, M::HEAD).is_some(),
            "HEAD is a field of the lines"
        );
        assert!(
            find(<M as Shape>::FIELDS, <M::Line as Referenced>::TABLE).is_none(),
            "the head has a field that is called like the lines"
        );
        assert!(M::LINES_MAX <= BULK_MAX, "a document has at most 1000 lines");
        Self {
            head: <M as Stored>::SPEC,
            line: <M::Line as Stored>::SPEC,
            reference: M::HEAD,
            position: M::POSITION,
            lines_max: M::LINES_MAX,
        }
    }

    /// The fields of a line that no body has.
    pub(crate) const fn of_sdk(&self) -> [&'static str; 2] {
        [self.reference, self.position]
    }
}

/// The field of a line that points to the head and is deleted with it.
const fn reference<M: Document>() -> &'static str {
    let fields = <M::Line as Shape>::FIELDS;
    let mut at = 0;
    while at < fields.len() {
        let FieldSpec { name, references, on_delete, .. } = fields[at];
        let own = Reference { module: "", table: <M as Referenced>::TABLE };
        if leads_to(references, own) && same(on_delete, "cascade") {
            return name;
        }
        at += 1;
    }
    panic!("the lines of a document point to their head, by a Ref with on_delete = \"cascade\"")
}

const fn leads_to(reference: Option<Reference>, target: Reference) -> bool {
    match reference {
        Some(Reference { module, table }) => {
            same(module, target.module) && same(table, target.table)
        }
        None => false,
    }
}

const fn find(fields: &'static [FieldSpec], name: &str) -> Option<FieldSpec> {
    let mut at = 0;
    while at < fields.len() {
        if same(fields[at].name, name) {
            return Some(fields[at]);
        }
        at += 1;
    }
    None
}

/// Whether two texts are alike, while the module is compiled.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// A document as it is stored, or is going to be: [`documents`](crate::documents) reads
/// and saves it. As an answer it is its head's record with its lines, and has its version
/// as the `ETag`.
///
/// Change its fields, change its lines, push new ones and take others away; then
/// [`save`](crate::documents::save) it.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole<M: Document> {
    /// The head.
    pub head: Record<M>,
    /// The lines in their order; new ones are made by `Record::from(line)`.
    pub lines: Vec<Record<M::Line>>,
    /// The lines as they were read: those that are there no more are deleted.
    read: Vec<Record<M::Line>>,
}

impl<M: Document> Whole<M> {
    /// A document that is yet to be stored.
    pub fn new(head: impl Into<Record<M>>, lines: Vec<Record<M::Line>>) -> Self {
        Self { head: head.into(), lines, read: Vec::new() }
    }

    /// One that is stored.
    pub(crate) fn stored(head: Record<M>, lines: Vec<Record<M::Line>>) -> Self {
        Self { head, read: lines.clone(), lines }
    }

    /// The document as it was read; nothing when it is new.
    pub(crate) fn before(&self) -> Result<Option<Self>> {
        if self.head.is_new() {
            return Ok(None);
        }
        let (head, lines) = (self.head.as_stored()?, self.read.clone());
        Ok(Some(Self { head, lines, read: Vec::new() }))
    }
}

impl<M: Document> Serialize for Whole<M> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut whole = to.serialize_map(None)?;
        for (name, value) in self.head.shown() {
            whole.serialize_entry(&name, &value)?;
        }
        whole.serialize_entry(<M::Line as Referenced>::TABLE, &self.lines)?;
        whole.end()
    }
}

impl<M: Document> Answer for Whole<M> {
    const ANSWER: AnswerSpec =
        AnswerSpec::of(Content::Document(const { &DocumentSpec::of::<M>() }));
}

impl<M: Document> IntoReply for Whole<M> {
    fn into_reply(self) -> Reply {
        Reply::json(&self).with_header("etag", format!("\"{}\"", self.head.version))
    }
}
