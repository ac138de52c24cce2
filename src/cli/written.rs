//! How numbers and assignments are written on the command line: as in TOML, where a whole number
//! may also be `1e6`.

/// Threads beyond which a number is taken for a slip.
const MOST_THREADS: u64 = 1024;

/// One `--set`: the dotted path of a key and the TOML value it shall have, both as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// Such as `game.benefit` or `strategy.allc.share`.
    pub(crate) path: String,
    /// Such as `3`, `false` or `"fermi"`, quotes included.
    pub(crate) value: String,
}

/// Reads `PATH=VALUE`. The first `=` outside quotes parts them, since a quoted key may hold one.
pub(crate) fn assignment(text: &str) -> Result<Assignment, String> {
    let mut quote = None;
    let at = text.char_indices().find_map(|(at, letter)| {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '=' => return Some(at),
            _ => {}
        }
        None
    });
    let Some(at) = at else {
        return Err("write PATH=VALUE, such as game.benefit=3".to_owned());
    };
    let (path, value) = (text[..at].trim(), text[at + 1..].trim());
    if path.is_empty() {
        return Err("the path before `=` is missing; write PATH=VALUE, such as game.benefit=3".to_owned());
    }
    if value.is_empty() {
        return Err(format!("the value after `{path}=` is missing; an empty text is written {path}='\"\"'"));
    }
    Ok(Assignment { path: path.to_owned(), value: value.to_owned() })
}

/// Reads a number that counts something: at least 1.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    match whole(text)? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

/// Reads a number of threads: 1 to 1,024.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    let number = count(text)?;
    match usize::try_from(number) {
        Ok(threads) if number <= MOST_THREADS => Ok(threads),
        _ => Err(format!("must be at most {MOST_THREADS}")),
    }
}

/// Reads a whole number from 0 to 2^64 − 1: `1000000`, `1_000_000`, `1e6`, `2.5e3`, `0xff`.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.starts_with('-') {
        return Err("must not be negative".to_owned());
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let digits = without_underscores(digits, radix)?;
            return u64::from_str_radix(&digits, radix).map_err(|_| too_large());
        }
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (text, 0),
    };
    let (before, after) = match mantissa.split_once('.') {
        Some((before, after)) => (before, without_underscores(after, 10)?),
        None => (mantissa, String::new()),
    };
    let digits = without_underscores(before, 10)? + &after;
    scaled(&digits, exponent - i64::try_from(after.len()).unwrap_or(i64::MAX))
}

/// `digits` times ten to the power of `exponent`, exactly.
fn scaled(digits: &str, mut exponent: i64) -> Result<u64, String> {
    let mut digits = digits.trim_start_matches('0');
    while exponent < 0 && !digits.is_empty() {
        digits = digits.strip_suffix('0').ok_or("must be a whole number")?;
        exponent += 1;
    }
    if digits.is_empty() {
        return Ok(0);
    }
    let zeros = u32::try_from(exponent).map_err(|_| too_large())?;
    let scale = 10_u64.checked_pow(zeros).ok_or_else(too_large)?;
    digits.parse::<u64>().ok().and_then(|number| number.checked_mul(scale)).ok_or_else(too_large)
}

fn exponent_of(text: &str) -> Result<i64, String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = without_underscores(digits, 10)?;
    digits.parse::<i32>().map(|power| sign * i64::from(power)).map_err(|_| too_large())
}

/// The digits of `text`; as in TOML an underscore must stand between two of them.
fn without_underscores(text: &str, radix: u32) -> Result<String, String> {
    let whole = || "write a whole number, such as 1_000_000 or 1e6".to_owned();
    let sound =
        text.split('_').all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_digit(radix)));
    if sound { Ok(text.replace('_', "")) } else { Err(whole()) }
}

fn too_large() -> String {
    "is too large; the largest number is 18446744073709551615".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_in_toml_and_in_powers_of_ten() {
        for (text, number) in [
            ("0", 0),
            ("1_000_000", 1_000_000),
            ("+7", 7),
            ("1e6", 1_000_000),
            ("1E+6", 1_000_000),
            ("2.5e3", 2_500),
            ("1_0.5_0e2", 1_050),
            ("30e-1", 3),
            ("12.0", 12),
            ("0.000e99", 0),
            ("0xff_ff", 65_535),
            ("0b101", 5),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(whole(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_whole_number_is_refused() {
        for text in [
            "",
            "_1",
            "1_",
            "1__0",
            "1,000",
            "a",
            "1.5",
            "1e-1",
            "-3",
            "1e20",
            "18446744073709551616",
            "1e999999999999",
            "1.",
            ".5",
            "0x",
            "0xg",
            "e5",
            "1e",
            "nan",
            "1 000",
        ] {
            assert!(whole(text).is_err(), "{text}");
        }
        assert_eq!(whole("1.5").unwrap_err(), "must be a whole number");
        assert_eq!(count("0").unwrap_err(), "must be at least 1");
        assert_eq!(threads("2000").unwrap_err(), "must be at most 1024");
        assert_eq!(threads("1_6"), Ok(16));
    }

    #[test]
    fn an_assignment_is_parted_at_the_first_sign_outside_quotes() {
        let read = |text: &str| assignment(text).map(|set| (set.path, set.value));
        let pair = |path: &str, value: &str| Ok((path.to_owned(), value.to_owned()));
        assert_eq!(read("game.benefit=3"), pair("game.benefit", "3"));
        assert_eq!(read(" strategy.0.share = 0.2 "), pair("strategy.0.share", "0.2"));
        assert_eq!(read("expect.0.metric=\"a == b\""), pair("expect.0.metric", "\"a == b\""));
        assert_eq!(read("trait.\"a=b\".mean=1"), pair("trait.\"a=b\".mean", "1"));
        for wrong in ["game.benefit", "=3", "game.benefit=", "\"a=b\""] {
            assert!(assignment(wrong).is_err(), "{wrong}");
        }
    }
}
