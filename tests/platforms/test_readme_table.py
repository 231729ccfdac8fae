"""The README's tables are what adapters declare and what people were seen to do. UPDATE_README=1 writes them anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.platforms import gapo, zalo
from bot.platforms._bridge_caps import Declared
from bot.platforms._telegram_write import CAPABILITIES as TELEGRAM
from bot.platforms._zalo_oa_write import CAPABILITIES as ZALO_OA
from bot.platforms._zalo_oa_write import capabilities as zalo_oa_capabilities
from bot.platforms.console import Console
from bot.platforms.web.adapter import RICH_CAPABILITIES
from bot.testing import PLAIN
from tests.e2e import test_messenger_jobs
from tests.e2e.test_messenger_jobs import JOBS, MESSENGERS

README = Path(__file__).parents[2] / "README.md"
CONSOLE = "Cửa sổ lệnh (`console`)"
KINDS: Mapping[ChatKind, str] = {"private": "riêng", "group": "nhóm"}


def _declared() -> Mapping[str, Mapping[ChatKind, Capabilities]]:
    return {
        "Telegram (`telegram`)": TELEGRAM,
        "Trang web của xã (`web`)": {"private": RICH_CAPABILITIES},
        "Zalo Bot (`zalo`)": zalo.CAPABILITIES,
        "Zalo OA (`zalo_oa`)": ZALO_OA,
        "Zalo OA, bật nút (`zalo_oa`)": {"private": zalo_oa_capabilities(buttons=True, template=False)["private"]},
        "GapoWork (`gapo`)": gapo.CAPABILITIES,
        "Cổng nối, mẫu Mocha (`bridge`)": _profile("gateway-mocha.json"),
        "Cổng nối, mẫu SMS (`bridge`)": _profile("gateway-sms.json"),
        CONSOLE: Console.capabilities,
    }


def _profile(name: str) -> Mapping[ChatKind, Capabilities]:
    """What the adapter makes of a gateway's document, where the bot has a public address."""
    declared = Declared(public=True)
    assert declared.take((README.parent / "docs" / name).read_bytes())
    return declared


def _heard(can: Capabilities) -> str:
    if not can.answers:
        return "–"
    return "mọi tin" if can.hears_everything else "tin gọi tên bot"


def _row(name: str, kind: ChatKind, can: Capabilities) -> str:
    cells = [
        name,
        KINDS[kind],
        f"{can.text_limit}",
        f"{can.buttons}" if can.buttons else "số" if can.answers else "–",
        "có" if can.edit else "–",
        "có" if can.styles else "–",
        {"upload": "có", "url": "qua địa chỉ công khai", "none": "–"}[can.photos],
        "có" if can.audio_limit else "đường dẫn",
        "có" if can.file_limit else "đường dẫn",
        _heard(can),
    ]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    head = "| ứng dụng | cuộc | dài nhất | nút | sửa tin | kiểu chữ | ảnh | âm thanh | tệp | nghe được |"
    rows = [_row(name, kind, can) for name, kinds in _declared().items() for kind, can in kinds.items()]
    return "\n".join([head, "|" + "---|" * 10, *rows]) + "\n"


def _done() -> set[tuple[str, str]]:
    """(messenger, job) of the walks that really run: none that is skipped, or may fail."""
    marks = test_messenger_jobs.test_a_job_goes_on_a_messenger_as_the_readme_says.pytestmark  # type: ignore[attr-defined]
    assert [mark.name for mark in marks] == ["parametrize"]
    cells = [cell if hasattr(cell, "marks") else pytest.param(*cell) for cell in marks[0].args[1]]
    return {(str(cell.values[0]), str(cell.values[1])) for cell in cells if not cell.marks}


def _cell(messenger: str, job: str, done: set[tuple[str, str]]) -> str:
    way = MESSENGERS[messenger].way(job)
    if (messenger, job) not in done:
        return "chưa thử"
    return ("✓" if way.done else "–") + (f" {way.note}" if way.note else "")


def jobs_table() -> str:
    done = _done()
    head = ["ứng dụng", *(job.title for job in JOBS.values())]
    rows = [[on.title, *(_cell(name, job, done) for job in JOBS)] for name, on in MESSENGERS.items()]
    lines = [f"| {' | '.join(cells)} |" for cells in [head, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


@pytest.mark.parametrize(("name", "made"), [("platforms", table), ("jobs", jobs_table)])
def test_the_readme_shows_what_the_adapters_declare_and_people_do(name: str, made: Callable[[], str]) -> None:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    text = README.read_text("utf-8")
    before, rest = text.split(begin)
    shown, after = rest.split(end)
    if os.environ.get("UPDATE_README"):
        README.write_text(before + begin + made() + end + after, "utf-8")
        return
    assert shown == made()


def test_every_messenger_of_the_first_table_is_walked_on_in_the_second() -> None:
    """The console is for who writes guides at a terminal; nobody lives there."""
    assert {on.title for on in MESSENGERS.values()} == set(_declared()) - {CONSOLE}


def test_a_walk_that_is_skipped_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [pytest.param("zalo", "guide", marks=pytest.mark.skip), ("zalo", "quiz")]
    monkeypatch.setattr(
        test_messenger_jobs.test_a_job_goes_on_a_messenger_as_the_readme_says,
        "pytestmark",
        [pytest.mark.parametrize(("messenger", "job"), cells).mark],
    )
    assert _done() == {("zalo", "quiz")}
    assert _cell("zalo", "guide", _done()) == "chưa thử"


def test_the_plain_profile_is_no_richer_than_the_poorest_messenger() -> None:
    """PLAIN stands for Zalo Bot: what passes there must pass here."""
    for kind, plain in PLAIN.items():
        real = zalo.CAPABILITIES[kind]
        assert plain.text_limit <= real.text_limit
        assert plain.buttons <= real.buttons
        assert plain.hears_everything <= real.hears_everything or kind == "private"
