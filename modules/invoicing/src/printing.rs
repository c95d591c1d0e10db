//! The PDF of a document: rendered from what it says, and kept once it is posted.

use eerp_invoicing_api::{INVOICE_POSTED, InvoiceNews};
use eerp_sdk::prelude::*;
use eerp_sdk::services::{files, render};

use crate::invoices::{Invoice, same};
use crate::sheet::Sheet;

/// The design of a document.
const TEMPLATE: &str = include_str!("../data/invoice.typ");

const PDF: &str = "application/pdf";

/// The PDF of a posted document, which is kept as it was then.
#[model(table = "prints", title = "Print", order = "created_at")]
pub struct Print {
    /// The document.
    #[field(unique, on_delete = "cascade")]
    pub invoice_id: Ref<Invoice>,
    /// The file.
    pub file_id: Uuid,
}

/// Show the PDF of a document
///
/// That of a posted document is kept; a draft is marked as such.
#[get("/invoices/{id:uuid}/pdf", media_type = "application/pdf")]
pub(crate) fn pdf(id: Ref<Invoice>) -> Result<Reply> {
    let invoice = db::get(id)?;
    let name = file_name(&invoice);
    let staged = match kept(&invoice)? {
        Some(file) => match files::stage(file) {
            // It was kept by somebody who acted in a company that is not the caller's.
            Err(error) if error.is("not_found") => made(invoice)?,
            staged => staged?,
        },
        None => made(invoice)?,
    };
    Ok(Reply::staged(&staged)
        .with_header("content-type", PDF)
        .with_header("content-disposition", format!("inline; filename=\"{name}\"")))
}

fn made(invoice: Record<Invoice>) -> Result<eerp_sdk::operation::Staged> {
    render::stage_pdf(TEMPLATE, &Sheet::of(&documents::with_lines(invoice)?)?)
}

/// The file of a posted document, once it is kept.
fn kept(invoice: &Record<Invoice>) -> Result<Option<Uuid>> {
    if !invoice.state.is_posted() {
        return Ok(None);
    }
    let print = db::find::<Print>().eq("invoice_id", invoice.id.uuid()).first()?;
    Ok(print.map(|print| print.file_id))
}

/// The file of a posted document, which is kept from now on.
pub(crate) fn keep(invoice: Record<Invoice>) -> Result<Uuid> {
    if let Some(file) = kept(&invoice)? {
        return Ok(file);
    }
    let (id, name) = (invoice.id, file_name(&invoice));
    let sheet = Sheet::of(&documents::with_lines(invoice)?)?;
    let file_id = render::keep_pdf(TEMPLATE, &sheet, &name)?.id;
    db::create(&Print { invoice_id: id, file_id })?;
    Ok(file_id)
}

/// `INV-2026-00001.pdf`.
fn file_name(invoice: &Invoice) -> String {
    format!("{}.pdf", invoice.called().replace(['/', '\\'], "-"))
}

/// Keeps the PDF of what was posted: after the commit, for nobody should wait for it.
/// Where the operator does not allow rendering nothing is kept.
#[event(INVOICE_POSTED)]
pub(crate) fn on_posted(event: Event<InvoiceNews>) -> Result<()> {
    let invoice = match db::get::<Invoice>(same(event.data.invoice_id)) {
        Err(error) if error.is("not_found") => return Ok(()),
        invoice => invoice?,
    };
    match keep(invoice) {
        Err(error) if error.is("forbidden") => Ok(()),
        kept => kept.map(drop),
    }
}
