"""The part of a messenger in setting up an installation: the values to ask for, and a check of the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.platform import Unreachable
from bot.platforms._shared.bot_api import BotApi, Refused


class WrongToken(Exception):
    """The vendor does not take the token; the text says in half a sentence where to get a right one."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """A bot as its vendor knows it. The links have `{code}` in them, "" where a link cannot carry one.

    `name` "" is one that could not be asked for without using the token up. `warning` is a sentence about something
    that will not work.
    """

    name: str
    start_link: str = ""
    group_link: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """How to begin with a messenger. `settings` are pairs: the setting's name without its prefix, its label.

    `introduce` takes the settings and raises WrongToken, Unreachable (no network, or the vendor is away) and
    SettingsError. `beside`: it is asked about beside a first messenger. `order` is its place among the others.
    `vendor` is the address that a firewall has to let through.
    """

    label: str
    about: str
    how: str
    vendor: str
    settings: tuple[tuple[str, str], ...]
    introduce: Callable[[Mapping[str, str]], Awaitable[Introduced]]
    order: int
    beside: bool = False
    needs_address: bool = False


async def ask(base: str, token: str, method: str, proxy: str | None = None) -> object:
    """Call a method of a Bot API once. Raises WrongToken without a text, and Unreachable."""
    api = BotApi(base, token, proxy)
    try:
        return await api.call(method, {}, 15.0)
    except Refused as refused:
        if refused.code in (400, 401, 403, 404):
            raise WrongToken from None
        raise Unreachable(str(refused), maybe_sent=False) from None
    finally:
        await api.close()
