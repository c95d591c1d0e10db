//! Computing a run: who is paid, on what, and by which structure; then all payslips at
//! once, or none.

use std::collections::{BTreeMap, BTreeSet};

use eerp_core_api::{CurrencyCodes, DESCRIBE_CURRENCIES};
use eerp_hr_api::{CONTRACTS_IN_PERIOD, Employee, PeriodQuestion};
use eerp_money::{DECIMALS_MAX, sum};
use eerp_sdk::prelude::*;

use crate::basis::{Taken, YearSoFar};
use crate::inputs::{Assignment, Input};
use crate::making::{Exception, Frame, Made, Person, Sheet, make};
use crate::payslips::{Payslip, SlipState};
use crate::plan::Plan;
use crate::register::Register;
use crate::runs::{EMPLOYEES_MAX, Run, RunState};
use crate::storing;
use crate::structures::{SalaryRule, Structure};

/// Compute a run
///
/// Makes the payslips of the run, or makes them again: of all who have a contract in its
/// period, by attendance, leave and one-off inputs. Those for whom it cannot are its
/// exceptions, each with its reason; the others have their payslips.
#[post("/runs/{id:uuid}/compute")]
pub(crate) fn compute(id: Ref<Run>) -> Result<Record<Run>> {
    let run = db::lock(id)?;
    if !run.is_open() {
        let message = "The run is posted: reverse it and make another one.";
        return Err(Error::conflict("posted", message));
    }
    compute_locked(run)
}

/// The same of a run that is locked and open.
pub(crate) fn compute_locked(mut run: Record<Run>) -> Result<Record<Run>> {
    Register::take_turn()?;
    let frame = frame(&run)?;
    let people = people(&run)?;
    let facts = Facts::gather(&run, &people)?;
    let (mut made, mut exceptions) = (Vec::new(), Vec::new());
    for person in &people {
        match facts.slip(&frame, person) {
            Ok(slip) => made.push(slip),
            Err(exception) => exceptions.push(exception),
        }
    }
    add_up(&mut run, &made, exceptions)?;
    storing::store(run.id, made)?;
    db::update(&run)
}

fn add_up(run: &mut Record<Run>, made: &[Made], exceptions: Vec<Exception>) -> Result<()> {
    let total = |of: fn(&Payslip) -> Decimal| {
        sum(made.iter().map(|(slip, _)| of(slip))).ok_or_else(too_large)
    };
    run.employees = i32::try_from(made.len()).unwrap_or(i32::MAX);
    run.gross = total(|slip| slip.gross)?;
    run.deductions = total(|slip| slip.deductions)?;
    run.net = total(|slip| slip.net)?;
    run.employer = total(|slip| slip.employer)?;
    run.exceptions = exceptions;
    run.state = RunState::Computed;
    run.computed_at = Some(now());
    Ok(())
}

fn too_large() -> Error {
    Error::conflict("too_large", "The amounts of the run are too large to be added up.")
}

fn frame(run: &Record<Run>) -> Result<Frame> {
    let currency = run.currency().to_owned();
    let asked = CurrencyCodes { codes: vec![currency.clone()] };
    let known = DESCRIBE_CURRENCIES.call(&asked)?;
    let decimals = known.first().and_then(|known| u32::try_from(known.decimals).ok());
    let unfit = || {
        let message = format!("{currency} has more digits after the point than the books keep.");
        Error::invalid("currency", "unfit_currency", message)
    };
    let decimals = decimals.filter(|decimals| *decimals <= DECIMALS_MAX).ok_or_else(unfit)?;
    Ok(Frame {
        run_id: run.id,
        from: run.first_day(),
        to: run.last_day(),
        currency,
        decimals,
        own_company_id: run.own_company_id,
    })
}

/// Who is paid in a run, by their numbers; those who were named without having a contract
/// come last.
pub(crate) fn people(run: &Record<Run>) -> Result<Vec<Person>> {
    let mut people: BTreeMap<Uuid, Person> = BTreeMap::new();
    let mut question = PeriodQuestion {
        from: run.first_day(),
        to: run.last_day(),
        employee_ids: run.employee_ids.clone(),
        own_company_id: run.company(),
        after: None,
    };
    loop {
        let answer = CONTRACTS_IN_PERIOD.call(&question)?;
        for contract in answer.items {
            let employee_id = contract.employee_id;
            let person = people.entry(employee_id.uuid());
            let person = person.or_insert(Person { employee_id, contracts: Vec::new() });
            person.contracts.push(contract);
        }
        question.after = answer.next;
        if question.after.is_none() {
            break;
        }
    }
    let missing = run.employee_ids.iter().filter(|id| !people.contains_key(&id.uuid()));
    let missing: Vec<Person> = missing.map(|id| nobody(*id)).collect();
    let mut people: Vec<Person> = people.into_values().filter(|one| belongs(run, one)).collect();
    people.sort_by(|a, b| number(a).cmp(number(b)));
    people.extend(missing);
    if people.len() > EMPLOYEES_MAX {
        let message = format!("A run pays at most {EMPLOYEES_MAX} employees: make several.");
        return Err(Error::conflict("too_many", message));
    }
    Ok(people)
}

fn nobody(employee_id: Ref<Employee>) -> Person {
    Person { employee_id, contracts: Vec::new() }
}

fn number(person: &Person) -> &str {
    person.contracts.first().map_or("", |contract| &contract.number)
}

/// Whether the run is about a person. Who moves counts where the last contract is.
fn belongs(run: &Run, person: &Person) -> bool {
    let Some(department) = &run.department else { return true };
    let latest = person.contracts.iter().max_by_key(|contract| contract.to);
    latest.is_some_and(|contract| contract.department.as_ref() == Some(department))
}

/// What is stored about the people of a run.
struct Facts {
    sheets: Vec<Sheet>,
    usual: Option<Ref<Structure>>,
    assigned: BTreeMap<Uuid, Ref<Structure>>,
    taken: BTreeMap<Uuid, Vec<Taken>>,
    years: BTreeMap<Uuid, YearSoFar>,
    busy: BTreeMap<Uuid, Record<Payslip>>,
}

impl Facts {
    fn gather(run: &Record<Run>, people: &[Person]) -> Result<Self> {
        let ids: Vec<Uuid> = people.iter().map(|person| person.employee_id.uuid()).collect();
        let assigned = assigned(run, &ids)?;
        let structures = structures(run)?;
        let usual = run.structure_id.or_else(|| structures.first().map(|first| first.id));
        let wanted: Vec<_> = assigned.values().copied().chain(usual).collect();
        let sheets =
            sheets(structures.into_iter().filter(|one| wanted.contains(&one.id)).collect())?;
        Ok(Self {
            sheets,
            usual,
            assigned,
            taken: by_employee(inputs(run, &ids)?),
            years: years(run, &ids)?,
            busy: busy(run, &ids)?,
        })
    }

    fn slip(&self, frame: &Frame, person: &Person) -> Result<Made, Exception> {
        let id = person.employee_id.uuid();
        if let Some(other) = self.busy.get(&id) {
            let what = other.number.as_deref().unwrap_or("a draft of another run");
            let why = format!("has a payslip from {} to {} already: {what}.", other.from, other.to);
            return Err(person.exception("already_paid", &why));
        }
        let structure = self.assigned.get(&id).copied().or(self.usual);
        let sheet = self.sheets.iter().find(|sheet| Some(sheet.structure.id) == structure);
        let taken = self.taken.get(&id).map_or(&[][..], Vec::as_slice);
        let nothing = YearSoFar::default();
        make(frame, person, sheet, taken, self.years.get(&id).unwrap_or(&nothing))
    }
}

/// Which structure is assigned to each employee when the period ends.
fn assigned(run: &Run, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Ref<Structure>>> {
    let mut assigned = BTreeMap::new();
    if ids.is_empty() {
        return Ok(assigned);
    }
    let found = db::find::<Assignment>().one_of("employee_id", ids.to_vec());
    for one in found.lte("from", run.last_day()).order("from desc").all()? {
        assigned.entry(one.employee_id.uuid()).or_insert(one.structure_id);
    }
    Ok(assigned)
}

/// The structures that may be used, the usual one first.
fn structures(run: &Run) -> Result<Vec<Record<Structure>>> {
    let mut found = db::find::<Structure>().eq("active", true).all()?;
    found.retain(|one| one.own_company_id.is_none() || one.own_company_id == run.own_company_id);
    // They come by their sequence, and sorting keeps that.
    found.sort_by_key(|one| one.own_company_id.is_none());
    Ok(found)
}

fn sheets(structures: Vec<Record<Structure>>) -> Result<Vec<Sheet>> {
    if structures.is_empty() {
        return Ok(Vec::new());
    }
    let ids = structures.iter().map(|one| one.id.uuid());
    let rules = db::find::<SalaryRule>().one_of("structure_id", ids).order("position").all()?;
    let sheet = |structure: Record<Structure>| {
        let of_it = |rule: &&Record<SalaryRule>| rule.structure_id == structure.id;
        let rules: Vec<_> = rules.iter().filter(of_it).cloned().collect();
        let plain: Vec<&SalaryRule> = rules.iter().map(|rule| &**rule).collect();
        let plan = Plan::of(&plain, &structure.inputs)?;
        Ok(Sheet { structure, rules, plan })
    };
    structures.into_iter().map(sheet).collect()
}

/// The one-off inputs of a run that no payslip was posted with.
pub(crate) fn inputs(run: &Run, ids: &[Uuid]) -> Result<Vec<Record<Input>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let open = db::find::<Input>().one_of("employee_id", ids.to_vec()).is_null("payslip_id");
    open.gte("date", run.first_day()).lte("date", run.last_day()).order("created_at, id").all()
}

/// What each employee's payslip counts of the inputs.
pub(crate) fn by_employee(inputs: Vec<Record<Input>>) -> BTreeMap<Uuid, Vec<Taken>> {
    let mut taken: BTreeMap<Uuid, Vec<Taken>> = BTreeMap::new();
    for input in inputs {
        let (code, amount) = (input.code.clone(), input.amount);
        let one = Taken { input_id: input.id, code, amount };
        taken.entry(input.employee_id.uuid()).or_default().push(one);
    }
    taken
}

/// What each employee was paid in the year of the period, before it.
fn years(run: &Run, ids: &[Uuid]) -> Result<BTreeMap<Uuid, YearSoFar>> {
    let first = Date::new(run.last_day().year(), 1, 1).unwrap_or_default();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let paid = db::find::<Payslip>()
        .one_of("employee_id", ids.to_vec())
        .one_of("state", [SlipState::Posted, SlipState::Paid])
        .eq("currency", run.currency())
        .gte("to", first)
        .lt("to", run.first_day());
    let mut sums = paid.aggregate().group("employee_id");
    for total in ["gross", "deductions", "net", "employer"] {
        sums = sums.sum(total, total);
    }
    let years: Vec<YearSoFar> = sums.all()?;
    Ok(years.into_iter().map(|year| (year.employee_id, year)).collect())
}

/// Payslips of other runs for days of this one, by their employees.
fn busy(run: &Record<Run>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Record<Payslip>>> {
    let ids: BTreeSet<Uuid> = ids.iter().copied().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let others = db::find::<Payslip>().one_of("live_employee_id", ids).neq("run_id", run.id);
    let others = others.lte("from", run.last_day()).gte("to", run.first_day()).all()?;
    Ok(others.into_iter().map(|slip| (slip.employee_id.uuid(), slip)).collect())
}
