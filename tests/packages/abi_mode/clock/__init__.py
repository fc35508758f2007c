from clock._clock import ffi

lib = ffi.dlopen(None)
