//! Counts words, for callers that speak C.
//!
//! Every function that C calls keeps three rules:
//!
//! - pointers are looked at in one place, and what they must be is said in `# Safety`;
//! - a panic ends at the border: [`guarded`] makes a status of it. One that left `extern "C"` would
//!   end the process;
//! - whoever made something frees it: a string of [`words_title`] goes back to [`words_free`].

use std::ffi::{c_char, c_int, c_void, CString};
use std::panic::{catch_unwind, UnwindSafe};

/// How a call ended; `words_status` in the header.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    NotUtf8 = 1,
    Stopped = 2,
    Panic = 3,
}

/// What was counted; `words_counts` in the header.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub words: u64,
    pub lines: u64,
    pub letters: u64,
}

/// Called with each word: its first byte, its length, and what the caller wants to find again.
pub type Callback = unsafe extern "C" fn(*const c_char, usize, *mut c_void) -> c_int;

fn count(text: &str) -> Counts {
    Counts {
        words: text.split_whitespace().count() as u64,
        lines: text.lines().count() as u64,
        letters: text.chars().filter(|letter| letter.is_alphabetic()).count() as u64,
    }
}

fn title(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters.flat_map(char::to_lowercase)).collect::<String>()
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn guarded(work: impl FnOnce() -> Status + UnwindSafe) -> Status {
    catch_unwind(work).unwrap_or(Status::Panic)
}

/// # Safety
/// `text` points to `length` bytes that nobody changes while the result is used.
unsafe fn text_at<'a>(text: *const c_char, length: usize) -> Option<&'a str> {
    if length == 0 {
        return Some("");
    }
    // SAFETY: the caller promises it.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
    std::str::from_utf8(bytes).ok()
}

/// # Safety
/// `text` points to `length` bytes, `counts` to memory for one `Counts`.
#[no_mangle]
pub unsafe extern "C" fn words_count(text: *const c_char, length: usize, counts: *mut Counts) -> Status {
    guarded(|| {
        // SAFETY: the caller promises it.
        let Some(text) = (unsafe { text_at(text, length) }) else { return Status::NotUtf8 };
        // SAFETY: the caller promises it.
        unsafe { counts.write(count(text)) };
        Status::Ok
    })
}

/// # Safety
/// `text` points to `length` bytes; `callback` may be called from this thread with `data`.
#[no_mangle]
pub unsafe extern "C" fn words_each(
    text: *const c_char,
    length: usize,
    callback: Callback,
    data: *mut c_void,
) -> Status {
    guarded(move || {
        // SAFETY: the caller promises it.
        let Some(text) = (unsafe { text_at(text, length) }) else { return Status::NotUtf8 };
        for word in text.split_whitespace() {
            // SAFETY: the caller promises it; the word lies in the text.
            if unsafe { callback(word.as_ptr().cast(), word.len(), data) } != 0 {
                return Status::Stopped;
            }
        }
        Status::Ok
    })
}

/// # Safety
/// `text` points to `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn words_title(text: *const c_char, length: usize) -> *mut c_char {
    let made = catch_unwind(|| {
        // SAFETY: the caller promises it.
        let text = unsafe { text_at(text, length) }?;
        CString::new(title(text)).ok()
    });
    made.ok().flatten().map_or(std::ptr::null_mut(), CString::into_raw)
}

/// # Safety
/// `text` comes from [`words_title`] and was not freed, or it is NULL.
#[no_mangle]
pub unsafe extern "C" fn words_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller promises it.
        drop(unsafe { CString::from_raw(text) });
    }
}

#[no_mangle]
pub extern "C" fn words_panic() -> Status {
    guarded(|| panic!("asked for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted() {
        assert_eq!(count("one two\nthree"), Counts { words: 3, lines: 2, letters: 11 });
        assert_eq!(count(""), Counts::default());
    }

    #[test]
    fn titles() {
        assert_eq!(title("  hELLO wörld "), "Hello Wörld");
    }
}
