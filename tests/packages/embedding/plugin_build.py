from cffi import FFI

ffi = FFI()
ffi.embedding_api("int add(int, int);")
ffi.set_source("demo_plugin", "")
ffi.embedding_init_code("""
    from demo_plugin import ffi

    @ffi.def_extern()
    def add(a, b):
        return a + b
""")
