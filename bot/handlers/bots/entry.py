"""Further accounts on messengers: their table and their page. They run in bot.assembly.bots."""

from __future__ import annotations

from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    return Contribution()


FAMILY = Family("bots", build, tables="bot.features.bots.tables")
