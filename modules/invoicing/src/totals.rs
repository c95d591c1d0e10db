//! What a document amounts to: its lines, the taxes on them, and all together.

use eerp_accounting_api::{
    COMPUTE_TAXES, TaxAnswer, TaxQuestion, TaxRounding, TaxUse, TaxableLine, TaxedLine,
};
use eerp_money::{fitting, round, sum};
use eerp_sdk::prelude::*;

use crate::due::stored;
use crate::invoices::{Invoice, Line};
use crate::{amounts, settings};

/// Computes the amounts of a document and of its lines.
pub(crate) fn compute(
    invoice: &mut Invoice,
    lines: &mut [Record<Line>],
    decimals: u32,
) -> Result<()> {
    let exact = exact_amounts(lines)?;
    let taxed = lines.iter().any(|line| !line.tax_ids.is_empty());
    let answer = if taxed { ask(invoice, lines, &exact)? } else { untaxed(&exact, decimals)? };
    for (line, amounts) in lines.iter_mut().zip(&answer.lines) {
        (line.net, line.tax, line.gross) = (amounts.net, amounts.tax, amounts.gross);
        line.currency.clone_from(&invoice.currency);
    }
    (invoice.net, invoice.tax, invoice.total) = (answer.net, answer.tax, answer.gross);
    invoice.taxes = answer.taxes;
    for tax in &mut invoice.taxes {
        (tax.base, tax.amount) = (stored(tax.base), stored(tax.amount));
    }
    Ok(())
}

fn exact_amounts(lines: &[Record<Line>]) -> Result<Vec<Decimal>> {
    let amounts = lines.iter().enumerate().map(|(place, line)| {
        let within = |field: &str| format!("lines/{place}/{field}");
        amounts::refuse_odd(line.quantity, line.discount).map_err(|mut error| {
            for fault in &mut error.errors {
                fault.pointer = format!("/lines/{place}{}", fault.pointer).into();
            }
            error
        })?;
        amounts::exact(line.quantity, line.price(), line.discount)
            .ok_or_else(|| too_large(&within("unit_price")))
    });
    amounts.collect()
}

fn too_large(field: &str) -> Error {
    Error::invalid(field, "too_large", "The books cannot keep an amount as large as this.")
}

/// The taxes as accounting computes them.
fn ask(invoice: &Invoice, lines: &[Record<Line>], exact: &[Decimal]) -> Result<TaxAnswer> {
    let lines = lines.iter().zip(exact).map(|(line, amount)| TaxableLine {
        amount: *amount,
        quantity: Some(line.quantity),
        tax_ids: line.tax_ids.clone(),
    });
    COMPUTE_TAXES.call(&TaxQuestion {
        currency: invoice.currency().into(),
        rounding: Some(settings::current()?.tax_rounding),
        r#use: Some(if invoice.kind.is_sale() { TaxUse::Sales } else { TaxUse::Purchases }),
        lines: lines.collect(),
    })
}

/// The amounts of lines without any taxes.
fn untaxed(exact: &[Decimal], decimals: u32) -> Result<TaxAnswer> {
    let lines: Option<Vec<TaxedLine>> = exact
        .iter()
        .map(|amount| {
            let net = fitting(round(*amount, decimals))?;
            Some(TaxedLine { net, tax: Decimal::ZERO, gross: net })
        })
        .collect();
    let lines = lines.ok_or_else(|| too_large("lines"))?;
    let net = sum(lines.iter().map(|line| line.net)).ok_or_else(|| too_large("lines"))?;
    Ok(TaxAnswer { lines, taxes: Vec::new(), net, tax: Decimal::ZERO, gross: net })
}

/// How taxes are rounded unless it is set otherwise.
pub(crate) const ROUNDING: TaxRounding = TaxRounding::Line;

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn lines_are_rounded_before_they_are_added_up() {
        let answer = untaxed(&["0.335", "0.335", "-0.1"].map(decimal), 2).expect("it fits");
        let nets: Vec<_> = answer.lines.iter().map(|line| line.net).collect();
        assert_eq!(nets, ["0.34", "0.34", "-0.10"].map(decimal));
        assert_eq!((answer.net, answer.gross), (decimal("0.58"), decimal("0.58")));
        let answer = untaxed(&["0.5", "0.5"].map(decimal), 0).expect("it fits");
        assert_eq!(answer.gross, decimal("2"));
    }

    #[test]
    fn what_the_books_cannot_keep_is_refused() {
        let refused = untaxed(&[eerp_money::AMOUNT_MAX; 2], 2).expect_err("too large");
        assert_eq!(&*refused.errors[0].code, "too_large");
    }
}
