fn main() -> Result<(), officina_build::Error> {
    officina_build::Module::entry("cffi/build_plain.py:ffi").compile()
}
