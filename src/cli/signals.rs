//! SIGINT and SIGTERM: the first asks the run to stop after the tick, the second ends the process
//! at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A signal that asks a run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What schedulers and `kill` send.
    Terminate,
}

impl Signal {
    const ALL: [Self; 2] = [Self::Interrupt, Self::Terminate];

    fn number(self) -> i32 {
        match self {
            Self::Interrupt => SIGINT,
            Self::Terminate => SIGTERM,
        }
    }

    /// 130 or 143, as shells report a process that the signal ended.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// The handlers of this process and what they have heard.
pub(crate) struct Signals {
    asked: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system refuses to install a handler.
    pub(crate) fn install() -> io::Result<Self> {
        let asked = Arc::new(AtomicUsize::new(0));
        let armed = Arc::new(AtomicBool::new(false));
        for signal in Signal::ALL {
            // ORDER: handlers run as registered, so the first signal finds `armed` unset, and the
            // second ends the process.
            let exit = i32::from(signal.exit_code());
            flag::register_conditional_shutdown(signal.number(), exit, Arc::clone(&armed))?;
            flag::register(signal.number(), Arc::clone(&armed))?;
            flag::register_usize(signal.number(), Arc::clone(&asked), usize::from(signal.exit_code()))?;
        }
        Ok(Self { asked })
    }

    /// The signal that came, if one did.
    pub(crate) fn asked(&self) -> Option<Signal> {
        let code = self.asked.load(Ordering::Relaxed);
        Signal::ALL.into_iter().find(|signal| usize::from(signal.exit_code()) == code)
    }

    /// What the library polls once a tick: 0 while nobody asked to stop, else the exit code of the
    /// signal.
    pub(crate) fn flag(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_heard_once_and_known_by_its_exit_code() {
        let signals = Signals::install().unwrap();
        assert_eq!(signals.asked(), None);
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert_eq!(signals.asked(), Some(Signal::Terminate));
        assert_eq!(signals.flag().load(Ordering::Relaxed), 143);
        assert_eq!((Signal::Interrupt.exit_code(), Signal::Terminate.exit_code()), (130, 143));
    }

    #[test]
    fn a_second_signal_ends_the_process_at_once() {
        const CHILD: &str = "MORES_TEST_RAISES_TWO_SIGNALS";
        if std::env::var_os(CHILD).is_some() {
            let signals = Signals::install().unwrap();
            signal_hook::low_level::raise(SIGINT).unwrap();
            assert_eq!(signals.asked(), Some(Signal::Interrupt));
            signal_hook::low_level::raise(SIGTERM).unwrap();
            unreachable!("the second signal did not end the process");
        }
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cli::signals::tests::a_second_signal_ends_the_process_at_once"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.code(), Some(143), "{child:?}");
    }
}
