//! The typed services of the core say what the core reads, and read what it says.

use eerp_sdk::message::Message;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{NextNumber, Number, Reset};
use eerp_sdk::services::settings::{Scope, Setting};
use eerp_sdk::services::{Sparse, clock, files, mail, render, sequences, settings};
use eerp_sdk::testing::Host;

/// Number a paper and keep it
#[post("/papers")]
fn keep() -> Result<Json> {
    let papers = NextNumber { prefix: "P-{year}-".into(), ..NextNumber::of("papers") };
    let number = sequences::next(NextNumber { reset: Reset::Yearly, ..papers })?;
    let file = files::put(&number.text, "text/plain", "content")?;
    Ok(json!({"file": file.id.to_string(), "name": file.name}))
}

/// Show a paper
#[get("/papers/{id:uuid}", answers = files::FileContent)]
fn show(id: Uuid) -> Result<Reply> {
    Ok(Reply::staged(&files::stage(id)?))
}

/// Set the terms anew
#[post("/terms")]
fn set_terms() -> Result<Json> {
    let before = settings::get::<i32>("terms")?.unwrap_or(14);
    settings::set("terms", &(before * 2), Scope::Global)?;
    let place = clock::now_in("Europe/Vienna")?;
    Ok(json!({"before": before, "hours": place.offset_s / 3600}))
}

/// Print a paper
#[get("/papers/{id:uuid}/print", media_type = "application/pdf")]
fn print(id: Uuid) -> Result<Reply> {
    let data = json!({"id": id.to_string(), "note": null});
    let pdf = render::stage_pdf("= #json(bytes(sys.inputs.data)).id", &data)?;
    Ok(Reply::staged(&pdf).with_header("content-type", "application/pdf"))
}

eerp_sdk::module! { name: "papers", routes: [keep, show, print, set_terms] }

const ID: &str = "018f3c1e-0000-7000-8000-000000000001";

fn id() -> Uuid {
    ID.parse().expect("an id")
}

#[test]
fn a_number_is_drawn_and_a_file_is_kept() {
    let host = Host::new(&MODULE);
    host.serve(sequences::NEXT, |Sparse(wanted)| {
        assert_eq!((wanted.reset, wanted.start), (Reset::Yearly, 1));
        assert!(wanted.gapless && wanted.per_company);
        let text = wanted.prefix.replace("{year}", "2026") + "1";
        Ok(Number { number: 1, text, period: "2026".into() })
    });
    host.serve(files::PUT, |file| {
        assert_eq!((&*file.content.0, &*file.media_type), (&b"content"[..], "text/plain"));
        Ok(files::File { id: id(), name: file.name, size: 7, ..files::File::default() })
    });
    assert_eq!(host.post("/papers", Json::Null).ok(), json!({"file": ID, "name": "P-2026-1"}));
}

#[test]
fn a_file_that_stays_with_the_core_is_the_answer() {
    let host = Host::new(&MODULE);
    host.serve(files::GET, |wanted| {
        assert!(wanted.raw);
        Ok(files::FileContent { id: wanted.id, name: "P".into(), ..Default::default() })
    });
    assert_eq!(host.get(&format!("/papers/{ID}")).ok()["id"], ID);
}

#[test]
fn a_setting_is_read_and_changed_and_the_clock_asked() {
    let host = Host::new(&MODULE);
    host.serve(settings::GET, |Sparse(key)| {
        assert_eq!((&*key.key, key.scope), ("terms", Scope::Company));
        Ok(Setting { value: Some(json!(30)), scope: Some(Scope::Global), ..Setting::default() })
    });
    host.serve(settings::SET, |change| {
        assert_eq!((change.value, change.scope), (Some(json!(60)), Scope::Global));
        Ok(())
    });
    host.serve(clock::NOW, |zone| {
        let zone = zone.zone.expect("a zone");
        Ok(clock::WallClock { zone, offset_s: 3600, ..clock::WallClock::default() })
    });
    assert_eq!(host.post("/terms", Json::Null).ok(), json!({"before": 30, "hours": 1}));
}

#[test]
fn a_setting_that_is_not_there_or_is_another_type() {
    let host = Host::new(&MODULE);
    host.serve(settings::GET, |_| Ok(Setting::default()));
    assert_eq!(host.run(|| settings::get::<String>("terms")), Ok(None));
    host.serve(settings::GET, |_| Ok(Setting { value: Some(json!(1)), ..Setting::default() }));
    let odd = host.run(|| settings::get::<String>("terms")).expect_err("it is a number");
    assert_eq!(odd.status, 500);
}

#[test]
fn a_document_is_printed_answered_or_kept() {
    let host = Host::new(&MODULE);
    host.serve(render::PDF, |Sparse(wanted)| {
        let data = wanted.data.expect("some data");
        assert_eq!((&data["id"], &data["note"]), (&json!(ID), &Json::Null));
        let mut made = render::Rendered { size: 4, ..Default::default() };
        match wanted.save_as {
            Some(name) => made.file = Some(files::File { name, ..files::File::default() }),
            None => made.content = Some(Bytes(b"%PDF".into())),
        }
        Ok(made)
    });
    let printed = host.get(&format!("/papers/{ID}/print"));
    assert_eq!(printed.headers["content-type"], "application/pdf");
    let data = json!({"id": ID, "note": null});
    assert_eq!(host.run(|| render::pdf("=", &data)), Ok(Bytes(b"%PDF".into())));
    let kept = host.run(|| render::keep_pdf("=", &data, "a.pdf")).expect("it is kept");
    assert_eq!(kept.name, "a.pdf");
}

#[test]
fn a_mail_says_no_more_than_it_was_given() {
    let written = Sparse(mail::Mail::new("ann@example.com", "Tea", "It is ready.")).write();
    let said = json!({
        "to": ["ann@example.com"], "cc": [], "bcc": [], "files": [],
        "subject": "Tea", "text": "It is ready.",
    });
    assert_eq!(written, said);
    let host = Host::new(&MODULE);
    host.serve(mail::SEND, |Sparse(mail)| {
        assert_eq!((mail.subject.as_str(), mail.files), ("Tea", vec![id()]));
        Ok(mail::Posted { id: id() })
    });
    let mail = mail::Mail { files: vec![id()], ..mail::Mail::new("ann@example.com", "Tea", "") };
    assert_eq!(host.run(|| mail::send(mail)).map(|posted| posted.id), Ok(id()));
}
