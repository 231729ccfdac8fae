"""A step may take any sentence: what only begins like a command is its answer."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.testing import FakePlatform, World


class _Cancel(Action, code="zzhuy"):
    pass


def _router(prose: bool) -> Router:
    router = Router()

    @router.command("hoi", "hỏi", takes_args=True)
    async def ask(ctx: Context) -> None:
        ctx.reply(Text.of(f"tìm: {ctx.args}"))

    @router.command("viet", "viết")
    async def write(ctx: Context) -> None:
        ctx.wait_for("form", "words")
        ctx.reply(Text.of("Bác viết đi."))

    @router.step("form", "words", TextSent, prose=prose)
    async def written(ctx: Context) -> None:
        assert isinstance(ctx.event, TextSent)
        ctx.reply(Text.of(f"ghi: {ctx.event.text}"))

    return router


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


@pytest.mark.parametrize(
    ("prose", "said", "answer"),
    [
        (True, "Hội trường xã chật", "ghi: Hội trường xã chật"),
        (True, "hỏi trưởng thôn", "ghi: hỏi trưởng thôn"),
        (False, "hỏi trưởng thôn", "tìm: trưởng thôn"),
        (True, "hỏi", "tìm:"),
    ],
)
async def test_only_a_step_for_prose_takes_a_sentence_that_begins_like_a_command(
    db: BaseDBAsyncClient, platform: FakePlatform, said: str, answer: str, *, prose: bool
) -> None:
    talk = World(db, lambda: _router(prose), _untranslated, platform).talk()
    await talk.says("viết")
    await talk.says(said)
    assert talk.shown[-1].message.text.plain == answer


async def test_without_a_step_it_is_the_command(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    talk = World(db, lambda: _router(True), _untranslated, platform).talk()
    await talk.says("hỏi trưởng thôn")
    assert talk.shown[-1].message.text.plain == "tìm: trưởng thôn"


@pytest.mark.parametrize(("yields", "answer"), [(False, "lệnh"), (True, "nút")], ids=["keeps", "yields"])
async def test_a_command_gives_way_to_a_choice_of_its_name_only_if_it_yields(
    db: BaseDBAsyncClient, platform: FakePlatform, yields: bool, answer: str
) -> None:
    router = Router()

    @router.command("huy", "hủy", yields=yields)
    async def cancel(ctx: Context) -> None:
        ctx.reply(Text.of("lệnh"))

    @router.command("hoi", "hỏi")
    async def ask(ctx: Context) -> None:
        ctx.reply(Text.of("Làm gì?"), [Button.to("Hủy", _Cancel()), Button.to("Gửi", _Cancel())])

    @router.action(_Cancel)
    async def pressed(ctx: Context, action: _Cancel) -> None:
        ctx.reply(Text.of("nút"))

    talk = World(db, lambda: router, _untranslated, platform).talk()
    await talk.says("hỏi")
    await talk.says("hủy")
    assert talk.heard == answer


async def test_a_handler_that_would_say_nothing_is_told_so(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    """No messenger takes an empty message: the fault belongs to the program, and its tests see it."""
    router, refused = Router(), list[str]()

    @router.command("rong", "rỗng")
    async def empty(ctx: Context) -> None:
        try:
            ctx.reply(Text())
        except ValueError as error:
            refused.append(str(error))
        ctx.reply(Text.of("xong"))

    talk = World(db, lambda: router, _untranslated, platform).talk()
    await talk.says("rỗng")
    assert refused == ["a message needs a text or an attachment"]
    assert talk.heard == "xong"
