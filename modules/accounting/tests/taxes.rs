//! Taxes as people set them up and other modules ask for them.

use eerp_accounting::MODULE;
use eerp_accounting_api::{COMPUTE_TAXES, TaxAnswer, TaxQuestion, TaxUse, TaxableLine};
use eerp_core_api::{CurrencyInfo, DESCRIBE_CURRENCIES};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn host() -> Host {
    let host = Host::new(&MODULE);
    host.serve(DESCRIBE_CURRENCIES, |asked| {
        let info = |code: &String| CurrencyInfo {
            code: code.clone(),
            decimals: if code == "JPY" { 0 } else { 2 },
            ..CurrencyInfo::default()
        };
        Ok(asked.codes.iter().map(info).collect())
    });
    host
}

fn made(host: &Host, body: Json) -> Ref<eerp_accounting_api::Tax> {
    let tax = host.post("/taxes", body).created();
    Ref::new(tax["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"))
}

fn asked(amount: &str, tax_ids: &[Ref<eerp_accounting_api::Tax>]) -> TaxQuestion {
    let amount = amount.parse().expect("an amount");
    let line = TaxableLine { amount, tax_ids: tax_ids.into(), ..TaxableLine::default() };
    TaxQuestion { currency: "EUR".into(), lines: vec![line], ..TaxQuestion::default() }
}

fn computed(host: &Host, question: &TaxQuestion) -> Result<TaxAnswer> {
    host.call(COMPUTE_TAXES, question)
}

#[test]
fn a_new_installation_has_taxes_to_choose_from() {
    let host = host();
    let names: Vec<String> = host.get("/taxes").ok()["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tax| tax["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(names, ["VAT 20 %", "VAT 20 % included", "VAT 10 %", "VAT 0 %"]);
}

#[test]
fn taxes_apply_in_their_sequence_and_are_told_one_by_one() -> Result<()> {
    let host = host();
    let second = made(&host, json!({"name": "B", "rate": "10", "compound": true, "sequence": 2}));
    let first = made(&host, json!({"name": "A", "rate": "20", "sequence": 1}));
    let answer = computed(&host, &asked("100", &[second, first]))?;
    assert_eq!((answer.net, answer.tax, answer.gross), (100.into(), 32.into(), 132.into()));
    let taxes: Vec<_> = answer.taxes.iter().map(|tax| (tax.tax_id, tax.base)).collect();
    assert_eq!(taxes, [(first, 100.into()), (second, 120.into())]);
    Ok(())
}

#[test]
fn a_group_is_the_taxes_that_it_consists_of() -> Result<()> {
    let host = host();
    let (state, city) =
        (json!({"name": "State", "rate": "6"}), json!({"name": "City", "rate": "2"}));
    let children = [made(&host, state), made(&host, city)];
    let ids = children.map(|id| id.to_string());
    let group = json!({"name": "Sales tax", "kind": "group", "children": ids});
    let group = made(&host, group);
    let answer = computed(&host, &asked("50", &[group]))?;
    assert_eq!((answer.taxes.len(), answer.tax), (2, 4.into()));
    let refusal = computed(&host, &asked("50", &[group, children[0]])).expect_err("twice");
    assert_eq!(refusal.errors[0].code, "tax_twice");
    Ok(())
}

#[test]
fn lines_are_blamed_for_their_taxes() -> Result<()> {
    let host = host();
    let refusal = computed(&host, &asked("1", &[Ref::default()])).expect_err("unknown");
    assert_eq!(refusal.errors[0].pointer, "/lines/0/tax_ids");
    let bought = made(&host, json!({"name": "Input", "rate": "5", "use": "purchases"}));
    let sold = TaxQuestion { r#use: Some(TaxUse::Sales), ..asked("1", &[bought]) };
    let refusal = computed(&host, &sold).expect_err("not meant for this");
    assert_eq!(refusal.errors[0].code, "tax_use");
    computed(&host, &asked("1", &[bought]))?;
    Ok(())
}

#[test]
fn a_tax_makes_sense_by_itself() {
    let host = host();
    let child = made(&host, json!({"name": "Child", "rate": "1"})).to_string();
    let group = json!({"name": "Group", "kind": "group", "children": [child]});
    let group = made(&host, group).to_string();
    for (wrong, field) in [
        (json!({"rate": "-100"}), "/rate"),
        (json!({"rate": "1000.01"}), "/rate"),
        (json!({"children": [child]}), "/children"),
        (json!({"kind": "group"}), "/children"),
        (json!({"kind": "group", "children": [child, child]}), "/children"),
        (json!({"kind": "group", "children": [group]}), "/children"),
        (json!({"kind": "group", "children": [child], "rate": "1"}), "/rate"),
    ] {
        let mut body = wrong;
        body["name"] = json!("Wrong");
        let refusal = host.post("/taxes", body).with_status(422);
        assert_eq!(refusal["errors"][0]["pointer"], field);
    }
    let kind = json!({"kind": "fixed"});
    host.patch(&format!("/taxes/{child}"), 1, kind).with_status(422);
    let refusal = host.delete(&format!("/taxes/{child}")).with_status(409);
    assert_eq!(refusal["code"], "in_use");
    host.delete(&format!("/taxes/{group}")).with_status(204);
    host.delete(&format!("/taxes/{child}")).with_status(204);
}
