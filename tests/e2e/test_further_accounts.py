"""Several bots of one messenger in one installation, added and switched off while it works, over real HTTP.

Each bot has its own Telegram here, with the same person on both: Telegram knows a person by one number for all bots.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.assembly import parts
from bot.assembly.app import DATABASE, Running, serving
from bot.core.engine import Engine
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text
from bot.features import units
from bot.features.audit import Audit
from bot.features.demo import village as demo
from bot.features.invites import Created, Invites
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import consent
from bot.features.rights.table import OFFICER
from bot.framework.installation import secret_key
from bot.platforms import names
from bot.platforms.telegram.adapter import Telegram
from bot.settings import Settings, load
from bot.storage import database, schema
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.platforms.fake_zalo_oa import FIRST, FakeZaloOa
from tests.ports import unused_port
from tests.processes import Ran, ran

from .phones import OnTelegram, until
from .test_desk_announcement import _FIELD, _sits_down

TOKEN_B = "234567:BBtestTESTtest-test_testB"
COMMUNE_B = "khanh-thien"
NAME_B = "Khánh Thiện"
LAN = Person(7300112240, "Lan")


@dataclass
class Installation:
    """Two communes: the bot of the settings is of both, and `b` is Telegram as the second bot sees it."""

    folder: Path
    url: str
    environ: Mapping[str, str]
    a: FakeTelegram
    b: FakeTelegram
    settings: Settings
    lines: list[str] = field(default_factory=list)
    running: Running | None = None

    async def command(self, *arguments: str, options: Mapping[str, str] | None = None) -> Ran:
        stdin = "\n".join(f"{name}={value}" for name, value in (options or {}).items()).encode()
        done = await asyncio.to_thread(ran, *arguments, environ=self.environ, stdin=stdin)
        assert TOKEN_B not in done.stdout + done.stderr
        return done

    @property
    def engine(self) -> Engine:
        assert self.running is not None
        return self.running.engine

    def stored(self) -> bytes:
        """Every byte of the database."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob(f"{DATABASE}*")))

    async def writes(self, chat: Chat, text: str, at: datetime) -> None:
        """Put a notice into the outbox, as a family does."""
        now = datetime.now(UTC)
        rows = Rows(get_connections().get("default"), _same)
        box = Outbox(rows, {chat.platform: Telegram.capabilities}, _same, lambda name: None)
        async with rows.transaction():
            assert await box.add(
                chat, Message(Text.of(text)), key=f"test:{text}", now=now, not_before=at, answering=True
            )

    async def adds_b(self, **more: str) -> None:
        options = self.b.options(mode="webhook", **more)
        done = await self.command("account", "add", "telegram", "kt", "--commune", COMMUNE_B, options=options)
        assert (done.returncode, done.stdout) == (0, "telegram@kt\n"), done.stderr
        await self.b.until(lambda: self.b.webhook is not None)

    def hook(self, name: str) -> str:
        return f"{self.url}/hooks/{name}"


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@asynccontextmanager
async def installation(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, besides: Sequence[str] = ()
) -> AsyncIterator[Installation]:
    monkeypatch.setattr(parts, "FOLLOW_TICK", 0.1)
    async with AsyncExitStack() as stack:
        stack.callback(gc.unfreeze)
        a = await stack.enter_async_context(FakeTelegram())
        b = await stack.enter_async_context(FakeTelegram(TOKEN_B, username="khanh_thien_bot"))
        await _prepare(folder)
        port = unused_port()
        url = f"http://127.0.0.1:{port}"
        environ = {
            "BOT_PLATFORMS": ",".join(["telegram", *besides]),
            "BOT_DATA_DIR": str(folder),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": url,
            **{f"BOT_TELEGRAM_{name.upper()}": value for name, value in a.options(mode="webhook").items()},
            **{f"BOT_PACE_TELEGRAM_{limit}": "60000" for limit in ("PER_SECOND", "CHAT_PER_SECOND")},
        }
        made = Installation(folder, url, environ, a, b, load(environ, names()))
        kept = _Kept(made.lines)
        logging.getLogger().addHandler(kept)
        stack.callback(logging.getLogger().removeHandler, kept)
        made.running = await stack.enter_async_context(serving(made.settings, environ))
        await a.until(lambda: a.webhook is not None)
        yield made


async def _prepare(folder: Path) -> None:
    schema.create(folder / DATABASE)
    async with database.opened(database.file_url(folder / DATABASE)), in_transaction("default"):
        await demo.fill()
        begun = date(2025, 7, 1)
        await units.create(COMMUNE_B, "xã", NAME_B, parent=demo.PROVINCE, valid_from=begun)
        await units.create("dong-thien", "thôn", "Đồng Thiện", parent=COMMUNE_B, valid_from=begun)
        await _appoint(LAN, COMMUNE_B, "telegram")


async def _appoint(who: Person, commune: str, platform: str) -> None:
    """Make somebody an officer of a commune who has said hello on a messenger."""
    now, account = datetime.now(UTC), Account(platform, str(who.id))
    place = await units.get(commune)
    assert place is not None
    await consent.agree(account, str(who.id), who.first_name, now)
    await people.grant(await people.remember(account, str(who.id), who.first_name, now), OFFICER, place.id, now)


async def test_a_bot_added_by_command_talks_for_its_commune_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        hoa = Person(7300112239, "Hoa")
        with_a, with_b = OnTelegram(here.a, hoa), OnTelegram(here.b, hoa)
        await with_a.says("/start", "Bác ở xã nào?", "xã Yên Mô", "xã Khánh Thiện")
        await here.adds_b(pace_per_second="7")
        assert here.b.webhook is not None
        assert here.b.webhook[0] == here.hook("telegram@kt")
        # The same number on both is not one conversation: here nothing is known yet, and nothing is asked.
        await with_b.says("/start", "xã Khánh Thiện")
        assert "Yên Mô" not in with_b.heard
        await with_b.says("thôn của tôi", "Bác ở thôn nào?", "thôn Đồng Thiện")
        assert "Lạc Hiền" not in with_b.heard
        await with_b.picks("thôn Đồng Thiện", "bác ở thôn Đồng Thiện")
        # Meanwhile the first one still waits for its answer, and each has only what was said to it.
        await with_a.picks("xã Yên Mô", "bác ở xã Yên Mô")
        assert not any("Đồng Thiện" in text for text in with_a.texts())
        assert here.engine._pacers["telegram@kt"].per_second == 7.0
        assert here.engine._pacers["telegram"].per_second == 60000.0
        assert TOKEN_B.encode() not in here.stored()
        assert not any(TOKEN_B in line for line in here.lines)


async def test_each_bot_heeds_its_own_secret_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        await here.adds_b()
        assert here.a.webhook is not None
        assert here.b.webhook is not None
        secrets = {"telegram": here.a.webhook[1], "telegram@kt": here.b.webhook[1]}
        assert len(set(secrets.values())) == 2
        for asked in secrets:
            for known, secret in secrets.items():
                status = await here.b.push({"update_id": 1}, secret=secret, url=here.hook(asked))
                assert status == (200 if asked == known else 401), (asked, known)
            assert await here.b.push({"update_id": 1}, url=here.hook(asked)) == 401
        assert await here.b.push({"update_id": 1}, secret=secrets["telegram@kt"], url=here.hook("telegram@khac")) == 404


async def test_a_bot_that_is_switched_off_hears_and_sends_nothing_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        hoa = Person(7300112239, "Hoa")
        with_b = OnTelegram(here.b, hoa)
        await here.adds_b()
        await with_b.says("/start", "xã Khánh Thiện")
        await here.writes(
            Chat("telegram@kt", str(hoa.id), "private"), "Tin chờ", datetime.now(UTC) + timedelta(hours=1)
        )
        lan = OnTelegram(here.a, LAN)
        await lan.says("/start", "Bác cần việc gì?")
        assert (await here.command("account", "off", "telegram@kt")).returncode == 0
        await lan.sees("Tài khoản Telegram (kt) của bot đã được tắt. 1 tin đang giữ lại")
        assert here.b.webhook is not None
        assert await here.b.push({"update_id": 9}, secret=here.b.webhook[1]) == 404
        (row,) = await OutboxRow.filter(platform="telegram@kt")
        assert (row.state, row.reason) == ("held", "off")
        listed = await here.command("account", "list")
        assert listed.stdout.split() == ["telegram@kt", COMMUNE_B, "off", "-"]
        # It is due meanwhile, and still nothing leaves; what was said meanwhile comes again with Telegram's next try.
        await OutboxRow.filter(id=row.id).update(not_before=datetime.now(UTC))
        asked = asyncio.create_task(with_b.says("thôn của tôi", "Bác ở thôn nào?"))
        await here.a.says(LAN, "menu")
        assert not any("Tin chờ" in text for text in with_b.texts())
        assert (await here.command("account", "on", "telegram@kt")).returncode == 0
        await asked
        await until(lambda: any("Tin chờ" in text for text in with_b.texts()))
        (row,) = await OutboxRow.filter(platform="telegram@kt")
        assert sum("Tin chờ" in text for text in with_b.texts()) == 1


async def test_codes_of_another_commune_are_not_taken_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        hoa = Person(7300112239, "Hoa")
        with_a, with_b = OnTelegram(here.a, hoa), OnTelegram(here.b, hoa)
        await here.adds_b()
        code, *links = (await here.command("invite", "--role", "leader", "--unit", "lac-hien")).stdout.split()
        assert links == [f"https://t.me/lang_bot?start={code}"]
        # Who is invited to the other commune is led to its own bot first; that of all communes takes them, too.
        there, *links = (await here.command("invite", "--role", "leader", "--unit", "dong-thien")).stdout.split()
        assert links == [f"https://t.me/{bot}?start={there}" for bot in ("khanh_thien_bot", "lang_bot")]
        await with_b.says("/start", "xã Khánh Thiện")
        await with_b.says(code, "ở đây tôi chỉ lo việc của xã Khánh Thiện", "mã vẫn còn")
        await with_a.says(code, "Mã này mời bác làm Tổ trưởng", "thôn Lạc Hiền")
        lan = OnTelegram(here.a, LAN)
        await lan.says("/moi", "Bác mời người vào vai trò nào?")
        addresses = [f"https://t.me/{bot}?start=" for bot in ("khanh_thien_bot", "lang_bot")]
        await lan.picks("Tổ trưởng Tổ công nghệ số", "Mã mời", "thôn Đồng Thiện", *addresses)
        key = secret_key(here.settings)
        village = await units.get("lac-hien")
        assert village is not None
        async with in_transaction("default"):
            made = await Invites(key, Audit(key)).create_channel("village", village.id, by=None, now=datetime.now(UTC))
        assert isinstance(made, Created)
        group = here.b.group("Bà con")
        await OnTelegram(here.b, hoa, group).says(f"/dangky {made.code}", "chỉ lo việc của xã Khánh Thiện")


async def test_two_official_accounts_have_each_its_tokens_and_its_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(tmp_path, monkeypatch) as here, FakeZaloOa() as first, FakeZaloOa() as second:
        second.refresh = "refresh-of-the-second"
        for code, oa, more in (("ym", first, {"per_month": "50"}), ("kt", second, {"per_month": "20"})):
            options = {**oa.options(**more), "refresh_token": oa.refresh}
            commune = demo.COMMUNE if oa is first else COMMUNE_B
            done = await here.command("account", "add", "zalo_oa", code, "--commune", commune, options=options)
            assert done.returncode == 0, done.stderr
            oa.hook = here.hook(f"zalo_oa@{code}")
        await until(lambda: first.renewals == second.renewals == 1)
        assert await first.says("xin chào", who="nguoi-a") == 200
        await until(lambda: bool(first.heard("nguoi-a")))
        assert await second.says("xin chào", who="nguoi-b") == 200
        await until(lambda: bool(second.heard("nguoi-b")))
        assert not first.heard("nguoi-b") + second.heard("nguoi-a")
        assert all("Khánh Thiện" not in text for text in first.heard("nguoi-a"))
        await here.engine.idle()
        used = [await here.engine._platforms[f"zalo_oa@{code}"].usage() for code in ("ym", "kt")]
        assert [(one.sent, one.sent_limit) for one in used if one is not None] == [
            (len(first.accepted), 50), (len(second.accepted), 20),
        ]  # fmt: skip
        for secret in (FIRST, "refresh-of-the-second", first.access, first.refresh, second.access, second.refresh):
            assert secret
            assert secret.encode() not in here.stored()
            assert not any(secret in line for line in here.lines)


async def test_what_is_wrong_with_an_account_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        add = ("account", "add", "telegram", "kt", "--commune", COMMUNE_B)
        wrong = await here.command(*add, options={"token": "khong-phai"})
        assert (wrong.returncode, wrong.stderr) == (
            2,
            "telegram@kt: TOKEN: không phải mã của bot (mã có dạng 123456:ABC…)\n",
        )
        same = await here.command(*add, options=here.a.options())
        assert (same.returncode, "telegram đang dùng" in same.stderr) == (2, True)
        here.b.revokes()
        done = await here.command(*add, options={**here.b.options(), "token": TOKEN_B})
        assert done.returncode == 0

        async def trouble() -> str:
            return (await here.command("account", "list")).stdout

        async with asyncio.timeout(30):
            while "Telegram không nhận mã này" not in (said := await trouble()):
                pass
        assert TOKEN_B not in said
        async with ClientSession() as http, http.get(f"{here.url}/readyz") as answer:
            assert answer.status == 200
        await OnTelegram(here.a, LAN).says("/start", "Bác cần việc gì?")


async def test_an_official_adds_and_switches_off_the_commune_s_bot_at_the_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        installation(tmp_path, monkeypatch, besides=["workdesk"]) as here,
        ClientSession(here.url, cookie_jar=CookieJar(unsafe=True), headers={"Origin": here.url}) as browser,
    ):
        await _sits_down(browser, OnTelegram(here.a, LAN))

        async def page() -> str:
            async with browser.get("/ban/bot") as answer:
                assert answer.status == 200
                return await answer.text()

        async def sends(path: str, **fields: str) -> str:
            hidden = dict(_FIELD.findall(await page()))
            async with browser.post(f"/ban/bot/{path}", data={**hidden, **fields}) as answer:
                return await answer.text()

        async def answers(status: int) -> None:
            assert here.b.webhook is not None
            async with asyncio.timeout(30):
                while await here.b.push({"update_id": 1}, secret=here.b.webhook[1]) != status:
                    pass

        assert "Xã chưa có bot riêng" in await page()
        wrong = await sends("them", **{"ung-dung": "telegram", "ma": "kt", "cau-hinh": "token=sai"})
        assert "không phải mã của bot" in wrong
        options = "\n".join(f"{name}={value}" for name, value in here.b.options(mode="webhook").items())
        added = await sends("them", **{"ung-dung": "telegram", "ma": "kt", "cau-hinh": options})
        assert "Telegram (kt)" in added
        assert TOKEN_B not in added
        await here.b.until(lambda: here.b.webhook is not None)
        with_b = OnTelegram(here.b, Person(7300112239, "Hoa"))
        await with_b.says("/start", "xã Khánh Thiện")
        assert "đang bật" in await page()
        assert "Đã tắt" in await sends("bat-tat", ten="telegram@kt", ban="1", bat="0")
        await answers(404)
        assert "có người vừa đổi nó" in await sends("bat-tat", ten="telegram@kt", ban="1", bat="1")
        await sends("bat-tat", ten="telegram@kt", ban="2", bat="1")
        await answers(200)
        acts = [row.act for row in await AuditRow.filter(act__startswith="bot_account").order_by("id")]
        assert acts == ["bot_account_added", "bot_account_off", "bot_account_on"]
