//! When employees were at work.

use eerp_sdk::prelude::*;

use crate::calendar::Days;
use crate::trees::{deleted, named};
use crate::{Employee, OwnCompany, paid};

/// Nobody works longer at a stretch: whoever does has forgotten to check out.
pub(crate) const HOURS_MAX: i64 = 24;
/// The day on which somebody works is a day off the one in UTC at most.
const ZONE_DAYS_MAX: i64 = 1;
pub(crate) const MINUTES_OF_HOUR: i64 = 60;
pub(crate) const MILLIS_OF_MINUTE: i64 = 60_000;

/// A time during which an employee was at work.
#[model(
    table = "attendance",
    title = "Attendance",
    plural = "Attendance",
    order = "check_in desc",
    company = "own_company_id",
    index("employee_id", "date"),
    index("date"),
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    rules,
    check(break_not_negative = break_minutes >= 0),
    exclude(one_attendance_at_a_time, equal("employee_id"), from = "check_in", to = "check_out")
)]
pub struct Attendance {
    /// Who was there.
    pub employee_id: Ref<Employee>,
    /// When the employee came.
    pub check_in: Timestamp,
    /// When the employee went; still there unless said.
    pub check_out: Option<Timestamp>,
    /// The day that it counts for; that of coming, in UTC, unless said.
    pub date: Option<Date>,
    /// Minutes of rest in between.
    #[field(default = 0, min = 0, max = 1440)]
    pub break_minutes: i32,
    /// Hours of work.
    #[field(numeric(6, 2), default = 0, readonly)]
    pub hours: Decimal,
    /// Anything worth knowing.
    #[field(max = 500)]
    pub note: Option<String>,
    /// The own company that employs: the employee's.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Attendance {
    fn before_create(&mut self) -> Result<()> {
        let employee = db::lock(self.employee_id).map_err(named("employee_id"))?;
        self.own_company_id = employee.own_company_id;
        self.settle()?;
        self.must_fit(&employee, None)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        let employee = db::lock(self.employee_id).map_err(named("employee_id"))?;
        paid::refuse(before.employee_id, one(before.date()))?;
        self.own_company_id = employee.own_company_id;
        self.settle()?;
        self.must_fit(&employee, Some(before.id))
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        let attendance = db::get(id)?;
        db::lock(attendance.employee_id)?;
        paid::refuse(attendance.employee_id, one(attendance.date()))
    }

    fn before_restore(id: Ref<Self>) -> Result<()> {
        let Some(attendance) = deleted(id)? else { return Ok(()) };
        attendance.must_fit(&*db::lock(attendance.employee_id)?, Some(id))
    }
}

pub(crate) fn one(day: Date) -> Days {
    Days { from: day, to: day }
}

impl Attendance {
    /// The day that it counts for.
    pub(crate) fn date(&self) -> Date {
        self.date.unwrap_or_else(|| self.check_in.date())
    }

    /// Notes its day and hours, and refuses times that cannot be.
    fn settle(&mut self) -> Result<()> {
        let date = self.date();
        self.date = Some(date);
        let minutes = minutes_worked(self.check_in, self.check_out, self.break_minutes)?;
        self.hours = hours_of(minutes);
        let ends = self.check_out.unwrap_or(self.check_in);
        if ends > now() {
            let field = if self.check_in > now() { "check_in" } else { "check_out" };
            return Err(Error::invalid(field, "in_future", "Nobody was there in the future."));
        }
        if (date.days() - self.check_in.date().days()).abs() > ZONE_DAYS_MAX {
            let message = "The day is not that of coming.";
            return Err(Error::invalid("date", "other_day", message));
        }
        Ok(())
    }

    fn must_fit(&self, employee: &Employee, own: Option<Ref<Self>>) -> Result<()> {
        employee.must_be_employed(one(self.date()), "check_in")?;
        paid::refuse(self.employee_id, one(self.date()))?;
        let open = Condition::is_null("check_out");
        let later = Condition::compare("check_out", "gt", self.check_in);
        let mut others = db::find::<Self>()
            .eq("employee_id", self.employee_id.uuid())
            .filter(Condition::any([open, later]));
        if let Some(check_out) = self.check_out {
            others = others.lt("check_in", check_out);
        }
        match others.limit(2).all()?.iter().find(|other| Some(other.id) != own) {
            Some(other) => {
                let message = format!("The employee is there from {} on already.", other.check_in);
                Err(Error::conflict("attendance_overlap", message))
            }
            None => Ok(()),
        }
    }
}

/// Minutes of work between coming and going.
fn minutes_worked(from: Timestamp, to: Option<Timestamp>, rest: i32) -> Result<i64> {
    let Some(to) = to else { return Ok(0) };
    if to <= from {
        let message = "Going is after coming.";
        return Err(Error::invalid("check_out", "before_check_in", message));
    }
    let minutes = (to.millis() - from.millis()) / MILLIS_OF_MINUTE;
    if minutes > HOURS_MAX * MINUTES_OF_HOUR {
        let message = format!("Nobody works {HOURS_MAX} hours at a stretch.");
        return Err(Error::invalid("check_out", "too_long", message));
    }
    match minutes - i64::from(rest) {
        worked if worked >= 0 => Ok(worked),
        _ => {
            let message = "The rest is longer than the time at work.";
            Err(Error::invalid("break_minutes", "too_long", message))
        }
    }
}

fn hours_of(minutes: i64) -> Decimal {
    let hours = Decimal::from(minutes) / Decimal::from(MINUTES_OF_HOUR);
    eerp_money::round(hours, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn hours_are_what_lies_between_without_the_rest() {
        let minutes =
            minutes_worked(at("2026-01-05T08:00:00Z"), Some(at("2026-01-05T16:50:30Z")), 30);
        assert_eq!(minutes, Ok(500));
        assert_eq!(hours_of(500).to_string(), "8.33");
        assert_eq!(minutes_worked(at("2026-01-05T08:00:00Z"), None, 30), Ok(0));
    }

    #[test]
    fn times_that_cannot_be_are_refused() {
        let from = at("2026-01-05T08:00:00Z");
        for (to, rest, field) in [
            ("2026-01-05T08:00:00Z", 0, "/check_out"),
            ("2026-01-06T08:01:00Z", 0, "/check_out"),
            ("2026-01-05T08:29:00Z", 30, "/break_minutes"),
        ] {
            let refused = minutes_worked(from, Some(at(to)), rest).expect_err("it cannot be");
            assert_eq!(refused.errors[0].pointer, field);
        }
    }
}
