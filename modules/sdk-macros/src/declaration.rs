//! `pub const NAME: Type;`: a constant whose value its attribute makes.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, LitStr, Result, Token, Type, Visibility};

use crate::words;

const NAME_CHARACTERS_MAX: usize = 200;

pub(crate) struct Declaration {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) ident: Ident,
    pub(crate) kind: Type,
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (attributes, visibility) = (input.call(Attribute::parse_outer)?, input.parse()?);
        input.parse::<Token![const]>()?;
        let ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let kind = input.parse()?;
        if input.peek(Token![=]) {
            return Err(input.error("the attribute makes the value: end with the type and `;`"));
        }
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, ident, kind })
    }
}

impl Declaration {
    pub(crate) fn read(item: TokenStream) -> Result<Self> {
        syn::parse2(item)
    }

    /// What it is for: the doc comment's first paragraph, or else its name.
    pub(crate) fn summary(&self) -> String {
        words::summary(&self.attributes, &self.ident.to_string().to_lowercase())
    }
}

/// The name, when it has the form `module.subject.verb`.
pub(crate) fn full_name(name: &LitStr) -> Result<String> {
    let text = name.value();
    let fits = text.len() <= NAME_CHARACTERS_MAX && text.contains('.');
    if fits && text.split('.').all(is_word) {
        return Ok(text);
    }
    let message = "expected the module's name and more, as in \"crm.contacts.merge\"";
    Err(Error::new_spanned(name, message))
}

/// Small letters, digits and underscores, a letter first.
fn is_word(text: &str) -> bool {
    let rest = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
}
