//! Documents: a Typst template and data become a PDF. Takes the capability `render`.

use super::Sparse;
use super::files::File;
use crate::error::{Error, Result};
use crate::field::Json;
use crate::message::Message;
use crate::operation::Staged;
use crate::prelude::*;

/// A document that is wanted.
#[body]
pub struct Document {
    /// Typst's own language. The data is there as `json(bytes(sys.inputs.data))`.
    pub template: String,
    /// What the template speaks of.
    pub data: Option<Json>,
    /// Whether the bytes alone are wanted, for [`stage_pdf`].
    #[field(default = false)]
    pub raw: bool,
    /// The name of the file as which it is kept, instead of being answered.
    pub save_as: Option<String>,
}

/// A document that was made.
#[body]
pub struct Rendered {
    /// Its bytes, how many.
    pub size: i64,
    /// Its bytes, unless it was kept.
    pub content: Option<Bytes>,
    /// The file as which it was kept.
    pub file: Option<File>,
}

/// Make a PDF of a Typst template and data
#[service("eerp.render.pdf", public)]
pub const PDF: Service<Sparse<Document>, Rendered>;

/// The bytes of a PDF.
///
/// # Errors
/// 422 with what Typst says of the template, or when the document is too large.
pub fn pdf(template: &str, data: &impl Message) -> Result<Bytes> {
    PDF.call(&document(template, data))?.content.ok_or_else(unlike)
}

/// Leaves a PDF with the core, to be the body of a
/// [`Reply::staged`](crate::Reply::staged): it never passes through the module.
///
/// # Errors
/// As [`pdf`].
pub fn stage_pdf(template: &str, data: &impl Message) -> Result<Staged> {
    let Sparse(document) = document(template, data);
    PDF.stage(&Sparse(Document { raw: true, ..document }))
}

/// Keeps a PDF as a file of the module.
///
/// # Errors
/// As [`pdf`], and 422 when the name may not be.
pub fn keep_pdf(template: &str, data: &impl Message, name: &str) -> Result<File> {
    let Sparse(document) = document(template, data);
    let document = Document { save_as: Some(name.into()), ..document };
    PDF.call(&Sparse(document))?.file.ok_or_else(unlike)
}

fn document(template: &str, data: &impl Message) -> Sparse<Document> {
    let (template, data) = (template.into(), Some(data.write()));
    Sparse(Document { template, data, ..Document::default() })
}

fn unlike() -> Error {
    Error::new(500, "internal_error", "The core made no such document.")
}
