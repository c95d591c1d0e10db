//! A text becomes numbers, names and signs.

use eerp_sdk::prelude::Decimal;

use super::{Flaw, LENGTH_MAX};

/// What a formula is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Name(String),
    Sign(&'static str),
    End,
}

/// The signs; those of two characters come first.
const SIGNS: [&str; 16] =
    ["<=", ">=", "<>", "!=", "==", "<", ">", "=", "+", "-", "*", "/", "(", ")", ",", "%"];

/// Digits of a number, as many as a decimal surely holds.
const DIGITS_MAX: usize = 20;

/// The tokens of a text, each with its place, and the end.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Flaw> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > LENGTH_MAX {
        let message = format!("A formula has at most {LENGTH_MAX} characters.");
        return Err(Flaw::new(LENGTH_MAX + 1, "too_long", message));
    }
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < characters.len() {
        if characters[at].is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = token(&characters[at..], at + 1)?;
        tokens.push((at + 1, token));
        at += length;
    }
    tokens.push((characters.len() + 1, Token::End));
    Ok(tokens)
}

/// The token at the beginning, and of how many characters it is.
fn token(rest: &[char], at: usize) -> Result<(Token, usize), Flaw> {
    let first = rest[0];
    if first.is_ascii_digit() || first == '.' {
        return number(&run(rest, |c| c.is_ascii_digit() || c == '.'), at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let name = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        let length = name.len();
        return Ok((Token::Name(name), length));
    }
    let sign =
        SIGNS.into_iter().find(|sign| sign.chars().eq(rest.iter().copied().take(sign.len())));
    let message = || format!("`{first}` means nothing in a formula.");
    let sign = sign.ok_or_else(|| Flaw::new(at, "unknown_sign", message()))?;
    Ok((Token::Sign(sign), sign.len()))
}

fn run(rest: &[char], belongs: impl Fn(char) -> bool) -> String {
    rest.iter().copied().take_while(|c| belongs(*c)).collect()
}

fn number(text: &str, at: usize) -> Result<(Token, usize), Flaw> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let number = text.parse().ok().filter(|_| (1..=DIGITS_MAX).contains(&digits));
    let message = || format!("`{text}` is no number of at most {DIGITS_MAX} digits.");
    let number = number.ok_or_else(|| Flaw::new(at, "number", message()))?;
    Ok((Token::Number(number), text.len()))
}
