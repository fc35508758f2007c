//! What ends a build at once: Ctrl-C, a signal, the end of the process that started us, a panic.

use std::io::ErrorKind;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};

use crate::process::groups::{Force, end_group};

// The state below exists because a signal arrives at no place in the program in particular.
// Invariant: a process group is in RUNNING exactly while somebody waits for it, and none is started
// once INTERRUPTED is set (both are decided under the lock).
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Whether the user asked us to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// From here on Ctrl-C, SIGTERM and SIGHUP end the running children and let every stage return,
/// so that temporary folders are removed on the way out.
#[cfg(feature = "backend")]
pub fn stop_on_signals() {
    // Fails only where a handler is set already; then that one is in charge.
    let _ = ctrlc::set_handler(interrupt);
}

/// From here on the end of the process that started us is a signal too: killed outright, it tells
/// nobody, and nobody is left who wants what we make. (Windows does not say who started whom.)
pub fn stop_with_parent() {
    if !abandoned() && cfg!(unix) {
        std::thread::spawn(|| {
            while !abandoned() {
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            interrupt();
        });
    }
}

/// From here on a panic, which is a mistake of ours, ends this process with the exit code 101, and all
/// programs that it runs. A release unwinds nothing, so nobody else could.
pub fn stop_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        INTERRUPTED.store(true, Ordering::SeqCst);
        // Who holds the lock may be the one that panics.
        if let Ok(running) = RUNNING.try_lock() {
            running.iter().for_each(|group| end_group(*group, Force::Kill));
        }
        std::process::exit(101);
    }));
}

/// Whether the process that started us is gone.
pub fn abandoned() -> bool {
    // Invariant: read before that process may end unseen, that is by the first call.
    static FIRST: LazyLock<Option<u32>> = LazyLock::new(parent);
    *FIRST != parent()
}

#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    None
}

fn interrupt() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let running = lock_running().clone();
    for group in &running {
        end_group(*group, Force::Ask);
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    for group in lock_running().iter() {
        end_group(*group, Force::Kill);
    }
}

/// Starts a program, unless the user has asked us to stop.
///
/// # Errors
/// It cannot be started; `Interrupted`: the user has asked us to stop.
pub(super) fn start(command: &mut Command) -> std::io::Result<Child> {
    let mut running = lock_running();
    if interrupted() {
        return Err(ErrorKind::Interrupted.into());
    }
    let child = command.spawn()?;
    running.push(child.id());
    Ok(child)
}

/// A program has ended.
pub(super) fn forget(group: u32) {
    lock_running().retain(|running| *running != group);
}

fn lock_running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
