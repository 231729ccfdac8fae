"""The tables of README.md and docs/messengers.md: what adapters declare and people do. UPDATE_README=1 writes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.platforms.bridge.capabilities import Declared
from bot.platforms.console.adapter import Console
from bot.platforms.gapo import adapter as gapo
from bot.platforms.line_oa.write import CAPABILITIES as LINE
from bot.platforms.matrix.write import CAPABILITIES as MATRIX
from bot.platforms.telegram.write import CAPABILITIES as TELEGRAM
from bot.platforms.web.adapter import RICH_CAPABILITIES
from bot.platforms.whatsapp.write import CAPABILITIES as WHATSAPP
from bot.platforms.zalo import adapter as zalo
from bot.platforms.zalo_oa.write import CAPABILITIES as ZALO_OA
from bot.platforms.zalo_oa.write import capabilities as zalo_oa_capabilities
from bot.testing import PLAIN, row
from tests.e2e import test_messenger_jobs
from tests.e2e.test_messenger_jobs import JOBS, MESSENGERS

ROOT = Path(__file__).parents[2]
README, DETAILS = ROOT / "README.md", ROOT / "docs" / "messengers.md"
CONSOLE = "Cửa sổ lệnh (`console`)"


def _declared() -> Mapping[str, Mapping[ChatKind, Capabilities]]:
    return {
        "Telegram (`telegram`)": TELEGRAM,
        "Trang web của xã (`web`)": {"private": RICH_CAPABILITIES},
        "Zalo Bot (`zalo`)": zalo.CAPABILITIES,
        "Zalo OA (`zalo_oa`)": ZALO_OA,
        "Zalo OA, bật nút (`zalo_oa`)": {"private": zalo_oa_capabilities(buttons=True, template=False)["private"]},
        "GapoWork (`gapo`)": gapo.CAPABILITIES,
        "LINE (`line_oa`)": LINE,
        "WhatsApp (`whatsapp`)": WHATSAPP,
        "Matrix (`matrix`)": MATRIX,
        "Cổng nối, mẫu Mocha (`bridge`)": _profile("gateway-mocha.json"),
        "Cổng nối, mẫu SMS (`bridge`)": _profile("gateway-sms.json"),
        CONSOLE: Console.capabilities,
    }


def _profile(name: str) -> Mapping[ChatKind, Capabilities]:
    """What the adapter makes of a gateway's document, where the bot has a public address."""
    declared = Declared(public=True)
    assert declared.take((DETAILS.parent / name).read_bytes())
    return declared


def table() -> str:
    return row.table([row.row(name, kind, can) for name, kinds in _declared().items() for kind, can in kinds.items()])


def _done() -> set[tuple[str, str]]:
    """(messenger, job) of the walks that really run: none that is skipped, or may fail."""
    marks = test_messenger_jobs.test_a_job_goes_on_a_messenger_as_the_readme_says.pytestmark  # type: ignore[attr-defined]
    assert [mark.name for mark in marks] == ["parametrize"]
    cells = [cell if hasattr(cell, "marks") else pytest.param(*cell) for cell in marks[0].args[1]]
    return {(str(cell.values[0]), str(cell.values[1])) for cell in cells if not cell.marks}


def _cell(messenger: str, job: str, done: set[tuple[str, str]], *, notes: bool = True) -> str:
    way = MESSENGERS[messenger].way(job)
    if (messenger, job) not in done:
        return "chưa thử"
    if notes:
        return ("✓" if way.done else "–") + (f" {way.note}" if way.note else "")
    return "–" if not way.done else "(✓)" if way.note else "✓"


def jobs_table(*, notes: bool = True) -> str:
    """Build the table of jobs; without `notes` it says yes, in part or no, and why stands in the longer one."""
    done = _done()
    head = ["ứng dụng", *(job.title for job in JOBS.values())]
    rows = [[on.title, *(_cell(name, job, done, notes=notes) for job in JOBS)] for name, on in MESSENGERS.items()]
    lines = [f"| {' | '.join(cells)} |" for cells in [head, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


OWN = ("web", "bridge")
"""The bot's own server, and a program of the commune's: there is no vendor."""


def peers() -> str:
    """Say which messengers were tried against a real server: each has tests of its own, and a target that runs them."""
    targets = (ROOT / "Makefile").read_text("utf-8")
    labels: dict[str, str] = {}
    for title in (on.title for on in MESSENGERS.values()):
        label, _, name = title.removesuffix("`)").partition(" (`")
        labels.setdefault(name, label)
    vendors = {name: label for name, label in labels.items() if name not in OWN}
    real = [name for name in vendors if (Path(__file__).parent / f"test_{name}_real.py").exists()]
    assert [name for name in real if f"\n{name}-real: " not in targets] == []
    said = ", ".join(f"{vendors[name]} (`make {name}-real`)" for name in real)
    others = ", ".join(label for name, label in vendors.items() if name not in real)
    return f"Chạy với máy chủ thật: {said}.\nChỉ với máy chủ giả, làm theo tài liệu của hãng: {others}.\n"


@pytest.mark.parametrize(
    ("page", "name", "made"),
    [
        (DETAILS, "platforms", table),
        (DETAILS, "jobs", jobs_table),
        (DETAILS, "peers", peers),
        (README, "jobs", partial(jobs_table, notes=False)),
        (README, "peers", peers),
    ],
)
def test_the_readme_shows_what_the_adapters_declare_and_people_do(
    page: Path, name: str, made: Callable[[], str]
) -> None:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    text = page.read_text("utf-8")
    before, rest = text.split(begin)
    shown, after = rest.split(end)
    if os.environ.get("UPDATE_README"):
        page.write_text(before + begin + made() + end + after, "utf-8")
        return
    assert shown == made()


def test_the_readme_has_a_column_for_each_job_that_is_walked() -> None:
    head = README.read_text("utf-8").partition("<!-- jobs -->\n")[2].partition("\n")[0]
    assert [cell.strip() for cell in head.strip("|").split("|")[1:]] == [job.title for job in JOBS.values()]
    assert "tin đưa qua người" in head


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
