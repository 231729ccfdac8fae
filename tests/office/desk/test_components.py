"""The page of all components: in the demo, with each component that other pages are made of, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from bot.assembly.parts import put_together
from bot.office.desk.components import ADDRESS
from bot.office.desk.look import STATIC
from bot.office.desk.visit import HOME
from bot.settings import Settings

from .seats import office

COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n'


def _addresses(pages: web.Application) -> set[str]:
    return {resource.canonical for resource in pages.router.resources()}


async def test_the_demo_shows_each_component_in_each_state(tmp_path: Path) -> None:
    async with office(tmp_path) as found, found.sat() as seat:
        await seat.get(ADDRESS)
        assert seat.status == 200
        shown = {name for names in re.findall(r'class="([^"]+)"', seat.page) for name in names.split()}
    for name in (
        "bad",
        "late",
        "waits",
        "plan",
        "fine",
        "first",
        "second",
        "danger",
        "plain",
        "said",
        "warning",
        "empty",
    ):
        assert name in shown
    for state in ("disabled", "readonly", 'aria-invalid="true"', "checked", 'aria-current="true"', "<details open>"):
        assert state in seat.page


async def test_an_installation_has_no_such_page(tmp_path: Path) -> None:
    (tmp_path / "commune.toml").write_text(COMMUNE, "utf-8")
    async with put_together(Settings(data_dir=tmp_path, platforms=("web", "workdesk")), {}) as bot:
        assert HOME in _addresses(bot.pages)
        assert HOME + ADDRESS not in _addresses(bot.pages)


def test_who_works_by_night_prints_black_on_white() -> None:
    """Dark tokens hold for screens alone: badges on paper were dark on dark."""
    style = (STATIC / "desk.css").read_text("utf-8")
    assert (
        style.count("prefers-color-scheme: dark") == style.count("@media screen and (prefers-color-scheme: dark)") == 1
    )
