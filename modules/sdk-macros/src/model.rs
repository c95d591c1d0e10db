//! `#[model(...)]`: a struct that is stored.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Ident, LitInt, LitStr, Result, Token};

use crate::check::condition;
use crate::shape::ShapeWords;
use crate::words;

#[derive(Default)]
struct ModelWords {
    table: Option<LitStr>,
    title: Option<String>,
    plural: Option<String>,
    display: Option<LitStr>,
    order: Option<LitStr>,
    indexes: Vec<TokenStream>,
    uniques: Vec<TokenStream>,
    checks: Vec<TokenStream>,
    /// Names of fields that must exist.
    named: Vec<LitStr>,
    rules: bool,
    manual: bool,
}

impl ModelWords {
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let text = || meta.value()?.parse::<LitStr>();
        match meta.path.require_ident()?.to_string().as_str() {
            "table" => self.table = Some(text()?),
            "title" => self.title = Some(text()?.value()),
            "plural" => self.plural = Some(text()?.value()),
            "display" => self.display = Some(text()?),
            "order" => self.order = Some(text()?),
            "index" => {
                let columns = self.read_columns(meta)?;
                self.indexes.push(columns);
            }
            "unique" => {
                let columns = self.read_columns(meta)?;
                self.uniques.push(columns);
            }
            "check" => self.checks.push(parenthesized::<CheckWords>(meta)?.expand()?),
            "rules" => self.rules = true,
            "manual" => self.manual = true,
            _ => {
                return Err(meta.error(
                    "expected check, display, index, manual, order, plural, rules, table, \
                     title or unique",
                ));
            }
        }
        Ok(())
    }

    fn read_columns(&mut self, meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
        let words: ColumnsWords = parenthesized(meta)?;
        let ColumnsWords { columns, since } = words;
        self.named.extend(columns.iter().cloned());
        Ok(quote!(::eerp_sdk::model::Columns { columns: &[#(#columns),*], since: #since }))
    }

    /// The usual order as pairs; each field is one that must exist.
    fn order(&mut self) -> Result<Vec<TokenStream>> {
        let Some(order) = self.order.clone() else { return Ok(Vec::new()) };
        let mut pairs = Vec::new();
        for term in order.value().split(',') {
            let words: Vec<&str> = term.split_whitespace().collect();
            let (field, way) = match words[..] {
                [field] => (field, "asc"),
                [field, way @ ("asc" | "desc")] => (field, way),
                _ => return Err(Error::new_spanned(&order, "expected \"field, field desc\"")),
            };
            self.named.push(LitStr::new(field, order.span()));
            pairs.push(quote!((#field, #way)));
        }
        Ok(pairs)
    }
}

pub(crate) fn expand(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut said = ModelWords::default();
    syn::meta::parser(|meta| said.read(&meta)).parse2(words)?;
    let shape = ShapeWords::parse(item)?;
    let order = said.order()?;
    said.named.extend(said.display.clone());
    for field in &said.named {
        if !shape.has(&field.value()) {
            return Err(Error::new_spanned(field, "the model has no such field"));
        }
    }
    let name = shape.ident();
    let table = said.table.ok_or_else(|| Error::new_spanned(name, "say table = \"...\""))?;
    let spoken = words::capital(&words::split_camel(&name.to_string(), ' '));
    let title = said.title.unwrap_or(spoken);
    let plural = said.plural.unwrap_or(words::label(&table.value()));
    let display = match said.display {
        Some(display) => quote!(Some(#display)),
        None => quote!(None),
    };
    let (indexes, uniques, checks) = (said.indexes, said.uniques, said.checks);
    let (expanded, manual) = (shape.expand(&title), said.manual);
    let rules = (!said.rules).then(|| {
        quote! {
            impl ::eerp_sdk::model::Rules for #name {
                const ANY: bool = false;
            }
        }
    });
    Ok(quote! {
        #expanded
        #rules

        impl ::eerp_sdk::uuid::Referenced for #name {
            const MODULE: &'static str = "";
            const TABLE: &'static str = #table;
        }

        impl ::eerp_sdk::model::Model for #name {
            const SPEC: &'static ::eerp_sdk::model::ModelSpec = &::eerp_sdk::model::ModelSpec {
                table: #table,
                paths: [
                    concat!("/", #table),
                    concat!("/", #table, "/{id}"),
                    concat!("/", #table, "/{id}/restore"),
                ],
                title: #title,
                plural: #plural,
                display: #display,
                order: &[#(#order),*],
                fields: <Self as ::eerp_sdk::model::Shape>::FIELDS,
                indexes: &[#(#indexes),*],
                uniques: &[#(#uniques),*],
                checks: &[#(#checks),*],
                manual: #manual,
            };
        }
    })
}

fn parenthesized<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<T> {
    let inside;
    syn::parenthesized!(inside in meta.input);
    inside.parse()
}

/// `"a", "b", since = 2`
struct ColumnsWords {
    columns: Vec<LitStr>,
    since: u32,
}

impl Parse for ColumnsWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut words = Self { columns: vec![input.parse()?], since: 1 };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            if input.peek(LitStr) {
                words.columns.push(input.parse()?);
            } else {
                words.since = since(input)?;
            }
        }
        Ok(words)
    }
}

/// `name = condition, since = 2`
struct CheckWords {
    name: Ident,
    condition: syn::Expr,
    since: u32,
}

impl Parse for CheckWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let condition = input.parse()?;
        let more = input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty();
        Ok(Self { name, condition, since: if more { since(input)? } else { 1 } })
    }
}

impl CheckWords {
    fn expand(self) -> Result<TokenStream> {
        let Self { name, since, .. } = &self;
        let (name, condition) = (name.to_string(), condition(&self.condition)?);
        Ok(quote!(::eerp_sdk::model::Check {
            name: #name,
            condition: || #condition,
            since: #since,
        }))
    }
}

fn since(input: ParseStream<'_>) -> Result<u32> {
    let word: Ident = input.parse()?;
    if word != "since" {
        return Err(Error::new_spanned(word, "expected since"));
    }
    input.parse::<Token![=]>()?;
    input.parse::<LitInt>()?.base10_parse()
}
