"""The numbers around an article for the official account: of followers, as typed, and of the hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.features.announcements.oa import rules
from bot.handlers.announcements.oa_articles import count_in


def test_only_one_clear_whole_number_is_read() -> None:
    assert [count_in(words) for words in ("0", "1.234", "đã gửi 52 người.", "9999999")] == [0, 1234, 52, 9_999_999]
    for words in ("", "1,234", "12,5", "52 trên 60", "-3", "99999999999", "0912345678", "a " * 9999):
        assert count_in(words) is None


def test_the_hours_are_those_of_vietnam_with_time_to_be_looked_through() -> None:
    day = datetime(2026, 11, 28, tzinfo=UTC)
    assert [rules.open_at(day + timedelta(hours=hours)) for hours in (0.9, 1, 12.5, 12.6, 16.8)] == [
        False, True, True, False, False,
    ]  # fmt: skip
