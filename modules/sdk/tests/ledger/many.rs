//! Operations on many records: making, changing, counting, summing.

use super::*;
use db::Bucket;

fn some(host: &Host) -> Vec<Record<Account>> {
    let accounts = ["Ann", "Alf", "Abe"].map(account);
    host.run(|| db::create_all(&accounts)).expect("they are stored")
}

#[test]
fn many_records_are_made_in_their_order_or_none() {
    let host = Host::new(&MODULE);
    let made = some(&host);
    let names: Vec<_> = made.iter().map(|made| made.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Alf", "Abe"]);
    let entries = ["Tea", "Milk"].map(|title| Entry { title: title.into(), posted: false });
    let entry = host.run(|| db::create_all(&entries)).expect("they are stored")[0].id;
    let dangling = Line { entry_id: Ref::default(), ..Line::default() };
    let lines = [Line { entry_id: entry, ..Line::default() }, dangling];
    assert_eq!(host.run(|| db::create_all(&lines)).expect_err("one is wrong").status, 409);
    assert_eq!(host.run(db::count::<Line>).expect("a count"), 0);
    assert!(host.run(|| db::create_all::<Line>(&[])).expect("nothing").is_empty());
}

#[test]
fn many_records_are_changed_or_none() {
    let host = Host::new(&MODULE);
    let mut accounts = some(&host);
    accounts[0].name = "Anna".into();
    accounts[2].name = "Abel".into();
    let changed = host.run(|| db::update_all(&accounts)).expect("they are changed");
    let versions: Vec<_> = changed.iter().map(|it| (it.name.as_str(), it.version)).collect();
    assert_eq!(versions, [("Anna", 2), ("Alf", 1), ("Abel", 2)]);
    assert_eq!(host.run(|| db::update_all(&changed)).expect("nothing to do"), changed);
    accounts[1].name = "Alfred".into();
    let stale = host.run(|| db::update_all(&accounts)).expect_err("one is stale");
    assert!(stale.is("version_conflict"));
    let alf = host.run(|| db::get(accounts[1].id)).expect("it is there");
    assert_eq!(alf.name, "Alf");
}

#[test]
fn records_are_counted_whatever_the_page() {
    let host = Host::new(&MODULE);
    let accounts = some(&host);
    host.run(|| db::delete(accounts[0].id, None)).expect("it is deleted");
    let count = |search: db::Find<Account>| host.run(|| search.count()).expect("a count");
    assert_eq!(count(db::find().limit(1)), 2);
    assert_eq!(count(db::find().with_deleted()), 3);
    assert_eq!(count(db::find().eq("name", "Abe")), 1);
    let exists = |name: &str| host.run(|| db::find::<Account>().eq("name", name).exists());
    assert_eq!((exists("Abe"), exists("Ann")), (Ok(true), Ok(false)));
    let page = host.run(|| db::find::<Account>().limit(1).with_total().page()).expect("a page");
    assert_eq!((page.items.len(), page.total), (1, Some(2)));
}

/// What a month brought.
#[body]
pub(crate) struct Month {
    /// Its first day.
    pub month: Date,
    /// The entry.
    pub entry_id: Ref<Entry>,
    /// All that was taken.
    pub taken: Option<Decimal>,
    /// The dearest.
    pub most: Option<Decimal>,
    /// How often.
    pub times: i64,
}

#[test]
fn sums_are_taken_by_groups() {
    let host = Host::new(&MODULE);
    let entry = host.run(|| db::create(&Entry { title: "Tea".into(), posted: false }));
    let entry_id = entry.expect("it is stored").id;
    for (day, debit) in [("2026-01-02", 5), ("2026-02-03", 7), ("2026-02-28", 11)] {
        host.set_now(format!("{day}T12:00:00Z").parse().expect("a moment"));
        let line = Line { entry_id, debit: debit.into(), ..Line::default() };
        host.run(|| db::create(&line)).expect("it is stored");
    }
    let months = || {
        let months = db::aggregate::<Line>().by("created_at", Bucket::Month).group("entry_id");
        months.sum("taken", "debit").max("most", "debit").count("times").order("month desc")
    };
    let rows: Vec<Month> = host.run(|| months().all()).expect("rows");
    let february = "2026-02-01".parse().expect("a day");
    assert_eq!((rows.len(), rows[0].month, rows[0].times), (2, february, 2));
    assert_eq!((rows[0].taken, rows[0].most), (Some(18.into()), Some(11.into())));
    let only = host.run(|| months().limit(1).all::<Json>()).expect("rows");
    assert_eq!(only.len(), 1);
    let dear = db::find::<Line>().gt("debit", Decimal::from(5)).aggregate();
    let all: Json = host.run(|| dear.avg("avg", "debit").min("min", "debit").one()).expect("a row");
    assert_eq!(all, json!({"avg": "9.00", "min": "7.00"}));
}

#[test]
fn groups_may_have_names_of_their_own() {
    let host = Host::new(&MODULE);
    some(&host);
    let groups = || {
        let groups = db::aggregate::<Account>().by("created_at", Bucket::Year).named("made");
        groups.by("updated_at", Bucket::Year).named("changed").group("kind").named("what")
    };
    let row: Json = host.run(|| groups().count("n").one()).expect("a row");
    let year = "2026-01-01";
    assert_eq!(row, json!({"made": year, "changed": year, "what": "customer", "n": 3}));
}

#[test]
fn an_aggregate_is_put_as_the_core_reads_it() {
    let sums = db::aggregate::<Line>()
        .filter(Condition::eq("pieces", 1))
        .group("account_id")
        .by("created_at", Bucket::Quarter)
        .sum("total", "debit")
        .count("n")
        .order("total desc, account_id")
        .limit(7);
    assert_eq!(
        text_of(sums.operation().as_json().to_owned()),
        json!({"op": "aggregate", "model": "lines",
            "where": {"and": [{"field": "pieces", "op": "eq", "value": 1}]},
            "group": ["account_id", {"field": "created_at", "by": "quarter"}],
            "measures": {"total": ["sum", "debit"], "n": ["count"]},
            "order": [["total", "desc"], ["account_id", "asc"]], "limit": 7})
    );
}
