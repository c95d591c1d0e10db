//! Computed columns written as Rust: `quantity * (unit_price - coalesce(discount, 0))`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{BinOp, Error, Expr, ExprCall, ExprLit, Lit, LitStr, Result};

/// The expression as JSON for the core; `named` gets the fields that it names.
pub(crate) fn json(expression: &Expr, named: &mut Vec<LitStr>) -> Result<TokenStream> {
    let json = tree(expression, named)?;
    Ok(quote!(::eerp_sdk::private::json!(#json)))
}

fn tree(expression: &Expr, named: &mut Vec<LitStr>) -> Result<TokenStream> {
    match expression {
        Expr::Paren(paren) => tree(&paren.expr, named),
        Expr::Group(group) => tree(&group.expr, named),
        Expr::Path(path) => {
            let ident = path.path.require_ident()?;
            let name = LitStr::new(&ident.unraw().to_string(), ident.span());
            named.push(name.clone());
            Ok(quote!({"field": #name}))
        }
        Expr::Lit(literal) => constant(literal),
        Expr::Binary(binary) => {
            let operation = match binary.op {
                BinOp::Add(_) => "add",
                BinOp::Sub(_) => "sub",
                BinOp::Mul(_) => "mul",
                _ => return Err(unclear(binary)),
            };
            let (left, right) = (tree(&binary.left, named)?, tree(&binary.right, named)?);
            Ok(quote!({#operation: [#left, #right]}))
        }
        Expr::Call(call) => function(call, named),
        other => Err(unclear(other)),
    }
}

/// A number with a point is text, as decimals are everywhere.
fn constant(literal: &ExprLit) -> Result<TokenStream> {
    match &literal.lit {
        Lit::Str(text) => Ok(quote!({"value": #text})),
        Lit::Int(number) => Ok(quote!({"value": #number})),
        Lit::Float(number) => {
            let digits = number.base10_digits();
            Ok(quote!({"value": #digits}))
        }
        _ => Err(unclear(literal)),
    }
}

fn function(call: &ExprCall, named: &mut Vec<LitStr>) -> Result<TokenStream> {
    let Expr::Path(path) = &*call.func else { return Err(unclear(call)) };
    let name = path.path.require_ident()?.to_string();
    let given: Vec<TokenStream> =
        call.args.iter().map(|argument| tree(argument, named)).collect::<Result<_>>()?;
    match (name.as_str(), &given[..]) {
        ("lower" | "upper", [one]) => Ok(quote!({#name: #one})),
        ("concat" | "coalesce", [_, _, ..]) => Ok(quote!({#name: [#(#given),*]})),
        _ => Err(unclear(call)),
    }
}

fn unclear(expression: impl quote::ToTokens) -> Error {
    let message = "expected fields and constants joined by +, - and *, \
                   concat(a, b), coalesce(a, b), lower(a) or upper(a)";
    Error::new_spanned(expression, message)
}
