//! What a new installation starts with: an example of a salary structure.

use eerp_sdk::prelude::*;

use crate::register::REGISTER;

const STRUCTURE: &str = "0000a900-0000-7000-8000-000000000010";

/// The register, and the example.
pub(crate) fn migrations() -> Vec<Migration> {
    let rules = RULES.iter().enumerate().map(|(at, rule)| row(at + 1, rule));
    vec![
        Migration::new("registers_seed", 1)
            .rows("registers", [json!({"id": REGISTER, "turns": 0})]),
        Migration::new("structures_seed", 1).rows("structures", [structure()]).rows("rules", rules),
    ]
}

const NOTES: &str = "An example: no country's law. Copy it, put in the rates and brackets of \
    yours, and give the copy a lower sequence.";

fn structure() -> Json {
    json!({
        "id": STRUCTURE, "name": "Monthly salary (example)", "sequence": 1000, "active": true,
        "inputs": ["bonus", "overtime_hours", "expenses", "advance"], "notes": NOTES,
    })
}

/// Code, name, category, kind, what it is of, and its condition.
type Seed = (&'static str, &'static str, &'static str, Of, Option<&'static str>);

enum Of {
    Formula(&'static str),
    Percent(&'static str, &'static str),
    Brackets(&'static str, &'static [(&'static str, &'static str)]),
}

const RULES: [Seed; 11] = [
    ("basic", "Base pay", "earning", Of::Formula("base_pay"), None),
    (
        "overtime",
        "Overtime",
        "earning",
        Of::Formula("if(due_hours > 0, base_pay / due_hours, 0) * 150% * overtime_hours"),
        Some("overtime_hours <> 0"),
    ),
    ("bonus_pay", "Bonus", "earning", Of::Formula("bonus"), Some("bonus <> 0")),
    ("taxable", "Taxable pay", "statistic", Of::Formula("gross"), None),
    ("pension", "Pension insurance", "deduction", Of::Percent("8", "taxable"), None),
    ("health", "Health insurance", "deduction", Of::Percent("4", "taxable"), None),
    (
        "income_tax",
        "Income tax",
        "deduction",
        Of::Brackets("taxable - pension - health", &[("1000", "20"), ("4000", "30")]),
        None,
    ),
    ("expenses_paid", "Expenses", "earning", Of::Formula("expenses"), Some("expenses <> 0")),
    ("advance_back", "Advance", "deduction", Of::Formula("advance"), Some("advance <> 0")),
    (
        "employer_pension",
        "Pension insurance, employer",
        "employer",
        Of::Percent("10", "taxable"),
        None,
    ),
    (
        "employer_health",
        "Health insurance, employer",
        "employer",
        Of::Percent("5", "taxable"),
        None,
    ),
];

fn row(position: usize, (code, name, category, of, condition): &Seed) -> Json {
    let mut row = json!({
        "structure_id": STRUCTURE, "position": position, "code": code, "name": name,
        "category": category, "condition": condition, "shown": *category != "statistic",
        "brackets": [], "bracket_mode": "progressive",
    });
    match of {
        Of::Formula(formula) => {
            row["kind"] = json!("formula");
            row["formula"] = json!(formula);
        }
        Of::Percent(rate, base) => {
            row["kind"] = json!("percentage");
            (row["rate"], row["base"]) = (json!(rate), json!(base));
        }
        Of::Brackets(base, table) => {
            let bracket = |(from, rate): &(&str, &str)| json!({"from": from, "rate": rate});
            row["kind"] = json!("brackets");
            row["base"] = json!(base);
            row["brackets"] = table.iter().map(bracket).collect();
        }
    }
    row
}
