//! A small picture of numbers over time, in characters.
//!
//! One series is drawn finely, as the range of its values in each column of dots (braille). Several
//! share the picture, each with a mark of its own. Where the terminal cannot show such characters,
//! letters and signs of ASCII take their place.

/// Numbers over time, in rising order of ticks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Tick and value; values that are not finite leave a gap.
    pub(crate) points: Vec<(u64, f64)>,
}

/// How a picture shall look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// Columns of the whole picture, labels included.
    pub(crate) width: usize,
    /// Rows of the picture without the axis.
    pub(crate) height: usize,
    /// Whether only ASCII can be shown.
    pub(crate) ascii: bool,
}

/// Columns where nothing is known of the terminal.
const USUAL_WIDTH: usize = 72;
/// Wider pictures are no clearer.
const MOST_WIDTH: usize = 110;
const LEAST_WIDTH: usize = 30;
/// Odd, so that the middle has a row and a label.
const USUAL_HEIGHT: usize = 9;
const MARKS: [char; 6] = ['●', '○', '▲', '△', '■', '□'];
const ASCII_MARKS: [char; 6] = ['*', 'o', '+', 'x', '#', '@'];
/// The bits of a braille character, by row and column of its dots.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Look {
    /// What fits the terminal that stdout is, or 72 columns where it is none.
    pub(crate) fn of_terminal() -> Self {
        let width =
            console::Term::stdout().size_checked().map_or(USUAL_WIDTH, |(_, columns)| usize::from(columns));
        let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = of("LC_ALL").or_else(|| of("LC_CTYPE")).or_else(|| of("LANG"));
        Self {
            width: width.clamp(LEAST_WIDTH, MOST_WIDTH),
            height: USUAL_HEIGHT,
            ascii: plain(of("TERM").as_deref(), locale.as_deref()),
        }
    }
}

/// Whether a terminal of this kind and locale shows ASCII only. A locale that nobody set is taken
/// for UTF-8 on Windows alone.
fn plain(term: Option<&str>, locale: Option<&str>) -> bool {
    let utf8 = locale.map_or(cfg!(windows), |locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    term == Some("dumb") || !utf8
}

/// Draws `series` into one picture; empty where there is nothing to draw.
pub(crate) fn draw(series: &[Series], look: Look) -> String {
    let Some(frame) = Frame::around(series, look) else {
        return String::new();
    };
    let rows = match series {
        [one] if !look.ascii => fine(&frame, one),
        _ => marked(&frame, series, if look.ascii { &ASCII_MARKS } else { &MARKS }),
    };
    let mut text = frame.with_axes(&rows);
    if series.len() > 1 {
        text.push_str(&frame.legend(series));
    }
    text
}

/// What all series of a picture share.
struct Frame {
    look: Look,
    /// Columns of characters right of the vertical axis.
    columns: usize,
    ticks: (u64, u64),
    values: (f64, f64),
    labels: [String; 3],
    label_width: usize,
}

impl Frame {
    fn around(series: &[Series], look: Look) -> Option<Self> {
        let sound = || series.iter().flat_map(|one| &one.points).filter(|(_, value)| value.is_finite());
        let ticks = (sound().map(|p| p.0).min()?, sound().map(|p| p.0).max()?);
        let low = sound().map(|p| p.1).fold(f64::INFINITY, f64::min);
        let high = sound().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        // Shares are easier to compare when every picture has the same scale.
        let values = match (low, high) {
            _ if low >= 0.0 && high <= 1.0 => (0.0, 1.0),
            _ if low < high => (low, high),
            _ => (low - 1.0, high + 1.0),
        };
        let (bottom, top) = values;
        let labels = [top, bottom / 2.0 + top / 2.0, bottom].map(|value| number(value, top - bottom));
        let label_width = labels.iter().map(String::len).max().unwrap_or(0);
        let columns = look.width.saturating_sub(label_width + 2).max(8);
        let look = Look { height: look.height.max(2), ..look };
        Some(Self { look, columns, ticks, values, labels, label_width })
    }

    /// The column of `tick` where the width is cut into `parts`.
    fn column(&self, tick: u64, parts: usize) -> usize {
        let (first, last) = self.ticks;
        let (after, span) = (u128::from(tick - first), u128::from(last - first));
        let column = if span >= parts as u128 {
            after * parts as u128 / (span + 1)
        } else {
            // Few points: the first and the last one stand at the edges.
            after * (parts as u128 - 1) / span.max(1)
        };
        usize::try_from(column).unwrap_or(0)
    }

    /// The row of `value`, from the top, where the height is cut into `parts`.
    fn row(&self, value: f64, parts: usize) -> usize {
        let (bottom, top) = self.values;
        // Halved, since the distance of the ends may be beyond the largest number.
        let share = (top / 2.0 - value / 2.0) / (top / 2.0 - bottom / 2.0);
        (share.clamp(0.0, 1.0) * (parts - 1) as f64).round() as usize
    }

    fn with_axes(&self, rows: &[String]) -> String {
        let (tee, side, corner, floor) =
            if self.look.ascii { ('+', '|', '+', '-') } else { ('┤', '│', '└', '─') };
        let wide = self.label_width;
        let mut text = String::new();
        for (at, row) in rows.iter().enumerate() {
            let label = match at {
                0 => Some(&self.labels[0]),
                at if at == rows.len() - 1 => Some(&self.labels[2]),
                at if rows.len() % 2 == 1 && at == rows.len() / 2 => Some(&self.labels[1]),
                _ => None,
            };
            let (label, axis) = label.map_or(("", side), |label| (label, tee));
            text.push_str(format!("{label:>wide$} {axis}{row}").trim_end());
            text.push('\n');
        }
        let line = floor.to_string().repeat(self.columns);
        text.push_str(&format!("{:wide$} {corner}{line}\n", ""));
        let (first, last) = (self.ticks.0.to_string(), self.ticks.1.to_string());
        let room = self.columns.saturating_sub(first.len() + last.len());
        let ticks = if first == last { "tick".to_owned() } else { format!("{:^room$}{last}", "tick") };
        text.push_str(&format!("{:wide$}  {first}{}\n", "", if first == last { " tick" } else { &ticks }));
        text
    }

    fn legend(&self, series: &[Series]) -> String {
        let marks = if self.look.ascii { &ASCII_MARKS } else { &MARKS };
        let named: Vec<String> = series
            .iter()
            .zip(marks.iter().cycle())
            .map(|(one, mark)| format!("{mark} {}", one.name))
            .collect();
        format!("{:wide$}  {}\n", "", named.join("   "), wide = self.label_width)
    }
}

/// The range of one series in every column of dots, joined to its neighbours, in braille.
fn fine(frame: &Frame, series: &Series) -> Vec<String> {
    let (across, down) = (frame.columns * 2, frame.look.height * 4);
    let mut ranges: Vec<Option<(usize, usize)>> = vec![None; across];
    let mut last: Option<(usize, usize)> = None;
    for &(tick, value) in &series.points {
        if !value.is_finite() {
            last = None;
            continue;
        }
        let (column, row) = (frame.column(tick, across), frame.row(value, down));
        let (from, before) = last.replace((column, row)).unwrap_or((column, row));
        let steps = column.saturating_sub(from);
        let mut widen = |column: usize, (top, bottom): (usize, usize)| {
            let range = ranges[column].get_or_insert((top, bottom));
            *range = (range.0.min(top), range.1.max(bottom));
        };
        if steps == 0 {
            widen(column, (before.min(row), before.max(row)));
        }
        let mut beside = before;
        for step in 1..=steps {
            let here = (before * (steps - step) + row * step) / steps;
            widen(from + step, joined(beside, here));
            beside = here;
        }
    }
    let mut cells = vec![vec![0_u32; frame.columns]; frame.look.height];
    for (x, range) in ranges.iter().enumerate() {
        for y in range.map_or(0..0, |(top, bottom)| top..bottom + 1) {
            cells[y / 4][x / 2] |= DOTS[y % 4][x % 2];
        }
    }
    let letter = |bits: &u32| match bits {
        0 => ' ',
        bits => char::from_u32(0x2800 + bits).unwrap_or(' '),
    };
    cells.iter().map(|row| row.iter().map(letter).collect()).collect()
}

/// The dots of a column that ends at row `to` and meets a column that ends at row `from`.
fn joined(from: usize, to: usize) -> (usize, usize) {
    if to > from + 1 {
        (from + 1, to)
    } else if to + 1 < from {
        (to, from - 1)
    } else {
        (to, to)
    }
}

/// The mean of each series in every column of characters, as its mark; the first series lies on
/// top.
fn marked(frame: &Frame, series: &[Series], marks: &[char; 6]) -> Vec<String> {
    let mut cells = vec![vec![' '; frame.columns]; frame.look.height];
    for (at, one) in series.iter().enumerate().rev() {
        let mut sums = vec![(0.0, 0_u32); frame.columns];
        for &(tick, value) in one.points.iter().filter(|(_, value)| value.is_finite()) {
            let sum = &mut sums[frame.column(tick, frame.columns)];
            *sum = (sum.0 + value, sum.1 + 1);
        }
        for (x, (sum, n)) in sums.into_iter().enumerate() {
            if n > 0 {
                cells[frame.row(sum / f64::from(n), frame.look.height)][x] = marks[at % marks.len()];
            }
        }
    }
    cells.iter().map(|row| row.iter().collect()).collect()
}

/// A label with the decimals that tell apart what lies `span` apart.
pub(crate) fn number(value: f64, span: f64) -> String {
    if value != 0.0 && !(1e-3..1e7).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let decimals = match span {
        span if span >= 100.0 => 0,
        span if span >= 0.5 => 1,
        span if span >= 0.05 => 2,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        Series { name: name.to_owned(), points: (0..).zip(values.iter().copied()).collect() }
    }

    fn look(ascii: bool) -> Look {
        Look { width: 30, height: 5, ascii }
    }

    #[test]
    fn one_series_is_a_fine_line() {
        let rising: Vec<f64> = (0..53).map(|x| f64::from(x) / 52.0).collect();
        let drawn = draw(&[series("cooperation", &rising)], look(false));
        let expected = [
            "1.0 ┤                    ⣀⡠⠔⠒⠉",
            "    │               ⣀⡠⠒⠊⠉",
            "0.5 ┤         ⢀⣀⠤⠔⠊⠉",
            "    │    ⢀⣀⠤⠔⠋⠁",
            "0.0 ┤⡠⠤⠒⠉⠁",
            "    └─────────────────────────",
            "     0         tick         52",
            "",
        ]
        .join("\n");
        assert_eq!(drawn, expected);
    }

    #[test]
    fn many_values_in_a_column_show_their_range() {
        let wild: Vec<f64> = (0..1000).map(|x| f64::from(x % 2)).collect();
        let full = "⣿".repeat(25);
        assert!(draw(&[series("x", &wild)], look(false)).lines().take(5).all(|row| row.ends_with(&full)));
    }

    #[test]
    fn ascii_shows_several_series_by_their_marks() {
        let (up, down) = ([0.0, 0.25, 0.5, 0.75, 1.0], [1.0, 0.75, 0.5, 0.25, 0.0]);
        let text = draw(&[series("up", &up), series("down", &down)], look(true));
        let expected = [
            "1.0 +o                       *",
            "    |      o           *",
            "0.5 +            *",
            "    |      *           o",
            "0.0 +*                       o",
            "    +-------------------------",
            "     0         tick          4",
            "     * up   o down",
            "",
        ]
        .join("\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn a_gap_stays_a_gap_and_nothing_gives_nothing() {
        assert_eq!(draw(&[], look(false)), "");
        assert_eq!(draw(&[series("x", &[f64::NAN])], look(false)), "");
        let text = draw(&[series("x", &[f64::NAN, 3.0, f64::NAN, f64::INFINITY])], look(true));
        assert_eq!(text, "4.0 +\n    |\n3.0 +*\n    |\n2.0 +\n    +-------------------------\n     1 tick\n");
    }

    #[test]
    fn extremes_do_not_panic() {
        for values in [[f64::MIN, f64::MAX], [0.0, f64::MIN_POSITIVE], [-1e300, 1e300]] {
            for ascii in [false, true] {
                assert!(!draw(&[series("x", &values)], Look { width: 0, height: 0, ascii }).is_empty());
            }
        }
        let far = Series { name: "far".into(), points: vec![(0, 0.0), (u64::MAX, 1.0)] };
        assert!(!draw(&[far], look(false)).is_empty());
    }

    #[test]
    fn braille_needs_a_terminal_and_a_locale_for_it() {
        assert!(!plain(Some("xterm"), Some("de_DE.UTF-8")) && !plain(None, Some("C.utf8")));
        assert!(plain(Some("dumb"), Some("C.UTF-8")) && plain(Some("xterm"), Some("C")));
    }

    #[test]
    fn labels_have_as_many_decimals_as_they_need() {
        assert_eq!(
            [number(0.5, 1.0), number(12.34, 0.08), number(5e9, 1.0), number(0.0, 0.001)],
            ["0.5", "12.34", "5.00e9", "0.0000"]
        );
    }
}
