"""The towns by their names."""

from __future__ import annotations

from .little import LittleTown
from .town import Town


def town_of(name: str) -> Town:
    if name == "little":
        return LittleTown()
    if name == "core":
        from .core.town import CoreTown

        return CoreTown()
    if name == "commune":
        from .commune import CommuneTown

        return CommuneTown()
    if name == "villages":
        from .villages import VillagesTown

        return VillagesTown()
    raise SystemExit(f"no town is called {name}")
