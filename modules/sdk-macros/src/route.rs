//! `#[get(...)]`, `#[post(...)]` and the like: a function that is a route.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, ItemFn, LitInt, LitStr, Result, ReturnType, Token, Type, Visibility};

use crate::handler::typed_parameter;
use crate::words;

/// `"/leads/{id:uuid}/convert", permission = "leads.convert", answers = Lead, public`
struct RouteWords {
    path: LitStr,
    permission: String,
    public: bool,
    answers: Option<Type>,
    status: Option<LitInt>,
    media_type: Option<LitStr>,
}

impl Parse for RouteWords {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (path, permission) = (input.parse()?, String::new());
        let mut words =
            Self { path, permission, public: false, answers: None, status: None, media_type: None };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            words.read(input)?;
        }
        Ok(words)
    }
}

impl RouteWords {
    fn read(&mut self, input: ParseStream<'_>) -> Result<()> {
        let word: Ident = input.parse()?;
        if word == "public" {
            self.public = true;
            return Ok(());
        }
        input.parse::<Token![=]>()?;
        match word.to_string().as_str() {
            "permission" => self.permission = input.parse::<LitStr>()?.value(),
            "answers" => self.answers = Some(input.parse()?),
            "status" => self.status = Some(input.parse()?),
            "media_type" => self.media_type = Some(input.parse()?),
            _ => {
                let message = "expected answers, media_type, permission, public or status";
                return Err(Error::new_spanned(word, message));
            }
        }
        Ok(())
    }

    /// What the route answers: what it says, or what its function returns.
    fn answer(&self, returns: &ReturnType) -> TokenStream {
        let answer = match (&self.answers, &self.media_type, returns) {
            (Some(answers), ..) => quote!(<#answers as ::eerp_sdk::answer::Answer>::ANSWER),
            (_, Some(kind), _) => quote!(::eerp_sdk::answer::AnswerSpec::bytes(#kind)),
            (.., ReturnType::Default) => quote!(<() as ::eerp_sdk::answer::Answer>::ANSWER),
            (.., ReturnType::Type(_, kind)) => {
                quote!(<#kind as ::eerp_sdk::answer::Answer>::ANSWER)
            }
        };
        match &self.status {
            Some(status) => quote!(#answer.with_status(#status)),
            None => answer,
        }
    }
}

/// A parameter of a path: `{id:uuid}`.
struct Parameter {
    name: String,
    segment: TokenStream,
    /// What it is where no parameter of the function says.
    usual: TokenStream,
}

impl Parameter {
    /// Those of a path in order.
    fn all(path: &LitStr) -> Result<Vec<Self>> {
        let text = path.value();
        if !text.starts_with('/') {
            return Err(Error::new_spanned(path, "a path begins with a slash"));
        }
        let between = |part: &'_ str| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned);
        text.split('/').filter_map(between).map(|inner| Self::parse(&inner, path)).collect()
    }

    fn parse(inner: &str, path: &LitStr) -> Result<Self> {
        let (name, kind) = inner.split_once(':').unwrap_or((inner, ""));
        if matches!(name, "request" | "query" | "body") {
            let message = format!("{name} is not a name for a parameter of a path");
            return Err(Error::new_spanned(path, message));
        }
        let (segment, usual) = match kind {
            "uuid" => (quote!(Uuid), quote!(::eerp_sdk::uuid::Uuid)),
            "int" => (quote!(Int), quote!(i64)),
            "" => (quote!(Text), quote!(::std::string::String)),
            _ => return Err(Error::new_spanned(path, "a parameter is {a}, {a:int} or {a:uuid}")),
        };
        Ok(Self { name: name.to_owned(), segment, usual })
    }

    /// Its entry in the table of specifications; `kind` is the type of the function's
    /// parameter, if it has one.
    fn spec(&self, kind: Option<&Type>) -> TokenStream {
        let Self { name, segment, usual } = self;
        let kind = kind.map_or_else(|| usual.clone(), ToTokens::to_token_stream);
        let label = words::label(name);
        quote!(::eerp_sdk::field::FieldSpec::of::<#kind>(#name, #label)
            .in_path(::eerp_sdk::route::Segment::#segment))
    }
}

pub(crate) fn expand(method: &str, words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let words: RouteWords = syn::parse2(words)?;
    let RouteWords { path, permission, public, .. } = &words;
    let in_path = Parameter::all(path)?;
    let mut function: ItemFn = syn::parse2(item)?;
    let visibility = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let name = &function.sig.ident;
    let docs = words::docs(&function.attrs);
    let summary = words::summary(&function.attrs, &name.to_string());
    let description = words::details(&function.attrs);
    let inputs = function.sig.inputs.iter().map(typed_parameter).collect::<Result<Vec<_>>>()?;
    let given = |name: &str| inputs.iter().find(|(ident, _)| *ident == name).map(|(_, kind)| *kind);
    let params = in_path.iter().map(|parameter| parameter.spec(given(&parameter.name)));
    let query = sent(given("query"), &quote!(query::QuerySpec), &quote!(Fields));
    let body = sent(given("body"), &quote!(route::BodySpec), &quote!(Whole));
    let arguments = inputs.iter().map(|(ident, kind)| source(ident, kind, &in_path));
    let arguments = arguments.collect::<Result<Vec<_>>>()?;
    let answer = words.answer(&function.sig.output);
    let status = words.status.iter();
    Ok(quote! {
        #(#docs)*
        #visibility const fn #name() -> ::eerp_sdk::route::Routes {
            #function

            ::eerp_sdk::route::Routes(const { &[::eerp_sdk::route::Route {
                method: #method,
                path: #path,
                kind: ::eerp_sdk::route::Kind::Custom,
                summary: #summary,
                description: #description,
                permission: #permission,
                public: #public,
                model: None,
                params: const { &[#(#params),*] },
                query: #query,
                body: #body,
                answer: #answer,
                run: |request, _| {
                    let reply = #name(#(#arguments),*);
                    Ok(::eerp_sdk::reply::IntoReply::into_reply(reply) #(.usually(#status))*)
                },
            }] })
        }
    })
}

/// What a route takes as a struct, if it does: its fields for the table of routes.
fn sent(kind: Option<&Type>, spec: &TokenStream, variant: &TokenStream) -> TokenStream {
    match kind {
        None => quote!(::eerp_sdk::#spec::None),
        Some(kind) => quote!(::eerp_sdk::#spec::#variant(
            <#kind as ::eerp_sdk::model::Shape>::TITLE,
            <#kind as ::eerp_sdk::model::Shape>::FIELDS,
        )),
    }
}

/// Where a parameter's value comes from, by its name.
fn source(name: &Ident, kind: &Type, in_path: &[Parameter]) -> Result<TokenStream> {
    let text = name.to_string();
    match text.as_str() {
        "request" => Ok(quote!(request)),
        "body" => Ok(quote!(request.read_body::<#kind>()?)),
        "query" => Ok(quote!(request.read_query::<#kind>()?)),
        _ if in_path.iter().any(|parameter| parameter.name == text) => {
            Ok(quote!(request.path_value::<#kind>(#text)?))
        }
        _ => Err(Error::new_spanned(
            name.to_token_stream(),
            "expected request, body, query or a parameter that the path names in braces",
        )),
    }
}
