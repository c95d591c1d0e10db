//! `#[choice]`: an enumeration, text outside.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, Ident, ItemEnum, LitInt, Result};

use crate::words;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[choice] takes no words"));
    }
    let mut item: ItemEnum = syn::parse2(item)?;
    let mut versions = Vec::new();
    for variant in &mut item.variants {
        if !variant.fields.is_empty() {
            return Err(Error::new_spanned(variant, "a choice has no data"));
        }
        versions.push(take_since(&mut variant.attrs)?);
    }
    let name = &item.ident;
    let variants: Vec<&Ident> = item.variants.iter().map(|variant| &variant.ident).collect();
    let Some(first) = variants.first() else {
        return Err(Error::new_spanned(name, "a choice of nothing"));
    };
    let texts: Vec<String> =
        variants.iter().map(|variant| words::split_camel(&variant.to_string(), '_')).collect();
    Ok(quote! {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #item

        impl #name {
            /// The word that stands for it outside.
            pub const fn word(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts),*
                }
            }
        }

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::#first
            }
        }

        impl ::eerp_sdk::field::Item for #name {}

        impl ::eerp_sdk::field::Field for #name {
            const TYPE: ::eerp_sdk::field::SqlType = ::eerp_sdk::field::SqlType::Text;
            const WORDS: &'static [&'static str] = &[#(#texts),*];
            const WORDS_SINCE: &'static [u32] = &[#(#versions),*];

            fn to_json(&self) -> ::eerp_sdk::private::Value {
                self.word().into()
            }

            fn from_json(value: &::eerp_sdk::private::Value) -> ::core::option::Option<Self> {
                match value.as_str()? {
                    #(#texts => Some(Self::#variants),)*
                    _ => None,
                }
            }
        }
    })
}

/// The version in `#[since(3)]`, which is taken away; 1 without it.
fn take_since(attributes: &mut Vec<Attribute>) -> Result<u32> {
    let Some(at) = attributes.iter().position(|a| a.path().is_ident("since")) else {
        return Ok(1);
    };
    attributes.remove(at).parse_args::<LitInt>()?.base10_parse()
}
