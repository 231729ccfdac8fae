"""What is new in a version: told to officials once, in their words, as CHANGELOG.md has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot import __version__
from bot.core.messages import message_from_json
from bot.features.guides.checking.readability import faults
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.releases.changelog import Release, between, news_in, number_of, parse, shipped_file
from bot.features.releases.notices import MOST, ReleaseNews
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.platform_store import PlatformValues
from bot.testing import FakePlatform
from tests.features.village import NOW, places, somebody
from tests.kit import catalogues

TEXT = """# What is new

## Unreleased

### Có gì mới

- Chưa phát hành.

## 0.10.0

### Có gì mới

- Bot tự sao lưu mỗi đêm,
  và thử khôi phục.
- Gõ /trangthai thì thấy cả máy.

### In detail

- A detail in English.

## 0.2.0

### Có gì mới

- Tin của xã tới cả thôn không có bot.

## 0.1.1

- Only builders notice this.

## 0.1.0

The first version.
"""


def test_the_officials_part_of_each_version_is_read_and_nothing_else() -> None:
    assert parse(TEXT) == [
        Release("0.10.0", ["Bot tự sao lưu mỗi đêm, và thử khôi phục.", "Gõ /trangthai thì thấy cả máy."]),
        Release("0.2.0", ["Tin của xã tới cả thôn không có bot."]),
        Release("0.1.1", []),
        Release("0.1.0", []),
    ]


@pytest.mark.parametrize(
    ("told", "installed", "new"),
    [
        ("0.1.0", "0.10.0", ["0.10.0", "0.2.0", "0.1.1"]),
        ("0.2.0", "0.10.0", ["0.10.0"]),
        ("0.10.0", "0.2.0", []),
        ("0.1.0", "0.2.0rc1", ["0.2.0", "0.1.1"]),
    ],
)
def test_versions_are_compared_as_numbers(told: str, installed: str, new: list[str]) -> None:
    assert [one.version for one in between(parse(TEXT), told, installed)] == new


class Town:
    """Two communes with officials, and a bot whose program is upgraded."""

    def __init__(self, db: BaseDBAsyncClient, platform: FakePlatform, file: Path) -> None:
        translate = catalogues().translate
        outbox = Outbox(Rows(db, translate), {platform.name: platform.capabilities}, translate, lambda name: None)
        self._mail, self._memory, self._file = Mail(outbox), PlatformValues(db, "installation"), file
        file.write_text(TEXT, "utf-8")

    async def starts(self, version: str) -> list[tuple[str, str]]:
        before = await OutboxRow.all().count()
        await ReleaseNews(self._mail, self._memory, self._file, version).tick(NOW)
        rows = (await OutboxRow.all().order_by("id"))[before:]
        return sorted((row.chat_id, message_from_json(json.loads(row.message)).text.plain) for row in rows)


@pytest.fixture
async def town(db: BaseDBAsyncClient, platform: FakePlatform, tmp_path: Path) -> Town:
    at = await places()
    await somebody("binh", "chair", at.commune)
    await somebody("lan", "officer", at.commune)
    await somebody("nam", "officer", at.other_commune)
    await somebody("tu", "leader", at.village)
    return Town(db, platform, tmp_path / "CHANGELOG.md")


async def test_officials_read_once_what_is_new_and_residents_do_not(town: Town) -> None:
    assert await town.starts("0.1.0") == []
    told = await town.starts("0.10.0")
    assert [chat for chat, _ in told] == ["chat-binh", "chat-lan", "chat-nam"]
    lines = told[0][1].splitlines()
    assert lines[0] == "Tôi vừa có bản mới (0.10.0). Bác không phải làm gì. Từ nay:"
    assert lines[1:4] == [
        "• Bot tự sao lưu mỗi đêm, và thử khôi phục.",
        "• Gõ /trangthai thì thấy cả máy.",
        "• Tin của xã tới cả thôn không có bot.",
    ]
    assert await town.starts("0.10.0") == []


async def test_a_version_that_only_builders_notice_is_not_told(town: Town) -> None:
    assert await town.starts("0.1.1") == []
    assert len(await town.starts("0.2.0")) == 3


async def test_after_a_way_back_nothing_is_told_and_the_next_upgrade_is(town: Town) -> None:
    await town.starts("0.10.0")
    assert await town.starts("0.2.0") == []
    assert [chat for chat, _ in await town.starts("0.10.0")] == [], "they know it"


SHIPPED = shipped_file().read_text("utf-8")


def test_the_next_version_has_a_list_for_officials_that_an_old_person_can_follow() -> None:
    newest = SHIPPED.split("\n## ", 2)[1]
    news = news_in(newest)
    assert 1 <= len(news) <= MOST
    assert {line: list(faults(line, 25)) for line in news if list(faults(line, 25))} == {}


def test_the_version_of_the_program_is_in_the_changelog() -> None:
    assert number_of(__version__) in [number_of(one.version) for one in parse(SHIPPED)]
