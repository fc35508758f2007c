_CData: TypeAlias = CData
_CType: TypeAlias = CType
_buffer: TypeAlias = buffer

class ffi:
    """The FFI of this module. It is an object; a class here, so that `ffi.CData` can be an annotation."""

    CData: TypeAlias = _CData
    CType: TypeAlias = _CType
    buffer: TypeAlias = _buffer
    class error(Exception): ...
    NULL: ClassVar[void_p]
    errno: ClassVar[int]
    RTLD_LAZY: ClassVar[int]
    RTLD_NOW: ClassVar[int]
    RTLD_GLOBAL: ClassVar[int]
    RTLD_LOCAL: ClassVar[int]
    RTLD_NODELETE: ClassVar[int]
    RTLD_NOLOAD: ClassVar[int]
    RTLD_DEEPBIND: ClassVar[int]
    # overloads of new
    @overload
    @staticmethod
    def new(cdecl: TypeOf[_T], init: Any = ...) -> _T: ...
    @overload
    @staticmethod
    def new(cdecl: _CType, init: Any = ...) -> Any: ...
    @overload
    @staticmethod
    def new(cdecl: str, init: Any = ...) -> Any: ...
    @staticmethod
    def new_allocator(
        alloc: Callable[[int], _CData] | None = ...,
        free: Callable[[Any], object] | None = ...,
        should_clear_after_alloc: bool = ...,
    ) -> Callable[..., Any]: ...
    # overloads of cast
    @overload
    @staticmethod
    def cast(cdecl: TypeOf[_T], value: CastValue) -> _T: ...
    @overload
    @staticmethod
    def cast(cdecl: _CType, value: CastValue) -> Any: ...
    @overload
    @staticmethod
    def cast(cdecl: str, value: CastValue) -> Any: ...
    # overloads of typeof
    @overload
    @staticmethod
    def typeof(cdecl: _C, /) -> TypeOf[_C]: ...
    @overload
    @staticmethod
    def typeof(cdecl: str | Callable[..., Any], /) -> _CType: ...
    # overloads of addressof
    @overload
    @staticmethod
    def addressof(cdata: Record[_P], /) -> _P: ...
    @overload
    @staticmethod
    def addressof(cdata: Array[Any, Any, _P], index: int, /) -> _P: ...
    @overload
    @staticmethod
    def addressof(cdata: Record[Any] | Array[Any, Any, Any], /) -> Any: ...
    @overload
    @staticmethod
    def addressof(cdata: _CData, field: str | int, /, *fields: str | int) -> Any: ...
    @overload
    @staticmethod
    def addressof(library: Library, name: str, /) -> Any: ...
    # overloads of from_buffer
    @overload
    @staticmethod
    def from_buffer(cdecl: Buffer, require_writable: bool = ...) -> char_a: ...
    @overload
    @staticmethod
    def from_buffer(cdecl: TypeOf[_T], python_buffer: Buffer, require_writable: bool = ...) -> _T: ...
    @overload
    @staticmethod
    def from_buffer(cdecl: str | _CType, python_buffer: Buffer, require_writable: bool = ...) -> Any: ...
    @overload
    @staticmethod
    def gc(cdata: _C, destructor: Callable[[_C], object], size: int = ...) -> _C: ...
    @overload
    @staticmethod
    def gc(cdata: _CData, destructor: None, size: int = ...) -> None: ...
    # overloads of callback
    @overload
    @staticmethod
    def callback(
        cdecl: str | _CType,
        python_callable: None = ...,
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], object] | None = ...,
    ) -> Callable[[Callable[..., Any]], Any]: ...
    @overload
    @staticmethod
    def callback(
        cdecl: str | _CType,
        python_callable: Callable[..., Any],
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], object] | None = ...,
    ) -> Any: ...
    # overloads of def_extern
    @staticmethod
    def string(cdata: Text[_S], maxlen: int = ...) -> _S: ...
    @overload
    @staticmethod
    def unpack(cdata: char_p | char_a, length: int) -> bytes: ...
    # overloads of unpack
    @overload
    @staticmethod
    def unpack(cdata: Pointer[_R, Any, Any], length: int) -> list[_R]: ...
    @overload
    @staticmethod
    def unpack(cdata: Array[_R, Any, Any], length: int) -> list[_R]: ...
    @staticmethod
    def memmove(dest: Address | Buffer, src: Address | Buffer, n: int) -> None: ...
    @staticmethod
    def new_handle(x: object, /) -> void_p: ...
    @staticmethod
    def from_handle(x: _CData, /) -> Any: ...
    @staticmethod
    def release(cdata: _CData, /) -> None: ...
    @staticmethod
    def sizeof(cdecl: str | _CType | _CData, /) -> int: ...
    @staticmethod
    def alignof(cdecl: str | _CType | _CData, /) -> int: ...
    @staticmethod
    def offsetof(cdecl: str | _CType | _CData, field: str | int, /, *fields: str | int) -> int: ...
    @staticmethod
    def getctype(cdecl: str | _CType | _CData, replace_with: str = ...) -> str: ...
    @staticmethod
    def integer_const(name: str) -> int: ...
    @staticmethod
    def list_types() -> tuple[list[str], list[str], list[str]]: ...
    @staticmethod
    def init_once(func: Callable[[], _T], tag: object) -> _T: ...
    @staticmethod
    def dlopen(libpath: str | _CData | None = ..., flags: int = ..., /) -> Lib: ...
    @staticmethod
    def dlclose(lib: Library, /) -> None: ...
    @staticmethod
    def getwinerror(code: int = ...) -> tuple[int, str]: ...
