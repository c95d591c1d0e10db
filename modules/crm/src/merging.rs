//! Which values remain of two records that become one. Nothing here reads a record.

use eerp_sdk::field::FieldSpec;
use eerp_sdk::prelude::*;

/// The fields of a record as JSON.
pub(crate) type Values = serde_json::Map<String, Json>;

/// The values of both: those of the one that stays, where it has any, or else those of
/// the one that goes; but the latter for the fields in `take`. Of lists all items stay,
/// and what is true of one is true of both.
///
/// # Errors
/// 422 `unknown_field` at `take/N`, when that is no field that can be taken.
pub(crate) fn united(
    fields: &[FieldSpec],
    stays: &Values,
    goes: &Values,
    take: &[String],
) -> Result<Values> {
    refuse_unknown(fields, take)?;
    let mut united = stays.clone();
    for field in fields.iter().filter(|field| is_mergeable(field)) {
        let taken = take.iter().any(|name| name == field.name);
        let (ours, theirs) = (value(stays, field.name), value(goes, field.name));
        let both = if taken { theirs } else { both(field, ours, theirs) };
        united.insert(field.name.into(), both);
    }
    Ok(united)
}

fn refuse_unknown(fields: &[FieldSpec], take: &[String]) -> Result<()> {
    let known = |name: &String| fields.iter().any(|it| it.name == name && is_mergeable(it));
    match take.iter().position(|name| !known(name)) {
        Some(place) => {
            let message = "There is no such field to take.";
            Err(Error::invalid(&format!("take/{place}"), "unknown_field", message))
        }
        None => Ok(()),
    }
}

/// What clients may set, but for whether it is in use: the one that stays is.
fn is_mergeable(field: &FieldSpec) -> bool {
    !field.readonly && field.computed.is_none() && field.name != "active"
}

fn value(values: &Values, name: &str) -> Json {
    values.get(name).cloned().unwrap_or_default()
}

fn both(field: &FieldSpec, ours: Json, theirs: Json) -> Json {
    match (ours, theirs) {
        (Json::Null, theirs) => theirs,
        (Json::Array(ours), Json::Array(theirs)) => all_items(field, ours, theirs),
        (Json::Bool(ours), Json::Bool(theirs)) => (ours || theirs).into(),
        (ours, _) => ours,
    }
}

/// The items of both lists, each once, as many as the field may have.
fn all_items(field: &FieldSpec, ours: Vec<Json>, theirs: Vec<Json>) -> Json {
    let mut all: Vec<Json> = Vec::new();
    for item in ours.into_iter().chain(theirs) {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all.truncate(field.max.and_then(|max| max.try_into().ok()).unwrap_or(usize::MAX));
    all.into()
}

/// What the one that goes must give up, because the other has it now and no two may.
pub(crate) fn given_up(fields: &[FieldSpec], goes: &Values, united: &Values) -> Vec<&'static str> {
    let unique = fields.iter().filter(|field| field.unique);
    let shared = unique.filter(|field| {
        let value = value(goes, field.name);
        !value.is_null() && united.get(field.name) == Some(&value)
    });
    shared.map(|field| field.name).collect()
}

#[cfg(test)]
mod tests {
    use eerp_sdk::model::Shape;

    use super::*;
    use crate::Company;

    fn values(values: Json) -> Values {
        let mut all = Company { name: "Acme".into(), ..Company::default() }.to_values();
        all.extend(values.as_object().cloned().unwrap_or_default());
        all
    }

    fn merged(stays: Json, goes: Json, take: &[&str]) -> Values {
        let take: Vec<String> = take.iter().map(|name| (*name).into()).collect();
        united(Company::FIELDS, &values(stays), &values(goes), &take).expect("fields to take")
    }

    #[test]
    fn what_is_empty_is_filled_and_what_is_there_stays() {
        let stays = json!({"phone": "1", "reference": null});
        let united = merged(stays, json!({"phone": "2", "fax": "3", "reference": "A"}), &[]);
        assert_eq!((&united["phone"], &united["fax"]), (&json!("1"), &json!("3")));
        assert_eq!(united["reference"], "A");
    }

    #[test]
    fn what_is_taken_replaces_what_is_there() {
        let united = merged(json!({"phone": "1"}), json!({"phone": "2"}), &["phone"]);
        assert_eq!(united["phone"], "2");
    }

    #[test]
    fn tags_are_united_and_what_is_true_of_one_is_true_of_both() {
        let stays = json!({"tags": ["a", "b"], "is_customer": true, "is_supplier": false});
        let goes = json!({"tags": ["b", "c"], "is_customer": false, "is_supplier": true});
        let united = merged(stays, goes, &[]);
        assert_eq!(united["tags"], json!(["a", "b", "c"]));
        assert_eq!((&united["is_customer"], &united["is_supplier"]), (&json!(true), &json!(true)));
    }

    #[test]
    fn no_more_tags_than_a_company_may_have() {
        let tags = |from: i32| (from..from + 40).map(|it| it.to_string()).collect::<Vec<_>>();
        let united = merged(json!({"tags": tags(0)}), json!({"tags": tags(40)}), &[]);
        assert_eq!(united["tags"].as_array().map(Vec::len), Some(50));
    }

    #[test]
    fn whether_it_is_in_use_and_its_keys_are_not_taken_over() {
        let united = merged(json!({"active": false}), json!({"match_keys": ["name:b"]}), &[]);
        assert_eq!((&united["active"], &united["match_keys"]), (&json!(false), &json!([])));
        for name in ["active", "merged_into_id", "colour"] {
            let refused = super::united(
                Company::FIELDS,
                &values(json!({})),
                &values(json!({})),
                &[name.into()],
            );
            let refused = refused.expect_err("not to be taken");
            assert_eq!(&*refused.errors[0].pointer, "/take/0");
        }
    }

    #[test]
    fn what_no_two_may_have_is_given_up() {
        let goes = values(json!({"reference": "A", "phone": "1"}));
        let given = |united: Json| given_up(Company::FIELDS, &goes, &values(united));
        assert_eq!(given(json!({"reference": "A", "phone": "1"})), ["reference"]);
        assert_eq!(given(json!({"reference": "B"})), [""; 0]);
    }
}
