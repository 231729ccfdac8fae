"""A person who chose English is spoken to in English; what nobody has translated is shown in Vietnamese."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, World
from tests.conversations import build_router


async def test_a_resident_follows_a_guide_in_english_and_types_english_words(world: World) -> None:
    talk = world.talk()
    await talk.says("language")
    await talk.picks("English")
    assert "From now on I speak English with you." in talk.heard
    await talk.says("find cai vneid")
    assert "Is this the guide you need?" in talk.heard
    await talk.picks("Install and activate VNeID level 2")
    assert "Guide: Install and activate VNeID level 2" in talk.heard
    await talk.picks("Done, not activated yet")
    assert talk.choices == ["Next", "Back", "Read again", "I am stuck", "Leave"]
    await talk.says("cancel")
    await talk.restarts()
    await talk.says("continue")
    assert "Have your ID card, a phone with internet, and a phone number in your name." in talk.heard


async def test_a_question_is_asked_answered_and_explained_in_english(world: World) -> None:
    talk = world.talk()
    await talk.says("language")
    await talk.picks("English")
    await talk.says("/start g_phong-lua-dao-gia-danh_cau-3")
    await talk.picks("Send half of it first")
    assert "Not quite." in talk.heard
    assert "The right answer is: Hang up and call my child's old number." in talk.heard
    assert "Picture and voice can be faked." in talk.heard


async def test_a_guide_without_a_translation_is_read_in_vietnamese_between_english_buttons(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    content = _untranslated(shipped, "dang-ky-tam-tru")
    talk = World(db, lambda: build_router(content), content.catalogues.translate, platform).talk()
    await talk.says("language")
    await talk.picks("English")
    await talk.says("/start g_dang-ky-tam-tru")
    assert "Guide: Đăng ký tạm trú trên VNeID" in talk.heard
    assert talk.choices[-3:] == ["Read again", "I am stuck", "Leave"]


async def test_back_in_vietnamese_with_one_choice(world: World) -> None:
    talk = world.talk()
    await talk.says("language")
    await talk.picks("English")
    await talk.says("ngôn ngữ")
    await talk.picks("Tiếng Việt")
    assert "Từ nay tôi nói tiếng Việt với bác." in talk.heard


def _untranslated(content: Content, slug: str) -> Content:
    """As if nobody had translated the guide `slug` into English yet."""
    known = content.catalogues.finished
    english = {key: text for key, text in known["en"].items() if key[0].partition("/")[0] != slug}
    return replace(content, catalogues=replace(content.catalogues, finished={**known, "en": english}))
