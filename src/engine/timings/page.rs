//! The page that shows timings: one file, which needs no other and asks nobody for anything.

use crate::engine::timings::summary::json;
use crate::error::Result;
use crate::model::Timings;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// `timings.html`.
///
/// # Errors
/// Those of [`json`].
pub fn html(timings: &Timings) -> Result<String> {
    let data = inside_script(&json(timings)?);
    // The data come last: they may hold any text.
    let page = TEMPLATE.replacen("{{style}}", STYLE, 1).replacen("{{script}}", SCRIPT, 1);
    Ok(page.replacen("{{data}}", &data, 1))
}

/// JSON as it may stand in a `<script>` element: names of modules and files hold what they like, and
/// `</script>` or `<!--` would end it.
/// <https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements>
fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
