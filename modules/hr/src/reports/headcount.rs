//! How many work where, who came and who left.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::every;
use crate::calendar::Days;
use crate::{Contract, Department, Employee, contracts};

/// Which days are compared.
#[query]
pub struct HeadcountQuestion {
    /// The day on which is counted; today unless said.
    pub date: Option<Date>,
    /// The earlier day that it is compared with; a year before unless said.
    pub from: Option<Date>,
}

/// How many work in a department.
#[body]
pub struct Headcount {
    /// The department; none for those who are in none.
    pub department_id: Option<Ref<Department>>,
    /// What it is called.
    pub department: Option<String>,
    /// Employees on the day.
    pub headcount: i64,
    /// Employees on the earlier day.
    pub headcount_before: i64,
    /// Employees who came in between.
    pub hired: i64,
    /// Employees who left in between.
    pub left: i64,
    /// Those who left, in percent of the average of the two days.
    #[field(numeric(9, 1))]
    pub turnover: Option<Decimal>,
}

/// How many work where.
#[body]
pub struct Headcounts {
    /// The day.
    pub date: Date,
    /// The earlier day.
    pub from: Date,
    /// Each department in which somebody worked.
    pub items: Vec<Headcount>,
    /// All of them together.
    pub total: Headcount,
}

/// When somebody is employed, and where otherwise than by contract.
#[body]
pub(crate) struct Stay {
    /// Who.
    pub id: Ref<Employee>,
    /// The first day.
    pub hired_on: Option<Date>,
    /// The last day.
    pub left_on: Option<Date>,
    /// The department.
    pub department_id: Option<Ref<Department>>,
}

/// In which department somebody works under a contract.
#[body]
pub(crate) struct Place {
    /// The contract.
    pub id: Ref<Contract>,
    /// Who.
    pub employee_id: Ref<Employee>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// The department.
    pub department_id: Option<Ref<Department>>,
}

/// Headcount by department, and turnover
///
/// Who moved between two departments is in each on its day. Where there was no contract,
/// the employee's department of today counts.
#[get("/reports/headcount")]
pub(crate) fn headcount(query: HeadcountQuestion) -> Result<Headcounts> {
    let date = query.date.unwrap_or_else(|| now().date());
    let from = query.from.unwrap_or_else(|| a_year_before(date));
    if from > date {
        let message = "The earlier day is not after the other.";
        return Err(Error::invalid_query("from", "after_date", message));
    }
    let days = Days { from, to: date };
    let stayed =
        Condition::any([Condition::is_null("left_on"), Condition::compare("left_on", "gte", from)]);
    let stays = db::find::<Employee>().lte("hired_on", date).filter(stayed);
    let stays = every(stays, "id,hired_on,left_on,department_id", |stay: &Stay| stay.id.uuid())?;
    let places = "id,employee_id,from,to,department_id";
    let places = every(contracts::holding(days), places, |place: &Place| place.id.uuid())?;
    let mut items = count(&stays, &places, days);
    let names = db::find::<Department>().with_deleted().all()?;
    for item in &mut items {
        let named = names.iter().find(|known| Some(known.id) == item.department_id);
        item.department = named.map(|department| department.name.clone());
    }
    items.sort_by(|one, other| one.department.cmp(&other.department));
    let total = total(&items);
    Ok(Headcounts { date, from, items, total })
}

fn a_year_before(date: Date) -> Date {
    let same = |day| Date::new(date.year().saturating_sub(1), date.month(), day);
    same(date.day()).or_else(|| same(28)).unwrap_or(date)
}

/// Counts by department, each without its name.
fn count(stays: &[Stay], places: &[Place], days: Days) -> Vec<Headcount> {
    let mut by_employee: BTreeMap<Uuid, Vec<&Place>> = BTreeMap::new();
    for place in places {
        by_employee.entry(place.employee_id.uuid()).or_default().push(place);
    }
    let mut counts = Counts::new();
    for stay in stays {
        let places = by_employee.get(&stay.id.uuid()).map_or(&[][..], |places| places);
        add(&mut counts, stay, places, days);
    }
    let mut counts: Vec<Headcount> = counts.into_values().filter(tells).collect();
    for count in &mut counts {
        count.turnover = turnover(count);
    }
    counts
}

type Counts = BTreeMap<Option<Uuid>, Headcount>;

/// Counts one stay in the departments where it began, went on and ended.
fn add(counts: &mut Counts, stay: &Stay, places: &[&Place], days: Days) {
    let (first, last) = (stay.hired_on.unwrap_or_default(), stay.left_on);
    let there = |day| first <= day && last.is_none_or(|last| day <= last);
    if there(days.from) {
        at(counts, stay, places, days.from).headcount_before += 1;
    }
    if there(days.to) {
        at(counts, stay, places, days.to).headcount += 1;
    }
    if first > days.from && first <= days.to {
        at(counts, stay, places, first).hired += 1;
    }
    if let Some(last) = last.filter(|last| days.from <= *last && *last < days.to) {
        at(counts, stay, places, last).left += 1;
    }
}

fn at<'a>(counts: &'a mut Counts, stay: &Stay, places: &[&Place], day: Date) -> &'a mut Headcount {
    let department_id = department(stay, places, day);
    let fresh = || Headcount { department_id, ..Headcount::default() };
    counts.entry(department_id.map(|id| id.uuid())).or_insert_with(fresh)
}

fn tells(count: &Headcount) -> bool {
    count.headcount + count.headcount_before + count.hired + count.left > 0
}

fn department(stay: &Stay, places: &[&Place], day: Date) -> Option<Ref<Department>> {
    let holds = |place: &&&Place| {
        place.from.is_some_and(|from| from <= day) && place.to.is_none_or(|to| day <= to)
    };
    places.iter().find(holds).map_or(stay.department_id, |place| place.department_id)
}

fn turnover(count: &Headcount) -> Option<Decimal> {
    let both = count.headcount.checked_add(count.headcount_before)?;
    let percent = Decimal::from(count.left).checked_mul(200.into())?.checked_div(both.into())?;
    Some(eerp_money::round(percent, 1))
}

fn total(items: &[Headcount]) -> Headcount {
    let sum = |of: fn(&Headcount) -> i64| items.iter().map(of).sum();
    let mut total = Headcount {
        headcount: sum(|item| item.headcount),
        headcount_before: sum(|item| item.headcount_before),
        hired: sum(|item| item.hired),
        left: sum(|item| item.left),
        ..Headcount::default()
    };
    total.turnover = turnover(&total);
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn id<M>(number: u8) -> Ref<M> {
        Ref::new(Uuid::from_bytes([number; 16]))
    }

    fn stay(number: u8, from: &str, to: Option<&str>) -> Stay {
        let (hired_on, left_on) = (Some(day(from)), to.map(day));
        Stay { id: id(number), hired_on, left_on, department_id: Some(id(100)) }
    }

    #[test]
    fn who_stays_comes_and_leaves_adds_up() {
        let days = Days { from: day("2025-01-01"), to: day("2026-01-01") };
        let stays = [
            stay(1, "2020-01-01", None),
            stay(2, "2020-01-01", Some("2025-06-30")),
            stay(3, "2025-03-01", None),
            stay(4, "2025-03-01", Some("2025-12-31")),
            stay(5, "2020-01-01", Some("2026-01-01")),
        ];
        let [all] = &count(&stays, &[], days)[..] else { panic!("one department") };
        assert_eq!((all.headcount_before, all.hired, all.left, all.headcount), (3, 2, 2, 3));
        assert_eq!(all.turnover.map(|percent| percent.to_string()), Some("66.7".into()));
        assert_eq!(all.headcount_before + all.hired - all.left, all.headcount);
    }

    #[test]
    fn who_moved_is_in_each_department_on_its_day() {
        let days = Days { from: day("2025-01-01"), to: day("2026-01-01") };
        let place = |number, from: &str, to: Option<&str>, department| Place {
            id: id(number),
            employee_id: id(1),
            from: Some(day(from)),
            to: to.map(day),
            department_id: Some(id(department)),
        };
        let places =
            [place(1, "2020-01-01", Some("2025-05-31"), 101), place(2, "2025-06-01", None, 102)];
        let counts = count(&[stay(1, "2020-01-01", None)], &places, days);
        let told: Vec<_> =
            counts.iter().map(|one| (one.headcount_before, one.headcount, one.left)).collect();
        assert_eq!(told, [(1, 0, 0), (0, 1, 0)]);
    }
}
