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

/// Something that goes on until the value is dropped.
#[must_use]
#[derive(Debug)]
pub struct Step(Option<String>);

/// Names something that begins now.
pub fn begin(what: &str) -> Step {
    let mut line = line();
    let Some(living) = line.as_mut() else { return Step(None) };
    living.under_way.push(what.to_owned());
    living.redraw();
    Step(Some(what.to_owned()))
}

impl Drop for Step {
    fn drop(&mut self) {
        let Some(what) = self.0.take() else { return };
        let mut line = line();
        let Some(living) = line.as_mut() else { return };
        if let Some(place) = living.under_way.iter().position(|name| *name == what) {
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
