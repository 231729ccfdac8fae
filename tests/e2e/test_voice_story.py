"""Voice over real HTTP: a leader's voice note becomes a figure, and a step of a guide is listened to.

The recogniser runs in its own process as it does in a village; only the model is a stand-in, found where the real one
would be.
"""

from __future__ import annotations

import shutil
from array import array
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from aiohttp import ClientSession
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.demo import village as demo
from bot.features.guides import library, recordings
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.speech.words import GONE, NO_SOUND, NO_WORDS
from bot.i18n import Catalogues
from bot.storage import database, schema
from bot.storage.tables.checkins import Figure
from tests.conversations import GUIDES
from tests.features.loudspeaker.sounds import encoded, voice
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import ROOT, bot

from .phones import OnTelegram, OnZalo, settings

COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n'
MODEL = '''\
"""Understands the same sentence in every sound, and nothing in silence."""


class Pipeline:
    text = ""

    @classmethod
    def preset(cls, name):
        assert name == "transcribe"
        return cls()

    def build(self):
        return self

    def transcribe(self, sound, rate):
        assert rate == 16000 and 20000 < len(sound) < 32000, len(sound)
        self.text = "báo cáo tuyên truyền bốn mươi lăm hộ" if max(sound) > 1000 else ""
        return self
'''
SLUG, STEP = "vneid-cai-dat-muc-2", "mat-khau"


def _model(folder: Path) -> str:
    """PYTHONPATH with the stand-in on it."""
    place = folder / "model"
    place.mkdir()
    (place / "vietasr.py").write_text(MODEL, "utf-8")
    return f"{ROOT}:{place}"


async def _settle(folder: Path, leader: str) -> None:
    (folder / "commune.toml").write_text(COMMUNE, "utf-8")
    url, now = database.file_url(folder / "bot.sqlite3"), datetime.now(UTC)
    schema.create(folder / "bot.sqlite3")
    async with database.opened(url), in_transaction("default"):
        await demo.fill()
        village = await units.get("lac-hien")
        assert village is not None
        person_id = await people.remember(Account("telegram", leader), leader, "Hoa", now)
        await people.grant(person_id, "leader", village.id, now)


async def test_a_voice_note_is_fetched_heard_read_back_and_becomes_a_figure(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        hoa = OnTelegram(telegram, telegram.person("Hoa"))
        await _settle(tmp_path, str(hoa.person.id))
        environ = settings(telegram, zalo, tmp_path, unused_port()) | {"PYTHONPATH": _model(tmp_path)}
        telegram.files["speech"] = encoded("libopus", "ogg", voice(1.5))
        telegram.files["silence"] = encoded("libopus", "ogg", array("h", bytes(2 * 16_000 * 3 // 2)))
        telegram.files["letter"] = b"Kinh gui"

        async def speaks(file_id: str, *expected: str) -> None:
            hoa._acts()
            size = len(telegram.files.get(file_id, b""))
            note = {"file_id": file_id, "file_unique_id": file_id, "duration": 2, "file_size": size}
            await telegram.posts(hoa.person, voice=note)
            await hoa.sees("Tôi đang nghe, bác chờ một chút.", *expected)

        async with bot("serve", environ=environ):
            await hoa.says("/menu", "Bác cần việc gì?")
            await speaks("silence", NO_WORDS)
            await speaks("letter", NO_SOUND)
            await speaks("nothing", GONE)
            await speaks("speech", "Tôi nghe được: «báo cáo tuyên truyền bốn mươi lăm hộ». Đúng không ạ?")
            await hoa.picks("Đúng", "Số hộ được tuyên truyền trực tiếp: 45/326 hộ", "[Hủy]")
            await hoa.picks("Đúng", "Đã ghi 1 số liệu")
        async with database.opened(database.file_url(tmp_path / "bot.sqlite3")):
            assert [(one.indicator, one.value) for one in await Figure.all()] == [("TT01", 45_000)]  # in thousandths
        assert [one for one in (tmp_path / "media").rglob("*") if one.is_file()] == []


async def test_a_step_is_sent_as_a_sound_where_there_are_sounds_and_as_an_address_elsewhere(tmp_path: Path) -> None:
    guides = tmp_path / "guides"
    shutil.copytree(GUIDES, guides)
    mp3 = encoded("libmp3lame", "mp3", voice(1.0), rate=44_100)
    file = guides / "audio" / SLUG / f"{STEP}.vi.mp3"
    file.parent.mkdir(parents=True)
    file.write_bytes(mp3)
    recordings.update(guides, library.load(guides), Catalogues.load().translate)
    async with FakeTelegram() as telegram, FakeZalo() as zalo, ClientSession() as browser:
        hoa, tu = OnTelegram(telegram, telegram.person("Hoa")), OnZalo(zalo, "tu")
        await _settle(tmp_path, str(hoa.person.id))
        environ = settings(telegram, zalo, tmp_path, unused_port()) | {"BOT_GUIDES_DIR": str(guides)}
        async with bot("serve", environ=environ):
            await hoa.says(f"/start g_{SLUG}_{STEP}", "Đặt mật khẩu")
            await hoa.picks("Nghe bước này", "Tiếng đọc bước")
            await tu.says(f"/start g_{SLUG}_{STEP}", "Đặt mật khẩu")
            await tu.picks("Nghe bước này", "Tiếng đọc bước")
            [address] = [line for line in tu.heard.split("\n") if line.endswith(".mp3")]
            async with browser.get(address.removeprefix("Âm thanh: ")) as answer:
                assert answer.content_type == "audio/mpeg"
                assert await answer.read() == mp3
            async with browser.get(f"{environ['BOT_PUBLIC_URL']}/huong-dan/{SLUG}") as page:
                assert f'src="/media/guides/audio/{SLUG}/{STEP}.vi.mp3"' in await page.text()
        [sent] = [one for one in telegram.shown(hoa.person) if one.kind == "audio"]
        assert telegram.files[sent.file_id] == mp3
