//! `#[model(...)]`: a struct that is stored.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::{Error, LitStr, Result};

use crate::shape::ShapeWords;
use crate::table::{self, Made};
use crate::words;

/// What a table is told beside its columns, whether a model's or an extension's.
#[derive(Default)]
pub(crate) struct TableWords {
    indexes: Vec<TokenStream>,
    uniques: Vec<TokenStream>,
    checks: Vec<TokenStream>,
    /// Names of fields that must exist.
    named: Vec<LitStr>,
}

impl TableWords {
    /// Takes the word if it is one of a table's; whether it was.
    pub(crate) fn read(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        match word {
            "index" => {
                let index = self.made::<table::Columns>(meta)?;
                self.indexes.push(index);
            }
            "unique" => {
                let unique = self.made::<table::Columns>(meta)?;
                self.uniques.push(unique);
            }
            "check" => {
                let check = self.made::<table::Check>(meta)?;
                self.checks.push(check);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn made<T: Parse + Into<Made>>(&mut self, meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
        let Made { tokens, named } = table::read::<T>(meta)?;
        self.named.extend(named);
        Ok(tokens)
    }

    /// Refuses names of fields that the struct has not.
    pub(crate) fn refuse_unknown(&self, shape: &ShapeWords) -> Result<()> {
        let of_fields = shape.fields.iter().flat_map(|field| &field.named);
        match self.named.iter().chain(of_fields).find(|field| !shape.has(&field.value())) {
            Some(field) => Err(Error::new_spanned(field, "the model has no such field")),
            None => Ok(()),
        }
    }

    /// Fields of `ModelSpec`.
    pub(crate) fn settings(&self) -> TokenStream {
        let Self { indexes, uniques, checks, .. } = self;
        quote! {
            fields: <Self as ::eerp_sdk::model::Shape>::FIELDS,
            indexes: &[#(#indexes),*],
            uniques: &[#(#uniques),*],
            checks: &[#(#checks),*],
        }
    }
}

/// What an attribute says that makes a table: the words of every table, and its own.
pub(crate) trait Words: Default {
    /// The words of every table.
    fn of_table(&mut self) -> &mut TableWords;

    /// Reads one of its own words.
    fn read(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> Result<()>;

    /// Reads the attribute and the struct below it.
    fn parse(words: TokenStream, item: TokenStream) -> Result<(Self, ShapeWords)> {
        let mut said = Self::default();
        let reader = |meta: ParseNestedMeta<'_>| {
            let word = meta.path.require_ident()?.to_string();
            match said.of_table().read(&word, &meta)? {
                true => Ok(()),
                false => said.read(&word, &meta),
            }
        };
        syn::meta::parser(reader).parse2(words)?;
        Ok((said, ShapeWords::parse(item)?))
    }
}

#[derive(Default)]
struct ModelWords {
    table: Option<LitStr>,
    path: Option<LitStr>,
    title: Option<String>,
    plural: Option<String>,
    display: Option<LitStr>,
    order: Option<LitStr>,
    company: Option<LitStr>,
    table_words: TableWords,
    record_rules: Vec<TokenStream>,
    excludes: Vec<TokenStream>,
    balances: Vec<TokenStream>,
    rules: bool,
    manual: bool,
}

impl Words for ModelWords {
    fn of_table(&mut self) -> &mut TableWords {
        &mut self.table_words
    }

    fn read(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let text = || meta.value()?.parse::<LitStr>();
        match word {
            "table" => self.table = Some(text()?),
            "path" => self.path = Some(segment(text()?)?),
            "title" => self.title = Some(text()?.value()),
            "plural" => self.plural = Some(text()?.value()),
            "display" => self.display = Some(text()?),
            "order" => self.order = Some(text()?),
            "company" => self.company = Some(text()?),
            "rule" => self.record_rules.push(self.table_words.made::<table::Rule>(meta)?),
            "exclude" => self.excludes.push(self.table_words.made::<table::Exclude>(meta)?),
            "balance" => self.balances.push(self.table_words.made::<table::Balance>(meta)?),
            "rules" => self.rules = true,
            "manual" => self.manual = true,
            _ => {
                return Err(meta.error(
                    "expected balance, check, company, display, exclude, index, manual, \
                     order, path, plural, rule, rules, table, title or unique",
                ));
            }
        }
        Ok(())
    }
}

impl ModelWords {
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
            self.table_words.named.push(LitStr::new(field, order.span()));
            pairs.push(quote!((#field, #way)));
        }
        Ok(pairs)
    }
}

pub(crate) fn expand(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let (mut said, shape) = ModelWords::parse(words, item)?;
    let order = said.order()?;
    said.table_words.named.extend(said.display.iter().chain(&said.company).cloned());
    said.table_words.refuse_unknown(&shape)?;
    let name = shape.ident();
    let table = said.table.ok_or_else(|| Error::new_spanned(name, "say table = \"...\""))?;
    let path = said.path.as_ref().unwrap_or(&table);
    let spoken = words::capital(&words::split_camel(&name.to_string(), ' '));
    let title = said.title.unwrap_or(spoken);
    let plural = said.plural.unwrap_or(words::label(&table.value()));
    let (display, company) = (optional(said.display), optional(said.company));
    let (rules, excludes, balances) = (said.record_rules, said.excludes, said.balances);
    let (expanded, settings, manual) =
        (shape.expand(&title), said.table_words.settings(), said.manual);
    let no_rules = (!said.rules).then(|| {
        quote! {
            impl ::eerp_sdk::model::Rules for #name {
                const ANY: bool = false;
            }
        }
    });
    Ok(quote! {
        #expanded
        #no_rules

        impl ::eerp_sdk::uuid::Referenced for #name {
            const MODULE: &'static str = "";
            const TABLE: &'static str = #table;
        }

        impl ::eerp_sdk::model::Stored for #name {
            const SPEC: &'static ::eerp_sdk::model::ModelSpec = &::eerp_sdk::model::ModelSpec {
                paths: [
                    concat!("/", #path),
                    concat!("/", #path, "/{id:uuid}"),
                    concat!("/", #path, "/{id:uuid}/restore"),
                ],
                title: #title,
                plural: #plural,
                display: #display,
                order: &[#(#order),*],
                company: #company,
                record_rules: &[#(#rules),*],
                excludes: &[#(#excludes),*],
                balances: &[#(#balances),*],
                manual: #manual,
                #settings
                ..::eerp_sdk::model::ModelSpec::of(#table)
            };
        }

        impl ::eerp_sdk::model::Model for #name {}

        impl ::eerp_sdk::answer::Answer for #name {
            const ANSWER: ::eerp_sdk::answer::AnswerSpec =
                <::eerp_sdk::model::Record<#name> as ::eerp_sdk::answer::Answer>::ANSWER;
        }
    })
}

/// One segment of a path, as it stands in addresses.
fn segment(path: LitStr) -> Result<LitStr> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    match path.value() {
        text if !text.is_empty() && text.chars().all(plain) => Ok(path),
        _ => Err(Error::new_spanned(path, "expected one segment: small letters, digits, - and _")),
    }
}

fn optional(text: Option<LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}
