import builtins
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, ClassVar, Final, Generic, Literal, Protocol, SupportsFloat, SupportsIndex, TypeVar, overload

from typing_extensions import Buffer, ParamSpec, Self, TypeAlias

_R = TypeVar("_R")
_W = TypeVar("_W")
_P = TypeVar("_P", bound=Address)
_S = TypeVar("_S")
_C = TypeVar("_C", bound=CData)
_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])
_Q = ParamSpec("_Q")
