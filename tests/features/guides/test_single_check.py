"""The check behind the desk's editor reads the other guides of the folder, whatever somebody did to their files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.features.guides.checking.single import SingleCheck
from bot.features.guides.contacts import Allowed
from bot.features.guides.facts import Facts
from tests.handlers.upkeep_world import GUIDE, SLUG

DAY = date(2026, 11, 28)


def _findings(folder: Path, text: str) -> list[str]:
    _, found = SingleCheck(folder, Allowed(), Facts()).check(SLUG, text, {}, DAY)
    return [str(one.code) for one in found]


def test_a_neighbour_that_cannot_be_read_does_not_stop_the_editor_and_may_be_linked_to(tmp_path: Path) -> None:
    """Mechanism: what cannot be read is skipped, its name stays known; else one spoilt file closes every editor."""
    (tmp_path / f"{SLUG}.md").write_text(GUIDE, "utf-8")
    before = _findings(tmp_path, GUIDE)
    spoilt = tmp_path / "bai-hong.md"
    spoilt.write_bytes(b"\xff\xfe\x00cut")
    assert _findings(tmp_path, GUIDE) == before
    linked = GUIDE.replace("- [Không thấy](!stuck)", "- [Không thấy](!stuck)\n- [Bài kia](bai-hong.md)")
    assert linked != GUIDE
    there = _findings(tmp_path, linked)
    spoilt.unlink()
    assert len(_findings(tmp_path, linked)) == len(there) + 1, "a guide that is not there is a finding"
