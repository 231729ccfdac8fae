"""A family that a commune has switched off is gone: its commands, words, jobs, clocks, and every button to it."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.assembly.services import make_privacy
from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.invites import Invites
from bot.handlers.kit.base import Content
from bot.storage import apps
from bot.testing import FakePlatform, World
from tests.conversations import KEY, base_of, build_router
from tests.families import TESTS
from tests.features.village import places, somebody

OPTIONAL = tuple(family.name for family in families.discover() if not family.always)


class Here(Action, code="zzh"):
    pass


class Gone(Action, code="zzg"):
    pass


def test_each_of_them_has_a_mark_for_its_tests() -> None:
    assert set(TESTS) == set(OPTIONAL)


@pytest.mark.parametrize("name", OPTIONAL)
async def test_nothing_of_it_is_left(db: BaseDBAsyncClient, shipped: Content, name: str) -> None:
    whole = families.join(families.discover(), base_of(shipped, db))
    without = families.join(families.discover([name]), base_of(shipped, db))
    lost = set(whole.router.commands) - set(without.router.commands)
    assert lost or set(whole.router.actions) - set(without.router.actions)
    assert not set(without.router.commands) - set(whole.router.commands)
    assert set(without.jobs) <= set(whole.jobs)
    assert {one.name for one in without.work} <= {one.name for one in whole.work}
    assert {word: one for word, one in without.router.words.items() if one.name in lost} == {}


@pytest.mark.parametrize(("without", "led"), [((), True), (("targets",), False)])
async def test_another_family_s_answer_has_no_button_to_it(
    db: BaseDBAsyncClient, shipped: Content, platform: FakePlatform, without: tuple[str, ...], led: bool
) -> None:
    """Officials who ask what was reported are led to the sums, where there are any."""
    at = await places()
    await somebody("lan", "officer", at.commune)
    world = World(db, lambda: build_router(shipped, platform, without=without), shipped.catalogues.translate, platform)
    talk = world.talk("Lan", chat="chat-lan")
    await talk.says("/sodabao")
    assert ("Tổng hợp số liệu" in talk.choices) is led
    assert "Về menu" in talk.choices


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_it_has_kept_of_people_is_shown_and_erased_all_the_same(name: str) -> None:
    audit = Audit(KEY)
    everything = make_privacy(KEY, audit, Invites(KEY, audit))
    (family,) = (one for one in families.discover() if one.name == name)
    kept = {held.table for held in family.personal(lambda slug: None)}
    assert kept <= {held.table for held in everything.tables}


@pytest.mark.parametrize("name", OPTIONAL)
def test_its_tables_stay_in_the_database(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are opened and migrated as before: what is in them is still somebody's."""
    monkeypatch.setattr(apps, "_families", {})
    families.discover([name])
    assert name in apps.known()


async def test_a_button_that_nobody_answers_is_left_out_and_the_others_keep_their_rows(
    db: BaseDBAsyncClient, shipped: Content, platform: FakePlatform
) -> None:
    def router() -> Router:
        made = Router()

        @made.command("hang")
        async def rows(ctx: Context) -> None:
            buttons = [Button.to("A", Here()), Button.to("B", Gone()), Button.to("C", Gone()), Button.to("D", Here())]
            ctx.reply(Text.verbatim("Chọn"), buttons, rows=(2, 1, 1))

        @made.action(Here)
        async def here(ctx: Context, action: Here) -> None:
            ctx.reply(Text.verbatim("Đây"))

        made.complete = True
        return made

    talk = World(db, router, shipped.catalogues.translate, platform).talk("Lan")
    await talk.says("/hang")
    assert talk.choices == ["A", "D"]
    assert talk.news[-1].rows in ((1, 1), ())
    await talk.picks("D")
    assert "Đây" in talk.heard
