//! Tokens become a tree. What binds more loosely is read first: `or`, `and`, `not`,
//! comparisons, sums, products, signs.

use eerp_sdk::prelude::Decimal;

use super::scan::{Token, tokens};
use super::{DEPTH_MAX, Flaw, Function, Known, NODES_MAX, Node, Operator, Sort, WORDS};

/// A part that was read: what it comes to, and where it begins.
struct Part {
    node: Node,
    sort: Sort,
    at: usize,
}

struct Parser<'a> {
    tokens: Vec<(usize, Token)>,
    next: usize,
    nodes: usize,
    depth: usize,
    known: Known<'a>,
}

/// Signs of one level, and what their two sides have to be and come to.
struct Level {
    signs: &'static [(&'static str, Operator)],
    sides: Sort,
    whole: Sort,
    /// Whether several follow each other: `a + b - c`, and not `a < b < c`.
    chained: bool,
}

const OR: Level =
    Level { signs: &[("or", Operator::Or)], sides: Sort::Truth, whole: Sort::Truth, chained: true };
const AND: Level = Level { signs: &[("and", Operator::And)], ..OR };
const COMPARISON: Level = Level {
    signs: &[
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<>", Operator::Other),
        ("!=", Operator::Other),
        ("==", Operator::Same),
        ("=", Operator::Same),
        ("<", Operator::Less),
        (">", Operator::More),
    ],
    sides: Sort::Number,
    whole: Sort::Truth,
    chained: false,
};
const SUM: Level = Level {
    signs: &[("+", Operator::Plus), ("-", Operator::Minus)],
    sides: Sort::Number,
    whole: Sort::Number,
    chained: true,
};
const PRODUCT: Level = Level { signs: &[("*", Operator::Times), ("/", Operator::Over)], ..SUM };

/// The levels of signs between two values; `not` stands between the second and the third.
const LEVELS: [&Level; 5] = [&OR, &AND, &COMPARISON, &SUM, &PRODUCT];
const NOT_BEFORE: usize = 2;

/// The tree of a text that comes to this sort of value.
pub(super) fn read(text: &str, sort: Sort, known: Known<'_>) -> Result<Node, Flaw> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, nodes: 0, depth: 0, known };
    let part = parser.level(0)?;
    let (at, token) = parser.peek();
    if *token != Token::End {
        return Err(Flaw::new(*at, "unexpected", "The formula should have ended here."));
    }
    wants(&part, sort)?;
    Ok(part.node)
}

fn wants(part: &Part, sort: Sort) -> Result<(), Flaw> {
    if part.sort == sort {
        return Ok(());
    }
    let message = match sort {
        Sort::Number => "Here a number is wanted, and not whether something holds.",
        Sort::Truth => "Here a comparison is wanted, such as `gross > 1000`.",
    };
    Err(Flaw::new(part.at, "sort", message))
}

impl Parser<'_> {
    fn peek(&self) -> &(usize, Token) {
        // The end stays the last, however often it is read.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> (usize, Token) {
        let taken = self.peek().clone();
        self.next += 1;
        taken
    }

    /// Takes a sign or a word, if it comes next.
    fn takes(&mut self, wanted: &str) -> bool {
        let comes = match &self.peek().1 {
            Token::Sign(sign) => *sign == wanted,
            Token::Name(name) => WORDS.contains(&wanted) && name == wanted,
            _ => false,
        };
        self.next += usize::from(comes);
        comes
    }

    fn expect(&mut self, sign: &str) -> Result<(), Flaw> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(Flaw::new(self.peek().0, "unexpected", format!("Here `{sign}` is missing.")))
    }

    /// One more part of the tree.
    fn part(&mut self, at: usize, sort: Sort, node: Node) -> Result<Part, Flaw> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("A formula has at most {NODES_MAX} parts: use several rules.");
            return Err(Flaw::new(at, "too_large", message));
        }
        Ok(Part { node, sort, at })
    }

    /// Reads what stands within something else.
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Flaw>) -> Result<T, Flaw> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("At most {DEPTH_MAX} parts stand within each other.");
            return Err(Flaw::new(self.peek().0, "too_deep", message));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn level(&mut self, place: usize) -> Result<Part, Flaw> {
        let Some(level) = LEVELS.get(place) else { return self.signed() };
        let mut left = self.below(place)?;
        while let Some((operator, at)) = self.sign_of(level) {
            wants(&left, level.sides)?;
            let right = self.below(place)?;
            wants(&right, level.sides)?;
            never_zero(operator, &right)?;
            let (begin, right) = (left.at, Box::new(right.node));
            let node = Node::Two(operator, at, Box::new(left.node), right);
            left = self.part(begin, level.whole, node)?;
            if !level.chained {
                break;
            }
        }
        Ok(left)
    }

    fn below(&mut self, place: usize) -> Result<Part, Flaw> {
        if place + 1 == NOT_BEFORE { self.negation() } else { self.level(place + 1) }
    }

    fn sign_of(&mut self, level: &Level) -> Option<(Operator, usize)> {
        let at = self.peek().0;
        let (_, operator) = level.signs.iter().find(|(sign, _)| self.takes(sign))?;
        Some((*operator, at))
    }

    fn negation(&mut self) -> Result<Part, Flaw> {
        let at = self.peek().0;
        if !self.takes("not") {
            return self.level(NOT_BEFORE);
        }
        let inner = self.within(Self::negation)?;
        wants(&inner, Sort::Truth)?;
        self.part(at, Sort::Truth, Node::Not(Box::new(inner.node)))
    }

    fn signed(&mut self) -> Result<Part, Flaw> {
        let at = self.peek().0;
        if self.takes("-") {
            let inner = self.within(Self::signed)?;
            wants(&inner, Sort::Number)?;
            return self.part(at, Sort::Number, Node::Negative(Box::new(inner.node)));
        }
        let value = self.value()?;
        if !self.takes("%") {
            return Ok(value);
        }
        wants(&value, Sort::Number)?;
        self.part(at, Sort::Number, Node::Percent(Box::new(value.node)))
    }

    fn value(&mut self) -> Result<Part, Flaw> {
        let (at, token) = self.take();
        match token {
            Token::Number(number) => self.part(at, Sort::Number, Node::Number(number)),
            Token::Name(name) if self.takes("(") => self.call(at, &name),
            Token::Name(name) => self.name(at, name),
            Token::Sign("(") => {
                let inner = self.within(|parser| parser.level(0))?;
                self.expect(")")?;
                Ok(Part { at, ..inner })
            }
            _ => Err(Flaw::new(at, "unexpected", "Here a number or a name is missing.")),
        }
    }

    fn name(&mut self, at: usize, name: String) -> Result<Part, Flaw> {
        if super::is_word(&name) {
            let message = format!("`{name}` is a word of the language, not a value.");
            return Err(Flaw::new(at, "unexpected", message));
        }
        if let Some((code, message)) = (self.known)(&name) {
            return Err(Flaw::new(at, code, message));
        }
        self.part(at, Sort::Number, Node::Name(name, at))
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Part, Flaw> {
        let unknown = || format!("There is no function `{name}`.");
        let function =
            Function::of(name).ok_or_else(|| Flaw::new(at, "unknown_function", unknown()))?;
        let values = self.within(|parser| parser.values(function))?;
        let (name, wanted) = function.form();
        if !wanted.contains(&values.len()) {
            let (least, most) = (wanted.start(), wanted.end());
            let message = format!("`{name}` takes {least} to {most} values, not {}.", values.len());
            return Err(Flaw::new(at, "values", message));
        }
        self.part(at, Sort::Number, Node::Call(function, at, values))
    }

    /// The values of a function up to the closing parenthesis.
    fn values(&mut self, function: Function) -> Result<Vec<Node>, Flaw> {
        let mut values = Vec::new();
        loop {
            let value = self.level(0)?;
            wants(&value, function.takes(values.len()))?;
            values.push(value.node);
            if !self.takes(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(values)
    }
}

/// What is divided by a zero that stands there is wrong whatever the names stand for.
fn never_zero(operator: Operator, right: &Part) -> Result<(), Flaw> {
    let zero = matches!(&right.node, Node::Number(number) if *number == Decimal::ZERO);
    if operator == Operator::Over && zero {
        return Err(Flaw::new(right.at, "division_by_zero", "Nothing is divided by zero."));
    }
    Ok(())
}
