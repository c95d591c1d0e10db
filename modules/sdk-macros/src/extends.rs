//! `#[extends(...)]`: own columns on a model of another module.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Error, LitStr, Result};

use crate::model::{TableWords, Words};
use crate::words;

#[derive(Default)]
struct ExtendsWords {
    module: Option<LitStr>,
    table: Option<LitStr>,
    own_table: Option<String>,
    table_words: TableWords,
}

impl Words for ExtendsWords {
    fn of_table(&mut self) -> &mut TableWords {
        &mut self.table_words
    }

    fn read(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let text = || meta.value()?.parse::<LitStr>();
        match word {
            "module" => self.module = Some(text()?),
            "table" => self.table = Some(text()?),
            "own_table" => self.own_table = Some(text()?.value()),
            _ => {
                let message = "expected check, index, module, own_table, table or unique";
                return Err(meta.error(message));
            }
        }
        Ok(())
    }
}

pub(crate) fn expand(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let (said, shape) = ExtendsWords::parse(words, item)?;
    said.table_words.refuse_unknown(&shape)?;
    let name = shape.ident();
    let unsaid = |what: &str| Error::new_spanned(name, format!("say {what} = \"...\""));
    let module = said.module.ok_or_else(|| unsaid("module"))?;
    let table = said.table.ok_or_else(|| unsaid("table"))?;
    let own_table = said.own_table.unwrap_or_else(|| format!("{}_extension", table.value()));
    let title = words::capital(&words::split_camel(&name.to_string(), ' '));
    let (expanded, settings) = (shape.expand(&title), said.table_words.settings());
    Ok(quote! {
        #expanded

        impl ::eerp_sdk::model::Stored for #name {
            const SPEC: &'static ::eerp_sdk::model::ModelSpec = &::eerp_sdk::model::ModelSpec {
                title: #title,
                extends: Some(::eerp_sdk::field::Reference { module: #module, table: #table }),
                #settings
                ..::eerp_sdk::model::ModelSpec::of(#own_table)
            }
            .sound();
        }
    })
}
