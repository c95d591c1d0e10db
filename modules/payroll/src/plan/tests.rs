use eerp_sdk::prelude::*;

use super::{NAMES, Plan};
use crate::brackets::Bracket;
use crate::formula::Scope;
use crate::structures::{Category, RuleKind, SalaryRule};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn by_formula(code: &str, category: Category, formula: &str) -> SalaryRule {
    let formula = Some(formula.into());
    SalaryRule { code: code.into(), category, formula, ..SalaryRule::default() }
}

fn earning(code: &str, formula: &str) -> SalaryRule {
    by_formula(code, Category::Earning, formula)
}

fn plan(rules: &[SalaryRule]) -> Result<Plan> {
    Plan::of(&rules.iter().collect::<Vec<_>>(), &["bonus".into()])
}

fn scope() -> Scope {
    let mut scope: Scope = NAMES.iter().map(|name| ((*name).into(), Decimal::ZERO)).collect();
    scope.insert("base_pay".into(), decimal("3000"));
    scope.insert("bonus".into(), decimal("100.005"));
    scope
}

fn amounts(rules: &[SalaryRule]) -> Vec<String> {
    let amounts = plan(rules).expect("a plan").compute(scope(), 2).expect("amounts");
    amounts.into_iter().map(|amount| amount.amount.to_string()).collect()
}

fn fault(rules: &[SalaryRule]) -> (String, String) {
    let fault = plan(rules).expect_err("a fault").errors.remove(0);
    (fault.pointer.into_owned(), fault.code.into_owned())
}

#[test]
fn rules_build_on_each_other_and_are_rounded_each() {
    let rules = [
        earning("basic", "base_pay / 7"),
        earning("extra", "bonus"),
        by_formula("tax", Category::Deduction, "gross * 10%"),
        by_formula("charges", Category::Employer, "basic * 20%"),
        by_formula("check", Category::Statistic, "net - (gross - deductions)"),
        by_formula("cost", Category::Statistic, "gross + employer"),
    ];
    assert_eq!(amounts(&rules), ["428.57", "100.01", "52.86", "85.71", "0.00", "614.29"]);
}

#[test]
fn each_kind_comes_to_its_amount() {
    let of_kind = |kind| SalaryRule { code: "a".into(), kind, ..SalaryRule::default() };
    let base = Some("base_pay".into());
    let fixed = SalaryRule { amount: Some(decimal("12.345")), ..of_kind(RuleKind::Fixed) };
    let rate = Some(decimal("9.3"));
    let percentage = SalaryRule { rate, base: base.clone(), ..of_kind(RuleKind::Percentage) };
    let table = [("1000", "10"), ("2000", "20")];
    let table = table.map(|(from, rate)| Bracket { from: decimal(from), rate: decimal(rate) });
    let brackets = table.to_vec();
    let brackets = SalaryRule { brackets, base, ..of_kind(RuleKind::Brackets) };
    for (rule, amount) in [(&fixed, "12.35"), (&percentage, "279.00"), (&brackets, "300.00")] {
        assert_eq!(amounts(std::slice::from_ref(rule)), [amount]);
    }
}

#[test]
fn a_rule_whose_condition_fails_has_no_amount_and_is_zero_to_others() {
    let condition = Some("base_pay > 5000".into());
    let rules =
        [SalaryRule { condition, ..earning("rich", "1000") }, earning("basic", "base_pay + rich")];
    assert_eq!(amounts(&rules), ["3000.00"]);
}

#[test]
fn names_are_those_of_earlier_rules_only() {
    for (formula, code) in [
        ("later", "forward_reference"),
        ("own + 1", "circular"),
        ("holidays", "unknown_name"),
        ("base_pay / 0", "division_by_zero"),
        ("base_pay >", "unexpected"),
    ] {
        let rules = [earning("own", formula), earning("later", "1")];
        assert_eq!(fault(&rules), ("/rules/0/formula".into(), code.into()), "{formula}");
    }
}

#[test]
fn a_code_means_one_thing() {
    for code in ["gross", "wage", "if", "and", "bonus", "base_pay"] {
        let pointer = "/rules/0/code".to_owned();
        assert_eq!(fault(&[earning(code, "1")]), (pointer, "taken".into()), "{code}");
    }
    let twice = [earning("a", "1"), earning("a", "2")];
    assert_eq!(fault(&twice), ("/rules/1/code".into(), "duplicate".into()));
    for (inputs, code) in
        [(["gross", "b"], "taken"), (["Bonus", "b"], "pattern"), (["b", "b"], "taken")]
    {
        let error = Plan::of(&[], &inputs.map(String::from)).expect_err("a fault");
        assert_eq!(error.errors[0].code, code);
    }
}

#[test]
fn a_kind_has_what_it_needs_and_nothing_else() {
    let of_kind = |kind| SalaryRule { code: "a".into(), kind, ..SalaryRule::default() };
    let missing = |kind| fault(&[of_kind(kind)]);
    for (kind, field) in [
        (RuleKind::Fixed, "amount"),
        (RuleKind::Percentage, "rate"),
        (RuleKind::Brackets, "brackets"),
        (RuleKind::Formula, "formula"),
    ] {
        assert_eq!(missing(kind), (format!("/rules/0/{field}"), "required".into()));
    }
    let leftover = SalaryRule { rate: Some(Decimal::ONE), ..earning("a", "1") };
    assert_eq!(fault(&[leftover]), ("/rules/0/rate".into(), "not_used".into()));
}

#[test]
fn what_fails_while_computing_names_the_rule() {
    let rule = SalaryRule { name: "Base pay".into(), ..earning("a", "base_pay / hours") };
    let why = plan(&[rule]).expect("a plan").compute(scope(), 2).expect_err("no hours");
    assert_eq!(why, "Base pay: Nothing is divided by zero. (at character 10)");
    let vast = "9999999999999999 * 10";
    let why = plan(&[earning("a", vast)]).expect("a plan").compute(scope(), 2);
    assert!(why.expect_err("too much").contains("too large"));
}
