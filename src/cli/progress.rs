//! How far a run is: a bar for people at a terminal, a line every few seconds elsewhere, JSON for
//! machines.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

use super::out::Out;
use super::summary::{clock, thousands};

/// How a command reports while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// A bar on stderr that redraws itself.
    Bar,
    /// A line on stderr every few seconds.
    Lines,
    /// Objects on stdout: started, progress, finished.
    Json,
    /// Nothing.
    Quiet,
}

impl Manner {
    /// What the flags and the place where stderr goes ask for; `--json` wins over `--quiet`, which
    /// then silences talk.
    pub(crate) fn of(json: bool, quiet: bool, terminal: bool) -> Self {
        match (json, quiet, terminal) {
            (true, ..) => Self::Json,
            (_, true, _) => Self::Quiet,
            (.., true) => Self::Bar,
            _ => Self::Lines,
        }
    }

    /// How long nothing is said between two looks.
    fn pause(self) -> Duration {
        match self {
            Self::Bar => Duration::from_millis(125),
            Self::Lines => Duration::from_secs(5),
            Self::Json => Duration::from_secs(1),
            Self::Quiet => Duration::MAX,
        }
    }
}

/// The ticks of a run, from the first one of this process to the last one of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticks {
    /// Ticks that were done before: 0, or those of the checkpoint.
    pub(crate) first: u64,
    /// Ticks that will be done at most.
    pub(crate) last: u64,
}

/// A run's progress, told while it goes.
pub(crate) struct Progress<'a> {
    out: &'a mut Out,
    manner: Manner,
    ticks: Ticks,
    began: Instant,
    next: Duration,
    done: u64,
    said: Option<u64>,
    bar: Option<ProgressBar>,
}

impl<'a> Progress<'a> {
    /// Begins to count the time; `started` are the fields of the object that machines get first.
    pub(crate) fn start(ticks: Ticks, manner: Manner, started: Map<String, Value>, out: &'a mut Out) -> Self {
        if manner == Manner::Json {
            out.line(object("started", started));
        }
        let bar = (manner == Manner::Bar).then(|| bar(ticks));
        Self {
            out,
            manner,
            ticks,
            began: Instant::now(),
            next: manner.pause(),
            done: ticks.first,
            said: None,
            bar,
        }
    }

    /// Says how far the run is, if enough time has passed: one look at the clock, and nothing at
    /// all when quiet.
    pub(crate) fn tick(&mut self, done: u64) {
        self.done = done;
        if self.manner != Manner::Quiet {
            let elapsed = self.began.elapsed();
            if elapsed >= self.next {
                self.next = elapsed + self.manner.pause();
                self.say(Reading::at(self.ticks, done, elapsed));
            }
        }
    }

    fn say(&mut self, reading: Reading) {
        self.said = Some(reading.done);
        match self.manner {
            Manner::Bar => {
                if let Some(bar) = &self.bar {
                    bar.set_message(reading.speed());
                    bar.set_position(reading.done - self.ticks.first);
                }
            }
            Manner::Lines => self.out.talk(reading.line()),
            Manner::Json => self.out.line(object("progress", reading.fields())),
            Manner::Quiet => {}
        }
    }

    /// Takes the bar away; `finished` are the fields of the object that machines get last.
    pub(crate) fn finish(mut self, finished: Map<String, Value>) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.manner == Manner::Json {
            // However short the run, machines hear of its last tick.
            if self.said != Some(self.done) {
                self.say(Reading::at(self.ticks, self.done, self.began.elapsed()));
            }
            self.out.line(object("finished", finished));
        }
    }
}

/// One line of JSON: the kind of event, then its fields.
pub(crate) fn object(event: &str, fields: Map<String, Value>) -> Value {
    let mut all = Map::new();
    all.insert("event".to_owned(), event.into());
    all.extend(fields);
    all.into()
}

fn bar(ticks: Ticks) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:32} tick {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let target = ProgressDrawTarget::stderr_with_hz(8);
    let bar = ProgressBar::with_draw_target(Some(ticks.last - ticks.first.min(ticks.last)), target)
        .with_style(style);
    bar.tick();
    bar
}

/// How far a run is at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    done: u64,
    last: u64,
    seconds: f64,
    per_second: f64,
    left: Option<f64>,
}

impl Reading {
    fn at(ticks: Ticks, done: u64, elapsed: Duration) -> Self {
        let done = done.max(ticks.first);
        let seconds = elapsed.as_secs_f64();
        let per_second = if seconds > 0.0 { (done - ticks.first) as f64 / seconds } else { 0.0 };
        let left = (per_second > 0.0).then(|| ticks.last.saturating_sub(done) as f64 / per_second);
        Self { done, last: ticks.last, seconds, per_second, left }
    }

    fn speed(self) -> String {
        let left = self.left.map_or(String::new(), |left| format!(", {} left", clock(left)));
        let ticks = format!("{} of {}", thousands(self.done), thousands(self.last));
        format!("{ticks}, {} ticks/s{left}", rate(self.per_second))
    }

    fn line(self) -> String {
        format!("tick {} ({} so far)", self.speed(), clock(self.seconds))
    }

    fn fields(self) -> Map<String, Value> {
        let fields = json!({
            "tick": self.done,
            "ticks": self.last,
            "seconds": self.seconds,
            "ticks_per_second": self.per_second,
            "seconds_left": self.left,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

/// A speed with some three digits.
fn rate(per_second: f64) -> String {
    if per_second >= 100.0 {
        let whole = per_second.round() as u64;
        thousands(whole)
    } else if per_second >= 1.0 {
        format!("{per_second:.1}")
    } else {
        format!("{per_second:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::out::tests::Heard;
    use super::*;

    const TICKS: Ticks = Ticks { first: 100, last: 1_100 };

    #[test]
    fn a_line_tells_speed_and_time_left_of_this_process() {
        let reading = Reading::at(TICKS, 350, Duration::from_secs(10));
        assert_eq!(reading.line(), "tick 350 of 1,100, 25.0 ticks/s, 30 s left (10 s so far)");
        let none_yet = Reading::at(TICKS, 100, Duration::from_secs(65));
        assert_eq!(none_yet.line(), "tick 100 of 1,100, 0.000 ticks/s (1 min 5 s so far)");
    }

    #[test]
    fn machines_get_started_progress_and_finished() {
        let heard = Heard::default();
        let mut out = heard.out();
        let fields = |key: &str| Map::from_iter([(key.to_owned(), Value::from(1))]);
        let mut progress = Progress::start(TICKS, Manner::Json, fields("agents"), &mut out);
        progress.tick(600);
        progress.say(Reading::at(TICKS, 600, Duration::from_secs(2)));
        progress.finish(fields("seconds"));
        assert_eq!(
            heard.stdout(),
            "{\"event\":\"started\",\"agents\":1}\n\
             {\"event\":\"progress\",\"tick\":600,\"ticks\":1100,\"seconds\":2.0,\"ticks_per_second\":250.0,\"seconds_left\":2.0}\n\
             {\"event\":\"finished\",\"seconds\":1}\n"
        );
        assert_eq!(heard.stderr(), "");
    }

    #[test]
    fn off_terminal_lines_come_when_their_time_has_come() {
        let heard = Heard::default();
        let mut out = heard.out();
        let mut progress = Progress::start(TICKS, Manner::Lines, Map::new(), &mut out);
        progress.tick(200);
        progress.next = Duration::ZERO;
        progress.tick(300);
        progress.tick(400);
        progress.finish(Map::new());
        let lines = heard.stderr();
        assert!(lines.starts_with("tick 300 of 1,100") && lines.lines().count() == 1, "{lines}");
        assert_eq!(heard.stdout(), "");
    }

    #[test]
    fn quiet_says_nothing_and_the_flags_choose_the_manner() {
        let heard = Heard::default();
        let mut out = heard.out();
        let mut progress = Progress::start(TICKS, Manner::Quiet, Map::new(), &mut out);
        progress.next = Duration::ZERO;
        progress.tick(900);
        progress.finish(Map::new());
        assert_eq!(heard.stdout() + &heard.stderr(), "");
        assert_eq!(Manner::of(true, true, true), Manner::Json);
        assert_eq!(Manner::of(false, true, true), Manner::Quiet);
        assert_eq!(Manner::of(false, false, true), Manner::Bar);
        assert_eq!(Manner::of(false, false, false), Manner::Lines);
    }

    #[test]
    fn a_million_ticks_cost_little() {
        let mut out = Heard::default().out();
        let mut progress = Progress::start(TICKS, Manner::Bar, Map::new(), &mut out);
        let start = Instant::now();
        (0..1_000_000).for_each(|tick| progress.tick(tick));
        // Some 0.03 s in fact; the bound only tells a look at the clock from a system call or a
        // redraw.
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        progress.finish(Map::new());
    }
}
