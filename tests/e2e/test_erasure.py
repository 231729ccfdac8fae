"""Somebody is erased on a full installation, and a stranger with its disk, a backup or a dump finds nothing of them.

Words, names, phones, photos, a file, a voice note, captions and roles leave twenty traces on their way through real
HTTP; each is seen in the data folder or the database before it may count as gone.
"""

from __future__ import annotations

import asyncio
import io
import logging
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from PIL import Image
from tortoise.transactions import in_transaction

from bot.assembly import background
from bot.assembly.app import DATABASE, serving
from bot.features import units
from bot.features.audit import Audit
from bot.features.demo import village as demo
from bot.features.invites import Created, Invites
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import cleaning, erasure
from bot.framework.installation import secret_key
from bot.settings import Settings, load
from bot.storage import database, schema
from bot.storage.backup import backup
from bot.storage.tables.people import Account as AccountRow
from tests.features.loudspeaker.sounds import encoded, voice
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.telegram_rules import Person, Room
from tests.ports import unused_port
from tests.postgres import begin, run_on_postgres, url_of
from tests.processes import ROOT

from .phones import PATIENCE, OnTelegram
from .traces import traces
from .web_visitor import OnWeb

COMMUNE = """
code = "yen-mo"
name = "Yên Mô"
province = "Ninh Bình"
[quiet]
start = 00:00:00
end = 00:00:00
[help]
start = 00:00:00
end = 00:00:00
"""
MODEL = """\
class Pipeline:
    text = ""

    @classmethod
    def preset(cls, name):
        return cls()

    def build(self):
        return self

    def transcribe(self, sound, rate):
        self.text = "loa thôn zqvoicewords bị hỏng"
        return self
"""
WORDS: Mapping[str, str] = {
    "name in the list": "Hoang Zqlisted",
    "name as corrected": "Hoang Zqrenamed",
    "name on the messenger": "Zqfirstname",
    "phone in the list": "0987123654",
    "address on the messenger": "7300112239",
    "words of a difficulty": "zqdifficulty",
    "note beside figures": "zqnotewords",
    "caption of a photo": "zqcaptionwords",
    "a photo on the messenger": "zqphotofile",
    "a voice note on the messenger": "zqvoicefile",
    "words of a voice note": "zqvoicewords",
    "words that nobody understood": "zqfreewords",
    "words of a call for help": "zqhelpwords",
    "phone in a call for help": "0912777333",
    "words in the group": "zqgroupwords",
    "words on the page": "zqwebwords",
    "name of a file on the page": "zqfilename",
    "caption of a file on the page": "zqwebcaption",
}


RARELY_IN_A_DUMP = {"a voice note on the messenger", "words that nobody understood", "words in the group"}
"""They are there until they are handled; SQLite's log keeps them longer than that."""


def photo() -> bytes:
    """No two are alike."""
    out = io.BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@dataclass
class Town:
    """The installation and how it is looked at; `seen` are the traces that were found so far."""

    url: str | None
    folder: Path
    log: Path
    telegram: FakeTelegram
    hoa: OnTelegram
    lan: OnTelegram
    page: OnWeb
    group: Room
    code: str
    canaries: dict[str, str | bytes] = field(default_factory=lambda: dict(WORDS))
    seen: set[str] = field(default_factory=set)

    async def found(self) -> dict[str, set[str]]:
        """In the data folder, the log, and a backup or dump that is made now."""
        beside = self.folder.with_name("beside")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        if self.url is None:
            await asyncio.to_thread(backup, self.folder, beside / "backup.zip")
        else:
            dump = await asyncio.create_subprocess_exec("pg_dump", "-f", str(beside / "dump.sql"), self.url)
            assert await asyncio.wait_for(dump.wait(), PATIENCE) == 0
        return await asyncio.to_thread(traces, self.canaries, self.folder, self.log, beside)

    def keeps_stored_files(self) -> None:
        """What lies in the folders of files now is theirs: its names and its bytes are traces from now on."""
        kept = [path for path in sorted(self.folder.glob("media*/**/*")) if path.is_file()]
        for number, path in enumerate(kept, start=1):
            content = path.read_bytes()
            self.canaries[f"bytes of stored file {number}"] = content[len(content) // 2 :][:32]
            self.canaries[f"name of stored file {number}"] = path.name

    async def forgets_all(self) -> None:
        """Wait until nothing is found any more, and on PostgreSQL until each table was vacuumed."""
        left: dict[str, set[str]] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while left := await self.found() or await self._not_vacuumed():  # noqa: ASYNC110 - as phones.until
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"still there: {left}") from None

    async def _not_vacuumed(self) -> dict[str, set[str]]:
        if self.url is None:
            return {}
        connection = await asyncpg.connect(self.url)
        try:
            rows = await connection.fetch("select relname from pg_stat_user_tables where last_vacuum is null")
        finally:
            await connection.close()
        return {str(row["relname"]): {"not vacuumed"} for row in rows}

    async def looks(self) -> None:
        self.seen |= set(await self.found())


@asynccontextmanager
async def town(tmp_path: Path, url: str | None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    model, folder, log = tmp_path / "model", tmp_path / "data", tmp_path / "log.txt"
    model.mkdir()
    folder.mkdir()
    (model / "vietasr.py").write_text(MODEL, "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{model}")
    monkeypatch.syspath_prepend(str(model))
    (folder / "commune.toml").write_text(COMMUNE, "utf-8")
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        port = unused_port()
        environ = {
            "BOT_PLATFORMS": "telegram,web",
            "BOT_DATA_DIR": str(folder),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BOT_PACE_TELEGRAM_PER_SECOND": "60000",
            "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": "60000",
            "BOT_PACE_TELEGRAM_GROUP_PER_MINUTE": "60000",
            **{f"BOT_TELEGRAM_{name.upper()}": value for name, value in telegram.options(poll_seconds="2").items()},
            **({} if url is None else {"BOT_DATABASE_URL": url}),
        }
        settings = load(environ, ["telegram", "web"])
        hoa = Person(int(WORDS["address on the messenger"]), WORDS["name on the messenger"])
        lan, group = telegram.person("Lan"), telegram.group("Bà con")
        code = await _settle(settings, url, hoa, lan, group)
        handler = logging.FileHandler(log)
        stack.callback(handler.close)
        logging.getLogger().addHandler(handler)
        stack.callback(logging.getLogger().removeHandler, handler)
        monkeypatch.setattr(background, "FORGET_TICK", 0.2)
        monkeypatch.setattr(erasure, "QUIET", erasure.QUIET * 0)
        running = await stack.enter_async_context(serving(settings, environ))
        page = OnWeb(running.url)
        stack.push_async_callback(page.closes)
        yield Town(
            url, folder, log, telegram, OnTelegram(telegram, hoa), OnTelegram(telegram, lan), page, group, code,
        )  # fmt: skip


async def _settle(settings: Settings, url: str | None, hoa: Person, lan: Person, group: Room) -> str:
    """The demo's villages, an officer, a leader who is on the list with a phone, and their code."""
    path = settings.data_dir / DATABASE
    if url is None:
        schema.create(path)
    else:
        await begin(url)
    now, key = datetime.now(UTC), secret_key(settings)
    async with database.opened(url or database.file_url(path)), in_transaction("default"):
        await demo.fill()
        own = {"officer": (str(lan.id), str(lan.id))}
        await demo.settle("telegram", own, {"lac-hien": str(group.id)}, now)
        listed = await people.create(WORDS["name in the list"], now, phone=WORDS["phone in the list"], listed=True)
        village = await units.get("lac-hien")
        assert village is not None
        await people.grant(listed, "leader", village.id, now)
        await people.grant(await people.remember(Account("telegram", "1"), "1", "Ba", now), "member", village.id, now)
        made = await Invites(key, Audit(key)).create_listed(listed, by=None, now=now)
    assert isinstance(made, Created)
    return made.code


async def _on_telegram(town: Town) -> None:
    """What a leader does in a year, in a minute."""
    hoa, telegram, files = town.hoa, town.telegram, town.telegram.files

    async def sends(*expected: str, caption: str = "", **content: object) -> None:
        hoa._acts()
        await telegram.posts(hoa.person, None, reply_to=None, **content, **({"caption": caption} if caption else {}))
        await hoa.sees(*expected)

    def sized(file_id: str) -> dict[str, object]:
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": len(files[file_id])}

    await town.lan.says("/menu", "Bác cần việc gì?")
    await hoa.says(f"/start {town.code}", "Đồng ý")
    await hoa.picks("Đồng ý", "Chào mừng bác")
    await hoa.says("sửa tên tôi", "Bác gõ tên đúng")
    await hoa.says(WORDS["name as corrected"], "Từ nay tôi gọi bác là")
    await town.looks()
    await hoa.says(WORDS["words that nobody understood"] + " là cái gì hả bot")
    await town.looks()
    await hoa.says(f"bc hồ sơ +12, khó khăn: {WORDS['words of a difficulty']}", "Đúng")
    await hoa.picks("Đúng", "✅ Đã ghi")
    await town.lan.sees(WORDS["words of a difficulty"])
    await hoa.says(f"ghi chú {WORDS['note beside figures']}", "✅ Đã ghi chú")
    await town.looks()
    files[WORDS["a photo on the messenger"]] = photo()
    shown = {**sized(WORDS["a photo on the messenger"]), "width": 120, "height": 90}
    caption = f"bc hồ sơ +3, ghi chú: {WORDS['caption of a photo']}"
    await sends("Đúng", photo=[shown], caption=caption)
    await town.looks()
    await hoa.picks("Đúng", "✅ Đã ghi", "✅ Đã nhận ảnh")
    town.keeps_stored_files()
    await town.looks()
    files[WORDS["a voice note on the messenger"]] = encoded("libopus", "ogg", voice(1.5))
    note = {**sized(WORDS["a voice note on the messenger"]), "duration": 2}
    await sends("Tôi nghe được", WORDS["words of a voice note"], voice=note)
    await town.looks()
    await hoa.says("/start g_vneid-cai-dat-muc-2_mat-khau", "Đặt mật khẩu")
    await hoa.says("tôi bị kẹt", "Nhờ người giúp")
    await hoa.says("nhờ người giúp", "Bác ở thôn nào")
    await hoa.picks("thôn Lạc Hiền", "Điện thoại của bác là loại nào?")
    await hoa.picks("Android (Samsung, Oppo, Xiaomi …)", "Tôi đang nhờ")
    await hoa.says(WORDS["words of a call for help"], "Ai nhận giúp sẽ đọc được")
    await hoa.picks("Nhờ gọi điện cho tôi", "Bác gõ số điện thoại")
    await hoa.says(WORDS["phone in a call for help"], "Đã ghi")
    await town.looks()
    group = OnTelegram(telegram, hoa.person, town.group)
    await group.says(f"/baocao@{telegram.username} {WORDS['words in the group']}", "")
    await town.looks()


async def _on_the_page(town: Town) -> None:
    """Somebody else for the bot: the same person without a name."""
    page = town.page
    await page.says("/menu", "Bác cần việc gì?")
    await page.says(WORDS["words on the page"])
    await town.looks()
    await page.says("/start g_vneid-cai-dat-muc-2_mat-khau", "Đặt mật khẩu")
    await page.says("tôi bị kẹt", "Nhờ người giúp")
    await page.says("nhờ người giúp", "Bác có đồng ý không?")
    await page.picks("Đồng ý", "Bác ở thôn nào")
    await page.picks("thôn Lạc Hiền", "Điện thoại của bác là loại nào?")
    await page.picks("iPhone", "Tôi đang nhờ")
    picture = photo()
    town.canaries["bytes of a file on the page"] = picture[len(picture) // 2 :][:32]
    name, caption = WORDS["name of a file on the page"], WORDS["caption of a file on the page"]
    await page.sends(picture, f"{name}.jpg", caption, mime="image/jpeg")
    await page.sees("Đã nhận ảnh")
    town.keeps_stored_files()
    town.canaries["address on the page"] = (await AccountRow.get(platform="web")).native_id
    await town.looks()


@asynccontextmanager
async def _database_of(kind: str) -> AsyncIterator[str | None]:
    """None is SQLite in the data folder."""
    if kind == "sqlite":
        yield None
        return
    name = f"langso_{uuid4().hex[:12]}"
    await run_on_postgres(f'create database "{name}"')
    try:
        yield url_of(name)
    finally:
        await run_on_postgres(f'drop database "{name}" with (force)')


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_nothing_of_somebody_who_was_erased_is_found_by_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with _database_of(kind) as url, town(tmp_path, url, monkeypatch) as here:
        await _on_telegram(here)
        await _on_the_page(here)
        assert set(here.canaries) - here.seen <= (set() if url is None else RARELY_IN_A_DUMP)
        assert len(here.canaries) >= 20
        await here.hoa.says("xóa dữ liệu", "Bác có chắc không?")
        await here.hoa.picks("Xóa hết", "Tôi đã xóa hết dữ liệu của bác")
        await here.page.says("xóa dữ liệu", "Bác có chắc không?")
        await here.page.picks("Xóa hết", "Tôi đã xóa hết dữ liệu của bác")
        await here.forgets_all()


def test_the_times_that_pass_until_everything_is_gone_are_less_than_a_minute() -> None:
    """The last answer leaves, its address goes, then the files are written anew."""
    waits = erasure.QUIET + 2 * timedelta(seconds=background.FORGET_TICK)
    assert max(waits, cleaning.PATIENCE + timedelta(seconds=background.FORGET_TICK)) < timedelta(seconds=60)
