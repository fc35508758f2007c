//! A library that Python imports as the CFFI module `_plain`: all that it exports is `PyInit__plain`.

officina_build::export!("_plain");
