//! Payslips on paper.

use eerp_core_api::{
    CompanyInfo, CompanyQuestion, CurrencyCodes, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES,
};
use eerp_sdk::prelude::*;
use eerp_sdk::services::{files, render};

use crate::amounts::{day, grouped, plain};
use crate::payslips::{Payslip, SlipLine, SlipState};
use crate::structures::Category;

const TEMPLATE: &str = include_str!("../data/payslip.typ");

/// Print a payslip
///
/// What was posted is printed once and kept; a draft says that it is one.
#[get("/payslips/{id:uuid}/pdf", media_type = "application/pdf")]
pub(crate) fn pdf(id: Ref<Payslip>) -> Result<Reply> {
    let slip = db::get(id)?;
    let staged = match slip.file_id {
        Some(file) => files::stage(file)?,
        None => render::stage_pdf(TEMPLATE, &printed(&slip)?)?,
    };
    let name = format!("inline; filename=\"{}\"", file_name(&slip));
    let reply = Reply::staged(&staged).with_header("content-type", "application/pdf");
    Ok(reply.with_header("content-disposition", name))
}

/// Keeps the PDF of a payslip that is posted.
pub(crate) fn keep(mut slip: Record<Payslip>) -> Result<Record<Payslip>> {
    let file = render::keep_pdf(TEMPLATE, &printed(&slip)?, &file_name(&slip))?;
    slip.file_id = Some(file.id);
    db::update(&slip)
}

/// The name of the file: of characters that every system takes.
fn file_name(slip: &Payslip) -> String {
    let number = slip.number.as_deref().unwrap_or("draft").replace('/', "-");
    format!("payslip-{number}.pdf")
}

/// A line as it is printed.
#[body]
pub(crate) struct PrintedLine {
    /// What it is.
    name: String,
    /// What it is of: `8 % of 3,000.00`.
    detail: String,
    /// How much.
    amount: String,
    /// How much in the year so far.
    year: String,
}

/// Lines and what they add up to.
#[body]
pub(crate) struct Section {
    lines: Vec<PrintedLine>,
    total: String,
    year: String,
}

/// A payslip as it is printed.
#[body]
pub(crate) struct Printed {
    company: String,
    company_lines: Vec<String>,
    /// `Draft`, `Reversed`, or nothing.
    mark: String,
    number: String,
    name: String,
    facts: Vec<Fact>,
    work: Vec<Fact>,
    currency: String,
    earnings: Section,
    deductions: Section,
    employer: Section,
    net: String,
    net_year: String,
    cost: String,
    paid: String,
}

/// A word and what stands beside it.
#[body]
pub(crate) struct Fact {
    label: String,
    value: String,
}

/// How amounts of a payslip are written, and what the year brought before.
struct Pen {
    decimals: u32,
    year: Vec<YearLine>,
}

/// What a rule came to earlier in the year.
#[body]
pub(crate) struct YearLine {
    code: String,
    category: Category,
    amount: Decimal,
}

fn printed(slip: &Record<Payslip>) -> Result<Printed> {
    let company_id = slip.own_company_id;
    let company = DESCRIBE_COMPANY.call(&CompanyQuestion { company_id })?;
    let asked = CurrencyCodes { codes: vec![slip.currency.clone()] };
    let decimals = DESCRIBE_CURRENCIES.call(&asked)?.first().map_or(2, |known| known.decimals);
    let pen = Pen { decimals: u32::try_from(decimals).unwrap_or(2), year: year(slip)? };
    let lines = documents::with_lines(slip.clone())?.lines;
    let section = |category| pen.section(&lines, category);
    let (earnings, earned) = section(Category::Earning);
    let (deductions, withheld) = section(Category::Deduction);
    let (employer, _) = section(Category::Employer);
    Ok(Printed {
        company_lines: company_lines(&company),
        company: company.name,
        mark: mark(slip).into(),
        number: slip.number.clone().unwrap_or_default(),
        name: slip.name.clone(),
        facts: facts(slip),
        work: work(slip),
        currency: slip.currency.clone(),
        earnings,
        deductions,
        employer,
        net: pen.write(slip.net),
        net_year: pen.write(earned - withheld),
        cost: pen.write(slip.cost),
        paid: slip.paid_on.map(|date| format!("Paid on {}", day(date))).unwrap_or_default(),
    })
}

/// What each rule came to in the year before this payslip.
fn year(slip: &Record<Payslip>) -> Result<Vec<YearLine>> {
    let first = Date::new(slip.to.year(), 1, 1).unwrap_or_default();
    db::find::<SlipLine>()
        .eq("payslip.employee_id", slip.employee_id)
        .one_of("payslip.state", [SlipState::Posted, SlipState::Paid])
        .gte("payslip.to", first)
        .lt("payslip.to", slip.from)
        .eq("currency", &slip.currency)
        .aggregate()
        .group("code")
        .group("category")
        .sum("amount", "amount")
        .all()
}

impl Pen {
    fn write(&self, amount: Decimal) -> String {
        grouped(amount, self.decimals)
    }

    /// The lines of a category that employees see, and what all of it came to in the year.
    fn section(&self, lines: &[Record<SlipLine>], category: Category) -> (Section, Decimal) {
        let of_it: Vec<_> = lines.iter().filter(|line| line.category == category).collect();
        let total = of_it.iter().map(|line| line.amount).sum();
        let year = total + self.earlier(|line| line.category == category);
        let shown = of_it.iter().filter(|line| line.shown).map(|line| self.line(line)).collect();
        (Section { lines: shown, total: self.write(total), year: self.write(year) }, year)
    }

    fn line(&self, line: &SlipLine) -> PrintedLine {
        let earlier = self.earlier(|one| one.code == line.code && one.category == line.category);
        PrintedLine {
            name: line.name.clone(),
            detail: self.detail(line),
            amount: self.write(line.amount),
            year: self.write(line.amount + earlier),
        }
    }

    fn earlier(&self, counts: impl Fn(&YearLine) -> bool) -> Decimal {
        self.year.iter().filter(|line| counts(line)).map(|line| line.amount).sum()
    }

    fn detail(&self, line: &SlipLine) -> String {
        match (line.rate, line.base) {
            (Some(rate), Some(base)) => format!("{} % of {}", plain(rate), self.write(base)),
            (None, Some(base)) => format!("on {}", self.write(base)),
            _ => String::new(),
        }
    }
}

fn mark(slip: &Payslip) -> &'static str {
    match slip.state {
        SlipState::Draft => "Draft",
        SlipState::Reversed => "Reversed",
        SlipState::Posted | SlipState::Paid => "",
    }
}

fn company_lines(company: &CompanyInfo) -> Vec<String> {
    let tax_id = company.tax_id.as_ref().map(|id| format!("Tax ID {id}"));
    company.address.iter().cloned().chain(tax_id).collect()
}

fn fact(label: &str, value: String) -> Fact {
    Fact { label: label.into(), value }
}

fn facts(slip: &Payslip) -> Vec<Fact> {
    let mut facts = vec![
        fact("Period", format!("{} – {}", day(slip.from), day(slip.to))),
        fact("Employee number", slip.employee_number.clone()),
    ];
    let texts = [("Position", &slip.position), ("Department", &slip.department)];
    facts.extend(texts.iter().filter_map(|(label, text)| Some(fact(label, (*text).clone()?))));
    facts
}

/// Days and hours; those of which there are none are left out.
fn work(slip: &Payslip) -> Vec<Fact> {
    let sum = |of: fn(&crate::Part) -> Decimal| slip.parts.iter().map(of).sum::<Decimal>();
    let due = sum(|part| part.due_days);
    let figures = [
        ("Paid leave", sum(|part| part.paid_leave_days), "day"),
        ("Unpaid leave", sum(|part| part.unpaid_days), "day"),
        ("Attended", sum(|part| part.hours), "hour"),
    ];
    let whole = format!("{} of {}", plain(due), plain(slip.period_days));
    let some = figures.into_iter().filter(|(_, figure, _)| !figure.is_zero());
    let some = some.map(|(label, figure, unit)| {
        let several = if figure == Decimal::ONE { "" } else { "s" };
        fact(label, format!("{} {unit}{several}", plain(figure)))
    });
    [fact("Working days", whole)].into_iter().chain(some).collect()
}
