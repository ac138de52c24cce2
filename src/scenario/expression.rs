//! Expressions: one grammar for `metric`, `where`, `until` and `when`.
//!
//! Loosest first: `or`, `and`, `not`, one comparison (`<` `<=` `==` `!=` `>=` `>`), `+ -`, `* /`, sign, `^` (to the
//! right, so `-2^2` is -4). Names are paths (`share_c`, `game.rates.0`), numbers are TOML's, and the functions are
//! `abs` `sqrt` `ln` `exp`, `min` and `max` of two or more, and `if(condition, then, else)`.
//! A metric may also be `first_tick(condition)`, a time; it stands alone because it speaks of a whole run.
//!
//! Every value is an `f64`. A condition is 1 or 0, and any number but 0 holds. NaN is a missing value: whatever is
//! computed from it is missing too, comparisons, `and`, `or`, `min`, `max` and the condition of `if` included, except
//! that `if` looks only at the branch it takes.

mod parse;
mod token;

use crate::math::{exp, ln, pow};
use parse::Parser;
use std::fmt;
use std::ops::Range;

/// Bytes of the longest expression that is read; the longest of the known worlds has 70.
pub const MAX_LENGTH: usize = 4096;
/// How deep brackets, signs, `not` and powers may nest.
pub const MAX_DEPTH: usize = 48;
/// Numbers that wait for an operator at one time; evaluation keeps them in an array of this size.
const MAX_STACK: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Number(f64),
    Name(u16),
    Negate,
    Not,
    Abs,
    Sqrt,
    Ln,
    Exp,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Equal,
    Unequal,
    GreaterOrEqual,
    Greater,
    And,
    Or,
    Min,
    Max,
    If,
}

impl Step {
    /// How many values the step takes away and how many it leaves.
    const fn appetite(self) -> (usize, usize) {
        match self {
            Step::Number(_) | Step::Name(_) => (0, 1),
            Step::Negate | Step::Not | Step::Abs | Step::Sqrt | Step::Ln | Step::Exp => (1, 1),
            Step::If => (3, 1),
            _ => (2, 1),
        }
    }
}

/// A parsed expression: its text, its names and a flat program over a small stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: Box<str>,
    names: Box<[Range<usize>]>,
    program: Box<[Step]>,
    first_tick: bool,
}

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// Bytes of the text that the message speaks of; empty only where the text is.
    pub at: Range<usize>,
    /// What is wrong.
    pub says: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.says, self.help)
    }
}

impl std::error::Error for ExpressionError {}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expression {
    /// Reads a condition or a number, as `where`, `until` and `when` want it.
    ///
    /// # Errors
    /// Where the text does not follow the grammar, is longer than [`MAX_LENGTH`], nests deeper than [`MAX_DEPTH`], or
    /// asks for `first_tick`, which is a metric only.
    pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
        Parser::new(text)?.whole(false)
    }

    /// Reads a metric: an expression, or `first_tick(condition)` around one.
    ///
    /// # Errors
    /// As [`Expression::parse`].
    pub fn parse_metric(text: &str) -> Result<Expression, ExpressionError> {
        Parser::new(text)?.whole(true)
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables in order of first appearance, each once, with the bytes where it first stands.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        self.names.iter().map(|at| (&self.text[at.clone()], at.clone())).collect()
    }

    /// The name, where the expression is nothing else.
    pub fn is_name(&self) -> Option<&str> {
        match (&*self.program, self.first_tick) {
            ([Step::Name(_)], false) => Some(&self.text[self.names[0].clone()]),
            _ => None,
        }
    }

    /// Whether this is `first_tick(condition)`: the first recorded tick at which the condition holds in a group.
    /// [`Expression::evaluate`] then gives the condition; the tick is the caller's to remember.
    pub fn is_first_tick(&self) -> bool {
        self.first_tick
    }

    /// The value, given each variable by its index in [`Expression::names`]; a missing value is NaN.
    pub fn evaluate(&self, value: &mut dyn FnMut(usize) -> f64) -> f64 {
        let mut stack = [0.0; MAX_STACK];
        let mut top = 0;
        for step in &self.program {
            let result = match *step {
                Step::Number(number) => number,
                Step::Name(index) => value(usize::from(index)),
                step => {
                    top -= step.appetite().0;
                    apply(step, &stack[top..])
                }
            };
            stack[top] = result;
            top += 1;
        }
        stack[0]
    }
}

/// Whether a value counts as true: any number but 0. A missing value does not hold.
pub fn holds(value: f64) -> bool {
    value != 0.0 && !value.is_nan()
}

fn truth(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// One operator on its operands, which lie at the start of `v` in the order in which they were written.
fn apply(step: Step, v: &[f64]) -> f64 {
    match step {
        Step::Negate => return -v[0],
        Step::Abs => return v[0].abs(),
        Step::Sqrt => return v[0].sqrt(),
        Step::Ln => return ln(v[0]),
        Step::Exp => return exp(v[0]),
        Step::Not if v[0].is_nan() => return f64::NAN,
        Step::Not => return truth(v[0] == 0.0),
        Step::If if v[0].is_nan() => return f64::NAN,
        Step::If => return if v[0] == 0.0 { v[2] } else { v[1] },
        _ => {}
    }
    let (a, b) = (v[0], v[1]);
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    match step {
        Step::Add => a + b,
        Step::Subtract => a - b,
        Step::Multiply => a * b,
        Step::Divide => a / b,
        Step::Power => pow(a, b),
        Step::Less => truth(a < b),
        Step::LessOrEqual => truth(a <= b),
        Step::Equal => truth(a == b),
        Step::Unequal => truth(a != b),
        Step::GreaterOrEqual => truth(a >= b),
        Step::Greater => truth(a > b),
        Step::And => truth(a != 0.0 && b != 0.0),
        Step::Or => truth(a != 0.0 || b != 0.0),
        Step::Min => a.min(b),
        Step::Max => a.max(b),
        _ => unreachable!("{step:?} was answered above"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The value of a text in which `a` is 2, `b` is 3, `none` is missing and any other name is 10.
    fn value(text: &str) -> f64 {
        let expression = Expression::parse(text).unwrap();
        let names: Vec<String> = expression.names().iter().map(|(name, _)| (*name).to_string()).collect();
        expression.evaluate(&mut |i| match names[i].as_str() {
            "a" => 2.0,
            "b" => 3.0,
            "none" => f64::NAN,
            _ => 10.0,
        })
    }

    fn error(text: &str) -> (String, String, String) {
        let error = Expression::parse(text).unwrap_err();
        (text[error.at].to_string(), error.says, error.help)
    }

    #[test]
    fn operators_bind_as_in_mathematics() {
        let cases = [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("7 - 2 - 1", 4.0),
            ("8 / 4 / 2", 1.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ -1", 0.5),
            ("2 ^ 3 ^ 2", 512.0),
            ("- - 2", 2.0),
            ("+2", 2.0),
            ("2 * -a", -4.0),
            ("1_000 + .5 + 1e-1", 1000.6),
            ("6/7 * 7", 6.0),
        ];
        for (text, expected) in cases {
            let got = value(text);
            assert!((got - expected).abs() < 1e-12, "{text} gave {got}");
        }
    }

    #[test]
    fn conditions_are_one_or_zero_and_bind_looser_than_sums() {
        let cases = [
            ("a + 1 == b", 1.0),
            ("a != 2", 0.0),
            ("a < 2 or b >= 3", 1.0),
            ("a <= 2 and b > 3", 0.0),
            ("not a > 2 and b == 3", 1.0),
            ("not not a", 1.0),
            ("1 or 0 and 0", 1.0),
            ("(a >= 6/7) * (b <= 1/7)", 0.0),
            ("if(a < b, 5, 6) + 1", 6.0),
            ("min(b, a, 7) + max(1, b, a)", 5.0),
            ("abs(a - b) + sqrt(4)", 3.0),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn logarithm_exponential_and_power_agree() {
        assert!((value("exp(ln(a) * 0.5) - a ^ 0.5")).abs() < 1e-14);
    }

    #[test]
    fn whatever_is_computed_from_a_missing_value_is_missing() {
        for text in [
            "none",
            "none + 1",
            "none < 1",
            "none == none",
            "none or 1",
            "0 and none",
            "not none",
            "min(none, 1)",
            "max(1, none)",
            "if(none, 1, 2)",
            "none ^ 0",
            "abs(none)",
        ] {
            assert!(value(text).is_nan(), "{text}");
        }
        assert_eq!(value("if(1, 2, none)"), 2.0);
        assert!(!holds(f64::NAN) && !holds(0.0) && holds(-0.5));
    }

    #[test]
    fn names_stand_once_in_order_with_their_first_place() {
        let expression = Expression::parse("game.rates.0 * share_c + share_c / group_size").unwrap();
        let expected = [("game.rates.0", 0..12), ("share_c", 15..22), ("group_size", 35..45)];
        assert_eq!(expression.names(), expected);
        assert_eq!(expression.is_name(), None);
        assert_eq!(Expression::parse(" fixed_c ").unwrap().is_name(), Some("fixed_c"));
        assert_eq!(expression.to_string(), "game.rates.0 * share_c + share_c / group_size");
    }

    #[test]
    fn first_tick_is_a_whole_metric_and_gives_its_condition() {
        let metric = Expression::parse_metric("first_tick(ever >= 0.85)").unwrap();
        assert!(metric.is_first_tick());
        assert_eq!(metric.names()[0].0, "ever");
        assert_eq!(metric.evaluate(&mut |_| 0.9), 1.0);
        assert_eq!(metric.is_name(), None);
        for text in ["first_tick(a) + 1", "2 * first_tick(a)", "first_tick a", "first_tick()"] {
            assert!(Expression::parse_metric(text).is_err(), "{text}");
        }
        assert_eq!(error("first_tick(a)").1, "`first_tick` is a metric of its own");
    }

    #[test]
    fn errors_point_at_the_place_and_say_what_to_write() {
        let cases = [
            ("", "", "ends", "write a number"),
            ("a + ", "+", "ends", "write a number"),
            ("a = 2", "=", "does not compare", "`==`"),
            ("(a = 2)", "=", "does not compare", "`==`"),
            ("a < b < c", "<", "chained", "a < b and b < c"),
            ("a && b", "&&", "not known", "write and"),
            ("!a", "!", "not known", "write not"),
            ("5 %", "%", "not known", "fraction"),
            ("a ** 2", "*", "cannot stand", "`^` for a power"),
            ("2x", "2x", "is not a number", "2 * x"),
            ("1.2.3", "1.2.3", "is not a number", "0.5"),
            ("1e999", "1e999", "too large", "1.7e308"),
            ("sin(a)", "sin", "no function", "sqrt"),
            ("share_c(2)", "share_c", "no function", "product"),
            ("sqrt a", "a", "cannot stand where `(`", "sqrt(x)"),
            ("min(a)", "min", "too few arguments", "min(a, b)"),
            ("abs(a, b)", "abs", "too many arguments", "abs(x)"),
            ("if(a, b)", "if", "too few arguments", "if(condition, then, else)"),
            ("(a + b", "b", "ends where `)`", "write it"),
            ("a + b)", ")", "after a complete", "operator"),
            ("a b", "b", "after a complete", "operator"),
            ("and a", "and", "cannot stand", "on each side"),
            ("a..b", "a..b", "missing", "one dot"),
            ("géant", "é", "no meaning", "write numbers"),
        ];
        for (text, place, says, help) in cases {
            let error = error(text);
            assert_eq!(error.0, place, "{text}: {error:?}");
            assert!(error.1.contains(says), "{text}: {error:?}");
            assert!(error.2.contains(help), "{text}: {error:?}");
        }
    }

    #[test]
    fn depth_and_length_have_limits() {
        let nested = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(value(&nested(MAX_DEPTH)), 2.0);
        for text in [
            nested(MAX_DEPTH + 1),
            nested(2000),
            "-".repeat(4000),
            "not ".repeat(1000),
            format!("a{}", "^a".repeat(1000)),
            format!("{}1{}", "0 or 1 and 1 == 1 + 1 * 1 ^ (".repeat(20), ")".repeat(20)),
        ] {
            assert!(error(&text).1.contains("deeper"), "{text}");
        }
        assert!(error(&"a+".repeat(3000)).1.contains("6000 bytes"));
        let wide = format!("max(0{})", ", 1".repeat(1000));
        assert_eq!(value(&wide), 1.0);
    }

    /// Texts of the grammar's own pieces, which reach deeper into the parser than random characters do.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "b.c",
            "1",
            "2.5",
            "+",
            "-",
            "*",
            "/",
            "^",
            "(",
            ")",
            ",",
            "<",
            "<=",
            "==",
            "!=",
            "and",
            "or",
            "not",
            "if(",
            "min(",
            "abs",
            "first_tick(",
            "=",
            "é",
            " ",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|parts| parts.join(" "))
    }

    fn never_panics(text: &str) -> Result<(), TestCaseError> {
        for parsed in [Expression::parse(text), Expression::parse_metric(text)] {
            match parsed {
                Ok(expression) => {
                    expression.evaluate(&mut |_| 1.5);
                }
                Err(error) => {
                    prop_assert!(text.get(error.at.clone()).is_some(), "{error:?}");
                    prop_assert!(error.at.is_empty() == text.trim_ascii().is_empty(), "{error:?}");
                }
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn random_characters_never_panic(text in "\\PC{0,60}") {
            never_panics(&text)?;
        }

        #[test]
        fn random_pieces_never_panic(text in pieces()) {
            never_panics(&text)?;
        }

        #[test]
        fn sums_of_products_agree_with_rust(x in -9i32..9, y in -9i32..9, z in 1i32..9) {
            let text = format!("{x} + {y} * {z} - {x} / {z}");
            let expected = f64::from(x) + f64::from(y) * f64::from(z) - f64::from(x) / f64::from(z);
            prop_assert_eq!(value(&text), expected);
        }
    }
}
