//! `#[field(...)]`: what one field of a model or body is told.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Expr, Field, Ident, LitInt, LitStr, Result, Type};

use crate::{expression, words};

/// One field of a shape: its Rust side and what its attribute says.
pub(crate) struct FieldWords {
    pub(crate) ident: Ident,
    pub(crate) kind: Type,
    /// A value in Rust, for a field that has a default.
    default: Option<TokenStream>,
    /// Fields of `FieldSpec` that differ from the plain ones.
    settings: Vec<TokenStream>,
    label: String,
    /// PostgreSQL computes it: it is read and never written.
    pub(crate) computed: bool,
    /// Fields of the same struct that its words name.
    pub(crate) named: Vec<LitStr>,
}

impl FieldWords {
    /// Reads the field and takes its `#[field]` attributes away.
    pub(crate) fn take(field: &mut Field) -> Result<Self> {
        let ident = field.ident.clone();
        let ident = ident.ok_or_else(|| syn::Error::new_spanned(&*field, "name the field"))?;
        let label = words::label(&ident.unraw().to_string());
        let kind = field.ty.clone();
        let (settings, named) = (Vec::new(), Vec::new());
        let mut words =
            Self { ident, kind, default: None, settings, label, computed: false, named };
        let help = words::doc(&field.attrs);
        if !help.is_empty() {
            words.settings.push(quote!(help: #help));
        }
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| words.read(&meta))?;
        }
        field.attrs.retain(|attribute| !attribute.path().is_ident("field"));
        Ok(words)
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.require_ident()?;
        match word.to_string().as_str() {
            "default" => self.read_default(meta),
            "label" => {
                self.label = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            }
            "numeric" => self.read_numeric(meta),
            "min" | "max" => {
                let bound: Expr = meta.value()?.parse()?;
                self.set(quote!(#word: Some(#bound)))
            }
            "format" | "pattern" | "on_delete" | "read" | "write" => {
                let text: LitStr = meta.value()?.parse()?;
                self.set(quote!(#word: #text))
            }
            "since" => {
                let version: LitInt = meta.value()?.parse()?;
                self.set(quote!(since: #version))
            }
            "unique" | "index" | "trigram" | "readonly" => self.set(quote!(#word: true)),
            "search" => self.read_search(meta),
            "currency" => {
                let field: LitStr = meta.value()?.parse()?;
                self.set(quote!(currency: #field))?;
                self.named.push(field);
                Ok(())
            }
            "computed" => self.read_computed(meta),
            _ => Err(meta.error(
                "expected computed, currency, default, format, index, label, max, min, \
                 numeric, on_delete, pattern, read, readonly, search, since, trigram, \
                 unique or write",
            )),
        }
    }

    fn set(&mut self, setting: TokenStream) -> Result<()> {
        self.settings.push(setting);
        Ok(())
    }

    /// `default` alone is the type's own, `default = 3` is this value.
    fn read_default(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let kind = &self.kind;
        let value = if meta.input.peek(syn::Token![=]) {
            let value: Expr = meta.value()?.parse()?;
            quote!(<#kind as ::core::convert::From<_>>::from(#value))
        } else {
            quote!(<#kind as ::core::default::Default>::default())
        };
        let json = quote!(::eerp_sdk::field::Field::to_json(&#value));
        self.default = Some(value);
        self.set(quote!(default: Some(|| #json)))
    }

    /// `search` in the usual way, or `search = "german"`, in the words of a language.
    fn read_search(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let config = match meta.input.peek(syn::Token![=]) {
            true => meta.value()?.parse::<LitStr>()?.value(),
            false => String::new(),
        };
        self.set(quote!(search: Some(#config)))
    }

    /// `computed = quantity * unit_price`
    fn read_computed(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let expression: Expr = meta.value()?.parse()?;
        let json = expression::json(&expression, &mut self.named)?;
        self.computed = true;
        self.set(quote!(computed: Some(|| #json)))
    }

    /// `numeric(18, 2)`: digits in all and after the point.
    fn read_numeric(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let digits;
        syn::parenthesized!(digits in meta.input);
        let precision: LitInt = digits.parse()?;
        digits.parse::<syn::Token![,]>()?;
        let scale: LitInt = digits.parse()?;
        if scale.base10_parse::<u8>()? > precision.base10_parse::<u8>()? {
            return Err(syn::Error::new_spanned(scale, "more digits after the point than in all"));
        }
        self.set(quote!(precision: (#precision, #scale)))
    }

    /// The field's entry in the table of specifications.
    pub(crate) fn spec(&self) -> TokenStream {
        let Self { kind, settings, label, .. } = self;
        let name = self.ident.unraw().to_string();
        quote!(::eerp_sdk::field::FieldSpec {
            #(#settings,)*
            ..::eerp_sdk::field::FieldSpec::of::<#kind>(#name, #label)
        }
        .sound())
    }

    /// The field's value in a struct made from nothing.
    pub(crate) fn initial(&self) -> TokenStream {
        let Self { ident, kind, .. } = self;
        let value = self.default.clone();
        let value = value.unwrap_or(quote!(<#kind as ::core::default::Default>::default()));
        quote!(#ident: #value)
    }

    /// The field's value in a struct read from JSON.
    pub(crate) fn reading(&self) -> TokenStream {
        let ident = &self.ident;
        let name = ident.unraw().to_string();
        let default = match &self.default {
            Some(value) => quote!(Some(|| #value)),
            // What nobody may write is in no body.
            None if self.computed => quote!(Some(::core::default::Default::default)),
            None => quote!(None),
        };
        quote!(#ident: ::eerp_sdk::field::read(values, #name, #default)?)
    }

    /// The field's entry in an object of JSON.
    pub(crate) fn writing(&self) -> TokenStream {
        if self.computed {
            return TokenStream::new();
        }
        let ident = &self.ident;
        let name = ident.unraw().to_string();
        quote!(values.insert(#name.into(), ::eerp_sdk::field::Field::to_json(&self.#ident));)
    }
}
