//! Books and who has them: a module that nothing else in the tree knows, for the tests
//! that show that the screens need to know no module.

use eerp_sdk::prelude::*;

/// What a book is about.
#[choice]
pub enum Subject {
    /// Made up.
    Fiction,
    /// Found out.
    Science,
    /// Done and paid.
    Trade,
}

/// Somebody who borrows books.
#[model(table = "readers", title = "Reader", display = "name", order = "name")]
pub struct Reader {
    /// What the reader is called.
    #[field(max = 200, trigram)]
    pub name: String,
    /// Where reminders go.
    #[field(max = 254, format = "email", label = "E-mail")]
    pub email: Option<String>,
}

/// A book that can be lent.
#[model(table = "books", title = "Book", display = "title", order = "title")]
pub struct Book {
    /// What is printed on the cover.
    #[field(max = 200, trigram)]
    pub title: String,
    /// What it is about.
    #[field(default = Subject::Fiction)]
    pub subject: Subject,
    /// How thick it is.
    #[field(min = 1, max = 10_000)]
    pub pages: Option<i32>,
    /// The day on which it came.
    pub bought_on: Option<Date>,
    /// Who has it.
    pub reader_id: Option<Ref<Reader>>,
    /// Since when it is out.
    #[field(readonly)]
    pub lent_at: Option<Timestamp>,
}

/// Bring a book back
///
/// Whoever has it has it no more.
#[post("/books/{id:uuid}/return")]
fn bring_back(id: Ref<Book>) -> Result<Record<Book>> {
    let mut book = db::get(id)?;
    if book.reader_id.is_none() {
        return Err(Error::conflict("not_lent", "Nobody has the book."));
    }
    book.reader_id = None;
    book.lent_at = None;
    db::update(&book)
}

eerp_sdk::module! {
    name: "library",
    models: [Reader, Book],
    routes: [crud::<Reader>, crud::<Book>, bring_back],
}
