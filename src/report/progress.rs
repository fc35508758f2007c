//! What is under way, as one living line below the others: on a terminal only.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A terminal is one for the whole process. Invariant: `Some` exactly while [`while_shown`] runs
/// on a terminal.
static LINE: Mutex<Option<Living>> = Mutex::new(None);

struct Living {
    bar: ProgressBar,
    under_way: Vec<String>,
}

/// Shows the line while `work` runs.
pub fn while_shown<T>(work: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if !bar.is_hidden() {
        if let Ok(style) = ProgressStyle::with_template("{wide_msg:.dim}") {
            bar.set_style(style);
        }
        *line() = Some(Living { bar, under_way: Vec::new() });
    }
    let result = work();
    if let Some(living) = line().take() {
        living.bar.finish_and_clear();
    }
    result
}

/// Something begins now.
pub(super) fn enter(what: &str) {
    if let Some(living) = line().as_mut() {
        living.under_way.push(what.to_owned());
        living.redraw();
    }
}

/// It has ended.
pub(super) fn leave(what: &str) {
    if let Some(living) = line().as_mut() {
        if let Some(place) = living.under_way.iter().position(|name| name == what) {
            living.under_way.remove(place);
        }
        living.redraw();
    }
}

impl Living {
    fn redraw(&self) {
        let text = match self.under_way.is_empty() {
            true => String::new(),
            false => format!("    Underway {}", self.under_way.join(", ")),
        };
        self.bar.set_message(text);
    }
}

/// Writes with the line out of the way.
pub fn above(write: impl FnOnce()) {
    match line().as_ref() {
        Some(living) => living.bar.suspend(write),
        None => write(),
    }
}

fn line() -> MutexGuard<'static, Option<Living>> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}
