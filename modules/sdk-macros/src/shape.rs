//! Structs with named fields: what models and bodies have in common.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Ident, ItemStruct, LitStr, Result};

use crate::field::FieldWords;
use crate::words;

/// A struct whose `#[field]` attributes have been read and taken away.
pub(crate) struct ShapeWords {
    pub(crate) item: ItemStruct,
    pub(crate) fields: Vec<FieldWords>,
}

impl ShapeWords {
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let mut item: ItemStruct = syn::parse2(item)?;
        let Fields::Named(named) = &mut item.fields else {
            return Err(syn::Error::new_spanned(item, "a struct with named fields is needed"));
        };
        let fields = named.named.iter_mut().map(FieldWords::take).collect::<Result<_>>()?;
        Ok(Self { item, fields })
    }

    /// The same for what is sent and not stored.
    fn parse_sent(item: TokenStream) -> Result<Self> {
        let shape = Self::parse(item)?;
        match shape.fields.iter().find(|field| field.computed) {
            Some(field) => {
                Err(syn::Error::new_spanned(&field.ident, "only a model has computed fields"))
            }
            None => Ok(shape),
        }
    }

    /// What people call it: what the words say, or the struct's name.
    fn title(&self, words: TokenStream) -> Result<String> {
        let mut title = words::capital(&words::split_camel(&self.ident().to_string(), ' '));
        let reader = syn::meta::parser(|meta| {
            if !meta.path.is_ident("title") {
                return Err(meta.error("expected title"));
            }
            title = meta.value()?.parse::<LitStr>()?.value();
            Ok(())
        });
        syn::parse::Parser::parse2(reader, words)?;
        Ok(title)
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.item.ident
    }

    /// Whether the struct has this field, or every table has it.
    pub(crate) fn has(&self, name: &str) -> bool {
        const KEPT_BY_CORE: [&str; 7] =
            ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"];
        KEPT_BY_CORE.contains(&name) || self.fields.iter().any(|field| field.ident == name)
    }

    /// The struct itself and its `Default` and `Shape`.
    pub(crate) fn expand(&self, title: &str) -> TokenStream {
        let Self { item, fields } = self;
        let name = self.ident();
        let specs = fields.iter().map(FieldWords::spec);
        let initial = fields.iter().map(FieldWords::initial);
        let reading = fields.iter().map(FieldWords::reading);
        let writing = fields.iter().map(FieldWords::writing);
        quote! {
            #[derive(Debug, Clone, PartialEq)]
            #item

            impl ::core::default::Default for #name {
                fn default() -> Self {
                    Self { #(#initial),* }
                }
            }

            impl ::eerp_sdk::model::Shape for #name {
                const TITLE: &'static str = #title;
                const FIELDS: &'static [::eerp_sdk::field::FieldSpec] = &[#(#specs),*];

                fn to_values(
                    &self,
                ) -> ::eerp_sdk::private::Map<::std::string::String, ::eerp_sdk::private::Value> {
                    let mut values = ::eerp_sdk::private::Map::new();
                    #(#writing)*
                    values
                }

                fn from_values(
                    values: &::eerp_sdk::private::Map<
                        ::std::string::String,
                        ::eerp_sdk::private::Value,
                    >,
                ) -> ::eerp_sdk::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#reading),* })
                }
            }
        }
    }
}

pub(crate) fn expand_body(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let shape = ShapeWords::parse_sent(item)?;
    let (name, expanded) = (shape.ident(), shape.expand(&shape.title(words)?));
    Ok(quote! {
        #expanded

        impl ::eerp_sdk::reply::IntoReply for #name {
            fn into_reply(self) -> ::eerp_sdk::Reply {
                ::eerp_sdk::Reply::json(&::eerp_sdk::model::Shape::to_values(&self))
            }
        }

        impl ::eerp_sdk::answer::Answer for #name {
            const ANSWER: ::eerp_sdk::answer::AnswerSpec =
                ::eerp_sdk::answer::of_shape::<#name>();
        }

        impl ::eerp_sdk::field::Item for #name {}

        impl ::eerp_sdk::field::Field for #name {
            const TYPE: ::eerp_sdk::field::SqlType = ::eerp_sdk::field::SqlType::Jsonb;
            const FIELDS: ::core::option::Option<&'static [::eerp_sdk::field::FieldSpec]> =
                Some(<Self as ::eerp_sdk::model::Shape>::FIELDS);

            fn to_json(&self) -> ::eerp_sdk::private::Value {
                ::eerp_sdk::model::Shape::to_values(self).into()
            }

            fn from_json(value: &::eerp_sdk::private::Value) -> ::core::option::Option<Self> {
                ::eerp_sdk::model::nested_from_json(value)
            }
        }
    })
}

pub(crate) fn expand_query(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let shape = ShapeWords::parse_sent(item)?;
    let (name, expanded) = (shape.ident(), shape.expand(&shape.title(words)?));
    Ok(quote! {
        #expanded

        const _: () =
            ::eerp_sdk::query::assert_flat(<#name as ::eerp_sdk::model::Shape>::FIELDS);

        impl ::eerp_sdk::query::Query for #name {}
    })
}
