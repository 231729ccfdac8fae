"""Làng Số."""

__version__ = "0.1.0"
