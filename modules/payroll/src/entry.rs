//! The entry of a run: for each rule what it comes to, for each employee what is paid out.
//! Nothing here reads or writes a record.

use eerp_accounting_api::{Account, NewLine, Purpose};
use eerp_sdk::prelude::*;

use crate::payslips::{Payslip, SlipLine};
use crate::structures::{Category, PayPurpose};

/// Where an amount goes in the books, and on which side of a rule it is.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    code: String,
    owed: bool,
    account_id: Option<Ref<Account>>,
    purpose: Purpose,
}

/// An amount at a place: debit is positive.
type Placed = (Place, String, Decimal);

/// The lines of the entry of some payslips: for each rule what it comes to, then for each
/// employee what is paid out. Nothing when it is more than the books hold.
pub(crate) fn entry_lines(
    slips: &[&Payslip],
    lines: &[SlipLine],
    due_on: Date,
) -> Option<Vec<NewLine>> {
    let mut sums: Vec<Placed> = Vec::new();
    for (place, name, amount) in lines.iter().flat_map(places) {
        match sums.iter_mut().find(|(known, ..)| *known == place) {
            Some((_, _, sum)) => *sum = eerp_money::sum([*sum, amount])?,
            None => sums.push((place, name, amount)),
        }
    }
    let by_rule = sums.into_iter().map(|(place, name, amount)| NewLine {
        account_id: place.account_id,
        purpose: place.account_id.is_none().then_some(place.purpose),
        label: Some(name),
        ..side(amount)
    });
    let net = slips.iter().map(|slip| NewLine {
        purpose: Some(Purpose::SalariesPayable),
        label: Some(format!("Net pay, {}", slip.name)),
        party_id: Some(slip.employee_id.uuid()),
        party: Some(short(&slip.name)),
        due_on: Some(due_on),
        ..side(-slip.net)
    });
    let has_amount = |line: &NewLine| !line.debit.is_zero() || !line.credit.is_zero();
    Some(by_rule.chain(net).filter(has_amount).collect())
}

/// Characters of a party's name in the books.
const PARTY_MAX: usize = 200;

/// A name as the books take it.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(PARTY_MAX).collect()
}

/// A line with this amount on its side, debit being positive.
pub(crate) fn side(amount: Decimal) -> NewLine {
    let (debit, credit) = (amount.max(Decimal::ZERO), (-amount).max(Decimal::ZERO));
    NewLine { debit, credit, ..NewLine::default() }
}

/// Where a line of a payslip goes: one place, or two for what the employer pays on top.
fn places(line: &SlipLine) -> Vec<Placed> {
    let place = |usual: PayPurpose, amount: Decimal| {
        let purpose = line.purpose.unwrap_or(usual).in_books();
        let (code, account_id) = (line.code.clone(), line.account_id);
        (Place { code, owed: false, account_id, purpose }, line.name.clone(), amount)
    };
    match line.category {
        Category::Statistic => Vec::new(),
        Category::Earning => vec![place(PayPurpose::Salaries, line.amount)],
        Category::Deduction => vec![place(PayPurpose::PayrollLiabilities, -line.amount)],
        Category::Employer => {
            let purpose = Purpose::PayrollLiabilities;
            let (code, account_id) = (line.code.clone(), line.owed_account_id);
            let owed = Place { code, owed: true, account_id, purpose };
            let name = line.name.clone();
            vec![place(PayPurpose::SocialCharges, line.amount), (owed, name, -line.amount)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn line(code: &str, category: Category, amount: &str) -> SlipLine {
        let (code, name, amount) = (code.to_owned(), code.to_uppercase(), decimal(amount));
        SlipLine { code, name, category, amount, ..SlipLine::default() }
    }

    fn slip(name: &str, net: &str) -> Payslip {
        Payslip { name: name.into(), net: decimal(net), ..Payslip::default() }
    }

    fn shown(lines: &[NewLine]) -> Vec<String> {
        let one = |line: &NewLine| {
            let (label, purpose) = (line.label.as_deref().unwrap_or_default(), line.purpose);
            format!("{label} {purpose:?} {} {}", line.debit, line.credit)
        };
        lines.iter().map(one).collect()
    }

    #[test]
    fn a_run_is_expenses_against_what_is_owed() {
        let lines = [
            line("basic", Category::Earning, "3000.00"),
            line("base", Category::Statistic, "3000.00"),
            line("tax", Category::Deduction, "500.00"),
            line("charges", Category::Employer, "300.00"),
            line("basic", Category::Earning, "2000.00"),
            line("tax", Category::Deduction, "200.00"),
        ];
        let slips = [slip("Ann", "2500.00"), slip("Bob", "1800.00")];
        let slips: Vec<&Payslip> = slips.iter().collect();
        let entry = entry_lines(&slips, &lines, Date::default()).expect("small amounts");
        assert_eq!(
            shown(&entry),
            [
                "BASIC Some(Salaries) 5000.00 0",
                "TAX Some(PayrollLiabilities) 0 700.00",
                "CHARGES Some(SocialCharges) 300.00 0",
                "CHARGES Some(PayrollLiabilities) 0 300.00",
                "Net pay, Ann Some(SalariesPayable) 0 2500.00",
                "Net pay, Bob Some(SalariesPayable) 0 1800.00",
            ]
        );
        let total = |side: fn(&NewLine) -> Decimal| entry.iter().map(side).sum::<Decimal>();
        assert_eq!(total(|line| line.debit), total(|line| line.credit));
    }

    #[test]
    fn a_rule_goes_to_its_own_account() {
        let account =
            |n| Ref::new(format!("00000000-0000-7000-8000-{n:012}").parse().expect("an id"));
        let own = SlipLine {
            account_id: Some(account(1)),
            owed_account_id: Some(account(2)),
            ..line("fund", Category::Employer, "10.00")
        };
        let entry = entry_lines(&[], &[own], Date::default()).expect("small amounts");
        let accounts: Vec<_> = entry.iter().map(|line| (line.account_id, line.purpose)).collect();
        assert_eq!(accounts, [(Some(account(1)), None), (Some(account(2)), None)]);
    }

    #[test]
    fn what_is_negative_goes_to_the_other_side_and_nothing_goes_nowhere() {
        let lines = [
            line("back", Category::Earning, "-50.00"),
            line("refund", Category::Deduction, "-50.00"),
            line("nothing", Category::Earning, "0.00"),
        ];
        let entry = entry_lines(&[&slip("Ann", "0")], &lines, Date::default());
        assert_eq!(
            shown(&entry.expect("small amounts")),
            ["BACK Some(Salaries) 0 50.00", "REFUND Some(PayrollLiabilities) 50.00 0"]
        );
    }
}
