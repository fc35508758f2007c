"""A small library to learn CFFI from. Each module wraps one CFFI module and teaches one thing."""

from .arithmetic import add, mean
from .files import read_bytes
from .geometry import Box, Point, Polyline
from .integration import integrate
from .special import cbrt, classify, erf, tgamma
from .text import crc32, slug, upper_in_place

__all__ = [
    "Box",
    "Point",
    "Polyline",
    "add",
    "cbrt",
    "classify",
    "crc32",
    "erf",
    "integrate",
    "mean",
    "read_bytes",
    "slug",
    "tgamma",
    "upper_in_place",
]
