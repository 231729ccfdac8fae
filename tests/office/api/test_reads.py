"""What another program reads with a token: no more than who made it may, and no longer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from urllib.parse import urlencode

import jsonschema  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.announcements.model import Announcement
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.people import people
from bot.features.rights.table import OFFICER
from bot.framework.process import CLOCK
from bot.office.api.limits import AT_ONCE
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Role
from bot.storage.tables.programs import ProgramToken
from tests.office.desk.news_room import NewsRoom, news_room

from .programs import Program, program, token_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROBLEM = "application/problem+json"


class Grounds:
    """A commune with an announcement that every group has, and a difficulty; another commune with one of its own."""

    def __init__(self, room: NewsRoom, news: Announcement, ours: int, theirs: int) -> None:
        self.room, self.news, self.ours, self.theirs = room, news, ours, theirs
        self.office = room.office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory, kept_at: str) -> AsyncIterator[Grounds]:
    async with news_room(tmp_path_factory.mktemp("reads"), database_url=kept_at) as room:
        news = await room.sent()
        now = CLOCK.now()
        async with in_transaction():
            await units.create("xa-khac", "xã", "Khác", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create("thon-khac", "thôn", "Khác", parent="xa-khac", valid_from=date(2025, 7, 1))
            ids = []
            for code in (village.VILLAGE, "thon-khac"):
                place = await units.get(code)
                assert place is not None
                one = await difficulties.raise_one(place.id, "Mất sóng cả thôn", reporter=None, owner=None, now=now)
                ids.append(one.id)
        yield Grounds(room, news, *ids)


async def _problem(reader: Program, kind: str) -> None:
    assert reader.headers["Content-Type"].startswith(PROBLEM)
    assert reader.said["type"] == f"urn:langso:problem:{kind}"
    assert reader.said["status"] == reader.status


async def test_a_program_reads_figures_announcements_receipts_and_difficulties(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        assert await reader.get("/villages") == 200
        assert village.VILLAGE in [one["code"] for one in reader.items]
        assert await reader.get("/indicators", limit="200") == 200
        codes = {one["code"] for one in reader.items}
        assert await reader.get("/figures", limit="200") == 200
        assert reader.items
        assert {one["indicator"] for one in reader.items} <= codes
        assert await reader.get("/totals") == 200
        assert await reader.get(f"/announcements/{ground.news.label}") == 200
        assert reader.said["text"] == ground.news.text
        assert (reader.said["meant"], reader.said["reached"]) == (4, 3), "one village is told by a person, who waits"
        assert await reader.get(f"/announcements/{ground.news.label}/receipt") == 200
        lines = reader.said["villages"]
        assert isinstance(lines, list)
        assert [(one["way"], one["told"]) for one in lines].count(("group", True)) == 3
        assert [(one["way"], one["told"]) for one in lines].count(("relay", False)) == 1
        assert await reader.get(f"/difficulties/{ground.ours}") == 200
        assert reader.said["text"] == "Mất sóng cả thôn"


async def test_the_document_describes_every_answer_word_for_word(ground: Grounds) -> None:
    async with ClientSession(ground.office.origin) as http:
        stranger = Program(http)
        assert await stranger.get("/openapi.json") == 200
        document = stranger.said
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert isinstance(paths, dict)
    values = {"{label}": ground.news.label, "{id}": str(ground.ours)}
    async with program(ground.office) as reader:
        for path, operation in paths.items():
            address = path
            for name, value in values.items():
                address = address.replace(name, value)
            assert await reader.get(address) == 200, address
            schema = operation["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.Draft202012Validator(
                {**schema, "components": document["components"]}, format_checker=jsonschema.FormatChecker()
            ).validate(reader.said)


async def test_what_names_a_person_is_in_no_answer(ground: Grounds) -> None:
    now = CLOCK.now()
    async with in_transaction():
        teller = await people.create("Bà Tí Kể Khổ", now)
        place = await units.get(village.VILLAGE)
        assert place is not None
        await difficulties.raise_one(place.id, "Đường trơn", reporter=teller, owner=teller, now=now)
    async with program(ground.office) as reader:
        for path in ("/difficulties", "/announcements", f"/announcements/{ground.news.label}/receipt", "/figures"):
            await reader.get(path)
            assert "Bà Tí" not in reader.body
            assert "Cô Lan" not in reader.body
            assert "author" not in reader.body


async def test_a_draft_is_read_by_no_program(ground: Grounds) -> None:
    features = ground.room.bot.services.announcements
    place = await units.get(village.COMMUNE)
    assert place is not None
    lan = await people.who_is(await ground.office.person("officer"), CLOCK.now())
    async with in_transaction():
        draft = await features.drafts.create(
            place.id, lan, CLOCK.now(), title="Nháp", text="Chưa ai duyệt.", source="", audience=ground.news.audience
        )
    assert isinstance(draft, Announcement)
    async with program(ground.office) as reader:
        assert await reader.get(f"/announcements/{draft.label}") == 404
        await reader.get("/announcements")
        assert "Chưa ai duyệt" not in reader.body


async def test_another_commune_s_things_are_not_there(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        assert await reader.get(f"/difficulties/{ground.theirs}") == 404
        await _problem(reader, "not-there")
        await reader.get("/difficulties", limit="200")
        assert ground.theirs not in [one["id"] for one in reader.items]
        assert await reader.get("/figures", village="thon-khac") == 404
    now = CLOCK.now()
    their_commune = await units.get("xa-khac")
    assert their_commune is not None
    async with in_transaction():
        person = await people.create("Cán bộ xã khác", now)
        await people.grant(person, OFFICER, their_commune.id, now)
    async with ClientSession(ground.office.origin) as http:
        theirs = Program(http, await token_of(ground.office, person, "xa-khac"))
        assert await theirs.get(f"/announcements/{ground.news.label}") == 404
        assert await theirs.get(f"/announcements/{ground.news.label}/receipt") == 404
        assert await theirs.get(f"/difficulties/{ground.ours}") == 404
        assert await theirs.get(f"/difficulties/{ground.theirs}") == 200
        # Who works for both reads of each with a token of its own.
        await people.grant(await ground.office.person("officer"), OFFICER, their_commune.id, now)
        reader = Program(http, await token_of(ground.office, await ground.office.person("officer")))
        assert await reader.get(f"/difficulties/{ground.theirs}") == 404
        # A token of a commune in which its maker has no role opens nothing there.
        stranger = Program(http, await token_of(ground.office, person, village.COMMUNE))
        assert await stranger.get("/villages") == 403


async def test_when_the_maker_s_role_ends_the_token_opens_nothing(ground: Grounds) -> None:
    now = CLOCK.now()
    place = await units.get(village.COMMUNE)
    assert place is not None
    async with in_transaction():
        person = await people.create("Anh Tạm Quyền", now)
        await people.grant(person, OFFICER, place.id, now)
    async with ClientSession(ground.office.origin) as http:
        reader = Program(http, await token_of(ground.office, person))
        assert await reader.get("/villages") == 200
        await Role.filter(person_id=person).update(ended_at=now)
        assert await reader.get("/villages") == 403
        await _problem(reader, "not-allowed")


async def test_a_token_is_shown_once_and_ends_when_it_is_revoked_or_too_old(ground: Grounds) -> None:
    tokens = ground.room.bot.services.tokens
    async with program(ground.office) as reader:
        row = await ProgramToken.all().order_by("-id").first()
        assert row is not None
        assert reader.token not in row.key
        assert await reader.get("/villages") == 200
        assert (await ProgramToken.get(id=row.id)).used_at is not None
        async with in_transaction():
            assert await tokens.revoke(row.id, row.key_of("unit"), None)
            assert not await tokens.revoke(row.id, row.key_of("unit"), None)
        assert await reader.get("/villages") == 401
        await _problem(reader, "wrong-token")
        assert 'error="invalid_token"' in reader.headers["WWW-Authenticate"]
    async with program(ground.office) as reader:
        await ProgramToken.all().update(ends_at=CLOCK.now() - timedelta(seconds=1))
        assert await reader.get("/villages") == 401
        reader.token = ""
        assert await reader.get("/villages") == 401
        await _problem(reader, "no-token")


async def test_each_kind_of_reading_stands_in_the_audit_log_once_a_day(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        row = await ProgramToken.all().order_by("-id").first()
        assert row is not None
        for path in ("/figures", "/totals", "/figures", "/difficulties", "/figures"):
            assert await reader.get(path) == 200
        noted = AuditRow.filter(act="program_read", object=f"token:{row.id}").order_by("id")
        kinds = [json.loads(one.details)["kind"] for one in await noted]
        assert kinds == ["figures", "difficulties"]
        await ProgramToken.filter(id=row.id).update(noted="2026-01-01 figures difficulties")
        await reader.get("/figures")
        assert await noted.count() == 3


async def test_a_list_is_read_page_by_page_without_a_gap(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        await reader.get("/figures", limit="200")
        whole = reader.items
        found: list[dict[str, object]] = []
        cursor = ""
        for _ in range(20):
            query = {"limit": "7", "cursor": cursor} if cursor else {"limit": "7"}
            assert await reader.get(f"/figures?{urlencode(query)}") == 200
            found += reader.items
            if reader.said["next"] is None:
                break
            assert 'rel="next"' in reader.headers["Link"]
            cursor = str(reader.said["next"])
            if len(found) >= len(whole):
                break
        assert found[: len(whole)] == whole[: len(found)]
        assert len(found) >= min(len(whole), 100)
        assert await reader.get("/difficulties", limit="1") == 200
        first = reader.items
        await reader.get("/difficulties", limit="1", cursor=str(reader.said["next"]))
        assert int(str(reader.items[0]["id"])) < int(str(first[0]["id"]))


async def test_what_has_not_changed_is_not_sent_again(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        await reader.get("/villages")
        etag = reader.headers["ETag"]
        assert await reader.get("/villages", etag=f'"x", W/{etag}') == 304
        assert reader.body == ""
        assert await reader.get("/villages", etag='"x"') == 200
        assert reader.headers["Cache-Control"] == "private, no-cache"
        assert await reader.get("/villages", method="HEAD") == 200
        assert reader.body == ""


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/figures", {"period": "2026-13"}),
        ("/figures", {"period": "٢٠٢٦"}),
        ("/figures", {"perriod": "2026-10"}),
        ("/difficulties", {"limit": "0"}),
        ("/difficulties", {"limit": "201"}),
        ("/difficulties", {"limit": ""}),
        ("/difficulties", {"cursor": "'; drop table people"}),
        ("/difficulties", {"state": "secret"}),
    ],
)
async def test_a_parameter_of_another_form_is_refused_in_a_sentence(
    ground: Grounds, path: str, query: dict[str, str]
) -> None:
    async with program(ground.office) as reader:
        assert await reader.get(f"{path}?{urlencode(query)}") == 400
        await _problem(reader, "bad-parameter")


async def test_what_is_no_address_and_no_reading_is_a_problem_too(ground: Grounds) -> None:
    async with program(ground.office) as reader:
        for path in ("/nothing", "/difficulties/0", "/difficulties/x", "/announcements/TB-99999999", "/figures/", ""):
            assert await reader.get(path or "/") == 404
            await _problem(reader, "not-there")
        assert await reader.get("/figures", period="2026-W53") == 200
        assert await reader.get("/figures", period="2027-W53") == 404
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert await reader.get("/figures", method=method) == 405
            assert reader.headers["Allow"] == "GET, HEAD"


async def test_a_program_that_reads_too_often_waits(ground: Grounds) -> None:
    async with program(ground.office) as reader, program(ground.office) as other:
        for _ in range(AT_ONCE + 20):
            if await reader.get("/difficulties/999999999") == 429:
                break
        assert reader.status == 429
        await _problem(reader, "too-often")
        assert int(reader.headers["Retry-After"]) >= 1
        assert await other.get("/villages") == 200, "another token's reads are its own"
