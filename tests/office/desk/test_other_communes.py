"""Every page of the desk, walked with the rows of another commune, and with scripts in the names of one's own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

import pytest
import pytest_asyncio
from tortoise.fields import CharField, TextField
from tortoise.transactions import in_transaction
from yarl import URL

from bot.core.actions import pack
from bot.features import units
from bot.features.announcements.actions import OpenAnnouncement, OpenReceipt
from bot.features.demo import village
from bot.features.help.requests import Asking, create
from bot.features.papers.model import FORMS
from bot.features.people import people
from bot.features.rights.table import OBSERVER, OFFICER
from bot.framework.process import CLOCK
from bot.storage.tables.people import Account, Person
from tests.features.test_privacy import Filler, all_models
from tests.handlers.test_forged_presses import words_of

from .seats import Office, office

pytestmark = [pytest.mark.desk_walk, pytest.mark.asyncio(loop_scope="module")]
SECRET, SCRIPT = "MẬT-CỦA-XÃ-KHÁC", "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
ROLES = (OFFICER, OBSERVER)
TOLD = frozenset(
    {
        "announcements", "difficulties", "help_requests", "help_messages", "tasks", "guide_texts", "products",
        "good_practices", "meetings", "meeting_points", "issued_papers", "recordings", "remarks", "village_methods",
        "trainings", "unheard_words", "directives", "question_banks", "loudspeaker_plans", "reports",
    }
)  # fmt: skip
"""Tables whose rows are shown on pages and have words of people."""
_READABLE: Mapping[str, Mapping[str, object]] = {
    "issued_papers": {"form": next(iter(FORMS))}, "tasks": {"state": "open"}
}  # fmt: skip
_WORDS = ("title", "text", "subject", "words", "name", "result", "place", "agenda", "reason", "note", "outcome")


@dataclass(frozen=True)
class Ground:
    """The bot at work; `foreign` are the keys of rows that belong to another commune."""

    office: Office
    foreign: tuple[str, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with office(tmp_path_factory.mktemp("communes")) as found:
        async with in_transaction():
            await units.create("xa-khac", "xã", SECRET, parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create("thon-khac", "thôn", SECRET, parent="xa-khac", valid_from=date(2025, 7, 1))
        far, near = await _id("thon-khac"), await _id(village.VILLAGE)
        their_commune, our_commune = await _id("xa-khac"), await _id(village.COMMUNE)
        foreign = await _rows(far, their_commune, SECRET)
        await _rows(near, our_commune, SCRIPT)
        person = await people.create("Quan sát viên", CLOCK.now())
        await people.grant(person, OBSERVER, our_commune, CLOCK.now())
        yield Ground(found, foreign)


class Rows(Filler):
    """Rows of a unit; unique columns of two units are not alike."""

    def __init__(self, unit_id: int) -> None:
        super().__init__(unit_id)
        self._number = unit_id * 1000


async def _id(code: str) -> int:
    place = await units.get(code)
    assert place is not None
    return place.id


async def _rows(unit: int, commune: int, words: str) -> tuple[str, ...]:
    """Make a row in each table that pages show, with these words in all that people may have typed."""
    person = await people.create(words[:60], CLOCK.now(), listed=True)
    await people.grant(person, "leader", unit, CLOCK.now())
    account = await Account.create(
        platform="web", native_id=f"a{unit}", person_id=person, chat_id=f"a{unit}", last_seen=CLOCK.now()
    )
    await create(Asking(account.id, unit, text=words), CLOCK.now())
    filler, keys = Rows(unit), [str(unit), str(person), str(account.id)]
    for kind in all_models():
        if str(kind._meta.db_table) not in TOLD:
            continue
        said = words_of(kind)
        for state in said.get("state", [""])[:3]:
            key = await filler.row(kind, person)
            keys.append(str(key))
            changed: dict[str, object] = {
                name: words[: column.max_length] if isinstance(column, CharField) else words
                for name, column in kind._meta.fields_map.items()
                if name in _WORDS and isinstance(column, CharField | TextField)
            }
            columns = kind._meta.fields_db_projection
            changed |= {name: known[0] for name, known in said.items()} | ({"state": state} if state else {})
            changed |= {"commune_id": commune} if "commune_id" in columns else {}
            await kind.filter(pk=key).update(**{**changed, **_READABLE.get(str(kind._meta.db_table), {})})
    for kind in (
        one for one in all_models() if str(one._meta.db_table) in TOLD
    ):  # rows that others hang on, made beside them
        for name, known in words_of(kind).items():
            strange = kind.filter(**{f"{name}__startswith": "x"}).exclude(**{f"{name}__in": known})
            await strange.update(**{name: known[0]})
        if (readable := _READABLE.get(str(kind._meta.db_table))) is not None:
            await kind.all().update(**readable)
    return tuple(dict.fromkeys(keys))


def _pages(office_: Office) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for route in office_.bot.pages.router.routes():
        address = route.resource.canonical if route.resource is not None else ""
        if address.startswith("/ban") and not address.startswith(("/ban/tep", "/ban/vao", "/ban/ra")):
            found.setdefault(address, set()).add(route.method)
    return found


def _filled(address: str, values: tuple[str, ...]) -> Iterator[str]:
    names = re.findall(r"\{(\w+)\}", address)
    for given in product(values, repeat=len(names)):
        made = address
        for name, value in zip(names, given, strict=True):
            made = made.replace(f"{{{name}}}", value)
        yield made


_ASKED = ("noi", "thon", "nhap")


@pytest.mark.parametrize("role", ROLES)
async def test_no_page_shows_what_belongs_to_another_commune_nor_runs_what_people_typed(
    ground: Ground, role: str
) -> None:
    """Each address with the keys of another commune's rows, and each list with all that stands in one's own."""
    shown = 0
    async with ground.office.sat(role) as seat:
        for address, methods in sorted(_pages(ground.office).items()):
            if "GET" not in methods or address.endswith("/song"):
                continue
            keys = (*ground.foreign, "thon-khac", "xa-khac", "TB-0001")
            plain = "{" not in address
            queries = ["", *(f"?{name}={value}" for name in _ASKED for value in ground.foreign[:2])] if plain else [""]
            for made, query in product([address] if plain else _filled(address, keys), queries):
                async with seat.client.get(URL(ground.office.origin + made + query, encoded=True)) as response:
                    page = await response.text(errors="replace")
                    assert response.status < 500, (made, query)
                    assert SECRET not in page, (role, made, query)
                    if response.content_type == "text/html":
                        assert "<script>alert" not in page, (role, made, query)
                        assert "<img src=x" not in page, (role, made, query)
                        shown += "&lt;script&gt;alert" in page
    assert shown > 5 or role == OBSERVER, "the words are there"


@pytest.mark.parametrize("role", [OFFICER])
async def test_no_form_changes_a_row_of_another_commune(ground: Ground, role: str) -> None:
    before = await _foreign_rows(ground)
    fields: Mapping[str, str] = {
        "loi": "Lời lạ", "ban": "1", "viec": "xong", "noi-dung": "Đính chính", "chu": "x", "thon": "thon-khac",
        "noi": "thon-khac", "vai": "leader", "han": "2027-01-01", "ten": "x", "gia-tri": "x",
    }  # fmt: skip
    async with ground.office.sat(role) as seat:
        await seat.get("/tro-ly")
        token = seat.token
        for address, methods in sorted(_pages(ground.office).items()):
            if "POST" not in methods or "{" not in address:
                continue
            for made in _filled(address, (*ground.foreign, "thon-khac", "xa-khac")):
                await seat.send(made.removeprefix("/ban"), fields, token=token)
                assert seat.status < 500, made
                assert SECRET not in seat.page, made
        for one in ground.foreign:
            for kind in (OpenAnnouncement, OpenReceipt):
                await seat.send("/bam", {"viec": pack(kind(int(one))), "ve": "/ban/tro-ly", "nhan": "x"}, token=token)
                assert SECRET not in seat.page
    assert await _foreign_rows(ground) == before


async def _foreign_rows(ground: Ground) -> list[object]:
    far, their_commune = await _id("thon-khac"), await _id("xa-khac")
    rows: list[object] = [await Person.filter(name=SECRET).values()]
    for kind in all_models():
        columns = kind._meta.fields_db_projection
        for name, unit in (("unit_id", far), ("commune_id", their_commune)):
            if name in columns and kind._meta.db_table in TOLD:
                rows.append(await kind.filter(**{name: unit}).order_by("id").values())
    return rows
