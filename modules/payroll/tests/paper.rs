//! Payslips are printed once, and sent once.

mod world;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use eerp_payroll::{PAYSLIPS_UNPRINTED, Unprinted};
use eerp_sdk::prelude::*;
use eerp_sdk::services::files::File;
use eerp_sdk::services::{Sparse, mail, render};
use world::{World, contract, id, path};

/// What was asked of the renderer, and how often it keeps a file.
type Asked = Rc<RefCell<Vec<Json>>>;

fn printing(world: &World) -> Asked {
    let asked: Asked = Rc::default();
    let seen = asked.clone();
    world.host.serve(render::PDF, move |Sparse(document): Sparse<render::Document>| {
        seen.borrow_mut().push(document.data.unwrap_or_default());
        let file = document.save_as.map(|name| File { id: id(77), name, ..File::default() });
        Ok(render::Rendered { size: 1, content: None, file })
    });
    asked
}

fn unprinted(world: &World, run: &Json) -> Unprinted {
    let ids = world
        .slips(run)
        .into_iter()
        .map(|slip| slip["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"));
    Unprinted { payslip_ids: ids.collect() }
}

fn office() -> World {
    let mut ann = contract(1, "Ann Lee", "12345.67");
    ann.email = Some("ann@example.com".into());
    ann.unpaid_leave_days = Decimal::ONE;
    World::new(vec![ann, contract(2, "Bob Ray", "2000")])
}

#[test]
fn a_draft_is_printed_as_one() {
    let world = office();
    let asked = printing(&world);
    let run = world.compute(&world.run());
    let slip = world.slips(&run)[0]["id"].as_str().expect("an id").to_owned();
    world.host.get(&format!("/payslips/{slip}/pdf")).ok();
    let printed = asked.borrow()[0].clone();
    assert_eq!((&printed["mark"], &printed["name"]), (&json!("Draft"), &json!("Ann Lee")));
    // 21 of 22 days.
    assert_eq!(printed["earnings"]["total"], "11,784.50");
    assert_eq!(printed["deductions"]["lines"][0]["detail"], "8 % of 11,784.50");
    assert_eq!(printed["facts"][0]["value"], "1 Jan 2026 – 31 Jan 2026");
    assert_eq!(printed["work"][1]["value"], "1 day");
    let names: Vec<_> = printed["earnings"]["lines"].as_array().expect("lines").iter().collect();
    assert_eq!(names.len(), 1, "what is not shown is not printed");
}

#[test]
fn what_is_posted_is_printed_once() {
    let world = office();
    let asked = printing(&world);
    let run = world.posted();
    let told = unprinted(&world, &run);
    world.host.deliver(PAYSLIPS_UNPRINTED, "", &told).expect("printed");
    world.host.deliver(PAYSLIPS_UNPRINTED, "", &told).expect("nothing to do");
    assert_eq!(asked.borrow().len(), 2);
    assert_eq!(asked.borrow()[0]["number"], "PAY/2026/00001-001");
    assert!(world.slips(&run).iter().all(|slip| slip["file_id"] == id(77).to_string()));
}

#[test]
fn who_may_not_print_is_not_asked_again() {
    let world = office();
    world.host.serve(render::PDF, |_| Err(Error::forbidden("Not the capability render.")));
    let run = world.posted();
    let told = unprinted(&world, &run);
    world.host.deliver(PAYSLIPS_UNPRINTED, "", &told).expect("let be");
    assert!(world.host.log().iter().any(|(_, line)| line.contains("not printed")));
}

#[test]
fn the_year_to_date_counts_what_was_posted_before() {
    let world = office();
    let asked = printing(&world);
    world.posted();
    for contract in world.contracts.borrow_mut().iter_mut() {
        contract.from = world::day("2026-02-01");
        contract.to = world::day("2026-02-28");
    }
    let february = world.compute(&world.run_of(json!({"from": "2026-02-01"})));
    let slip = world.slips(&february)[1]["id"].as_str().expect("an id").to_owned();
    world.host.get(&format!("/payslips/{slip}/pdf")).ok();
    let printed = asked.borrow()[0].clone();
    assert_eq!(printed["earnings"]["lines"][0]["year"], "4,000.00");
    assert_eq!(printed["earnings"]["year"], "4,000.00");
}

#[test]
fn a_payslip_is_sent_once_to_who_has_an_address() {
    let world = office();
    printing(&world);
    let sent = Rc::new(Cell::new(0));
    let counted = sent.clone();
    world.host.serve(mail::SEND, move |Sparse(mail): Sparse<mail::Mail>| {
        assert_eq!((mail.to, mail.files), (vec!["ann@example.com".to_owned()], vec![id(77)]));
        counted.set(counted.get() + 1);
        Ok(mail::Posted { id: id(5) })
    });
    let run = world.posted();
    let early = world.host.post(&path(&run, "send"), Json::Null).with_status(409);
    assert_eq!(early["code"], "not_printed");
    world.host.deliver(PAYSLIPS_UNPRINTED, "", &unprinted(&world, &run)).expect("printed");
    let told = world.act(&run, "send", Json::Null);
    assert_eq!((&told["sent"], &told["without_address"]), (&json!(1), &json!(["Bob Ray"])));
    assert_eq!(world.act(&run, "send", Json::Null)["sent_before"], 1);
    assert_eq!(sent.get(), 1);
}
