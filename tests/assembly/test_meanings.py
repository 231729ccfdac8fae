"""Every meaning that the model knows is done by a family or named here, and every declared one can be done."""

from __future__ import annotations

from collections import Counter

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.handlers.kit.base import Content
from bot.handlers.kit.hooks import Hooks
from bot.understanding.examples import FOLDER
from bot.understanding.model import NONE, shipped
from tests.conversations import base_of

NOT_DONE = frozenset(
    {
        "leader:announce-village",  # the group is theirs: they write there themselves
        "official:audit",  # read with the command of who runs the bot
        "official:privacy",
    }
)
"""Meanings that have examples, so that their words are not taken for something else, and that nothing does yet."""


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


async def test_what_the_model_knows_and_what_the_families_do_is_the_same(
    db: BaseDBAsyncClient, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks()
    monkeypatch.setattr(families, "Hooks", lambda: hooks)
    joined = families.join(families.discover(), base_of(shipped, db))
    declared = list(hooks.meanings)
    names = [one.name for one in declared]
    assert len(names) == len(set(names)), "two families declare one meaning"
    assert [one.name for one in declared if one.command and one.command not in joined.router.commands] == []
    assert [one.name for one in declared if bool(one.command) == (one.does is not None)] == []
    learned = {name for name in known() if ":" in name}
    assert set(names) - learned == set(), "no examples"
    assert learned - set(names) == NOT_DONE


async def test_what_stands_on_a_button_is_taught_as_what_it_does(
    db: BaseDBAsyncClient, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People type what they see. When this fails write what it shows into the file, then `make learn`."""
    hooks = Hooks()
    monkeypatch.setattr(families, "Hooks", lambda: hooks)
    families.join(families.discover(), base_of(shipped, db))
    declared = [one for one in hooks.meanings if one.label]
    labels = Counter(one.label for one in declared)
    lines = sorted(f"{one.label}\t{one.name}\tlabel\n" for one in declared if labels[one.label] == 1)
    assert FOLDER.joinpath("labels.tsv").read_text("utf-8") == "".join(lines)


def known() -> set[str]:
    return set(shipped().header.meanings) - {NONE}
