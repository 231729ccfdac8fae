"""A step can be listened to: in the reader's language, else in Vietnamese, by file or by address."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.lean.values import replace
from bot.features.guides.recordings import Recordings, StepRecording, words_of
from bot.handlers.guides.page import HearStep
from bot.handlers.kit.base import Content
from bot.testing import MEDIA, FakePlatform, Participant, World
from tests.conversations import build_router

SLUG, STEP = "vneid-cai-dat-muc-2", "mat-khau"
HEAR = "Nghe bước này"


def made(shipped: Content, *locales: str, words: str = "") -> Mapping[tuple[str, str, str], StepRecording]:
    guide = shipped.guides.guides[SLUG]
    said = {of: words or words_of(guide, guide.steps[STEP], of, shipped.catalogues.translate) for of in locales}
    return {
        (SLUG, STEP, of): StepRecording(f"audio/{SLUG}/{STEP}.{of}.mp3", of, 50_000, digest)
        for of, digest in said.items()
    }


def hearing(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, known: Mapping[tuple[str, str, str], StepRecording]
) -> World:
    content = replace(shipped, recordings=Recordings(known))
    return World(db, lambda: build_router(content, platform), shipped.catalogues.translate, platform)


async def opened(world: World, *, english: bool = False) -> Participant:
    talk = world.talk("Hoa")
    await talk.says("menu")
    if english:
        await talk.says("ngôn ngữ")
        await talk.picks("English")
    await talk.says(f"/start g_{SLUG}_{STEP}")
    return talk


def sound(talk: Participant) -> str:
    """What can be listened to now, by file or by address."""
    files = [one.attachment.media for one in talk.news if one.attachment is not None and one.attachment.kind == "audio"]
    links = [line for line in talk.heard.split("\n") if line.endswith(".mp3")]
    [found] = files or links
    return found.removeprefix("Âm thanh: ").removeprefix("Audio: ").removeprefix(f"{MEDIA}/")


async def test_a_step_is_listened_to_and_its_choices_stay(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Mechanism: the sound comes alone, so the page's numbers go on meaning what they meant."""
    talk = await opened(hearing(db, platform, shipped, made(shipped, "vi")))
    assert HEAR in talk.choices
    choices = talk.choices
    await talk.picks(HEAR)
    assert "Tiếng đọc bước" in talk.heard
    assert "mới có tiếng Việt" not in talk.heard
    assert sound(talk) == f"guides/audio/{SLUG}/{STEP}.vi.mp3"
    await talk.picks("Đọc lại")
    assert talk.choices == choices


async def test_who_listens_to_a_machine_is_told_so(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    known = {key: replace(one, by_machine=True) for key, one in made(shipped, "vi").items()}
    talk = await opened(hearing(db, platform, shipped, known))
    await talk.picks(HEAR)
    assert "(giọng máy)" in talk.heard


async def test_a_reader_of_another_language_hears_it_or_is_told_that_it_is_vietnamese(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    talk = await opened(hearing(db, platform, shipped, made(shipped, "vi")), english=True)
    label = shipped.catalogues.translate("en", HEAR)
    await talk.picks(label)
    assert sound(talk) == f"guides/audio/{SLUG}/{STEP}.vi.mp3"
    assert shipped.catalogues.translate("en", "Bước này mới có tiếng Việt.") in talk.heard


async def test_a_recording_in_the_reader_s_language_is_preferred(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    talk = await opened(hearing(db, platform, shipped, made(shipped, "vi", "en")), english=True)
    await talk.picks(shipped.catalogues.translate("en", HEAR))
    assert sound(talk) == f"guides/audio/{SLUG}/{STEP}.en.mp3"


@pytest.mark.parametrize("known", ["nothing", "the words of before"])
async def test_a_step_without_a_fitting_recording_offers_none(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, known: str
) -> None:
    """Mechanism: the digest of the words."""
    talk = await opened(
        hearing(db, platform, shipped, {} if known == "nothing" else made(shipped, "vi", words="0" * 12))
    )
    assert HEAR not in talk.choices
    await talk.forges(pack(HearStep(SLUG, STEP)))
    assert "chưa có tiếng đọc" in talk.heard
    assert talk.choices == ["Đọc lại"]
    await talk.picks("Đọc lại")
    assert "Đặt mật khẩu" in talk.heard


async def test_where_no_sound_can_be_sent_and_there_is_no_address_it_is_not_offered(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = hearing(db, platform, shipped, made(shipped, "vi"))
    monkeypatch.setattr(world.engine, "_link_to", lambda name: None)
    talk = await opened(world)
    assert (HEAR in talk.choices) is (platform.capabilities["private"].audio_limit > 0)


@pytest.mark.parametrize("slug", ["khong-co", SLUG])
async def test_a_step_that_is_gone_leads_on(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, slug: str
) -> None:
    talk = await opened(hearing(db, platform, shipped, made(shipped, "vi")))
    await talk.forges(pack(HearStep(slug, "khong-co")))
    assert "chưa có tiếng đọc" in talk.heard
    await talk.picks("Đọc lại")
    assert "máy vừa gặp lỗi" not in talk.heard


async def test_a_group_can_listen_too(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> None:
    world = hearing(db, platform, shipped, made(shipped, "vi"))
    group = world.talk(chat="g", kind="group")
    await group.says(f"/start g_{SLUG}_{STEP}")
    await group.picks(HEAR)
    assert sound(group) == f"guides/audio/{SLUG}/{STEP}.vi.mp3"
