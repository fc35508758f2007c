//! What Python calls, by the functions that `include/my_project.h` declares.

use std::ffi::c_char;

fn words(text: &[u8]) -> usize {
    text.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty()).count()
}

/// How many words a text has.
///
/// # Safety
/// `text` points to `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn my_project_words(text: *const c_char, length: usize) -> usize {
    if length == 0 {
        return 0;
    }
    // SAFETY: the caller promises it.
    words(unsafe { std::slice::from_raw_parts(text.cast(), length) })
}
