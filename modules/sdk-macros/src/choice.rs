//! `#[choice]`: an enumeration, text outside.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, ItemEnum, Result};

use crate::words;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[choice] takes no words"));
    }
    let item: ItemEnum = syn::parse2(item)?;
    for variant in &item.variants {
        if !variant.fields.is_empty() {
            return Err(Error::new_spanned(variant, "a choice has no data"));
        }
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
