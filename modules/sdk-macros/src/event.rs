//! `#[topic(...)]` declares a topic, `#[event(...)]` is told of its events.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Path, Result};

use crate::declaration::{Declaration, full_name};
use crate::handler::Handler;

pub(crate) fn expand_topic(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let name = full_name(&syn::parse2(words)?)?;
    let declaration = Declaration::read(item)?;
    let summary = declaration.summary();
    let Declaration { attributes, visibility, ident, kind } = declaration;
    Ok(quote! {
        #(#attributes)*
        #visibility const #ident: #kind = ::eerp_sdk::event::Topic::new(#name, #summary);
    })
}

/// A declared topic; or the name of one that nobody has declared for us, or the
/// beginning of names: `"crm.*"`.
enum Wanted {
    Declared(Path),
    Named(String),
}

impl Parse for Wanted {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(LitStr) {
            return input.parse().map(Self::Declared);
        }
        let name: LitStr = input.parse()?;
        let all = name.value().strip_suffix("*").map(|start| format!("{start}all"));
        full_name(&LitStr::new(&all.unwrap_or(name.value()), name.span()))?;
        Ok(Self::Named(name.value()))
    }
}

pub(crate) fn expand_event(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let handler = Handler::parse(item)?;
    let call = handler.call_with("event: Event<...>")?;
    let (name, topic) = match syn::parse2(words)? {
        Wanted::Declared(topic) => (quote!(#topic.spec().name), quote!(#topic)),
        Wanted::Named(name) => (quote!(#name), quote!(::eerp_sdk::event::Topic::new(#name, ""))),
    };
    let value = quote! {
        ::eerp_sdk::event::Subscription {
            topic: #name,
            run: |head, body| #topic.deliver(head, body, #call),
        }
    };
    Ok(handler.expand(&quote!(::eerp_sdk::event::Subscription), &value))
}
