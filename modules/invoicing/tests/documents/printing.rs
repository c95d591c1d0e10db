//! What is printed, kept and sent.

use std::cell::RefCell;
use std::rc::Rc;

use eerp_invoicing_api::{INVOICE_POSTED, InvoiceNews};
use eerp_sdk::prelude::*;
use eerp_sdk::services::files::File;
use eerp_sdk::services::mail::{self, Mail};
use eerp_sdk::services::render::{self, Document, Rendered};

use crate::world::{VAT, World, path};

const FILE: [u8; 16] = [9; 16];

/// Lets rendering answer a file, and shows what was to be rendered.
fn printer(world: &World) -> Rc<RefCell<Vec<Document>>> {
    let printed: Rc<RefCell<Vec<Document>>> = Rc::default();
    let seen = Rc::clone(&printed);
    world.host.serve(render::PDF, move |document| {
        seen.borrow_mut().push(document.0);
        let file = File { id: Uuid::from_bytes(FILE), ..File::default() };
        Ok(Rendered { size: 1, content: None, file: Some(file) })
    });
    printed
}

fn news(invoice: &Json) -> InvoiceNews {
    let id = |field: &str| invoice[field].as_str().and_then(|id| id.parse().ok()).map(Ref::new);
    InvoiceNews { invoice_id: id("id").expect("an id"), ..InvoiceNews::default() }
}

fn keep(world: &World, invoice: &Json) -> Result<()> {
    world.host.deliver(INVOICE_POSTED, invoice["id"].as_str().unwrap_or_default(), &news(invoice))
}

#[test]
fn what_was_posted_is_printed_once() {
    let world = World::new();
    let printed = printer(&world);
    let draft = world.draft(json!([
        {"description": "Tea", "quantity": "1200.5", "unit_price": "1.5", "discount": "10", "tax_ids": [VAT]},
    ]));
    let invoice = world.host.post(&path(&draft, "/post"), Json::Null).ok();
    for _ in 0..2 {
        keep(&world, &invoice).expect("it is kept");
    }
    let printed = printed.borrow();
    assert_eq!(printed.len(), 1);
    assert_eq!(printed[0].save_as.as_deref(), Some("INV-2026-00001.pdf"));
    let sheet = printed[0].data.clone().expect("data");
    assert_eq!((&sheet["title"], &sheet["draft"]), (&json!("Invoice"), &json!(false)));
    assert_eq!(sheet["total"], "1,944.82");
    assert_eq!(
        sheet["rows"][0],
        json!({
            "description": "Tea", "quantity": "1,200.5", "unit": "", "price": "1.50",
            "discount": "10 %", "tax": "VAT 20%", "amount": "1,620.68",
        })
    );
    assert_eq!(
        sheet["taxes"][0],
        json!({"name": "VAT 20%", "base": "1,620.68", "amount": "324.14"})
    );
}

#[test]
fn where_rendering_is_not_allowed_nothing_is_kept() {
    let world = World::new();
    let invoice = world.posted("invoice", "5");
    world.host.serve(render::PDF, |_| Err(Error::forbidden("It takes a capability.")));
    keep(&world, &invoice).expect("it is passed over");
    world.host.serve(render::PDF, |_| Err(Error::new(503, "overloaded", "Too many.")));
    keep(&world, &invoice).expect_err("it is tried again");
}

#[test]
fn a_posted_document_is_sent_with_its_pdf() {
    let world = World::new();
    let _printed = printer(&world);
    let sent: Rc<RefCell<Vec<Mail>>> = Rc::default();
    let seen = Rc::clone(&sent);
    world.host.serve(mail::SEND, move |mail| {
        seen.borrow_mut().push(mail.0);
        Ok(mail::Posted::default())
    });
    let draft = world.draft(json!([{"description": "Work", "unit_price": "5"}]));
    let refused = world.host.post(&path(&draft, "/send"), json!({})).with_status(409);
    assert_eq!(refused["code"], "not_posted");
    world.host.post(&path(&draft, "/post"), Json::Null).ok();
    let answer = world.host.post(&path(&draft, "/send"), json!({"text": "Here it is."})).ok();
    assert_eq!(answer["sent_at"], "2026-01-01T00:00:00Z");
    let sent = sent.borrow();
    assert_eq!(
        (&sent[0].to[0][..], &sent[0].subject[..]),
        ("ap@acme.example", "Invoice INV/2026/00001")
    );
    assert_eq!(sent[0].files, [Uuid::from_bytes(FILE)]);
}
