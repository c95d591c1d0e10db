//! What taxes come to: tables that are known from elsewhere, and what always holds.

use eerp_accounting_api::TaxRounding;
use eerp_sdk::prelude::*;

use super::compute::{Computed, Fault, Rule, Taxable, Taxed, compute};

const BOTH: [TaxRounding; 2] = [TaxRounding::Line, TaxRounding::Document];

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn percent(rate: &str) -> Rule {
    Rule { rate: decimal(rate), fixed: false, included: false, compound: false }
}

fn included(rate: &str) -> Rule {
    Rule { included: true, ..percent(rate) }
}

fn line(amount: &str, rules: &[usize]) -> Taxable {
    Taxable { amount: decimal(amount), quantity: Decimal::ONE, rules: rules.into() }
}

fn taxed(net: &str, tax: &str, gross: &str) -> Taxed {
    Taxed { net: decimal(net), tax: decimal(tax), gross: decimal(gross) }
}

fn computed(rules: &[Rule], lines: &[Taxable], rounding: TaxRounding) -> Computed {
    compute(rules, lines, 2, rounding).expect("an answer")
}

#[test]
fn a_tax_on_top_of_the_price() {
    for (amount, rate, expected) in [
        ("100.00", "20", taxed("100.00", "20.00", "120.00")),
        ("99.99", "7.7", taxed("99.99", "7.70", "107.69")),
        ("0.99", "0", taxed("0.99", "0.00", "0.99")),
        ("-50.00", "19", taxed("-50.00", "-9.50", "-59.50")),
        ("0.125", "20", taxed("0.13", "0.03", "0.16")),
        ("1000.00", "-15", taxed("1000.00", "-150.00", "850.00")),
    ] {
        for rounding in BOTH {
            let found = computed(&[percent(rate)], &[line(amount, &[0])], rounding);
            assert_eq!(found.lines, [expected]);
            assert_eq!(
                (found.totals[0].base, found.totals[0].amount),
                (expected.net, expected.tax)
            );
        }
    }
}

#[test]
fn a_tax_within_the_price() {
    for (amount, rate, expected) in [
        ("120.00", "20", taxed("100.00", "20.00", "120.00")),
        ("9.99", "19", taxed("8.39", "1.60", "9.99")),
        ("0.03", "20", taxed("0.02", "0.01", "0.03")),
        ("-119.00", "19", taxed("-100.00", "-19.00", "-119.00")),
    ] {
        for rounding in BOTH {
            let found = computed(&[included(rate)], &[line(amount, &[0])], rounding);
            assert_eq!(found.lines, [expected]);
        }
    }
}

#[test]
fn taxes_on_taxes_as_quebec_had_them() {
    let rules = [percent("5"), Rule { compound: true, ..percent("9.5") }];
    let found = computed(&rules, &[line("100", &[0, 1])], TaxRounding::Line);
    assert_eq!(found.lines, [taxed("100.00", "14.98", "114.98")]);
    assert_eq!((found.totals[1].base, found.totals[1].amount), (decimal("105"), decimal("9.98")));
}

#[test]
fn taxes_on_taxes_within_the_price() {
    let rules = [included("5"), Rule { compound: true, ..included("9.5") }];
    let found = computed(&rules, &[line("114.98", &[0, 1])], TaxRounding::Line);
    assert_eq!(found.lines, [taxed("100.00", "14.98", "114.98")]);
}

#[test]
fn an_amount_for_each_unit_goes_with_the_quantity() {
    let levy = Rule { fixed: true, ..percent("0.25") };
    let vat = Rule { compound: true, ..percent("20") };
    let six = Taxable { quantity: decimal("6"), ..line("10.00", &[0, 1]) };
    let found = computed(&[levy.clone(), vat], &[six], TaxRounding::Line);
    assert_eq!(found.lines, [taxed("10.00", "3.80", "13.80")]);
    let back = Taxable { quantity: decimal("-6"), ..line("-10.00", &[0]) };
    assert_eq!(computed(&[levy], &[back], TaxRounding::Line).totals[0].amount, decimal("-1.50"));
}

#[test]
fn included_and_excluded_taxes_meet_on_one_line() {
    let rules = [included("20"), percent("10")];
    let found = computed(&rules, &[line("120", &[0, 1])], TaxRounding::Line);
    assert_eq!(found.lines, [taxed("100.00", "30.00", "130.00")]);
}

#[test]
fn rounding_line_by_line_and_once_for_all_differ_by_what_is_rounded() {
    let lines = vec![line("0.99", &[0]); 10];
    let by_line = computed(&[percent("7")], &lines, TaxRounding::Line);
    let at_once = computed(&[percent("7")], &lines, TaxRounding::Document);
    assert_eq!(by_line.totals[0].amount, decimal("0.70"));
    assert_eq!(at_once.totals[0].amount, decimal("0.69"));
    assert_eq!(at_once.totals[0].base, decimal("9.90"));
}

#[test]
fn a_currency_without_cents_has_whole_taxes() {
    let found = compute(&[percent("10")], &[line("1005", &[0])], 0, TaxRounding::Line);
    assert_eq!(found.expect("an answer").lines, [taxed("1005", "101", "1106")]);
    let found = compute(&[percent("5")], &[line("1.0005", &[0])], 3, TaxRounding::Line);
    assert_eq!(found.expect("an answer").lines, [taxed("1.001", "0.050", "1.051")]);
}

#[test]
fn whatever_goes_out_with_a_tax_comes_in_with_it_included() {
    for rate in ["3", "5.5", "7", "8.1", "10", "19", "20", "25", "33.3333", "100"] {
        for cents in (1..4000).step_by(7) {
            let price = Taxable { amount: Decimal::new(cents, 2), ..line("0", &[0]) };
            let out = computed(&[percent(rate)], &[price], TaxRounding::Line).lines[0];
            let gross = Taxable { amount: out.gross, ..line("0", &[0]) };
            assert_eq!(computed(&[included(rate)], &[gross], TaxRounding::Line).lines[0], out);
        }
    }
}

/// Numbers that look random and are the same each time.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

fn any_document(seed: u64) -> (Vec<Rule>, Vec<Taxable>) {
    let mut next = numbers(seed);
    let rules = (0..4).map(|_| Rule {
        rate: Decimal::new(next(300_000) as i64, 4),
        fixed: next(5) == 0,
        included: next(2) == 0,
        compound: next(3) == 0,
    });
    let rules: Vec<Rule> = rules.collect();
    let lines = (0..1 + next(12)).map(|_| Taxable {
        amount: Decimal::new(next(2_000_000) as i64 - 500_000, 4),
        quantity: Decimal::new(next(90_000) as i64, 4),
        rules: (0..4).filter(|_| next(2) == 0).collect(),
    });
    (rules, lines.collect())
}

#[test]
fn net_and_taxes_are_the_gross_whatever_the_document() {
    for seed in 0..2000 {
        let (rules, lines) = any_document(seed);
        for rounding in BOTH {
            let found = computed(&rules, &lines, rounding);
            assert!(found.lines.iter().all(|line| line.net + line.tax == line.gross));
            let taxes: Decimal = found.totals.iter().map(|total| total.amount).sum();
            assert_eq!(found.lines.iter().map(|line| line.tax).sum::<Decimal>(), taxes);
        }
    }
}

#[test]
fn included_taxes_leave_the_price_as_it_is_printed() {
    for seed in 0..500 {
        let (mut rules, lines) = any_document(seed);
        rules.iter_mut().for_each(|rule| rule.included = true);
        for rounding in BOTH {
            for (line, found) in lines.iter().zip(computed(&rules, &lines, rounding).lines) {
                assert_eq!(found.gross, eerp_money::round(line.amount, 2));
            }
        }
    }
}

#[test]
fn a_tax_that_is_rounded_once_is_that_of_the_sum() {
    for seed in 0..500 {
        let (_, mut lines) = any_document(seed);
        lines.iter_mut().for_each(|line| line.rules = vec![0]);
        let rule = percent("7.7");
        let total = computed(&[rule], &lines, TaxRounding::Document).totals[0];
        assert_eq!(total.amount, eerp_money::round(total.base * decimal("0.077"), 2));
    }
}

#[test]
fn what_cannot_be_is_refused_and_the_line_blamed() {
    let fault = |rules: &[Rule], lines: &[Taxable]| compute(rules, lines, 2, TaxRounding::Line);
    let fine = line("1", &[0]);
    let huge = line("99999999999999999", &[0]);
    assert_eq!(fault(&[percent("5")], &[fine.clone(), huge]), Err(Fault::TooLarge(1)));
    let most = line("9999999999999999", &[0]);
    assert_eq!(fault(&[percent("1000")], &[most]), Err(Fault::TooLarge(0)));
    let withheld = [included("-60"), included("-60")];
    assert_eq!(fault(&withheld, &[line("1", &[0, 1])]), Err(Fault::NothingLeft(0)));
    let many = vec![Rule { compound: true, ..percent("1000") }; 200];
    let all: Vec<usize> = (0..200).collect();
    assert_eq!(fault(&many, &[line("1", &all)]), Err(Fault::TooLarge(0)));
    let levy = Rule { fixed: true, ..percent("99999.9999") };
    let heaps = Taxable { quantity: decimal("99999999999999"), ..fine };
    assert_eq!(fault(&[levy], &[heaps]), Err(Fault::TooLarge(0)));
}
