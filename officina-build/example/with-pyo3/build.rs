use officina_build::{LimitedApi, Module};

fn main() -> Result<(), officina_build::Error> {
    Module::entry("cffi_module.py:ffi").limited_api(LimitedApi::FromPyo3).compile()
}
