//! `#[get(...)]`, `#[post(...)]` and the like: a function that is a route.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Error, FnArg, Ident, ItemFn, LitStr, Pat, Result, Token, Type, Visibility};

use crate::words;

/// `"/leads/{id}/convert", permission = "leads.convert", public`
struct RouteWords {
    path: LitStr,
    permission: String,
    public: bool,
}

impl Parse for RouteWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut words = Self { path: input.parse()?, permission: String::new(), public: false };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: Ident = input.parse()?;
            match word.to_string().as_str() {
                "public" => words.public = true,
                "permission" => {
                    input.parse::<Token![=]>()?;
                    words.permission = input.parse::<LitStr>()?.value();
                }
                _ => return Err(Error::new_spanned(word, "expected permission or public")),
            }
        }
        Ok(words)
    }
}

pub(crate) fn expand(method: &str, words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let RouteWords { path, permission, public } = syn::parse2(words)?;
    if !path.value().starts_with('/') {
        return Err(Error::new_spanned(path, "a path begins with a slash"));
    }
    let mut function: ItemFn = syn::parse2(item)?;
    let visibility = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let name = &function.sig.ident;
    let docs = words::docs(&function.attrs);
    let summary = words::summary(&function.attrs, &name.to_string());
    let mut body = quote!(::eerp_sdk::route::BodySpec::None);
    let mut arguments = Vec::new();
    for input in &function.sig.inputs {
        let (argument, kind) = named(input)?;
        if argument == "body" {
            body = quote!(::eerp_sdk::route::BodySpec::Whole(
                <#kind as ::eerp_sdk::model::Shape>::TITLE,
                <#kind as ::eerp_sdk::model::Shape>::FIELDS,
            ));
        }
        arguments.push(source(argument, kind, &path)?);
    }
    Ok(quote! {
        #(#docs)*
        #visibility const fn #name() -> ::eerp_sdk::route::Routes {
            #function

            ::eerp_sdk::route::Routes(const { &[::eerp_sdk::route::Route {
                method: #method,
                path: #path,
                kind: ::eerp_sdk::route::Kind::Custom,
                summary: #summary,
                permission: #permission,
                public: #public,
                model: None,
                body: #body,
                run: |request, _| {
                    let reply = #name(#(#arguments),*);
                    Ok(::eerp_sdk::reply::IntoReply::into_reply(reply))
                },
            }] })
        }
    })
}

fn named(input: &FnArg) -> Result<(&Ident, &Type)> {
    if let FnArg::Typed(typed) = input {
        if let Pat::Ident(name) = &*typed.pat {
            return Ok((&name.ident, &typed.ty));
        }
    }
    Err(Error::new_spanned(input, "a route's parameter has a plain name"))
}

/// Where a parameter's value comes from, by its name.
fn source(name: &Ident, kind: &Type, path: &LitStr) -> Result<TokenStream> {
    let text = name.to_string();
    match text.as_str() {
        "request" => Ok(quote!(request)),
        "body" => Ok(quote!(request.read_body::<#kind>()?)),
        _ if path.value().contains(&format!("{{{text}}}")) => {
            Ok(quote!(request.param::<#kind>(#text)?))
        }
        _ => Err(Error::new_spanned(
            name.to_token_stream(),
            "expected request, body or a parameter that the path names in braces",
        )),
    }
}
