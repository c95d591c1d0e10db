//! The chart of accounts and the journals that a new installation starts with.

use eerp_sdk::prelude::*;

/// `110000 asset bank 101000 Bank`: code, type, purpose, parent's code, name.
const ACCOUNTS: &str = include_str!("../data/accounts.txt");
/// `BANK bank 110000 Bank`: code, kind, account's code, name.
const JOURNALS: &str = include_str!("../data/journals.txt");
/// What stands for nothing.
const NOTHING: &str = "-";

/// One migration for each list.
pub(crate) fn migrations() -> Vec<Migration> {
    vec![
        Migration::new("accounts_seed", 1).rows("accounts", ACCOUNTS.lines().map(account)),
        Migration::new("journals_seed", 1).rows("journals", JOURNALS.lines().map(journal)),
    ]
}

fn account(line: &str) -> Json {
    let [code, kind, purpose, parent, name] = words(line);
    json!({
        "id": id(code), "code": code, "name": name, "type": kind, "purpose": said(purpose),
        "parent_id": said(parent).map(id), "active": true,
        "reconcile": matches!(purpose, "receivable" | "payable"),
    })
}

fn journal(line: &str) -> Json {
    let [code, kind, account, name] = words(line);
    json!({
        "code": code, "name": name, "kind": kind, "account_id": said(account).map(id),
        "active": true,
    })
}

/// The words of a line, of which the last may have spaces.
fn words<const WORDS: usize>(line: &str) -> [&str; WORDS] {
    let mut words = line.splitn(WORDS, ' ');
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

fn said(word: &str) -> Option<&str> {
    (word != NOTHING).then_some(word)
}

/// The id of a seeded account, so that others of the seed can point to it.
fn id(code: &str) -> String {
    format!("0000ac00-0000-7000-8000-000000{code}")
}
