//! `#[service(...)]` declares a service, `#[serves(...)]` answers it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Path, Result, Token};

use crate::declaration::{Declaration, full_name};
use crate::handler::Handler;

/// `"crm.contacts.merge", permission = "contacts.write"`
struct ServiceWords {
    name: String,
    permission: String,
}

impl Parse for ServiceWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = full_name(&input.parse::<LitStr>()?)?;
        let mut segments = name.split('.');
        let (module, subject) = (segments.next().unwrap_or_default(), segments.next());
        let mut permission = format!("{module}.{}.write", subject.unwrap_or_default());
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: Ident = input.parse()?;
            match word.to_string().as_str() {
                "public" => permission.clear(),
                "permission" => {
                    input.parse::<Token![=]>()?;
                    permission = format!("{module}.{}", input.parse::<LitStr>()?.value());
                }
                _ => return Err(Error::new_spanned(word, "expected permission or public")),
            }
        }
        Ok(Self { name, permission })
    }
}

pub(crate) fn expand_service(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let ServiceWords { name, permission } = syn::parse2(words)?;
    let declaration = Declaration::read(item)?;
    let summary = declaration.summary();
    let Declaration { attributes, visibility, ident, kind } = declaration;
    Ok(quote! {
        #(#attributes)*
        #visibility const #ident: #kind = ::eerp_sdk::service::Service::new(
            #name,
            #summary,
            #permission,
            ::core::env!("CARGO_PKG_VERSION"),
        );
    })
}

pub(crate) fn expand_serves(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let service: Path = syn::parse2(words)?;
    let handler = Handler::parse(item)?;
    let name = handler.ident();
    let arguments = handler.parameters()?;
    for argument in &arguments {
        if *argument != "input" && *argument != "caller" {
            return Err(Error::new_spanned(argument, "expected input or caller"));
        }
    }
    let value = quote! {
        ::eerp_sdk::service::Provided {
            spec: #service.spec(),
            run: |head, body| #service.answer(head, body, |input, caller| {
                // One of them may not be wanted.
                let _ = (&input, caller);
                #name(#(#arguments),*)
            }),
        }
    };
    Ok(handler.expand(&quote!(::eerp_sdk::service::Provided), &value))
}
