"""Inline Markdown as styled text; values never turn into markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import Span, Text
from bot.features.guides.markdown import plain, to_text


def test_bold_italic_code_and_links_become_spans() -> None:
    text = to_text("Mở **CH Play**, gõ `VNeID`, _chờ_ [trang](https://vneid.gov.vn).", {})
    assert text.spans == (
        Span("Mở "),
        Span("CH Play", "bold"),
        Span(", gõ "),
        Span("VNeID", "code"),
        Span(", "),
        Span("chờ", "italic"),
        Span(" "),
        Span("trang", "plain", "https://vneid.gov.vn"),
        Span("."),
    )


@pytest.mark.parametrize("name", ["**Yên Mô**", "<b>x", "[a](https://evil.top)", "`", "{tinh}"])
def test_the_commune_s_name_is_never_read_as_markup(name: str) -> None:
    text = to_text("Ra **xã {xa}**, {tinh}.", {"xa": name, "tinh": "Ninh Bình"})
    assert text.spans == (Span("Ra "), Span(f"xã {name}", "bold"), Span(", Ninh Bình."))


def test_an_unknown_field_stays_and_an_address_is_never_filled() -> None:
    assert to_text("{khac} [x](https://vneid.gov.vn/{xa})", {"xa": "q"}).spans == (
        Span("{khac} "),
        Span("x", "plain", "https://vneid.gov.vn/{xa}"),
    )


def test_html_and_dangerous_links_are_only_characters() -> None:
    assert to_text("<b>đậm</b>", {}) == Text.verbatim("<b>đậm</b>")
    assert to_text("[bấm](javascript:alert(1))", {}) == Text.verbatim("bấm")


def test_a_soft_break_is_a_space_and_a_hard_break_a_line() -> None:
    assert plain("một\nhai\\\nba") == "một hai\nba"


@given(st.text(max_size=80))
def test_every_string_has_a_text(source: str) -> None:
    assert to_text(source, {}).plain == plain(source)
