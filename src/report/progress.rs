//! The tasks that run, as one line below the others that changes: on a terminal only.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::escape::one_line;

/// A process has one terminal. Invariant: `Some` exactly while [`with_progress`] runs
/// on a terminal.
static PROGRESS: Mutex<Option<ProgressLine>> = Mutex::new(None);

struct ProgressLine {
    bar: ProgressBar,
    under_way: Vec<String>,
    /// Of the graphs that run now: the steps that ended, and all of them.
    ended: usize,
    all: usize,
}

/// The steps of a graph, on the line for as long as this value lives.
#[must_use]
#[derive(Debug)]
pub struct StepCount {
    ended: AtomicUsize,
    all: usize,
}

/// A graph of so many steps runs from now on.
pub fn count_steps(all: usize) -> StepCount {
    if let Some(progress) = line().as_mut() {
        progress.all += all;
    }
    StepCount { ended: AtomicUsize::new(0), all }
}

impl StepCount {
    /// One of them has ended.
    pub fn ended_one(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        if let Some(progress) = line().as_mut() {
            progress.ended += 1;
            progress.redraw();
        }
    }
}

impl Drop for StepCount {
    fn drop(&mut self) {
        if let Some(progress) = line().as_mut() {
            progress.all -= self.all;
            progress.ended -= self.ended.load(Ordering::Relaxed);
        }
    }
}

/// Shows the line while `work` runs.
pub fn with_progress<T>(work: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if !bar.is_hidden() {
        if let Ok(style) = ProgressStyle::with_template("{wide_msg:.dim}") {
            bar.set_style(style);
        }
        *line() = Some(ProgressLine { bar, under_way: Vec::new(), ended: 0, all: 0 });
    }
    let result = work();
    if let Some(progress) = line().take() {
        progress.bar.finish_and_clear();
    }
    result
}

/// Something begins now.
pub(super) fn enter(what: &str) {
    if let Some(progress) = line().as_mut() {
        progress.under_way.push(what.to_owned());
        progress.redraw();
    }
}

/// It has ended.
pub(super) fn leave(what: &str) {
    if let Some(progress) = line().as_mut() {
        if let Some(place) = progress.under_way.iter().position(|name| name == what) {
            progress.under_way.remove(place);
        }
        progress.redraw();
    }
}

impl ProgressLine {
    fn redraw(&self) {
        self.bar.set_message(text(&self.under_way, self.ended, self.all));
    }
}

fn text(under_way: &[String], ended: usize, all: usize) -> String {
    let names = under_way.join(", ");
    match (under_way.is_empty(), all) {
        (true, _) => String::new(),
        (false, 0) => format!("    Underway {}", one_line(&names)),
        (false, _) => format!("    Underway {ended}/{all}: {}", one_line(&names)),
    }
}

/// Writes with the line out of the way.
pub(super) fn above(write: impl FnOnce()) {
    match line().as_ref() {
        Some(progress) => progress.bar.suspend(write),
        None => write(),
    }
}

fn line() -> MutexGuard<'static, Option<ProgressLine>> {
    PROGRESS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_many_steps_have_ended_of_how_many() {
        let names = ["a.c".to_owned(), "b\n.c".to_owned()];
        for (under_way, (ended, all), expected) in [
            (&names[..0], (0, 0), ""),
            (&names[..0], (2, 3), ""),
            (&names[..1], (0, 0), "    Underway a.c"),
            (&names[..1], (2, 3), "    Underway 2/3: a.c"),
            (&names[..2], (0, 12), "    Underway 0/12: a.c, b\\n.c"),
        ] {
            assert_eq!(text(under_way, ended, all), expected);
        }
    }
}
