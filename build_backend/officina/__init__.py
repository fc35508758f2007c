"""Officina: a PEP 517 build backend for CFFI projects."""
