//! Conditions written as Rust: `amount >= 0 && (reason != None || !lost)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{BinOp, Error, Expr, ExprBinary, Ident, Result, UnOp};

/// The call that builds the condition which this expression means.
pub(crate) fn condition(expression: &Expr) -> Result<TokenStream> {
    match expression {
        Expr::Paren(paren) => condition(&paren.expr),
        Expr::Group(group) => condition(&group.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
            let inside = condition(&unary.expr)?;
            Ok(quote!(::eerp_sdk::condition::Condition::none(#inside)))
        }
        Expr::Binary(binary) => joint(binary),
        // A field alone is a boolean that must be true.
        Expr::Path(_) => {
            let field = field(expression)?;
            Ok(quote!(::eerp_sdk::condition::Condition::eq(#field, true)))
        }
        other => Err(unclear(other)),
    }
}

fn joint(binary: &ExprBinary) -> Result<TokenStream> {
    let join = |name: TokenStream| {
        let (left, right) = (condition(&binary.left)?, condition(&binary.right)?);
        Ok(quote!(::eerp_sdk::condition::Condition::#name([#left, #right])))
    };
    match binary.op {
        BinOp::And(_) => join(quote!(all)),
        BinOp::Or(_) => join(quote!(any)),
        BinOp::Eq(_) => comparison(binary, "eq"),
        BinOp::Ne(_) => comparison(binary, "neq"),
        BinOp::Lt(_) => comparison(binary, "lt"),
        BinOp::Le(_) => comparison(binary, "lte"),
        BinOp::Gt(_) => comparison(binary, "gt"),
        BinOp::Ge(_) => comparison(binary, "gte"),
        _ => Err(unclear(binary)),
    }
}

fn comparison(binary: &ExprBinary, op: &str) -> Result<TokenStream> {
    let (field, value) = (field(&binary.left)?, &binary.right);
    let is_none = matches!(&**value, Expr::Path(path) if path.path.is_ident("None"));
    let null = quote!(::eerp_sdk::condition::Condition::is_null(#field));
    match (is_none, op) {
        (true, "eq") => Ok(null),
        (true, "neq") => Ok(quote!(::eerp_sdk::condition::Condition::none(#null))),
        _ => Ok(quote!(::eerp_sdk::condition::Condition::compare(#field, #op, #value))),
    }
}

fn field(expression: &Expr) -> Result<String> {
    let ident: Ident = match expression {
        Expr::Path(path) => path.path.require_ident()?.clone(),
        other => return Err(unclear(other)),
    };
    Ok(ident.to_string())
}

fn unclear(expression: impl quote::ToTokens) -> Error {
    let message = "expected comparisons of a field with a constant, joined by &&, || and !";
    Error::new_spanned(expression, message)
}
