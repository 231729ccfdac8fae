"""From an empty folder to a group that gets the commune's news: everything over real HTTP, commands as processes.

Units are imported, an officer is invited on the command line, a leader in chat, a group registered; then the group is
upgraded, the bot removed and added again. What is left is one channel with one history, and an officer who was told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.write import workbook
from bot.storage import database
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.places import Channel
from tests.platforms.fake_telegram import FakeTelegram, Person, Room
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import bot, ran

PATIENCE = 30
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")
SINCE = date(2025, 7, 1)
UNITS = (
    ("ninh-binh", "tỉnh", "Ninh Bình", None),
    ("yen-mo", "xã", "Yên Mô", "ninh-binh"),
    ("lac-hien", "thôn", "Lạc Hiền", "yen-mo"),
    ("dong-cao", "thôn", "Đông Cao", "yen-mo"),
)
COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n[quiet]\nstart = 00:00:00\nend = 00:00:00\n'


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


async def command(environ: Mapping[str, str], *arguments: str) -> list[str]:
    """The lines that `python -m bot ARGUMENTS` prints; it must end with 0 and must not find the database locked."""
    done = await asyncio.to_thread(ran, *arguments, environ=environ)
    assert done.returncode == 0, done.stderr
    assert "locked" not in done.stderr
    return done.stdout.splitlines()


def prepare(folder: Path, *more: tuple[str, str, str, str], name: str = "don-vi.xlsx") -> Path:
    """The commune's file, and the workbook with its units and `more`."""
    (folder / "commune.toml").write_text(COMMUNE, "utf-8")
    rows = [(code, kind, name, above, "", None, None, SINCE, None) for code, kind, name, above in (*UNITS, *more)]
    book = folder / name
    book.write_bytes(workbook([("don_vi", UnitsSheet().columns, rows)]))
    return book


async def _history(folder: Path) -> tuple[list[Channel], list[str]]:
    async with database.opened(database.file_url(folder / "bot.sqlite3")):
        return await Channel.all(), [row.act for row in await AuditRow.all().order_by("id")]


@dataclass
class OnTelegram:
    """What people do there, each step waiting for what they then see."""

    server: FakeTelegram

    def heard(self, who: Person | Room) -> str:
        return "\n".join(message.text for message in self.server.shown(who))

    async def says(self, who: Person, text: str, expected: str, where: Room | None = None) -> None:
        await self.server.says(who, text, where)
        await self.sees(where or who, expected)

    async def presses(self, who: Person, label: str, expected: str) -> None:
        before = self.heard(who)
        await self.server.presses(who, label)
        await _until(lambda: self.heard(who) != before)
        await self.sees(who, expected)

    async def sees(self, who: Person | Room, expected: str) -> None:
        await _until(lambda: expected in self.heard(who))

    def code(self, who: Person) -> str:
        return str(CODE.findall(self.heard(who))[-1])


async def test_on_telegram_a_village_gets_its_group_and_keeps_it(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        environ = {
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": server.token,
            "BOT_TELEGRAM_API_BASE": server.base,
            "BOT_TELEGRAM_POLL_SECONDS": "2",
            "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }
        book = prepare(tmp_path)
        lan, tu, talk = server.person("Lan"), server.person("Tư"), OnTelegram(server)
        async with bot("serve", environ=environ):
            await _until(lambda: bool(server.called("getUpdates")))
            shown = await command(environ, "import", str(book), "--yes")
            assert "+ don_vi!A4 lac-hien: thêm thôn Lạc Hiền, thuộc yen-mo, từ 01/07/2025" in shown
            code, link = await command(environ, "invite", "--role", "officer", "--unit", "yen-mo")
            assert link.endswith(f"?start={code}")

            await talk.says(lan, f"/start {link.partition('?start=')[2]}", "Bác có đồng ý không?")
            await talk.presses(lan, "Đồng ý", "Chào mừng bác!")
            await talk.says(lan, "/moi", "Bác mời người vào vai trò nào?")
            await talk.presses(lan, "Tổ trưởng Tổ công nghệ số", "của đơn vị nào?")
            await talk.presses(lan, "thôn Lạc Hiền", "quét mã QR")
            assert len(server.called("sendPhoto")) == 1

            await talk.says(tu, f"/start {talk.code(lan)}", "Mã này mời bác làm Tổ trưởng")
            await talk.presses(tu, "Đồng ý", "Chào mừng bác!")
            await talk.presses(tu, "Nhiệm vụ của tôi", "(1/7)")
            for page in range(2, 8):
                await talk.presses(tu, "Tiếp", f"({page}/7)")
            await talk.says(tu, "/moi", "Bác mời người vào vai trò nào?")
            await talk.presses(tu, "Mã đăng ký nhóm", "Bác đăng ký nhóm nào?")
            await talk.presses(tu, "Nhóm của thôn", "?startgroup=")

            group = server.group("Bà con Lạc Hiền")
            await server.adds_bot(tu, group)
            await talk.sees(group, "đăng ký MÃ")
            # What the link that adds the bot makes the messenger say.
            await talk.says(tu, f"/start@{server.username} {talk.code(tu)}", "Đã đăng ký", group)
            await talk.sees(lan, "✅ Nhóm “Bà con Lạc Hiền” đã đăng ký làm nhóm của thôn Lạc Hiền.")
            large = await server.upgrades(tu, group)
            await server.removes_bot(tu, large)
            await talk.sees(lan, "tôi đã bị đưa ra khỏi nhóm nên tin của xã không đến được nhóm này")
            await talk.sees(lan, "Cách xử lý: nhờ quản trị viên nhóm thêm tôi vào lại, không cần mã mới.")
            await server.adds_bot(tu, large)
            await talk.sees(lan, "tôi đã vào lại nhóm, tin của xã lại đến được")
            assert (await command(environ, "audit", "--verify"))[0].startswith("OK n=")
            assert (tmp_path / "erased.log").read_text("utf-8").count("\n") == 1, "the list that the operator keeps"
            assert talk.heard(lan).count("Bà con Lạc Hiền") == 3, "told once each time, and nothing of the upgrade"
            await talk.says(tu, "xóa dữ liệu", "Bác có chắc không?")
            await talk.presses(tu, "Xóa hết", "Tôi đã xóa hết dữ liệu của bác")
        # The bot ended within the minute. Mechanism: the list is written at the end, too.
        assert "\nperson " in (tmp_path / "erased.log").read_text("utf-8")
        channels, acts = await _history(tmp_path)
        assert [(row.native_id, row.title, row.active) for row in channels] == [
            (str(large.id), "Bà con Lạc Hiền", True)
        ]
        assert [act for act in acts if act != "invite"] == [
            "imported", "role_taken", "role_taken", "group_registered", "group_upgraded", "data_erased",
        ]  # fmt: skip


async def test_on_zalo_the_same_by_numbers_and_mentions(tmp_path: Path) -> None:
    async with FakeZalo() as zalo:
        environ = {
            "BOT_PLATFORMS": "zalo",
            "BOT_ZALO_TOKEN": zalo.token,
            "BOT_ZALO_API_BASE": zalo.base,
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }
        book = prepare(tmp_path)

        async def says(who: str, text: str, expected: str, chat: str = "") -> str:
            """Returns what was heard since, all of it."""
            before = len(zalo.heard(chat or who))
            await zalo.says(text, who=who, name=who, chat=chat, mention=zalo.account_name if chat else None)
            await _until(lambda: any(expected in heard for heard in zalo.heard(chat or who)[before:]))
            return "\n".join(zalo.heard(chat or who)[before:])

        async def picks(who: str, label: str, expected: str, text: str) -> str:
            """The number in front of a label in the text that was heard last."""
            found = re.search(rf"^(\d+)\. {re.escape(label)}$", text, re.MULTILINE)
            assert found is not None, text
            return await says(who, found[1], expected)

        async with bot("serve", environ=environ):
            await command(environ, "import", str(book), "--yes")
            code, *_ = await command(environ, "invite", "--role", "officer", "--unit", "yen-mo")
            heard = await says("lan", code, "Bác có đồng ý không?")
            await picks("lan", "Đồng ý", "Chào mừng bác!", heard)
            heard = await says("lan", "mời người", "Bác mời người vào vai trò nào?")
            heard = await picks("lan", "Tổ trưởng Tổ công nghệ số", "của đơn vị nào?", heard)
            heard = await picks("lan", "thôn Lạc Hiền", "Mã mời", heard)
            heard = await says("tu", CODE.findall(heard)[0], "Bác có đồng ý không?")
            heard = await picks("tu", "Đồng ý", "Chào mừng bác!", heard)
            heard = await picks("tu", "Nhiệm vụ của tôi", "(1/7)", heard)
            for page in range(2, 8):
                heard = await says("tu", "tiep", f"({page}/7)")
            heard = await says("tu", "moi", "Bác mời người vào vai trò nào?")
            heard = await picks("tu", "Mã đăng ký nhóm", "Bác đăng ký nhóm nào?", heard)
            heard = await picks("tu", "Nhóm của thôn", "Mã đăng ký nhóm cho thôn Lạc Hiền", heard)
            await says("tu", f"/dangky {CODE.findall(heard)[0]}", "Đã đăng ký", "zgr-1")
            await _until(lambda: "đã đăng ký làm nhóm của thôn Lạc Hiền" in "\n".join(zalo.heard("lan")))
            # This messenger does not tell that the bot was removed: the next answer there finds it out.
            zalo.gone.add("zgr-1")
            await zalo.says("menu", who="tu", chat="zgr-1", mention=zalo.account_name)
            await _until(lambda: "thêm tôi vào lại, không cần mã mới" in "\n".join(zalo.heard("lan")))
            zalo.gone.clear()
            await says("tu", "kiem tra", "Tin của xã đến được đây", "zgr-1")
            await _until(lambda: "tôi đã vào lại nhóm" in "\n".join(zalo.heard("lan")))
        channels, _ = await _history(tmp_path)
        assert [(row.native_id, row.active) for row in channels] == [("zgr-1", True)]
