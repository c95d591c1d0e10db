//! The words of `#[model(...)]` that have words of their own in brackets.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitInt, LitStr, Result, Token};

use crate::check::{self, Scope};

/// What a word in brackets makes, and the fields that it names.
pub(crate) struct Made {
    pub(crate) tokens: TokenStream,
    pub(crate) named: Vec<LitStr>,
}

/// Reads the words in brackets after a word.
pub(crate) fn read<T: Parse + Into<Made>>(meta: &ParseNestedMeta<'_>) -> Result<Made> {
    let inside;
    syn::parenthesized!(inside in meta.input);
    Ok(inside.parse::<T>()?.into())
}

/// Goes on to the next word after a comma; nothing when there is none.
fn next_word(input: ParseStream<'_>) -> Result<Option<Ident>> {
    let more = input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty();
    // `where` is a word of Rust as well.
    if more { input.call(Ident::parse_any).map(Some) } else { Ok(None) }
}

fn text(input: ParseStream<'_>) -> Result<LitStr> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn version(input: ParseStream<'_>) -> Result<u32> {
    input.parse::<Token![=]>()?;
    input.parse::<LitInt>()?.base10_parse()
}

/// `"a", "b desc", method = "trigram", since = 2`
pub(crate) struct Columns(Made);

impl Parse for Columns {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut columns, mut descending): (Vec<LitStr>, Vec<LitStr>) = Default::default();
        let (mut method, mut since) = (None, 1);
        loop {
            if input.peek(LitStr) {
                let term: LitStr = input.parse()?;
                let (name, falls) = match term.value().strip_suffix(" desc") {
                    Some(name) => (LitStr::new(name, term.span()), true),
                    None => (term, false),
                };
                descending.extend(falls.then(|| name.clone()));
                columns.push(name);
            } else {
                let word: Ident = input.parse()?;
                match word.to_string().as_str() {
                    "method" => method = Some(index_method(input)?),
                    "since" => since = version(input)?,
                    _ => return Err(Error::new_spanned(word, "expected method or since")),
                }
            }
            if input.parse::<Option<Token![,]>>()?.is_none() || input.is_empty() {
                break;
            }
        }
        let method = method.unwrap_or(quote!(Btree));
        let tokens = quote!(::eerp_sdk::model::Columns {
            columns: &[#(#columns),*],
            descending: &[#(#descending),*],
            method: ::eerp_sdk::model::IndexMethod::#method,
            since: #since,
        });
        Ok(Self(Made { tokens, named: columns }))
    }
}

fn index_method(input: ParseStream<'_>) -> Result<TokenStream> {
    let method = text(input)?;
    match method.value().as_str() {
        "btree" => Ok(quote!(Btree)),
        "trigram" => Ok(quote!(Trigram)),
        "fts" => Ok(quote!(Fts)),
        "array" => Ok(quote!(Array)),
        _ => Err(Error::new_spanned(method, "expected btree, trigram, fts or array")),
    }
}

/// `name = condition, since = 2`
pub(crate) struct Check(Made);

impl Parse for Check {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut named, mut since) = (Vec::new(), 1);
        let name = input.parse::<Ident>()?.to_string();
        let condition = check::parse(input, Scope::Row, &mut named)?;
        while let Some(word) = next_word(input)? {
            match word.to_string().as_str() {
                "since" => since = version(input)?,
                _ => return Err(Error::new_spanned(word, "expected since")),
            }
        }
        let tokens = quote!(::eerp_sdk::model::Check {
            name: #name,
            condition: || #condition,
            since: #since,
        });
        Ok(Self(Made { tokens, named }))
    }
}

const OPERATIONS: [&str; 4] = ["read", "create", "update", "delete"];

/// `role = "salesperson", operations = "read, update", where = condition`
pub(crate) struct Rule(Made);

impl Parse for Rule {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut role, mut condition, mut named) = (None, None, Vec::new());
        let mut operations: Vec<String> = OPERATIONS.map(Into::into).into();
        let mut word = Some(input.call(Ident::parse_any)?);
        while let Some(said) = word {
            match said.to_string().as_str() {
                "role" => role = Some(text(input)?),
                "operations" => operations = operations_of(&text(input)?)?,
                "where" => condition = Some(check::parse(input, Scope::Identity, &mut named)?),
                _ => return Err(Error::new_spanned(said, "expected operations, role or where")),
            }
            word = next_word(input)?;
        }
        let role = role.ok_or_else(|| input.error("say role = \"...\""))?;
        let condition = match condition {
            Some(condition) => quote!(Some(|| #condition)),
            None => quote!(None),
        };
        let tokens = quote!(::eerp_sdk::model::RecordRule {
            role: #role,
            operations: &[#(#operations),*],
            condition: #condition,
        });
        Ok(Self(Made { tokens, named }))
    }
}

fn operations_of(said: &LitStr) -> Result<Vec<String>> {
    let operations: Vec<String> = said.value().split(',').map(|op| op.trim().into()).collect();
    match operations.iter().all(|op| OPERATIONS.contains(&op.as_str())) {
        true => Ok(operations),
        false => Err(Error::new_spanned(said, "expected read, create, update or delete")),
    }
}

/// `name, equal("room_id"), from = "starts_at", to = "ends_at", since = 2`
pub(crate) struct Exclude(Made);

impl Parse for Exclude {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse::<Ident>()?.to_string();
        let (mut equal, mut from, mut to): (Vec<LitStr>, _, _) = (Vec::new(), None, None);
        let mut since = 1;
        while let Some(word) = next_word(input)? {
            match word.to_string().as_str() {
                "equal" => {
                    let inside;
                    syn::parenthesized!(inside in input);
                    let fields = inside.parse_terminated(<LitStr as Parse>::parse, Token![,])?;
                    equal = fields.into_iter().collect();
                }
                "from" => from = Some(text(input)?),
                "to" => to = Some(text(input)?),
                "since" => since = version(input)?,
                _ => return Err(Error::new_spanned(word, "expected equal, from, since or to")),
            }
        }
        let from = from.ok_or_else(|| input.error("say from = \"...\""))?;
        let to = to.ok_or_else(|| input.error("say to = \"...\""))?;
        let tokens = quote!(::eerp_sdk::model::Exclude {
            name: #name,
            equal: &[#(#equal),*],
            from: #from,
            to: #to,
            since: #since,
        });
        equal.extend([from, to]);
        Ok(Self(Made { tokens, named: equal }))
    }
}

/// `name, group = "entry_id", debit = 1, credit = -1, when = posted == true, since = 2`
pub(crate) struct Balance(Made);

impl Parse for Balance {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse::<Ident>()?.to_string();
        let (mut group, mut when, mut since) = (None, quote!(None), 1);
        let mut amounts: Vec<(LitStr, TokenStream)> = Vec::new();
        while let Some(word) = next_word(input)? {
            match word.to_string().as_str() {
                "group" => group = Some(text(input)?),
                "since" => since = version(input)?,
                "when" => {
                    // It speaks of the record that the group points to, not of ours.
                    let condition = check::parse(input, Scope::Row, &mut Vec::new())?;
                    when = quote!(Some(|| #condition));
                }
                field => amounts.push((LitStr::new(field, word.span()), factor(input)?)),
            }
        }
        let group = group.ok_or_else(|| input.error("say group = \"...\""))?;
        let pairs = amounts.iter().map(|(field, factor)| quote!((#field, #factor)));
        let tokens = quote!(::eerp_sdk::model::Balance {
            name: #name,
            group: #group,
            amounts: &[#(#pairs),*],
            when: #when,
            since: #since,
        });
        let mut named: Vec<LitStr> = amounts.into_iter().map(|(field, _)| field).collect();
        named.push(group);
        Ok(Self(Made { tokens, named }))
    }
}

fn factor(input: ParseStream<'_>) -> Result<TokenStream> {
    input.parse::<Token![=]>()?;
    let minus = input.parse::<Option<Token![-]>>()?;
    let number: LitInt = input.parse()?;
    Ok(quote!(#minus #number))
}

macro_rules! made {
    ($($word:ident),*) => {$(
        impl From<$word> for Made {
            fn from(word: $word) -> Self {
                word.0
            }
        }
    )*};
}

made!(Columns, Check, Rule, Exclude, Balance);
