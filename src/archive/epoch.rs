//! The time that packed files carry: <https://reproducible-builds.org/specs/source-date-epoch/>.

use crate::error::{Error, Result};
use crate::model::Environment;

/// 1980-01-01, before which a wheel's archive knows no time.
pub const EARLIEST: u64 = 315_532_800;

/// Seconds since 1970, from `SOURCE_DATE_EPOCH`; 1980-01-01 where it is not set.
///
/// # Errors
/// The variable holds something else than a number of seconds.
pub fn seconds(environment: &Environment) -> Result<u64> {
    let Some(value) = environment.text("SOURCE_DATE_EPOCH") else { return Ok(EARLIEST) };
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|_| digits).ok_or_else(|| {
        Error::new(format!("the environment variable SOURCE_DATE_EPOCH is `{value}`"))
            .hint("set it to a number of seconds since 1970-01-01, or unset it")
    })
}
