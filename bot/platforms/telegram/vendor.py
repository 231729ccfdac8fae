"""aiogram, whose models are built when they are first used instead of all at the import.

At its import aiogram completes each of its 403 types, with all that these hold, and attempts each of its 185
methods. All of them take 110 MB and most of a start, and this bot uses twenty. The rest of the adapter takes
aiogram from here alone. Versions that nobody has looked at are imported as ever (see `KNOWN`).

A model outside aiogram, or a `TypeAdapter`, that holds one of its types needs that type built: `model_rebuild` first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import PackageNotFoundError, version
from threading import RLock
from types import MethodType, ModuleType
from typing import cast

from pydantic import BaseModel

__all__ = ["AiohttpSession", "Bot", "methods", "types"]

KNOWN: Mapping[str, frozenset[str]] = {"aiogram": frozenset({"3.31.0"}), "pydantic": frozenset({"2.13.5"})}
"""The versions whose tests of this module (tests/platforms/test_telegram_vendor.py) were seen to pass."""

_BASES = {"aiogram.client.context_controller": "BotContextController", "aiogram.methods.base": "Response"}
"""By module, the class from which all types and methods inherit, and the one of all answers, which hold types."""
_TYPES = "aiogram.types."


def is_known(known: Mapping[str, frozenset[str]] = KNOWN) -> bool:
    """Tell whether all that is installed is of a version that was looked at."""
    try:
        return all(version(library) in versions for library, versions in known.items())
    except PackageNotFoundError:
        return False


class Later:
    """Puts off what aiogram completes while it is imported, and completes a model when it is first used.

    pydantic calls the model's own `model_rebuild` at the first use of a model that is not complete. Ours adds the
    names that aiogram would have given it, and lets one thread at a time build: pydantic's own is not safe for two.
    """

    def __init__(self) -> None:
        self._names: Mapping[str, object] = {}
        self._importing = True
        self._building = RLock()

    def imported(self) -> None:
        """Note that from now on what is asked for is built."""
        self._importing = False

    def take(self, base: type[BaseModel]) -> None:
        """Give a base class, and so all that will inherit from it, a `model_rebuild` that knows aiogram's names."""
        # Methods do not defer of themselves: each would be attempted, and fail where it holds one of the types.
        base.model_config["defer_build"] = True
        plain = cast("MethodType", base.model_rebuild).__func__

        def model_rebuild(
            cls: type[BaseModel],
            *,
            force: bool = False,
            raise_errors: bool = True,
            _parent_namespace_depth: int = 2,
            _types_namespace: Mapping[str, object] | None = None,
        ) -> bool | None:
            given = _types_namespace or {}
            if self._importing and given and cls.__module__.startswith(_TYPES):
                self._names = given
                return None
            names = {**self._names, **given}
            with self._building:
                built: bool | None = plain(cls, force=force, raise_errors=raise_errors, _types_namespace=names)
            return built

        setattr(base, "model_rebuild", classmethod(model_rebuild))  # noqa: B010 - mypy lets no method be assigned


class _Taking(SourceFileLoader):
    """Loads a module as ever, and takes its class before anything inherits from it."""

    def __init__(self, found: SourceFileLoader, later: Later) -> None:
        super().__init__(found.name, found.path)
        self._later = later

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self._later.take(getattr(module, _BASES[module.__name__]))


class _Finder:
    """Finds the modules of the base classes, where Python would find them."""

    def __init__(self, later: Later) -> None:
        self._later = later

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _BASES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Taking(spec.loader, self._later)
        return spec


@contextmanager
def built_when_used() -> Iterator[None]:
    """Import aiogram within: of a known version, and unless somebody imported it before, its models come later.

    Only two classes of aiogram are touched: other threads import and build meanwhile as ever.
    """
    if "aiogram" in sys.modules or not is_known():
        yield
        return
    later = Later()
    finder = _Finder(later)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        later.imported()


with built_when_used():
    from aiogram import Bot, methods, types
    from aiogram.client.session.aiohttp import AiohttpSession
