//! A writer that keeps its first error instead of returning it.
//!
//! The archive writer closes its archive when it is dropped and prints to stderr when that fails,
//! which would repeat, in other words, the error that we are about to report. So it never hears of
//! an error: what follows the first one goes nowhere, and the caller asks [`Failure::check`].

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

/// See above. Invariant: `position` and `end` are where an unfailing writer that began empty would
/// be; while nothing failed, `inner` is at `position` too.
pub(super) struct Outlet<W> {
    inner: W,
    failure: Failure,
    position: u64,
    end: u64,
}

/// The first error of an [`Outlet`], if there was one.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<io::Error>>>);

impl<W> Outlet<W> {
    /// Wraps a writer that has nothing in it yet.
    pub(super) fn new(inner: W) -> (Self, Failure) {
        let failure = Failure::default();
        (Outlet { inner, failure: failure.clone(), position: 0, end: 0 }, failure)
    }

    /// The writer, which has everything if nothing failed.
    pub(super) fn into_inner(self) -> W {
        self.inner
    }
}

impl Failure {
    /// Fails if something could not be written up to here.
    pub(super) fn check(&self, explain: impl FnOnce(&io::Error) -> Error) -> Result<()> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(explain(error)),
            None => Ok(()),
        }
    }

    fn happened(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn keep<T>(&self, result: io::Result<T>) -> Option<T> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        result.map_err(|error| first.get_or_insert(error).kind()).ok()
    }
}

impl<W: Write> Write for Outlet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.failure.happened() {
            let result = self.inner.write_all(bytes);
            self.failure.keep(result);
        }
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.failure.happened() {
            let result = self.inner.flush();
            self.failure.keep(result);
        }
        Ok(())
    }
}

impl<W: Seek> Seek for Outlet<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        // A buffered writer empties its buffer for every seek, even one to where it is.
        if target != self.position && !self.failure.happened() {
            let result = self.inner.seek(SeekFrom::Start(target));
            self.failure.keep(result);
        }
        self.position = target;
        Ok(target)
    }
}

impl<R: Read> Read for Outlet<R> {
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
        let (mut outlet, failure) = Outlet::new(io::Cursor::new(Vec::new()));
        outlet.write_all(b"abcdef").unwrap();
        assert_eq!(outlet.seek(SeekFrom::End(-4)).unwrap(), 2);
        outlet.write_all(b"CD").unwrap();
        assert_eq!(outlet.stream_position().unwrap(), 4);
        assert!(outlet.seek(SeekFrom::Current(-9)).is_err());
        let mut rest = String::new();
        outlet.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), outlet.inner.get_ref().as_slice()), ("ef", &b"abCDef"[..]));
        assert!(failure.check(|e| Error::new(e.to_string())).is_ok());
    }

    #[test]
    fn the_first_error_is_kept_and_the_rest_goes_nowhere() {
        let mut room = [0_u8; 4];
        let (mut outlet, failure) = Outlet::new(io::Cursor::new(&mut room[..]));
        outlet.write_all(b"123456").unwrap();
        outlet.write_all(b"789").unwrap();
        assert_eq!(outlet.stream_position().unwrap(), 9);
        let error = failure.check(|e| Error::new(e.kind().to_string())).unwrap_err();
        assert_eq!(error.to_string(), io::ErrorKind::WriteZero.to_string());
    }
}
