//! How much work is due on which weekday, and on which days nobody works.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;
use eerp_sdk::services::clock;

use crate::OwnCompany;
use crate::calendar::{Calendar, Days};

/// A day has no more hours.
const HOURS_MAX: i64 = 24;

/// Hours of work that are due in a week.
#[model(
    table = "working_schedules",
    path = "working-schedules",
    title = "Working schedule",
    display = "name",
    order = "sequence, name",
    company = "own_company_id",
    rules,
    check(monday_fits_a_day = monday >= 0 && monday <= 24),
    check(tuesday_fits_a_day = tuesday >= 0 && tuesday <= 24),
    check(wednesday_fits_a_day = wednesday >= 0 && wednesday <= 24),
    check(thursday_fits_a_day = thursday >= 0 && thursday <= 24),
    check(friday_fits_a_day = friday >= 0 && friday <= 24),
    check(saturday_fits_a_day = saturday >= 0 && saturday <= 24),
    check(sunday_fits_a_day = sunday >= 0 && sunday <= 24)
)]
pub struct Schedule {
    /// What it is called.
    #[field(max = 100)]
    pub name: String,
    /// Its place among the schedules, smallest first: the first one is everybody's
    /// unless a contract says another.
    #[field(default = 10, min = 0)]
    pub sequence: i32,
    /// Hours that are due on a Monday.
    #[field(numeric(4, 2), min = 0, default = 8)]
    pub monday: Decimal,
    /// Hours that are due on a Tuesday.
    #[field(numeric(4, 2), min = 0, default = 8)]
    pub tuesday: Decimal,
    /// Hours that are due on a Wednesday.
    #[field(numeric(4, 2), min = 0, default = 8)]
    pub wednesday: Decimal,
    /// Hours that are due on a Thursday.
    #[field(numeric(4, 2), min = 0, default = 8)]
    pub thursday: Decimal,
    /// Hours that are due on a Friday.
    #[field(numeric(4, 2), min = 0, default = 8)]
    pub friday: Decimal,
    /// Hours that are due on a Saturday.
    #[field(numeric(4, 2), min = 0, default = 0)]
    pub saturday: Decimal,
    /// Hours that are due on a Sunday.
    #[field(numeric(4, 2), min = 0, default = 0)]
    pub sunday: Decimal,
    /// The time zone of the place of work, such as `Europe/Vienna`: it says on which day
    /// somebody checks in.
    #[field(default = "UTC", max = 60, pattern = "^[A-Za-z][A-Za-z0-9_+/-]*$")]
    pub zone: String,
    /// The own company whose schedule it is; of all unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Schedule {
    fn before_create(&mut self) -> Result<()> {
        self.hours_fit_a_day()?;
        self.zone_exists()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.hours_fit_a_day()?;
        match self.zone == before.zone {
            true => Ok(()),
            false => self.zone_exists(),
        }
    }
}

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Schedule {
    /// Hours of each weekday, from Monday.
    pub fn week(&self) -> [Decimal; 7] {
        let Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday, .. } = *self;
        [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
    }

    fn hours_fit_a_day(&self) -> Result<()> {
        let hours = Decimal::ZERO..=Decimal::from(HOURS_MAX);
        match self.week().iter().position(|day| !hours.contains(day)) {
            Some(day) => Err(Error::invalid(WEEKDAYS[day], "range", "A day has 0 to 24 hours.")),
            None => Ok(()),
        }
    }

    fn zone_exists(&self) -> Result<()> {
        if self.zone == "UTC" {
            return Ok(());
        }
        let unknown = |_| Error::invalid("zone", "unknown_zone", "There is no such time zone.");
        clock::now_in(&self.zone).map(drop).map_err(unknown)
    }
}

/// A day on which nobody works.
#[model(
    table = "public_holidays",
    path = "public-holidays",
    title = "Public holiday",
    display = "name",
    order = "date",
    company = "own_company_id",
    index("date")
)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// What it is called.
    #[field(max = 100)]
    pub name: String,
    /// Whose work rests; everybody's unless said.
    #[field(on_delete = "cascade")]
    pub schedule_id: Option<Ref<Schedule>>,
    /// The own company that rests; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Holiday {
    /// Whether who works by this schedule for this company rests on it.
    fn is_kept(&self, schedule: Uuid, company: Option<Uuid>) -> bool {
        self.schedule_id.is_none_or(|id| id.uuid() == schedule)
            && self.own_company_id.is_none_or(|id| Some(id.uuid()) == company)
    }
}

/// The schedules and holidays of some days, from which calendars are made.
pub(crate) struct Calendars {
    schedules: Vec<Record<Schedule>>,
    holidays: Vec<Record<Holiday>>,
    made: BTreeMap<(Uuid, Option<Uuid>), Calendar>,
}

impl Calendars {
    /// Reads them: two round trips, for however many employees.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn read(days: Days) -> Result<Self> {
        let schedules = db::find::<Schedule>().all()?;
        let holidays = db::find::<Holiday>().gte("date", days.from).lte("date", days.to).all()?;
        Ok(Self { schedules, holidays, made: BTreeMap::new() })
    }

    /// The calendar of who works by this schedule for this company; of the usual
    /// schedule when none is said, and an empty one when there is none at all.
    pub(crate) fn of(
        &mut self,
        schedule: Option<Ref<Schedule>>,
        company: Option<Ref<OwnCompany>>,
    ) -> Calendar {
        let Some(schedule) = self.schedule(schedule, company) else { return Calendar::default() };
        let key = (schedule.id.uuid(), company.map(|id| id.uuid()));
        let (week, holidays) = (schedule.week(), &self.holidays);
        let made = self.made.entry(key).or_insert_with(|| Calendar {
            week,
            holidays: holidays
                .iter()
                .filter(|holiday| holiday.is_kept(key.0, key.1))
                .map(|holiday| holiday.date)
                .collect(),
        });
        made.clone()
    }

    /// The schedule, or the first one that the company may use.
    pub(crate) fn schedule(
        &self,
        id: Option<Ref<Schedule>>,
        company: Option<Ref<OwnCompany>>,
    ) -> Option<&Record<Schedule>> {
        let usual =
            |one: &&Record<Schedule>| one.own_company_id.is_none() || one.own_company_id == company;
        match id {
            Some(id) => self.schedules.iter().find(|one| one.id == id),
            None => self.schedules.iter().find(usual),
        }
    }
}
