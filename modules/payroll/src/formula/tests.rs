use super::*;

fn scope() -> Scope {
    let values = [("wage", "3000"), ("gross", "3200.50"), ("due_days", "21"), ("nothing", "0")];
    values
        .map(|(name, value)| (name.to_owned(), value.parse().expect("a decimal")))
        .into_iter()
        .collect()
}

fn known(name: &str) -> Option<(&'static str, String)> {
    let there = scope().contains_key(name);
    (!there).then(|| ("unknown_name", format!("Nothing is known of `{name}`.")))
}

fn read(text: &str) -> Result<Formula, Flaw> {
    Formula::read(text, Sort::Number, &known)
}

fn value(text: &str) -> Result<Decimal, Flaw> {
    read(text)?.value(&scope())
}

fn holds(text: &str) -> bool {
    let formula = Formula::read(text, Sort::Truth, &known).expect("a condition");
    formula.holds(&scope()).expect("a value")
}

#[test]
fn formulas_come_to_what_a_pocket_calculator_says() {
    for (text, result) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("12 / 3 / 2", "2"),
        ("-2 * -3", "6"),
        ("--5", "5"),
        ("2 - -3", "5"),
        (".5 + 0.25", "0.75"),
        ("20%", "0.2"),
        ("wage * 9.3%", "279"),
        ("(10 + 10)%", "0.2"),
        ("0.1 + 0.2", "0.3"),
        ("wage / due_days * due_days - wage", "0"),
        ("if(gross > 3000, gross * 10%, 0)", "320.05"),
        ("if(nothing = 0, 1, wage / nothing)", "1"),
        ("min(wage, gross, 100)", "100"),
        ("max(0, wage - gross)", "0"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.5)", "-3"),
        ("floor(2.9) + ceil(2.1)", "5"),
        ("abs(wage - gross)", "200.5"),
        ("if(wage >= 3000 and not (gross < 1 or due_days = 0), 1, 2)", "1"),
    ] {
        let found = value(text).unwrap_or_else(|flaw| panic!("{text}: {flaw}"));
        assert_eq!(found.round_dp(20).normalize(), result.parse().expect("a decimal"), "{text}");
    }
}

#[test]
fn conditions_hold_or_do_not() {
    for text in ["wage <> gross", "wage != gross", "1 <= 1", "2 >= 1 and 1 < 2", "1 = 2 or 1 == 1"]
    {
        assert!(holds(text), "{text}");
    }
    for text in ["not 1 = 1", "1 > 1", "wage < 0 or nothing > 0", "1 < 2 and 2 < 1"] {
        assert!(!holds(text), "{text}");
    }
    assert!(holds("nothing <> 0 and wage / nothing > 1 or wage > 0"), "the rest is left alone");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, at, code) in [
        ("", 1, "unexpected"),
        ("1 +", 4, "unexpected"),
        ("(1 + 2", 7, "unexpected"),
        ("1 2", 3, "unexpected"),
        ("1)", 2, "unexpected"),
        ("wage * bonus", 8, "unknown_name"),
        ("sqrt(4)", 1, "unknown_function"),
        ("min(1)", 1, "values"),
        ("if(1, 2, 3)", 4, "sort"),
        ("1 + (wage > 2)", 5, "sort"),
        ("wage > 2", 1, "sort"),
        ("1 < 2 < 3", 7, "unexpected"),
        ("wage / 0", 8, "division_by_zero"),
        ("wage / 0.00", 8, "division_by_zero"),
        ("3 # 4", 3, "unknown_sign"),
        ("1.2.3", 1, "number"),
        ("999999999999999999999", 1, "number"),
        ("if + 1", 1, "unexpected"),
        ("WAGE", 1, "unknown_name"),
        ("é", 1, "unknown_sign"),
    ] {
        let flaw = read(text).expect_err(text);
        assert_eq!((flaw.at, flaw.code), (at, code), "{text}: {flaw}");
    }
}

#[test]
fn what_goes_wrong_while_computing_is_said_with_its_place() {
    for (text, at, code) in [
        ("1 + wage / nothing", 10, "division_by_zero"),
        ("99999999999999999999 * 99999999999999999999", 22, "too_large"),
        ("round(1, 0.5)", 1, "digits"),
        ("round(1, 99)", 1, "digits"),
        ("round(1, -1)", 1, "digits"),
    ] {
        let flaw = value(text).expect_err(text);
        assert_eq!((flaw.at, flaw.code), (at, code), "{text}: {flaw}");
    }
    let formula = read("wage").expect("a formula");
    assert_eq!(formula.value(&Scope::new()).expect_err("no scope").code, "unknown_name");
}

#[test]
fn size_and_depth_are_bounded() {
    let code = |text: &str| read(text).expect_err("too much").code;
    assert_eq!(code(&"1".repeat(LENGTH_MAX + 1)), "too_long");
    assert_eq!(code(&format!("1{}", "+1".repeat(NODES_MAX))), "too_large");
    for deep in ["(", "-", "min(", "1+("] {
        assert_eq!(code(&deep.repeat(DEPTH_MAX + 1)), "too_deep", "{deep}");
    }
    let condition = "not ".repeat(DEPTH_MAX + 1);
    assert_eq!(code(&condition), "too_deep");
    let most = format!("{}1{}", "(".repeat(DEPTH_MAX), ")".repeat(DEPTH_MAX));
    assert_eq!(value(&most).map(|one| one.to_string()), Ok("1".into()));
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is small")
    }
}

const PIECES: [&str; 34] = [
    "1",
    "0",
    "0.5",
    "99999999999999999999",
    "wage",
    "gross",
    "nothing",
    "tax",
    "+",
    "-",
    "*",
    "/",
    "(",
    ")",
    ",",
    "%",
    "<",
    ">=",
    "=",
    "<>",
    "and",
    "or",
    "not",
    "if(",
    "min(",
    "max(",
    "round(",
    "floor(",
    "abs(",
    " ",
    ".",
    "é",
    "\u{0}",
    "💶",
];

#[test]
fn no_text_whatever_makes_it_panic() {
    let (mut dice, mut computed) = (Dice(0x9E37_79B9_7F4A_7C15), 0);
    for _ in 0..60_000 {
        let length = 1 + dice.below(12);
        let text: String = (0..length).map(|_| PIECES[dice.below(PIECES.len())]).collect();
        for sort in [Sort::Number, Sort::Truth] {
            match Formula::read(&text, sort, &known) {
                Ok(formula) => computed += usize::from(formula.value(&scope()).is_ok()),
                Err(flaw) => assert!((1..=text.chars().count() + 1).contains(&flaw.at), "{text}"),
            }
        }
    }
    assert!(computed > 1000, "only {computed} were formulas");
}

#[test]
fn sums_and_differences_are_exact() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for _ in 0..2000 {
        let cents = [dice.below(1_000_000_000), dice.below(1_000_000_000)].map(|n| n as i64);
        let [a, b] = cents.map(|cents| Decimal::new(cents, 2));
        assert_eq!(value(&format!("{a} + {b} - {a} - {b}")), Ok(Decimal::ZERO));
        assert_eq!(value(&format!("{a} - {b}")), Ok(Decimal::new(cents[0] - cents[1], 2)));
    }
}
