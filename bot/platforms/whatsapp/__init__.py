"""WhatsApp: the adapter is in `adapter`; what is loaded by its name is handed on here."""

from .adapter import create

__all__ = ["create"]
