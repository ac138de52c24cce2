//! Tokens of expressions, and what is said about characters that are none.

use super::ExpressionError;
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name,
    Symbol(&'static str),
    End,
}

/// Two-letter symbols come first so that `<=` is not read as `<`.
const SYMBOLS: [&str; 15] = ["<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "="];

/// What people write in other languages, and what is written here.
const FOREIGN: [(&str, &str); 6] =
    [("&&", "and"), ("&", "and"), ("||", "or"), ("|", "or"), ("!", "not"), ("%", "a fraction such as 0.05")];

pub(super) fn wrong(at: Range<usize>, says: impl Into<String>, help: impl Into<String>) -> ExpressionError {
    ExpressionError { at, says: says.into(), help: help.into() }
}

/// Reads one token that starts at byte `start`, which is not a blank.
pub(super) fn token_at(text: &str, start: usize) -> Result<(Token, Range<usize>), ExpressionError> {
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else {
        return Ok((Token::End, start..start));
    };
    if first.is_ascii_digit() || first == '.' {
        return number_at(text, start);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let at = start..start + length;
        if rest[..length].ends_with('.') || rest[..length].contains("..") {
            let help = "write the parts of a path with one dot between them, as in `game.rates.0`";
            return Err(wrong(at, "a part of this path is missing", help));
        }
        return Ok((Token::Name, at));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok((Token::Symbol(symbol), start..start + symbol.len()));
    }
    for (theirs, ours) in FOREIGN {
        if rest.starts_with(theirs) {
            let at = start..start + theirs.len();
            return Err(wrong(at, format!("`{theirs}` is not known here"), format!("write {ours}")));
        }
    }
    let at = start..start + first.len_utf8();
    let says = format!("the character `{}` has no meaning here", first.escape_default());
    Err(wrong(at, says, "write numbers, names, + - * / ^ ( ), comparisons, and, or, not"))
}

fn number_at(text: &str, start: usize) -> Result<(Token, Range<usize>), ExpressionError> {
    let bytes = &text.as_bytes()[start..];
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(|c| c.is_ascii_digit() || *c == b'_') {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = digits(end + 1 + sign);
    }
    // Letters that touch the number belong to the mistake: `2x`, `1.2.3`.
    let stray = |c: &u8| c.is_ascii_alphanumeric() || *c == b'.' || *c == b'_';
    end += bytes[end..].iter().take_while(|c| stray(c)).count();
    let at = start..start + end;
    let written = &text[at.clone()];
    let plain: String = written.chars().filter(|c| *c != '_').collect();
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Token::Number(number), at)),
        Ok(_) => Err(wrong(
            at,
            format!("{written} is too large for a 64-bit float"),
            "write a number below 1.7e308",
        )),
        Err(_) => Err(wrong(
            at,
            format!("`{written}` is not a number"),
            "write numbers as in 12, 0.5, 1_000 or 1e-9, and `2 * x` for a product",
        )),
    }
}
