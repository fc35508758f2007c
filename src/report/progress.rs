//! The tasks that run, as one line below the others that changes: on a terminal only.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::escape::one_line;

/// A process has one terminal. Invariant: `Some` exactly while [`with_progress`] runs
/// on a terminal.
static PROGRESS: Mutex<Option<ProgressLine>> = Mutex::new(None);

struct ProgressLine {
    bar: ProgressBar,
    under_way: Vec<String>,
}

/// Shows the line while `work` runs.
pub fn with_progress<T>(work: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if !bar.is_hidden() {
        if let Ok(style) = ProgressStyle::with_template("{wide_msg:.dim}") {
            bar.set_style(style);
        }
        *line() = Some(ProgressLine { bar, under_way: Vec::new() });
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
        let text = match self.under_way.is_empty() {
            true => String::new(),
            false => format!("    Underway {}", one_line(&self.under_way.join(", "))),
        };
        self.bar.set_message(text);
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
