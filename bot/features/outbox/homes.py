"""Which commune a bot belongs to, while it runs. One of the settings has all communes and is not in here."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TypeVar

from msgspec import Struct

V = TypeVar("V")


class BotHome(Struct, frozen=True):
    """The commune of a bot: its unit's id and code."""

    unit_id: int
    code: str


Homes = Mapping[str, BotHome]
"""By platform. It is one object for as long as the process lives, and changes with the accounts."""
LiveHomes = MutableMapping[str, BotHome]


def serves(homes: Homes, platform: str, commune_id: int) -> bool:
    """Tell whether messages of this commune may leave through a platform."""
    home = homes.get(platform)
    return home is None or home.unit_id == commune_id


def of_commune(homes: Homes, platforms: Mapping[str, V], commune_id: int) -> Mapping[str, V]:
    """Return those platforms, with what stands beside them, through which messages of this commune may leave."""
    if not homes:
        return platforms
    return {name: value for name, value in platforms.items() if serves(homes, name, commune_id)}
