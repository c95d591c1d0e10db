//! Functions that the core calls: what the attributes for them have in common.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, Ident, ItemFn, Pat, Result, Type, Visibility};

use crate::words;

/// A function that an attribute turns into a value about it, of the same name.
pub(crate) struct Handler {
    pub(crate) function: ItemFn,
    visibility: Visibility,
}

impl Handler {
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let mut function: ItemFn = syn::parse2(item)?;
        let visibility = std::mem::replace(&mut function.vis, Visibility::Inherited);
        Ok(Self { function, visibility })
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// The names of the parameters.
    pub(crate) fn parameters(&self) -> Result<Vec<&Ident>> {
        self.function.sig.inputs.iter().map(parameter).collect()
    }

    /// A call of the function with its one parameter, or with none.
    pub(crate) fn call_with(&self, argument: &str) -> Result<TokenStream> {
        let name = self.ident();
        match self.parameters()?[..] {
            [] => Ok(quote!(|_| #name())),
            [given] => Ok(quote!(|#given| #name(#given))),
            _ => {
                let message = format!("expected one parameter, {argument}, or none");
                Err(Error::new_spanned(&self.function.sig.inputs, message))
            }
        }
    }

    /// A constant function that answers `value`, which may call the function.
    pub(crate) fn expand(&self, kind: &TokenStream, value: &TokenStream) -> TokenStream {
        let Self { function, visibility } = self;
        let (name, docs) = (self.ident(), words::docs(&function.attrs));
        quote! {
            #(#docs)*
            #visibility const fn #name() -> #kind {
                #function

                #value
            }
        }
    }
}

fn parameter(input: &FnArg) -> Result<&Ident> {
    typed_parameter(input).map(|(name, _)| name)
}

/// The name and the type of a parameter.
pub(crate) fn typed_parameter(input: &FnArg) -> Result<(&Ident, &Type)> {
    if let FnArg::Typed(typed) = input {
        if let Pat::Ident(name) = &*typed.pat {
            return Ok((&name.ident, &typed.ty));
        }
    }
    Err(Error::new_spanned(input, "a parameter has a plain name"))
}
