"""From an empty folder to a village that has confirmed its first announcement: `init`, then telephones, nothing else.

No command is typed after it and no file edited: it asks, writes, and runs the bot itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import ROOT

from .phones import OnTelegram, OnZalo, until

TYPED = """\
xã Yên Mô
Nam Định
thôn Lạc Hiền; 120
Đông Cao; 95
xóm Chùa

40

Nguyễn Văn Nam; Chủ tịch; 0912 345 678
Trần Thị Hạnh; Tổ trưởng; Lạc Hiền

0229 3861 234; thứ Hai đến thứ Sáu, 7 giờ 30 đến 17 giờ
1
{token}
4

không
Chủ tịch: Nguyễn Văn Nam

Lạc Hiền
Từ hôm nay tin của xã tới nhóm này.

"""
"""What somebody types, one answer after the other; `{token}` is the last but seven."""


@dataclass
class Init:
    process: Process
    shown: list[str]

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.wait_for(self.process.stdout.readline(), 60)).decode()

    async def says(self, words: str) -> None:
        try:
            await until(lambda: any(words in line for line in self.shown))
        except TimeoutError:
            raise AssertionError(f"{words!r} was not said; there was\n{''.join(self.shown)}") from None


@asynccontextmanager
async def init(folder: Path, *arguments: str, typed: str = "", **own: str) -> AsyncIterator[Init]:
    """`python -m bot init ARGUMENTS`, fed with what is typed; what it says is collected."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "init", *arguments, cwd=folder, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        env={**environ, "PYTHONPATH": str(ROOT), "BOT_PORT": str(unused_port()), **own},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(typed.encode())
    process.stdin.close()
    shown: list[str] = []

    async def listen(stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            shown.append(line.decode())

    listening = asyncio.create_task(listen(process.stderr))
    try:
        yield Init(process, shown)
        if process.returncode is None:
            process.terminate()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening


def _telegram(server: FakeTelegram) -> Mapping[str, str]:
    return {
        "BOT_TELEGRAM_API_BASE": server.base,
        "BOT_TELEGRAM_POLL_SECONDS": "2",
        "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
    }


async def test_on_telegram_what_is_typed_ends_in_a_village_that_confirms(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        nam = telegram.person("Nam")
        group = telegram.group("Bà con Lạc Hiền")
        typed = TYPED.replace("{token}", telegram.token)
        async with init(tmp_path, "--json", typed=typed, **_telegram(telegram)) as running:
            steps = json.loads(await running.line())
            assert (await running.line()).startswith("ready http://")
            assert sum(bool(re.match(r"\d+/\d+  ", line)) for line in running.shown) <= 15
            await running.says("Telegram: đúng mã của “Làng (@lang_bot)”.")
            await running.says("Nguyễn Văn Nam")

            chair = OnTelegram(telegram, nam)
            link = steps["chair"]["links"]["Telegram"]
            await chair.says(f"/start {link.partition('?start=')[2]}", "Bác có đồng ý không?")
            await chair.picks("Đồng ý", "Chào mừng bác Nguyễn Văn Nam!")
            await running.says("✔ Chủ tịch vào bằng mã QR: Nguyễn Văn Nam")

            in_group = OnTelegram(telegram, nam, group)
            await telegram.adds_bot(nam, group)
            added = steps["group"]["links"]["Telegram"].partition("?startgroup=")[2]
            await in_group.says(f"/start@{telegram.username} {added}", "Đã đăng ký")
            await chair.sees("Máy đã cài xong. Tin đầu tiên cho thôn Lạc Hiền chờ bác duyệt.")
            assert "Từ hôm nay tin của xã tới nhóm này." in chair.heard
            await chair.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm, 1 tin.")
            await in_group.sees("Ủy ban nhân dân xã Yên Mô", "Từ hôm nay tin của xã tới nhóm này.")
            await OnTelegram(telegram, nam, group).picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
            await running.says("✔ Thôn Lạc Hiền xác nhận đã nhận lúc")
            await running.says("Xong: thôn Lạc Hiền đã nhận tin đầu tiên.")
        assert "Trần Thị Hạnh" not in (tmp_path / "data" / "bat-dau.toml").read_text("utf-8"), (
            "who is listed is kept once"
        )


async def test_on_zalo_alone_answers_of_a_file_do_the_same(tmp_path: Path) -> None:
    answers = {
        "xa": "phường Hoa Lư", "tinh": "Ninh Bình", "thon": "tổ dân phố 1; 200\ntổ dân phố 2; 180",
        "ung_dung": "khong", "cach_zalo": "zalo", "gio_yen_lang": "không",
    }  # fmt: skip
    async with FakeZalo() as zalo:
        answers["ma_zalo"] = zalo.token
        file = tmp_path / "answers.toml"
        file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in answers.items()), "utf-8")
        environ = {"BOT_ZALO_API_BASE": zalo.base, "BOT_DATA_DIR": str(tmp_path / "kept")}
        async with init(tmp_path, "--answers", str(file), "--json", **environ) as running:
            steps = json.loads(await running.line())
            assert (await running.line()).startswith("ready http://")
            nam, in_group = OnZalo(zalo, "nam"), OnZalo(zalo, "nam", "zgr-1")
            await nam.says(steps["chair"]["code"], "Bác có đồng ý không?")
            await nam.picks("Đồng ý", "Chào mừng bác!")
            await in_group.says(f"/dangky {steps['group']['code']}", "Đã đăng ký")
            await nam.sees("Máy đã cài xong. Tin đầu tiên cho tổ dân phố 1 chờ bác duyệt.")
            await nam.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm, 1 tin.")
            await in_group.sees("Từ nay tin của Ủy ban nhân dân phường Hoa Lư tới nhóm này")
            await in_group.picks("Đã nhận", "✅ Tổ dân phố 1 đã nhận TB-0001 lúc")
            await running.says("Xong: tổ dân phố 1 đã nhận tin đầu tiên.")


async def test_through_who_pastes_into_the_village_s_own_group_it_comes_there_too(tmp_path: Path) -> None:
    answers = {
        "xa": "xã Yên Mô", "tinh": "Ninh Bình", "thon": "Lạc Hiền; 120",
        "nguoi": "Nam; Chủ tịch\nHạnh; Tổ trưởng; Lạc Hiền",
        "ung_dung": "telegram", "cach_zalo": "dua-tin", "gio_yen_lang": "không",
    }  # fmt: skip
    async with FakeTelegram() as telegram:
        answers["ma_ung_dung"] = telegram.token
        file = tmp_path / "answers.toml"
        file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in answers.items()), "utf-8")
        async with init(tmp_path, "--answers", str(file), "--json", **_telegram(telegram)) as running:
            steps = json.loads(await running.line())
            nam, hanh = (OnTelegram(telegram, telegram.person(name)) for name in ("Nam", "Hạnh"))
            for who, whose in ((nam, "chair"), (hanh, "helper")):
                await until(lambda: bool(telegram.called("getUpdates")))
                await who.says(f"/start {steps[whose]['code']}", "Bác có đồng ý không?")
                await who.picks("Đồng ý", "Chào mừng bác")
            await nam.sees("Tin đầu tiên cho thôn Lạc Hiền chờ bác duyệt.")
            await nam.picks("Duyệt", "1 thôn qua người đưa tin.")
            await hanh.sees("Nhờ bác chuyển tin TB-0001 ở trên vào nhóm của thôn Lạc Hiền")
            await hanh.picks("Đã dán vào nhóm")
            await running.says("✔ Người đưa tin của thôn Lạc Hiền vào")
            await running.says("Xong: thôn Lạc Hiền đã nhận tin đầu tiên.")
