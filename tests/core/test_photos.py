"""A photo with words below it: the words are read, the photo is kept by whoever asked for it and by nobody else."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.events import Incoming, PhotoSent
from bot.core.router import Router
from bot.i18n import Catalogues
from bot.testing import FakePlatform, Participant, World

UNKEPT: list[str] = []


def _router() -> Router:
    router, other = Router(), Router()

    @router.command("chao", "chào")
    async def greet(ctx: Context) -> None:
        ctx.reply(ctx.t("Chào bác"))

    @router.command("giu", "giữ")
    async def keep(ctx: Context) -> None:
        ctx.reply(ctx.t("Đã giữ {count} ảnh.", count=len(ctx.take_photos())))

    @router.command("gui", "gửi")
    async def ask(ctx: Context) -> None:
        ctx.wait_for("report", "photo")
        ctx.reply(ctx.t("Bác gửi ảnh."))

    @router.command("cu", "cũ")
    async def ask_as_before(ctx: Context) -> None:
        ctx.wait_for("gone", "photo")
        ctx.reply(ctx.t("Bác gửi ảnh."))

    @router.step("report", "photo", PhotoSent)
    async def take(ctx: Context) -> None:
        ctx.leave_flow()
        ctx.reply(ctx.t("Đã nhận ảnh."))

    @other.at_end
    async def note(ctx: Context) -> None:
        UNKEPT.extend(file.ref for file in ctx.unkept_files)

    router.include(other)
    return router


@pytest.fixture
def talk(db: BaseDBAsyncClient, platform: FakePlatform) -> Participant:
    UNKEPT.clear()
    return World(db, _router, Catalogues.load().translate, platform).talk()


async def _shows(talk: Participant, words: str) -> str:
    before = len(talk.shown)
    now = talk.world.clock.now()
    photo = PhotoSent(talk.world.next_id(), talk.chat, talk.sender, now, (Incoming("f1", "image/jpeg"),), caption=words)
    await talk.world.happens(photo)
    return "\n".join(shown.message.text.plain for shown in talk.shown[before:])


async def test_words_below_a_photo_are_read_and_the_photo_is_let_go(talk: Participant) -> None:
    heard = await _shows(talk, "chào")
    assert "Chào bác" in heard
    assert "không lưu lại" in heard
    assert UNKEPT == ["f1"]


async def test_who_takes_the_photo_keeps_it(talk: Participant) -> None:
    assert await _shows(talk, "giữ") == "Đã giữ 1 ảnh."
    assert UNKEPT == []


async def test_a_photo_that_was_asked_for_is_the_answer_whatever_is_written_below_it(talk: Participant) -> None:
    await talk.says("gửi")
    assert await _shows(talk, "chào") == "Đã nhận ảnh."
    assert UNKEPT == []


async def test_a_question_that_no_program_knows_any_more_waits_for_no_photo(talk: Participant) -> None:
    """The bot was updated in between."""
    await talk.says("cũ")
    assert "Chào bác" in await _shows(talk, "chào")
