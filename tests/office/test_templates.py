"""Pages are made by templates, which escape; no module of pages puts HTML together from strings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bot.office.templates import render
from bot.office.urgent import URGENT

ROOT = Path(__file__).parent.parent.parent / "bot"
_TAG = re.compile(
    r"""(?<!\?P)</?(?:p|div|a|h[1-6]|ul|ol|li|section|form|input|button|span|nav|article|label|img|html|body)[ >/]"""
)
_ROOMS = ("office", "handlers", "platforms/web")
_STYLED = "office/rich_text.py"
"""Words with their styles: the one place where text becomes HTML, which every template uses."""


def test_no_page_is_put_together_from_strings() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for room in _ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if _TAG.search(path.read_text("utf-8"))
    ]
    assert found == [_STYLED]


def test_what_comes_from_elsewhere_is_escaped() -> None:
    html = render("no_notice.html", title="<script>", sorry="a & b", phone=None, all="", word=str)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html


def test_the_band_of_an_urgent_one_has_the_word_of_its_feed() -> None:
    assert URGENT in (ROOT / "office" / "templates" / "parts.html").read_text("utf-8")


def test_the_library_of_templates_waits_for_the_first_page() -> None:
    """A start imports all modules of pages, and not what only a page needs."""
    modules = "bot.assembly.parts, bot.assembly.desk, bot.platforms.web, bot.handlers.announcements.pages"
    code = f"import sys, {modules}; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
