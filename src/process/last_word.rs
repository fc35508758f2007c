//! Hears a program until it has ended, and no longer: what it leaves behind may hold its pipes open
//! for ever. So a word of ours follows what it said.

use std::io::{BufRead, BufReader, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::LazyLock;
use std::thread;
use std::time::SystemTime;

/// What no program says.
static LAST_WORD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (process, now) = (std::process::id(), SystemTime::now());
    format!("\0the last word of {process} at {now:?}\0").into_bytes()
});

/// Waits for a program while `hear` listens to its pipes, of which these are the writing ends.
///
/// # Errors
/// It cannot be waited for.
pub(super) fn hear_all<T>(
    mut child: Child,
    mut writers: Vec<PipeWriter>,
    hear: impl FnOnce() -> T,
) -> std::io::Result<(ExitStatus, T)> {
    let heard = thread::scope(|scope| {
        let ended = || {
            let status = child.wait();
            for mut writer in writers.drain(..) {
                let _ = writer.write_all(&LAST_WORD); // nobody listens any more
            }
            status
        };
        match thread::Builder::new().spawn_scoped(scope, ended) {
            Ok(waiting) => Ok((hear(), waiting.join())),
            Err(_) => Err(hear),
        }
    });
    match heard {
        Ok((heard, Ok(status))) => Ok((status?, heard)),
        Ok((_, Err(_))) => Err(ErrorKind::Other.into()),
        // There are no more threads: we wait for whoever holds the pipes.
        Err(hear) => {
            drop(writers);
            let heard = hear();
            Ok((child.wait()?, heard))
        }
    }
}

/// All that comes before the last word.
///
/// # Errors
/// The pipe cannot be read.
pub(super) fn read_all(mut pipe: PipeReader) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 1 << 13];
    loop {
        let count = match pipe.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        let known = bytes.len();
        bytes.extend_from_slice(&chunk[..count]);
        if cut_last_word(&mut bytes, known) || count == 0 {
            return Ok(bytes);
        }
    }
}

/// Hands over each line before the last word, with its line break, until `each` returns `false`.
pub(super) fn read_lines(pipe: PipeReader, mut each: impl FnMut(&[u8]) -> bool) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while let Ok(end) = read_line(&mut pipe, &mut line) {
        if (!line.is_empty() && !each(&line)) || end == LineEnd::LastWord {
            return;
        }
        line.clear();
    }
}

#[derive(PartialEq, Eq)]
enum LineEnd {
    LineBreak,
    LastWord,
}

fn read_line(pipe: &mut BufReader<PipeReader>, line: &mut Vec<u8>) -> std::io::Result<LineEnd> {
    loop {
        let buffer = match pipe.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        if buffer.is_empty() {
            return Ok(LineEnd::LastWord);
        }
        let line_break = buffer.iter().position(|byte| *byte == b'\n');
        let taken = line_break.map_or(buffer.len(), |at| at + 1);
        let known = line.len();
        line.extend_from_slice(&buffer[..taken]);
        pipe.consume(taken);
        if cut_last_word(line, known) {
            return Ok(LineEnd::LastWord);
        }
        if line_break.is_some() {
            return Ok(LineEnd::LineBreak);
        }
    }
}

/// Takes the last word off, with what follows it; `false` if it is not there, as it was not among the
/// first `known` bytes.
fn cut_last_word(bytes: &mut Vec<u8>, known: usize) -> bool {
    let word = LAST_WORD.as_slice();
    let from = (known + 1).saturating_sub(word.len()); // it may come in two pieces
    let new = &bytes[from..];
    // Next to nothing that programs say has a NUL, and looking for one byte is quick.
    let at = new.contains(&0).then(|| new.windows(word.len()).position(|window| window == word));
    let Some(at) = at.flatten() else { return false };
    bytes.truncate(from + at);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as a reader takes at once.
    const PIECE: usize = 1 << 13;

    #[test]
    fn the_last_word_is_found_in_two_pieces_behind_a_long_line() {
        let word = LAST_WORD.as_slice();
        for length in (2 * PIECE - word.len()..=2 * PIECE).chain([0, 1]) {
            let said = [b"\0first\n".as_slice(), &vec![b'x'; length]].concat();
            let through_a_pipe = || {
                let (reader, mut writer) = std::io::pipe().unwrap();
                let bytes = [&said, word, b"of somebody who was left behind"].concat();
                let write = thread::spawn(move || writer.write_all(&bytes));
                (reader, write)
            };
            let (reader, write) = through_a_pipe();
            assert!(read_all(reader).unwrap() == said, "{length}");
            write.join().unwrap().unwrap();
            let (reader, write) = through_a_pipe();
            let mut lines = Vec::new();
            read_lines(reader, |line| {
                lines.push(line.to_owned());
                true
            });
            assert!(lines.concat() == said, "{length}");
            assert_eq!(lines.len(), if length == 0 { 1 } else { 2 }, "{length}");
            write.join().unwrap().unwrap();
        }
    }
}
