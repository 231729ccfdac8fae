"""Further accounts on messengers: their table and their page. They run in bot.assembly.bots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.pages import DeskPage


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    """Return the page, where accounts can run at all: a demo has none."""
    return Contribution(desk=lambda: _desk(base))


def _desk(base: Base) -> Sequence[DeskPage]:
    from .desk.page import BotsPage

    return () if base.accounts is None else BotsPage(base.accounts, base.services.audit).pages()


FAMILY = Family("bots", build, tables="bot.features.bots.tables", always=True, templates=Path(__file__).parent / "desk")
