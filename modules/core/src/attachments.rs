//! Files that belong to records of any module.

use eerp_sdk::prelude::*;
use eerp_sdk::services::files;

use crate::Company;

/// As many files as one record has.
const PER_RECORD_MAX: i64 = 200;

/// A file that belongs to a record.
#[model(
    table = "attachments",
    title = "Attachment",
    display = "name",
    order = "created_at desc",
    index("model", "record_id"),
    company = "own_company_id"
)]
pub struct Attachment {
    /// The model of the record: `crm.opportunities`.
    #[field(readonly, max = 100, pattern = "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$")]
    pub model: String,
    /// The record.
    #[field(readonly, label = "Record")]
    pub record_id: Uuid,
    /// What the file is called.
    #[field(readonly, max = 200)]
    pub name: String,
    /// What it is: `application/pdf`.
    #[field(readonly, max = 200)]
    pub media_type: String,
    /// Its bytes, how many.
    #[field(readonly, min = 0)]
    pub size: i64,
    /// What its bytes hash to, in hexadecimal digits.
    #[field(readonly, max = 64, label = "SHA-256")]
    pub sha256: String,
    /// What it has to do with the record.
    #[field(readonly, max = 2000, format = "multiline")]
    pub note: Option<String>,
    /// The file in which the content lies.
    #[field(readonly, label = "File")]
    pub file_id: Uuid,
    /// The own company it belongs to, in which it was attached.
    #[field(readonly)]
    pub own_company_id: Option<Ref<Company>>,
}

/// A file for a record.
#[body]
pub struct NewAttachment {
    /// The model of the record: `crm.opportunities`.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$")]
    pub model: String,
    /// The record.
    pub record_id: Uuid,
    /// What the file is called, without a path.
    #[field(max = 200)]
    pub name: String,
    /// What it is: `application/pdf`.
    #[field(default = "application/octet-stream", max = 200)]
    pub media_type: String,
    /// Its bytes. A request has 1 MiB at most, and so the file about 750 KiB.
    pub content: Bytes,
    /// What it has to do with the record.
    #[field(max = 2000)]
    pub note: Option<String>,
}

/// Attach a file to a record
///
/// A record has 200 files at most.
#[post("/attachments", permission = "attachments.create", status = 201, answers = Attachment)]
pub(crate) fn attach(body: NewAttachment) -> Result<Reply> {
    if body.content.0.is_empty() {
        return Err(Error::invalid("content", "empty", "The file is empty."));
    }
    let beside = db::find::<Attachment>().eq("model", &body.model).eq("record_id", body.record_id);
    if beside.count()? >= PER_RECORD_MAX {
        let message = format!("A record has at most {PER_RECORD_MAX} files.");
        return Err(Error::conflict("too_many_attachments", message));
    }
    let file = files::put(&body.name, &body.media_type, body.content.0)?;
    let attachment = Attachment {
        model: body.model,
        record_id: body.record_id,
        name: file.name,
        media_type: file.media_type,
        size: file.size,
        sha256: file.sha256,
        note: body.note,
        file_id: file.id,
        ..Attachment::default()
    };
    Ok(Reply::last(db::operation::create(&attachment)?).with_status(201))
}

/// Download an attachment
///
/// Browsers save it under its name, and never open it in place.
#[get("/attachments/{id:uuid}/content", media_type = "application/octet-stream")]
pub(crate) fn content(id: Ref<Attachment>) -> Result<Reply> {
    let attachment = db::get(id)?;
    let named = format!("attachment; filename*=UTF-8''{}", percent_encoded(&attachment.name));
    let content = files::stage(attachment.file_id)?;
    let reply = Reply::staged(&content).with_header("content-type", "application/octet-stream");
    Ok(reply.with_header("content-disposition", named))
}

/// Take an attachment away
///
/// Its file is gone for good; that it was there stays in the audit trail.
#[delete("/attachments/{id:uuid}", permission = "attachments.delete")]
pub(crate) fn remove(id: Ref<Attachment>, request: &Request) -> Result<()> {
    let attachment = db::delete(id, request.expected_version()?)?;
    files::delete(attachment.file_id).map(drop)
}

/// A text as a parameter of a header (RFC 8187).
fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = |byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_into_a_header_whatever_it_is() {
        assert_eq!(percent_encoded("Offer-1.pdf"), "Offer-1.pdf");
        assert_eq!(percent_encoded("a \"b\"\r\né"), "a%20%22b%22%0D%0A%C3%A9");
    }
}
