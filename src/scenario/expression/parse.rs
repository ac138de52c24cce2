//! The parser of expressions: a level of the grammar a function, steps written out as they are complete.

use super::token::{Token, token_at, wrong};
use super::{Expression, ExpressionError, MAX_DEPTH, MAX_LENGTH, MAX_STACK, Step};
use std::ops::Range;

const FUNCTIONS: [&str; 7] = ["abs", "min", "max", "sqrt", "ln", "exp", "if"];

pub(super) struct Parser<'t> {
    text: &'t str,
    token: Token,
    at: Range<usize>,
    names: Vec<Range<usize>>,
    program: Vec<Step>,
    depth: usize,
    height: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Result<Parser<'t>, ExpressionError> {
        if text.len() > MAX_LENGTH {
            let says = format!("this expression has {} bytes", text.len());
            let help = format!("write at most {MAX_LENGTH}, in several metrics if need be");
            return Err(wrong(0..text.len(), says, help));
        }
        let mut parser = Parser {
            text,
            token: Token::End,
            at: 0..0,
            names: Vec::new(),
            program: Vec::new(),
            depth: 0,
            height: 0,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn advance(&mut self) -> Result<(), ExpressionError> {
        let rest = &self.text[self.at.end..];
        let start = self.text.len() - rest.trim_ascii_start().len();
        (self.token, self.at) = token_at(self.text, start)?;
        Ok(())
    }

    fn word(&self) -> &'t str {
        &self.text[self.at.clone()]
    }

    pub(super) fn whole(mut self, metric: bool) -> Result<Expression, ExpressionError> {
        let first_tick = metric && self.word() == "first_tick";
        if first_tick {
            self.advance()?;
            self.expect_symbol("(", "first_tick(infected > 0.5)")?;
            self.disjunction()?;
            self.expect_symbol(")", "first_tick(infected > 0.5)")?;
        } else {
            self.disjunction()?;
        }
        match self.token {
            Token::End => {}
            _ if first_tick => {
                let help = "write `first_tick(…)` alone; it is a time, one for each group";
                return Err(self.unexpected("after first_tick( )", help));
            }
            Token::Symbol("=") => {
                return Err(wrong(self.at, "`=` does not compare", "write `==`, `<=` or `>=`"));
            }
            Token::Symbol("<" | "<=" | "==" | "!=" | ">=" | ">") => {
                let help = "write `a < b and b < c`";
                return Err(wrong(self.at, "comparisons cannot be chained", help));
            }
            _ => {
                let help = "write an operator between the two, or close a bracket that was opened";
                return Err(self.unexpected("after a complete expression", help));
            }
        }
        Ok(Expression {
            text: self.text.into(),
            names: self.names.into(),
            program: self.program.into(),
            first_tick,
        })
    }

    /// An error at the current token; at the end of the text it points at the last character.
    fn unexpected(&self, place: &str, help: &str) -> ExpressionError {
        if self.token == Token::End {
            let last = self.text.trim_ascii_end();
            let start = last.char_indices().next_back().map_or(0, |(i, _)| i);
            return wrong(start..last.len(), format!("the expression ends {place}"), help);
        }
        wrong(self.at.clone(), format!("`{}` cannot stand {place}", self.word()), help)
    }

    fn expect_symbol(&mut self, symbol: &str, example: &str) -> Result<(), ExpressionError> {
        if self.token == Token::Symbol("=") {
            return Err(wrong(self.at.clone(), "`=` does not compare", "write `==`, `<=` or `>=`"));
        }
        if self.word() == symbol {
            return self.advance();
        }
        let place = format!("where `{symbol}` is due");
        Err(self.unexpected(&place, &format!("write it as in `{example}`")))
    }

    /// Adds a step and refuses a program that would need a higher stack than evaluation has.
    fn emit(&mut self, step: Step, at: Range<usize>) -> Result<(), ExpressionError> {
        let (takes, leaves) = step.appetite();
        self.height = self.height - takes + leaves;
        if self.height > MAX_STACK {
            return Err(too_deep(at));
        }
        self.program.push(step);
        Ok(())
    }

    /// Runs `inner` one level deeper; every recursion of the grammar goes through here.
    fn deeper(&mut self, inner: fn(&mut Self) -> Result<(), ExpressionError>) -> Result<(), ExpressionError> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep(self.at.clone()));
        }
        self.depth += 1;
        inner(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// A level of operators that group to the left.
    fn leftward(
        &mut self,
        operators: &[(&str, Step)],
        next: fn(&mut Self) -> Result<(), ExpressionError>,
    ) -> Result<(), ExpressionError> {
        next(self)?;
        while let Some((_, step)) = operators.iter().find(|(name, _)| *name == self.word()) {
            let at = self.at.clone();
            self.advance()?;
            next(self)?;
            self.emit(*step, at)?;
        }
        Ok(())
    }

    fn disjunction(&mut self) -> Result<(), ExpressionError> {
        self.leftward(&[("or", Step::Or)], Self::conjunction)
    }

    fn conjunction(&mut self) -> Result<(), ExpressionError> {
        self.leftward(&[("and", Step::And)], Self::negation)
    }

    fn negation(&mut self) -> Result<(), ExpressionError> {
        if self.word() != "not" {
            return self.comparison();
        }
        let at = self.at.clone();
        self.advance()?;
        self.deeper(Self::negation)?;
        self.emit(Step::Not, at)
    }

    fn comparison(&mut self) -> Result<(), ExpressionError> {
        self.sum()?;
        let step = match self.word() {
            "<" => Step::Less,
            "<=" => Step::LessOrEqual,
            "==" => Step::Equal,
            "!=" => Step::Unequal,
            ">=" => Step::GreaterOrEqual,
            ">" => Step::Greater,
            _ => return Ok(()),
        };
        let at = self.at.clone();
        self.advance()?;
        self.sum()?;
        self.emit(step, at)
    }

    fn sum(&mut self) -> Result<(), ExpressionError> {
        self.leftward(&[("+", Step::Add), ("-", Step::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<(), ExpressionError> {
        self.leftward(&[("*", Step::Multiply), ("/", Step::Divide)], Self::signed)
    }

    fn signed(&mut self) -> Result<(), ExpressionError> {
        let at = self.at.clone();
        match self.word() {
            "-" => {
                self.advance()?;
                self.deeper(Self::signed)?;
                self.emit(Step::Negate, at)
            }
            "+" => {
                self.advance()?;
                self.deeper(Self::signed)
            }
            _ => self.power(),
        }
    }

    fn power(&mut self) -> Result<(), ExpressionError> {
        self.atom()?;
        if self.word() != "^" {
            return Ok(());
        }
        let at = self.at.clone();
        self.advance()?;
        self.deeper(Self::signed)?;
        self.emit(Step::Power, at)
    }

    fn atom(&mut self) -> Result<(), ExpressionError> {
        let at = self.at.clone();
        match self.token {
            Token::Number(number) => {
                self.advance()?;
                self.emit(Step::Number(number), at)
            }
            Token::Symbol("(") => {
                self.advance()?;
                self.deeper(Self::disjunction)?;
                self.expect_symbol(")", "2 * (a + b)")
            }
            Token::Name => self.named(at),
            Token::Symbol("*") => {
                let help = "write `^` for a power, and a number or a name on each side of `*`";
                Err(self.unexpected("where a number or a name is due", help))
            }
            Token::Symbol("=") => Err(wrong(
                at,
                "`=` cannot stand here",
                "write `==` to compare, `<=` and `>=` with the `=` behind",
            )),
            Token::Symbol(_) | Token::End => {
                let help = "write a number, a name, or an expression in ( )";
                Err(self.unexpected("where a number or a name is due", help))
            }
        }
    }

    fn named(&mut self, at: Range<usize>) -> Result<(), ExpressionError> {
        let name = self.word();
        match name {
            "and" | "or" | "not" => {
                let help = "write a condition on each side, as in `a > 1 and not b > 2`";
                return Err(self.unexpected("where a number or a name is due", help));
            }
            "first_tick" => {
                let help = "write `metric = \"first_tick(condition)\"`, with nothing around it";
                return Err(wrong(at, "`first_tick` is a metric of its own", help));
            }
            _ => {}
        }
        self.advance()?;
        if FUNCTIONS.contains(&name) {
            return self.function(name, at);
        }
        if self.token == Token::Symbol("(") {
            let says = format!("no function is called `{name}`");
            let help = format!("write one of {}, or `*` for a product", FUNCTIONS.join(", "));
            return Err(wrong(at, says, help));
        }
        let known = self.names.iter().position(|r| self.text[r.clone()] == *name);
        let index = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(at.clone());
        }
        let index = u16::try_from(index).expect("a text of MAX_LENGTH bytes has fewer names");
        self.emit(Step::Name(index), at)
    }

    fn function(&mut self, name: &str, at: Range<usize>) -> Result<(), ExpressionError> {
        let (step, least, most, example) = match name {
            "abs" => (Step::Abs, 1, 1, "abs(x)"),
            "sqrt" => (Step::Sqrt, 1, 1, "sqrt(x)"),
            "ln" => (Step::Ln, 1, 1, "ln(x)"),
            "exp" => (Step::Exp, 1, 1, "exp(x)"),
            "min" => (Step::Min, 2, usize::MAX, "min(a, b)"),
            "max" => (Step::Max, 2, usize::MAX, "max(a, b)"),
            _ => (Step::If, 3, 3, "if(condition, then, else)"),
        };
        self.expect_symbol("(", example)?;
        let mut given = 0;
        loop {
            self.deeper(Self::disjunction)?;
            given += 1;
            if given > most {
                break;
            }
            // `min` and `max` fold as they go, so that many arguments need no more stack than two.
            if given > 1 && most > 3 {
                self.emit(step, at.clone())?;
            }
            if self.token != Token::Symbol(",") {
                break;
            }
            self.advance()?;
        }
        if given < least || given > most {
            let count = if given < least { "few" } else { "many" };
            let says = format!("`{name}` is given too {count} arguments");
            return Err(wrong(at, says, format!("write `{example}`")));
        }
        self.expect_symbol(")", example)?;
        if most <= 3 {
            self.emit(step, at)?;
        }
        Ok(())
    }
}

fn too_deep(at: Range<usize>) -> ExpressionError {
    let says = format!("this expression nests deeper than {MAX_DEPTH} levels");
    wrong(at, says, "write it with fewer brackets, or as several metrics")
}
