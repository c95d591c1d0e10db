//! `#[job(...)]`: a function that is due by the clock.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, Token};

use crate::handler::Handler;

/// `name = "digest", cron = "0 6 * * *"`
struct JobWords {
    name: Option<String>,
    cron: Option<LitStr>,
}

impl Parse for JobWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut words = Self { name: None, cron: None };
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match word.to_string().as_str() {
                "name" => words.name = Some(input.parse::<LitStr>()?.value()),
                "cron" => words.cron = Some(input.parse()?),
                _ => return Err(Error::new_spanned(word, "expected name or cron")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(words)
    }
}

pub(crate) fn expand(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let handler = Handler::parse(item)?;
    let call = handler.call_with("run: JobRun")?;
    let JobWords { name, cron } = syn::parse2(words)?;
    let name = name.unwrap_or_else(|| handler.ident().to_string());
    let unsaid = || Error::new_spanned(handler.ident(), "say when: cron = \"0 6 * * *\"");
    let cron = cron.ok_or_else(unsaid)?;
    if !is_cron(&cron.value()) {
        let message = "expected minute, hour, day of the month, month and day of the week";
        return Err(Error::new_spanned(cron, message));
    }
    let value = quote! {
        ::eerp_sdk::job::Job {
            name: #name,
            cron: #cron,
            run: |head, _| ::eerp_sdk::job::JobRun::start(head, #call),
        }
    };
    Ok(handler.expand(&quote!(::eerp_sdk::job::Job), &value))
}

/// Whether the text has the form of a cron expression; the core reads it in earnest.
fn is_cron(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || b"*/,-#".contains(&c);
    let fields: Vec<&str> = text.split(' ').collect();
    fields.len() == 5 && fields.iter().all(|field| !field.is_empty() && field.bytes().all(fits))
}
