"""The bot at work looks at its installation by itself, and officials read the result in the chat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.assembly import background, doctor
from bot.core.platform import Platform, TokenRefused, Unreachable, VendorView
from bot.features.doctor import kept, messengers
from bot.features.doctor.diagnosis import Grade
from bot.storage import database
from bot.storage.platform_store import PlatformValues
from bot.testing import RICH, FakePlatform
from tests.doctor_house import Hours, house
from tests.platforms.fake_telegram import FakeTelegram
from tests.postgres import SERVER


class Watched(FakePlatform):
    """A messenger whose vendor says this of the bot."""

    def __init__(self, view: VendorView | Exception) -> None:
        super().__init__(RICH)
        self.view = view

    async def inspect(self) -> VendorView:
        if isinstance(self.view, Exception):
            raise self.view
        return self.view


async def test_the_bot_at_work_keeps_what_it_found_for_who_asks(tmp_path: Path) -> None:
    async with house(tmp_path) as one, one.opened() as db:
        running: list[Platform] = [Watched(TokenRefused())]
        await doctor.look_and_keep(one.doctor(), db, running, {"zalo": "BOT_ZALO_TOKEN: sai"})
        last = await kept.last(PlatformValues(db, kept.OWNER))
        assert last is not None
        said = [each.described(str).plain for each in last.found if each.grade == "bad"]
        assert said == ["Zalo: BOT_ZALO_TOKEN: sai.", "Fake không nhận mã của bot."]
        assert last.open_files
        await doctor.look_and_keep(one.doctor(), db, [Watched(VendorView("x"))], {})
        again = await kept.last(PlatformValues(db, kept.OWNER))
        assert again is not None
        assert [each for each in again.found if each.grade == "bad"] == []


async def test_it_does_not_look_before_the_messengers_were_told_where_we_are(tmp_path: Path) -> None:
    async with house(tmp_path) as one, one.opened() as db:
        clock = Hours()
        job = background.examining(one.doctor(), db, [], {}, clock)
        wish = await job.work()
        assert wish is not None
        assert 0 < wish <= doctor.SETTLED
        assert await kept.last(PlatformValues(db, kept.OWNER)) is None


async def test_what_another_version_kept_is_read_as_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as one, one.opened() as db:
        values = PlatformValues(db, kept.OWNER)
        await values.swap("last", None, '{"at": "yesterday"}')
        assert await kept.last(values) is None


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (VendorView("@b"), {"good": "Fake: mã đúng, bot tên là @b."}),
        (VendorView("@b", "https://a/h", "https://a/h", waiting=50), {"bad": "Fake đang giữ 50 tin"}),
        (VendorView("@b", "", ""), {"good": "mã đúng"}),
        (VendorView(asked=False), {}),
        (Unreachable("HTTP 502", maybe_sent=False), {"bad": "không gọi được tới máy chủ của ứng dụng (HTTP 502)"}),
    ],
)
async def test_each_view_of_a_vendor_is_one_sentence(view: VendorView | Exception, words: Mapping[Grade, str]) -> None:
    found, _ = await messengers.seen(Watched(view))
    text = {one.grade: one.described(str).plain for one in found}
    assert set(words) <= set(text)
    assert all(part in text[grade] for grade, part in words.items())
    assert bool(text) == bool(words)


async def test_a_webhook_s_old_trouble_is_forgotten(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        telegram: FakeTelegram = one.telegram
        telegram.hook_error = one.clock.now().timestamp() - 4000, "Connection timed out"
        assert [each for each in await one.examined() if each.check == "webhook" and each.grade == "bad"] == []


@pytest.mark.postgres
async def test_a_postgresql_server_tells_its_version_and_its_room() -> None:
    state = await database.server(SERVER)
    assert state.version >= 13
    assert 0 < state.connections <= state.most
    assert state.clock.tzinfo is not None
