"""What each page weighs on the wire in a commune of thirty villages with five years of figures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession

from benchmarks import desk_years
from benchmarks.desk import Meter, addresses, opened
from benchmarks.five_years import Years
from bot.office.desk.visit import HOME

pytestmark = pytest.mark.desk_walk
MOST = 20_000
"""Bytes of a page, as the browser gets it; all else is kept from the first one."""


@pytest.mark.timeout(300)
async def test_no_page_of_a_large_commune_is_heavy(tmp_path: Path) -> None:
    desk_years.fill(tmp_path / "bot.sqlite3", Years(datetime.now(UTC)))
    weights: dict[str, int] = {}
    async with opened(tmp_path, Meter()) as browser:
        pages = await addresses(browser)
        origin = str(browser._base_url)
        async with ClientSession(origin, cookie_jar=browser.cookie_jar, auto_decompress=False) as as_it_comes:
            for path in pages:
                async with as_it_comes.get(HOME + path, headers={"Accept-Encoding": "gzip"}) as answer:
                    assert answer.status == 200, path
                    weights[path] = len(await answer.read())
    assert len(weights) > 30
    assert {path: weight for path, weight in weights.items() if weight > MOST} == {}
