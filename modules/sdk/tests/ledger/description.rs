//! What the core is told of scope, rules, limits and extensions.

use super::*;

fn model(name: &str) -> Json {
    let description = text_of(MODULE.description());
    let models = description["models"].as_array().cloned().unwrap_or_default();
    models.into_iter().find(|model| model["name"] == name).expect("the model is described")
}

fn field(model: &Json, name: &str) -> Json {
    let fields = model["fields"].as_array().cloned().unwrap_or_default();
    fields.into_iter().find(|field| field["name"] == name).expect("the field is described")
}

#[test]
fn scope_and_rules_are_the_models() {
    let accounts = model("accounts");
    assert_eq!(accounts["company"], "own_company_id");
    assert_eq!(
        accounts["rules"],
        json!([
            {"role": "clerk", "operations": ["read", "update"], "where": {"or": [
                {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}},
                {"field": "owner_id", "op": "is", "value": null},
            ]}},
            {"role": "auditor", "operations": ["read"]},
            {"role": "branch", "operations": ["read", "create", "update", "delete"],
             "where": {"and": [
                {"and": [
                    {"field": "own_company_id", "op": "in", "value": {"identity": "companies"}},
                    {"field": "parent.credit", "op": "gte", "value": 10},
                ]},
                {"field": "kind", "op": "in", "value": ["customer", "supplier"]},
            ]}},
        ])
    );
    assert_eq!((&model("lists")["company"], &model("lists")["rules"]), (&Json::Null, &json!([])));
}

#[test]
fn limits_money_and_what_is_computed_are_the_fields() {
    let (accounts, lines) = (model("accounts"), model("lines"));
    let secret = field(&accounts, "secret");
    assert_eq!(secret["read"], "ledger.accounts.secrets");
    assert_eq!(secret["write"], "ledger.accounts.secrets");
    let credit = field(&accounts, "credit");
    assert_eq!(
        (&credit["read"], &credit["write"]),
        (&Json::Null, &json!("ledger.accounts.credit"))
    );
    assert_eq!(credit["currency"], "currency_id");
    assert_eq!(field(&lines, "amount")["computed"], true);
    assert_eq!(field(&lines, "price")["computed"], false);
    assert_eq!(field(&model("lists"), "rates")["type"], "numeric(8,3)[]");
    assert_eq!(field(&accounts, "kind")["values"], json!(["customer", "supplier", "tax_office"]));
}

#[test]
fn extensions_stand_apart_from_the_models() {
    let description = text_of(MODULE.description());
    let names = description["models"].as_array().into_iter().flatten();
    let names: Json = names.map(|model| model["name"].clone()).collect();
    assert_eq!(names, json!(["accounts", "lists", "entries", "lines", "bookings"]));
    let extension = &description["extensions"][0];
    assert_eq!(
        (&extension["module"], &extension["model"], &extension["table"]),
        (&json!("crm"), &json!("contacts"), &json!("contacts_extension"))
    );
    assert_eq!(extension["fields"][0]["name"], "points");
    let target = &extension["fields"][2]["references"];
    assert_eq!(*target, json!({"module": "ledger", "model": "accounts"}));
}

#[test]
fn limits_of_fields_are_permissions_that_can_be_given() {
    let description = text_of(MODULE.description());
    let permissions = description["permissions"].as_array().cloned().unwrap_or_default();
    let title = |name: &str| {
        let found = permissions.iter().find(|permission| permission["name"] == name);
        found.map(|permission| permission["title"].clone())
    };
    assert_eq!(title("ledger.accounts.secrets"), Some(json!("Read secret of accounts")));
    assert_eq!(title("ledger.accounts.credit"), Some(json!("Set credit of accounts")));
    assert_eq!(title("ledger.accounts.purge"), Some(json!("Purge accounts")));
    assert_eq!(title("ledger.contacts_extension.read"), None);
}

#[test]
fn no_body_sets_what_is_computed_and_all_may_extend() {
    let description = text_of(MODULE.description());
    let routes = description["routes"].as_array().cloned().unwrap_or_default();
    for method in ["POST", "PATCH"] {
        let mut of_lines = routes.iter().filter(|r| r["model"] == "lines" && r["method"] == method);
        let schema = &of_lines.next().expect("a route")["body"];
        assert_eq!(schema["properties"]["amount"], Json::Null);
        assert_eq!(schema["properties"]["extensions"]["type"], "object");
    }
    let create = routes.iter().find(|r| r["path"] == "/lines" && r["method"] == "POST");
    assert_eq!(create.expect("a route")["body"]["required"], json!(["entry_id"]));
}
