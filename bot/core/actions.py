"""Actions: what a button means, as typed values with a short ASCII form.

`OpenStep("cai-vneid", "kiem-tra")` is `g|cai-vneid|kiem-tra`. Fields are names, never positions, so that an inserted
step does not shift old buttons. The packed form comes back from the network: `Codec.unpack` trusts nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Mapping
from dataclasses import FrozenInstanceError
from inspect import get_annotations
from typing import ClassVar, NoReturn, dataclass_transform

from bot.core.lean import patterns

_CODE = patterns.compile(r"[a-z][a-z0-9]{0,5}")
_ESCAPED = patterns.compile(r"%[0-9a-f]{2}")
_INT = patterns.compile(r"0|-?[1-9][0-9]{0,18}")
_MOST = 2**63
"""No database takes a number from here on; one that is forged would be an error of ours instead of an old button."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:,/+ ")
TOKEN_PREFIX = "~"  # noqa: S105 - a mark, not a secret

_TYPES: Mapping[object, type] = {"str": str, "int": int, "bool": bool, str: str, int: int, bool: bool}
"""Types of fields by what is written: to have three hundred hints evaluated took a tenth of a start."""


class UnknownAction(Exception):
    """Packed data that is not one of our actions: forged, cut, or from a version that is gone."""


@dataclass_transform(frozen_default=True)
class Action:
    """Base of all actions. A subclass names fields, which are str, int or bool and have no default, and its own `code`.

    To type checkers it is a frozen dataclass. Generated one by one, the methods of some three hundred of them took a
    sixth of a second of each start and 3 MB.
    """

    code: ClassVar[str] = ""
    field_names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, code: str) -> None:
        super().__init_subclass__()
        if not _CODE.fullmatch(code):
            raise TypeError(f"{cls.__name__}: an action code is 1 to 6 lower-case ASCII letters or digits: {code!r}")
        cls.code = code
        cls.field_names = tuple(get_annotations(cls))

    def __init__(self, *given: object, **named: object) -> None:
        if not named and len(given) == len(self.field_names):
            self.__dict__.update(zip(self.field_names, given, strict=True))
            return
        values = {**dict(zip(self.field_names, given, strict=False)), **named}
        if len(given) + len(named) != len(values) or values.keys() != set(self.field_names):
            raise TypeError(f"{type(self).__name__} has the fields {self.field_names}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(name)

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(name)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.field_names)})"


def _values(action: Action) -> tuple[object, ...]:
    return tuple([getattr(action, name) for name in action.field_names])


def pack(action: Action) -> str:
    """Return the ASCII form of an action; raise TypeError for a field that is not str, int or bool."""
    return "|".join((action.code, *map(_pack_field, _values(action))))


def code_of(packed: str) -> str:
    """Return the code of a packed action; of a token that stands for one, all of it."""
    return packed.partition("|")[0]


def token_of(packed: str) -> str:
    """Return a short token for a packed action that is too long for a button; equal actions get equal tokens."""
    return TOKEN_PREFIX + b32encode(hashlib.sha256(packed.encode()).digest()[:10]).decode().lower()


class Codec:
    """Unpacks the actions it was given types for.

    Raises TypeError at construction when two types share a code or a type has a field that is not plain.
    """

    def __init__(self, types: Iterable[type[Action]]) -> None:
        self._types: dict[str, tuple[type[Action], tuple[type, ...]]] = {}
        for kind in types:
            known = self._types.get(kind.code)
            if known is not None and known[0] is not kind:
                raise TypeError(f"action code {kind.code!r} belongs to both {known[0].__name__} and {kind.__name__}")
            self._types[kind.code] = (kind, _field_types(kind))

    def unpack(self, packed: str) -> Action:
        """Return the action that `pack` packed; raise UnknownAction for anything `pack` could not have made."""
        code, *values = packed.split("|")
        if code not in self._types:
            raise UnknownAction(packed[:80])
        kind, types = self._types[code]
        if len(values) != len(types):
            raise UnknownAction(packed[:80])
        return kind(*(_unpack_field(value, of) for value, of in zip(values, types, strict=True)))


_seen_types: dict[type[Action], tuple[type, ...]] = {}


def _field_types(kind: type[Action]) -> tuple[type, ...]:
    """Return the types of the fields, worked out once: a start asks twice for those of three hundred actions."""
    types = _seen_types.get(kind)
    if types is None:
        types = _seen_types[kind] = tuple(_field_type(kind, hint) for hint in get_annotations(kind).values())
    return types


def _field_type(kind: type[Action], hint: object) -> type:
    if hint not in _TYPES:
        raise TypeError(f"{kind.__name__}: an action holds str, int and bool only, not {hint}")
    return _TYPES[hint]


def _pack_field(value: object) -> str:
    if isinstance(value, str):
        if _PLAIN.issuperset(value):  # as nearly always: codes and numbers
            return value
        return "".join(
            char if char in _PLAIN else "".join(f"%{byte:02x}" for byte in char.encode("utf-8")) for char in value
        )
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"an action holds str, int and bool only, not {type(value).__name__}")


def _unpack_field(value: str, of: type) -> str | int | bool:
    if of is bool:
        if value not in ("0", "1"):
            raise UnknownAction(value[:80])
        return value == "1"
    if of is int:
        if not _INT.fullmatch(value) or not -_MOST <= (number := int(value)) < _MOST:
            raise UnknownAction(value[:80])
        return number
    return _unescape(value)


def _unescape(value: str) -> str:
    if _PLAIN.issuperset(value):
        return value
    raw = bytearray()
    at = 0
    while at < len(value):
        if value[at] in _PLAIN:
            raw += value[at].encode()
            at += 1
        elif _ESCAPED.fullmatch(value[at : at + 3]) and chr(byte := int(value[at + 1 : at + 3], 16)) not in _PLAIN:
            raw.append(byte)
            at += 3
        else:
            raise UnknownAction(value[:80])
    if 0 in raw:  # PostgreSQL takes none
        raise UnknownAction(value[:80])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UnknownAction(value[:80]) from None
