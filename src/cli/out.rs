//! What the command says: results on stdout, talk on stderr.
//!
//! A reader that has gone away (`mores list | head`) is no error: what is left is swallowed, and a
//! run goes on, since its results are files. Any other failure to write is remembered and makes the
//! exit code 1.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// The two places to write to, and what the user wants to read there.
pub(crate) struct Out {
    stdout: Box<dyn Write>,
    stderr: Box<dyn Write>,
    /// Whether a person reads stderr as it is written.
    pub(crate) terminal: bool,
    quiet: bool,
    gone: bool,
    broken: Option<io::Error>,
}

impl Out {
    /// The process's own stdout and stderr.
    pub(crate) fn new() -> Self {
        Self {
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            terminal: io::stderr().is_terminal(),
            quiet: false,
            gone: false,
            broken: None,
        }
    }

    /// From here on nothing is said but errors and machine-readable lines.
    pub(crate) fn set_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    /// A result: the text and a new line on stdout, `--quiet` or not.
    pub(crate) fn line(&mut self, text: impl Display) {
        if self.gone || self.broken.is_some() {
            return;
        }
        if let Err(error) = writeln!(self.stdout, "{text}").and_then(|()| self.stdout.flush()) {
            match error.kind() {
                io::ErrorKind::BrokenPipe => self.gone = true,
                _ => self.broken = Some(error),
            }
        }
    }

    /// Talk: a line on stderr, which `--quiet` silences.
    pub(crate) fn talk(&mut self, text: impl Display) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// A line on stderr that is always said.
    pub(crate) fn error(&mut self, text: impl Display) {
        // There is no place left to complain about stderr.
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Why stdout could not be written, if it could not.
    pub(crate) fn trouble(&self) -> Option<&io::Error> {
        self.broken.as_ref()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Both ends of an [`Out`] that tests can read.
    #[derive(Clone, Default)]
    pub(crate) struct Heard {
        stdout: Rc<RefCell<Vec<u8>>>,
        stderr: Rc<RefCell<Vec<u8>>>,
    }

    struct Into(Rc<RefCell<Vec<u8>>>);

    impl Write for Into {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Heard {
        pub(crate) fn out(&self) -> Out {
            Out {
                stdout: Box::new(Into(Rc::clone(&self.stdout))),
                stderr: Box::new(Into(Rc::clone(&self.stderr))),
                terminal: false,
                quiet: false,
                gone: false,
                broken: None,
            }
        }
        pub(crate) fn stdout(&self) -> String {
            String::from_utf8(self.stdout.borrow().clone()).unwrap()
        }
        pub(crate) fn stderr(&self) -> String {
            String::from_utf8(self.stderr.borrow().clone()).unwrap()
        }
    }

    struct Fails(io::ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn results_and_talk_go_to_different_places() {
        let heard = Heard::default();
        let mut out = heard.out();
        out.line("result");
        out.talk("talk");
        out.set_quiet(true);
        out.talk("more talk");
        out.error("error");
        assert_eq!((heard.stdout().as_str(), heard.stderr().as_str()), ("result\n", "talk\nerror\n"));
    }

    #[test]
    fn a_closed_pipe_is_no_trouble_and_a_full_disk_is() {
        let mut out = Heard::default().out();
        out.stdout = Box::new(Fails(io::ErrorKind::BrokenPipe));
        out.line("a");
        out.line("b");
        assert!(out.trouble().is_none());
        out.gone = false;
        out.stdout = Box::new(Fails(io::ErrorKind::StorageFull));
        out.line("c");
        assert_eq!(out.trouble().unwrap().kind(), io::ErrorKind::StorageFull);
    }
}
