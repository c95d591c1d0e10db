//! Conditions written as Rust: `amount >= 0 && (reason != None || !lost)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{BinOp, Error, Expr, ExprBinary, ExprField, ExprMethodCall, LitStr, Member, Result};
use syn::{Token, UnOp};

/// What a condition is about, which says what it may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A row by itself: its own columns, compared with constants.
    Row,
    /// A record as somebody sees it: also `company.name` and `identity.user_id`.
    Identity,
}

/// Reads conditions, and notes the fields that they name.
pub(crate) struct Reader {
    scope: Scope,
    /// The fields of the struct that were named.
    pub(crate) named: Vec<LitStr>,
}

impl Reader {
    pub(crate) const fn new(scope: Scope) -> Self {
        Self { scope, named: Vec::new() }
    }

    /// The call that builds the condition which this expression means.
    pub(crate) fn condition(&mut self, expression: &Expr) -> Result<TokenStream> {
        match expression {
            Expr::Paren(paren) => self.condition(&paren.expr),
            Expr::Group(group) => self.condition(&group.expr),
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let inside = self.condition(&unary.expr)?;
                Ok(quote!(::eerp_sdk::condition::Condition::none(#inside)))
            }
            Expr::Binary(binary) => self.joint(binary),
            Expr::MethodCall(call) => self.method(call),
            // A field alone is a boolean that must be true.
            Expr::Path(_) | Expr::Field(_) => {
                let field = self.field(expression)?;
                Ok(quote!(::eerp_sdk::condition::Condition::eq(#field, true)))
            }
            other => Err(unclear(other)),
        }
    }

    fn joint(&mut self, binary: &ExprBinary) -> Result<TokenStream> {
        let op = match binary.op {
            BinOp::And(_) => return self.joined(binary, quote!(all)),
            BinOp::Or(_) => return self.joined(binary, quote!(any)),
            BinOp::Eq(_) => "eq",
            BinOp::Ne(_) => "neq",
            BinOp::Lt(_) => "lt",
            BinOp::Le(_) => "lte",
            BinOp::Gt(_) => "gt",
            BinOp::Ge(_) => "gte",
            _ => return Err(unclear(binary)),
        };
        self.comparison(binary, op)
    }

    fn joined(&mut self, binary: &ExprBinary, name: TokenStream) -> Result<TokenStream> {
        let (left, right) = (self.condition(&binary.left)?, self.condition(&binary.right)?);
        Ok(quote!(::eerp_sdk::condition::Condition::#name([#left, #right])))
    }

    fn comparison(&mut self, binary: &ExprBinary, op: &str) -> Result<TokenStream> {
        let (field, value) = (self.field(&binary.left)?, &*binary.right);
        let is_none = matches!(value, Expr::Path(path) if path.path.is_ident("None"));
        let null = quote!(::eerp_sdk::condition::Condition::is_null(#field));
        match (is_none, op) {
            (true, "eq") => return Ok(null),
            (true, "neq") => return Ok(quote!(::eerp_sdk::condition::Condition::none(#null))),
            _ => {}
        }
        let value = self.value(value)?;
        Ok(quote!(::eerp_sdk::condition::Condition::compare(#field, #op, #value)))
    }

    /// `kind.one_of(["a", "b"])`, `own_company_id.one_of(identity.companies)`,
    /// `name.like("A*")`.
    fn method(&mut self, call: &ExprMethodCall) -> Result<TokenStream> {
        let field = self.field(&call.receiver)?;
        let [value] = &call.args.iter().collect::<Vec<_>>()[..] else {
            return Err(unclear(call));
        };
        let op = match call.method.to_string().as_str() {
            "one_of" => "in",
            "like" => "like",
            "ilike" => "ilike",
            _ => return Err(unclear(call)),
        };
        if let (Expr::Array(array), "in") = (value, op) {
            let items = &array.elems;
            return Ok(quote!(::eerp_sdk::condition::Condition::one_of(#field, [#items])));
        }
        let value = self.value(value)?;
        Ok(quote!(::eerp_sdk::condition::Condition::compare(#field, #op, #value)))
    }

    fn value(&self, value: &Expr) -> Result<TokenStream> {
        let Expr::Field(path) = value else { return Ok(quote!(#value)) };
        if !matches!(&*path.base, Expr::Path(base) if base.path.is_ident("identity")) {
            return Ok(quote!(#value));
        }
        let name = member(path)?;
        let known = ["user_id", "username", "company_id", "companies"];
        if self.scope != Scope::Identity || !known.contains(&name.as_str()) {
            let message = "identity has user_id, username, company_id and companies, \
                           and is known in a rule only";
            return Err(Error::new_spanned(path, message));
        }
        Ok(quote!(::eerp_sdk::condition::OfIdentity(#name)))
    }

    fn field(&mut self, expression: &Expr) -> Result<String> {
        match expression {
            Expr::Path(path) => {
                let ident = path.path.require_ident()?;
                self.named.push(LitStr::new(&ident.unraw().to_string(), ident.span()));
                Ok(ident.unraw().to_string())
            }
            Expr::Field(path) if self.scope == Scope::Identity => related(path),
            other => Err(unclear(other)),
        }
    }
}

/// `company.name`: a field of the record that `company_id` points to.
fn related(path: &ExprField) -> Result<String> {
    let base = match &*path.base {
        Expr::Path(base) => base.path.require_ident()?.to_string(),
        Expr::Field(base) => related(base)?,
        other => return Err(unclear(other)),
    };
    Ok(format!("{base}.{}", member(path)?))
}

fn member(path: &ExprField) -> Result<String> {
    match &path.member {
        Member::Named(name) => Ok(name.to_string()),
        Member::Unnamed(_) => Err(unclear(path)),
    }
}

fn unclear(expression: impl quote::ToTokens) -> Error {
    let message = "expected comparisons of a field with a constant, one_of([..]), like(..) \
                   or ilike(..), joined by &&, || and !";
    Error::new_spanned(expression, message)
}

/// Reads one condition of this scope to its end.
pub(crate) fn parse(
    input: syn::parse::ParseStream<'_>,
    scope: Scope,
    named: &mut Vec<LitStr>,
) -> Result<TokenStream> {
    input.parse::<Token![=]>()?;
    let mut reader = Reader::new(scope);
    let condition = reader.condition(&input.parse()?)?;
    named.append(&mut reader.named);
    Ok(condition)
}
