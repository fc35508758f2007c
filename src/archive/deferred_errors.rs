//! A writer that reports its first error when it is asked, not when it happens.
//!
//! `zip::ZipWriter` closes its archive when it is dropped and prints to stderr when that fails,
//! which would repeat, in other words, the error that we are about to report. So it never hears of
//! an error: what follows the first one goes nowhere, and the caller asks [`FirstError::check`].

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, OnceLock};

use crate::error::{Error, Result};

/// See above. Invariant: `position` and `end` are where an unfailing writer that began empty would
/// be; while nothing failed, `inner` is at `position` too.
pub(super) struct DeferredErrors<W> {
    inner: W,
    failure: FirstError,
    position: u64,
    end: u64,
}

/// The first error of a [`DeferredErrors`], if there was one.
#[derive(Clone, Default)]
pub(super) struct FirstError(Arc<OnceLock<io::Error>>);

impl FirstError {
    /// Fails if something could not be written up to here.
    pub(super) fn check(&self, explain: impl FnOnce(&io::Error) -> Error) -> Result<()> {
        self.0.get().map_or(Ok(()), |error| Err(explain(error)))
    }
}

impl<W> DeferredErrors<W> {
    /// Wraps a writer that has nothing in it yet.
    pub(super) fn new(inner: W) -> (Self, FirstError) {
        let failure = FirstError::default();
        (DeferredErrors { inner, failure: failure.clone(), position: 0, end: 0 }, failure)
    }

    /// The writer, which has everything if nothing failed.
    pub(super) fn into_inner(self) -> W {
        self.inner
    }

    /// Does something with the writer, unless something failed before.
    fn attempt<T>(&mut self, act: impl FnOnce(&mut W) -> io::Result<T>) {
        if self.failure.0.get().is_none()
            && let Err(error) = act(&mut self.inner)
        {
            let _ = self.failure.0.set(error); // nobody else sets it
        }
    }
}

impl<W: Write> Write for DeferredErrors<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|inner| inner.write_all(bytes));
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(W::flush);
        Ok(())
    }
}

impl<W: Seek> Seek for DeferredErrors<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        // A buffered writer empties its buffer for every seek, even one to where it is.
        if target != self.position {
            self.attempt(|inner| inner.seek(SeekFrom::Start(target)));
        }
        self.position = target;
        Ok(target)
    }
}

impl<R: Read> Read for DeferredErrors<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeks_and_writes_like_what_it_wraps() {
        let (mut writer, failure) = DeferredErrors::new(io::Cursor::new(Vec::new()));
        writer.write_all(b"abcdef").unwrap();
        assert_eq!(writer.seek(SeekFrom::End(-4)).unwrap(), 2);
        writer.write_all(b"CD").unwrap();
        assert_eq!(writer.stream_position().unwrap(), 4);
        assert!(writer.seek(SeekFrom::Current(-9)).is_err());
        let mut rest = String::new();
        writer.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), writer.inner.get_ref().as_slice()), ("ef", &b"abCDef"[..]));
        assert!(failure.check(|e| Error::new(e.to_string())).is_ok());
    }

    #[test]
    fn the_first_error_is_kept_and_the_rest_goes_nowhere() {
        let mut room = [0_u8; 4];
        let (mut writer, failure) = DeferredErrors::new(io::Cursor::new(&mut room[..]));
        writer.write_all(b"123456").unwrap();
        writer.write_all(b"789").unwrap();
        assert_eq!(writer.stream_position().unwrap(), 9);
        let error = failure.check(|e| Error::new(e.kind().to_string())).unwrap_err();
        assert_eq!(error.to_string(), io::ErrorKind::WriteZero.to_string());
    }
}
