//! Documents in the code of a module.

use super::*;

#[test]
fn a_document_is_made_read_and_saved() -> Result<()> {
    let host = Host::new(&MODULE);
    let ann = Order { customer: "Ann".into(), ..Order::default() };
    host.run(|| {
        let made = documents::create(&ann, &[line("tea"), line("milk")])?;
        let mut order = documents::lock(made.head.id)?;
        assert_eq!(order, made);
        order.lines.remove(0);
        order.lines.insert(0, line("jam").into());
        order.lines[1].pieces = 7;
        let saved = documents::save(&order)?;
        assert_eq!(saved.head.version, 2);
        assert_eq!(documents::get(made.head.id)?, saved);
        let shown: Vec<_> = saved.lines.iter().map(|line| (&*line.item, line.pieces)).collect();
        assert_eq!(shown, [("jam", 1), ("milk", 7)]);
        Ok(())
    })
}

#[test]
fn a_document_that_was_not_changed_keeps_its_version() -> Result<()> {
    let host = Host::new(&MODULE);
    let ann = Order { customer: "Ann".into(), ..Order::default() };
    host.run(|| {
        let made = documents::create(&ann, &[line("tea")])?;
        assert_eq!(documents::save(&made)?, made);
        let mut head = made.clone();
        head.head.customer = "Alf".into();
        let head = documents::save(&head)?;
        assert_eq!((head.head.version, head.lines[0].version), (2, 1));
        Ok(())
    })
}

#[test]
fn the_rule_adds_lines_takes_some_away_and_knows_what_there_was() -> Result<()> {
    let host = Host::new(&MODULE);
    let ann = Order { customer: "Ann".into(), ..Order::default() };
    host.run(|| {
        let made = documents::create(&ann, &[line("nothing"), line("glass")])?;
        let items: Vec<_> = made.lines.iter().map(|line| &*line.item).collect();
        assert_eq!(items, ["glass", "wool"]);
        assert_eq!((made.lines[0].position, made.lines[1].position), (1, 2));
        let mut order = made;
        order.head.sent = true;
        let mut order = documents::save(&order)?;
        order.lines.pop();
        assert!(documents::save(&order).is_err_and(|error| error.is("sent")));
        Ok(())
    })
}

#[test]
fn somebody_elses_change_is_noticed() -> Result<()> {
    let host = Host::new(&MODULE);
    let ann = Order { customer: "Ann".into(), ..Order::default() };
    host.run(|| {
        let made = documents::create(&ann, &[line("tea")])?;
        let (mut one, mut other) = (made.clone(), made);
        one.lines.clear();
        documents::save(&one)?;
        other.lines[0].pieces = 2;
        assert!(documents::save(&other).is_err_and(|error| error.is("version_conflict")));
        Ok(())
    })
}

#[test]
fn what_the_database_refuses_of_a_single_line_blames_it() {
    let host = Host::new(&MODULE);
    let ann = Order { customer: "Ann".into(), ..Order::default() };
    let sealed = || Line { seal: Some("A1".into()), ..line("tea") };
    host.run(|| documents::create(&ann, &[sealed()])).expect("the seal is new");
    let refused = host.run(|| documents::create(&ann, &[sealed()]));
    assert_eq!(refused.expect_err("the seal is taken").errors[0].pointer, "/lines/0/seal");
}

#[test]
fn a_route_answers_with_a_document() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let answer = host.post(&format!("{}/copy", path(&order)), Json::Null);
    assert_eq!(answer.headers["etag"], "\"1\"");
    let copied = answer.created();
    assert_ne!(copied["id"], order["id"]);
    assert_eq!(items(&copied), ["tea", "milk"]);
}

#[test]
fn a_rule_is_tested_without_a_database() {
    let mut order = Order::default();
    let mut lines = vec![Record::from(Line { price: 4.into(), ..line("tea") })];
    assert!(lines[0].is_new());
    order.before_save(&mut lines, None).expect("tea may be wanted");
    assert_eq!(order.total, 4.into());
}
