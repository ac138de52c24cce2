//! Which ticks an expectation looks at.

use super::fields::{At, Over};

/// The ticks of a window, settled for a run of a known number of ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    /// These ticks, rising; each is a component of its own.
    At(Vec<u64>),
    /// All ticks between, both counted; at least one.
    Over {
        /// The first tick.
        first: u64,
        /// The last tick.
        last: u64,
    },
    /// When the run has ended, whichever tick that is.
    End,
}

/// What a world file asks for, before the run's length is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    At(At),
    Over(Over),
}

impl Asked {
    /// How many components of one metric come from the window.
    pub(crate) fn components(&self) -> usize {
        match self {
            Asked::At(At::Ticks(ticks)) => ticks.len(),
            Asked::At(At::End) | Asked::Over(_) => 1,
        }
    }

    /// Settles the window for a run of `ticks`, of which `share` is the part that a fast run keeps of the full one.
    pub(crate) fn settle(&self, ticks: u64, share: f64) -> Result<Window, (String, String)> {
        let shrink = |n: u64| ((n as f64 * share).round() as u64).max(n.min(1));
        let window = match *self {
            Asked::At(At::End) => return Ok(Window::End),
            Asked::At(At::Ticks(ref at)) => Window::At(at.clone()),
            Asked::Over(Over::Between(first, last)) if share < 1.0 => {
                let first = shrink(first).min(ticks);
                let last = shrink(last).clamp(first, ticks);
                Window::Over { first, last }
            }
            Asked::Over(Over::Between(first, last)) => Window::Over { first, last },
            Asked::Over(Over::All) if ticks > 0 => Window::Over { first: 1, last: ticks },
            Asked::Over(Over::Last(n)) if ticks > 0 => {
                let n = shrink(n);
                if n > ticks {
                    let says = format!("the last {n} ticks of a run of {ticks}");
                    return Err((says, "write at most `run.ticks`, or \"all\"".into()));
                }
                let first = ticks - n + 1;
                Window::Over { first, last: ticks }
            }
            Asked::Over(Over::LastShare(part)) if ticks > 0 => {
                let n = ((ticks as f64 * part).round() as u64).clamp(1, ticks);
                let first = ticks - n + 1;
                Window::Over { first, last: ticks }
            }
            Asked::Over(_) => {
                let says = "a run of 0 ticks has no tick to look over".to_string();
                return Err((says, "write `at = 0`, or more ticks in [run]".into()));
            }
        };
        match window.last() {
            Some(last) if last > ticks => {
                let says = format!("tick {last} lies after the run's last tick, {ticks}");
                Err((says, format!("write a tick up to {ticks}, or more ticks in [run]")))
            }
            _ => Ok(window),
        }
    }
}

impl Window {
    /// Whether the metric is taken at this tick; "end" is asked for when the run has ended.
    pub fn wants(&self, tick: u64) -> bool {
        match self {
            Window::At(ticks) => ticks.binary_search(&tick).is_ok(),
            Window::Over { first, last } => (*first..=*last).contains(&tick),
            Window::End => false,
        }
    }

    /// The last tick that is wanted; `None` where that is the run's end.
    pub fn last(&self) -> Option<u64> {
        match self {
            Window::At(ticks) => ticks.last().copied(),
            Window::Over { last, .. } => Some(*last),
            Window::End => None,
        }
    }

    /// The first of the wanted ticks after `tick`, and their number, where the window has no gaps.
    pub(crate) fn rest(&self, tick: u64) -> Option<(u64, u64)> {
        let Window::Over { first, last } = self else {
            return None;
        };
        let from = (*first).max(tick.saturating_add(1));
        (from <= *last).then(|| (from, last - from + 1))
    }

    /// How many components of one metric come from the window.
    pub fn components(&self) -> usize {
        match self {
            Window::At(ticks) => ticks.len(),
            Window::Over { .. } | Window::End => 1,
        }
    }

    /// The window of one component, in words.
    pub fn label(&self, component: usize) -> String {
        match self {
            Window::At(ticks) => format!("tick {}", ticks[component]),
            Window::Over { first, last } => format!("ticks {first} to {last}"),
            Window::End => "end".to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(over: Over, ticks: u64, share: f64) -> Option<(u64, u64)> {
        match Asked::Over(over).settle(ticks, share) {
            Ok(Window::Over { first, last }) => Some((first, last)),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    #[test]
    fn windows_settle_against_the_run() {
        assert_eq!(settled(Over::All, 10, 1.0), Some((1, 10)));
        assert_eq!(settled(Over::Last(75), 100, 1.0), Some((26, 100)));
        assert_eq!(settled(Over::Last(100), 100, 1.0), Some((1, 100)));
        assert_eq!(settled(Over::Last(101), 100, 1.0), None);
        assert_eq!(settled(Over::LastShare(0.5), 7, 1.0), Some((4, 7)));
        assert_eq!(settled(Over::LastShare(0.001), 7, 1.0), Some((7, 7)));
        assert_eq!(settled(Over::Between(0, 7), 7, 1.0), Some((0, 7)));
        assert_eq!(settled(Over::Between(0, 8), 7, 1.0), None);
        assert_eq!(settled(Over::All, 0, 1.0), None);
    }

    #[test]
    fn windows_shrink_with_a_fast_run() {
        assert_eq!(settled(Over::Between(200, 600), 150, 0.25), Some((50, 150)));
        assert_eq!(settled(Over::Last(75), 25, 0.25), Some((7, 25)));
        assert_eq!(settled(Over::Between(999, 1000), 1, 0.001), Some((1, 1)));
        assert_eq!(settled(Over::Between(0, 9), 1, 0.1), Some((0, 1)));
    }

    #[test]
    fn a_window_knows_its_ticks_and_what_is_left_of_it() {
        let window = Window::Over { first: 5, last: 9 };
        let wanted: Vec<u64> = (0..20).filter(|tick| window.wants(*tick)).collect();
        assert_eq!(wanted, [5, 6, 7, 8, 9]);
        assert_eq!(window.rest(0), Some((5, 5)));
        assert_eq!(window.rest(7), Some((8, 2)));
        assert_eq!(window.rest(9), None);
        let at = Window::At(vec![0, 3]);
        assert!(at.wants(0) && !at.wants(1) && at.wants(3));
        assert_eq!(at.label(1), "tick 3");
        assert!(!Window::End.wants(0));
    }
}
