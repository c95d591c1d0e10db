//! Content that a module keeps. Files belong to the module that put them, and to the
//! company that its user acted in.

use super::Sparse;
use crate::error::Result;
use crate::operation::Staged;
use crate::prelude::*;

/// A file that is to be kept.
#[body]
pub struct NewFile {
    /// Its name, without a path.
    #[field(max = 200)]
    pub name: String,
    /// What it is: `application/pdf`.
    #[field(max = 200)]
    pub media_type: String,
    /// Its bytes.
    pub content: Bytes,
    /// Whether all own companies have it.
    #[field(default = false)]
    pub shared: bool,
}

/// A file that is kept.
#[body]
pub struct File {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is: `application/pdf`.
    pub media_type: String,
    /// Its bytes, how many.
    pub size: i64,
    /// What its bytes hash to, in hexadecimal digits.
    pub sha256: String,
    /// Whether all own companies have it.
    pub shared: bool,
    /// When it was put.
    pub created_at: Timestamp,
    /// By which user.
    pub created_by: Option<String>,
}

/// Which file is meant.
#[body]
pub struct FileId {
    /// Its id.
    pub id: Uuid,
    /// Whether the bytes alone are wanted, for [`stage`].
    #[field(default = false)]
    pub raw: bool,
}

/// A file with its content.
#[body]
pub struct FileContent {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is: `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub content: Bytes,
}

/// Which file is taken away.
#[body]
pub struct Removal {
    /// Its id.
    pub id: Uuid,
}

/// Which files are listed.
#[body]
pub struct FileSearch {
    /// Those after this one; it is the `next` of a page.
    pub after: Option<Uuid>,
    /// Those of this name.
    pub name: Option<String>,
    /// At most so many.
    #[field(default = 50, min = 1)]
    pub limit: i32,
}

/// Some of the files, the newest first.
#[body]
pub struct FilePage {
    /// The files.
    pub items: Vec<File>,
    /// What asks for the next page; nothing after the last.
    pub next: Option<Uuid>,
}

/// Keep a file
#[service("eerp.files.put", public)]
pub const PUT: Service<NewFile, File>;

/// A file with its content
#[service("eerp.files.get", public)]
pub const GET: Service<FileId, FileContent>;

/// Take a file away for good
#[service("eerp.files.delete", public)]
pub const DELETE: Service<Removal, File>;

/// The files of the module
#[service("eerp.files.list", public)]
pub const LIST: Service<Sparse<FileSearch>, FilePage>;

/// Keeps a file.
///
/// # Errors
/// 422 when its name or type may not be, or it is too large.
pub fn put(name: &str, media_type: &str, content: impl Into<Vec<u8>>) -> Result<File> {
    let (name, media_type) = (name.into(), media_type.into());
    PUT.call(&NewFile { name, media_type, content: Bytes(content.into()), shared: false })
}

/// A file with its content.
///
/// # Errors
/// 404 when there is none that the user may see.
pub fn get(id: Uuid) -> Result<FileContent> {
    GET.call(&FileId { id, raw: false })
}

/// Leaves the bytes of a file with the core, to be the body of a
/// [`Reply::staged`](crate::Reply::staged): they never pass through the module.
///
/// # Errors
/// 404 when there is none that the user may see.
pub fn stage(id: Uuid) -> Result<Staged> {
    GET.stage(&FileId { id, raw: true })
}

/// Takes a file away for good.
///
/// # Errors
/// 404 when there is none that the user may see.
pub fn delete(id: Uuid) -> Result<File> {
    DELETE.call(&Removal { id })
}

/// Lists files, the newest first.
///
/// # Errors
/// 422 when the limit is too large.
pub fn list(search: FileSearch) -> Result<FilePage> {
    LIST.call(&Sparse(search))
}
