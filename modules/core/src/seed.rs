//! The rows that a new installation starts with.

use eerp_sdk::prelude::*;

/// `AFN 2 Afghani`: code, decimals, name.
const CURRENCIES: &str = include_str!("../data/currencies.txt");
/// `AF AFG Afghanistan`: two letters, three letters, name.
const COUNTRIES: &str = include_str!("../data/countries.txt");
/// `weight 0.001 g Gram`: category, factor, symbol, name.
const UNITS: &str = include_str!("../data/units.txt");

const SYMBOLS: [(&str, &str); 14] = [
    ("BRL", "R$"),
    ("CHF", "CHF"),
    ("CNY", "¥"),
    ("CZK", "Kč"),
    ("DKK", "kr"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("NOK", "kr"),
    ("PLN", "zł"),
    ("SEK", "kr"),
    ("USD", "$"),
];

/// One migration for each list.
pub(crate) fn migrations() -> Vec<Migration> {
    vec![
        Migration::new("currencies_seed", 1).rows("currencies", rows(CURRENCIES, currency)),
        Migration::new("countries_seed", 1).rows("countries", rows(COUNTRIES, country)),
        Migration::new("units_seed", 1).rows("units", rows(UNITS, unit)),
    ]
}

/// The rows of a list; a line has so many words and then a name.
fn rows<const WORDS: usize>(list: &str, row: fn([&str; WORDS]) -> Json) -> Vec<Json> {
    let words = |line: &'_ str| {
        let mut words = line.splitn(WORDS, ' ');
        row(std::array::from_fn(|_| words.next().unwrap_or_default()))
    };
    list.lines().map(words).collect()
}

fn currency([code, decimals, name]: [&str; 3]) -> Json {
    let symbol = SYMBOLS.iter().find(|(known, _)| *known == code).map(|(_, symbol)| symbol);
    let decimals: Option<i32> = decimals.parse().ok();
    json!({"code": code, "name": name, "symbol": symbol, "decimals": decimals, "active": true})
}

fn country([code, alpha3, name]: [&str; 3]) -> Json {
    json!({"code": code, "alpha3": alpha3, "name": name})
}

fn unit([category, factor, symbol, name]: [&str; 4]) -> Json {
    json!({"category": category, "factor": factor, "symbol": symbol, "name": name})
}
