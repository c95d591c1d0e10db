//! Names as people read them, and doc comments as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// `first_name` as `First name`; a reference's `_id` is not said.
pub(crate) fn label(name: &str) -> String {
    let name = name.strip_suffix("_id").unwrap_or(name);
    capital(&name.replace('_', " "))
}

/// `contacts` as `Contacts`.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// `OrderLine` as `Order line`, or with another gap.
pub(crate) fn split_camel(name: &str, gap: char) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push(gap);
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// The first paragraph of a doc comment on one line; empty when there is none.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(doc_line);
    let first: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    first.join(" ")
}

/// The other paragraphs of a doc comment; empty when there are none.
pub(crate) fn details(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(doc_line);
    let rest: Vec<String> = lines.skip_while(|line| !line.is_empty()).collect();
    rest.join("\n").trim().to_owned()
}

/// The doc comment itself, to be said again.
pub(crate) fn docs(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc"))
}

/// A title out of the doc comment's first paragraph; without one, out of the name.
pub(crate) fn summary(attributes: &[Attribute], name: &str) -> String {
    match doc(attributes).trim_end_matches('.') {
        "" => label(name),
        summary => summary.to_owned(),
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(doc) = &attribute.meta else { return None };
    match &doc.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if doc.path.is_ident("doc") => {
            Some(text.value().trim().to_owned())
        }
        _ => None,
    }
}
