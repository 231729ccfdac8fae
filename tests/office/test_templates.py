"""Pages are made by templates, which escape; no module puts HTML or a drawing together from strings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.office.templates import render
from bot.office.urgent import URGENT

ROOT = Path(__file__).parent.parent.parent / "bot"
_TAGS = (
    r"a|abbr|article|aside|audio|b|body|br|button|circle|code|d[dlt]|details|div|em|fieldset|figure|footer|form|g|h[1-6]|"
    r"head|header|hr|html|i|iframe|img|input|label|legend|li|line|link|main|meta|nav|noscript|ol|option|output|p|path|"
    r"polygon|polyline|pre|rect|script|section|select|small|source|span|strong|style|su[bp]|summary|svg|t[dhr]|table|"
    r"t(?:body|ext|extarea|foot|head|itle|span)|ul?|use|video"
)
_TAG = re.compile(rf"(?<!\?P)</?(?:{_TAGS})(?=[\s/>]|$)|<!doctype", re.IGNORECASE)
_NAMED_LATER = re.compile(r"</\0>|<\0[^<>]*/>")
"""A tag whose name is a value."""
_EXCUSED = {
    "office/rich_text.py": "words with their styles, escaped: the one place where every template gets them from",
    "platforms/_shared/html.py": "the form of a message that vendors take, which is no page",
    "testing/suite/showing.py": "what a person types to see that it stays words",
    "testing/vendor.py": "what a vendor's gateway answers when it is down",
}
"""Files of bot/ with tags in their strings, and why."""


def test_no_html_and_no_drawing_is_put_together_from_strings() -> None:
    """Pages are templates, drawings are made of elements (`bot.features.svg`): both escape by themselves."""
    found = {path.relative_to(ROOT).as_posix(): tags for path in sorted(ROOT.rglob("*.py")) if (tags := _tags_in(path))}
    assert {path: tags for path, tags in found.items() if path not in _EXCUSED} == {}
    assert _EXCUSED.keys() <= found.keys(), "no tags there any more: no excuse needed"


@pytest.mark.parametrize(
    ("code", "has"),
    [
        ('x = "<p>" + y', True),
        ('x = f"<{tag}>{y}</{tag}>"', True),
        ("x = '<rect width=\"1\"/>'", True),
        ('x = b"<svg xmlns=1>"', True),
        ('"""A page in <p>."""', False),
        ('x = r"(?P<text>a)(?<!a)"', False),
        ('x = rf"(?P<{name}>a)"', False),
        ('x = f"<{address}>; rel=next"', False),
        ('x = a < b, "<", "<other>", "<w:p>"', False),
    ],
)
def test_tags_are_found_however_they_are_written(tmp_path: Path, code: str, has: bool) -> None:
    path = tmp_path / "code.py"
    path.write_text(code, "utf-8")
    assert bool(_tags_in(path)) is has


def _tags_in(path: Path) -> list[str]:
    """Return the string literals with a tag, docstrings aside, each with its line."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in said:
            words = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found += [f"{node.lineno}: {words[:60]}"] if _TAG.search(words) else []
        if isinstance(node, ast.JoinedStr) and _NAMED_LATER.search(_with_gaps(node)):
            found.append(f"{node.lineno}: {_with_gaps(node)[:60]}")
    return found


def _with_gaps(node: ast.JoinedStr) -> str:
    """Return an f-string with a NUL for each value."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.rglob("*.html")))
def test_no_template_has_a_style_or_a_script_inside(name: str) -> None:
    """But for the two files that are to be kept, and opened where there is no network."""
    for path in ROOT.rglob(name):
        inline = re.findall(r"<style|<script(?![^>]* src=)|\s(?:style|on[a-z]+)=", path.read_text("utf-8"))
        assert bool(inline) is (name in ("offline.html", "preview.html")), inline


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
