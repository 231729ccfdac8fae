"""Backups on PostgreSQL are made by its own tools; `restored` does afterwards what they cannot know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import ran


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgres_has_tools_of_its_own_for_backups(tmp_path: Path, command: str, tool: str) -> None:
    """Otherwise a folder would be restored of which the bot reads nothing."""
    result = ran(command, "b.zip", environ={"BOT_DATABASE_URL": "postgres://a:b@c/d"}, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert (
        f"cơ sở dữ liệu là PostgreSQL: {'sao lưu' if command == 'backup' else 'khôi phục'} bằng {tool}" in result.stderr
    )
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("url", "taken", "code", "line"),
    [
        ("", "2026-11-24T02:15", 1, "chỉ dùng sau pg_restore; với SQLite thì restore đã làm việc này"),
        ("postgres://a:b@c/d", "hôm qua", 2, "--taken: ghi ngày và giờ, ví dụ 2026-11-24T02:15"),
        ("postgres://a:b@c/d", "2999-11-24T02:15", 2, "--taken: lúc này chưa tới; ghi lúc chạy pg_dump"),
        ("postgres://a:b@c/d", "2026-11-24T02:15", 1, "erased.log: không có tệp hay thư mục này"),
    ],
)
def test_settling_a_restored_database_needs_one_on_postgres_the_moment_and_the_list(
    tmp_path: Path, url: str, taken: str, code: int, line: str
) -> None:
    environ = {"BOT_DATABASE_URL": url} if url else {}
    result = ran("restored", "--taken", taken, "--erased", "erased.log", environ=environ, cwd=tmp_path)
    assert (result.stdout, result.stderr.strip(), result.returncode) == ("", line, code)
