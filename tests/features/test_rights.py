"""Every cell of the matrix, and that a right ends where its unit, its time or its condition ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import rights, units
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Grant, Who
from bot.features.rights import ROLES, Act, Condition, RightsCell, Scope, role_of, table

from .village import NOW, Places, places, somebody

# Written out by hand from the permission matrix of the plan, apart from the program's own table.
# R read, Q ask, F feedback, V visit, U figures, A tasks, T targets, D difficulties, B broadcast, P approve, X export,
# S settings, G good practice, I invite, C register chat, L audit log, K verify guide, H answer help, O urgent override,
# W acknowledge, M teach, N plan the loudspeaker, E choose methods, Y connect programs.
EXPECTED = """\
role          R  Q  F  V   U     A  T    D      B  P   X      S  G    I  C  L  K  H  O  W  M  N  E  Y
resident      c  c  c  -   -     -  -    o      -  -   -      -  -    -  -  -  -  -  -  -  -  -  -  -
volunteer     c  c  c  o   -     -  -    -      -  -   -      -  -    -  -  -  -  -  -  -  -  -  -  -
member        c  c  c  o   v+pr  -  -    v+pr   -  -   -      -  o+pr -  -  -  -  v  -  v  v  -  -  -
deputy        c  c  c  v   v     v  -    v      v+at - v      -  o+pr v  -  -  -  v  -  v  v  v  v  -
leader        c  c  c  v   v+so  v  -    v      v+at - v      -  o+pr v  v  -  -  v  -  v  v  v  v  -
village_head  c  c  c  -   -     -  -    v      -  -   v      -  -    -  -  -  -  -  -  v  -  v  v  -
enterprise    c  c  c  o   -     -  -    a      -  -   -      -  o+pr -  -  -  -  -  -  -  -  -  -  -
steering      c  c  c  a+vi a+vi -  a+pr a      -  -   a      -  a+co -  -  -  -  -  -  -  -  -  -  -
officer       c  c  c  c   c     c  c+dr c      c+at c+dr c   c  c    c  c  c  c  c  c  c  c  c  -  c
chair         c  c  c  c   -     c  c+ap c      c  c+ap c     -  c    c  c  c  -  c  c  c  c  c  -  c
police        c  c  c  -   c+in:AT*,CQ01 - - c+ca:scam,vneid - c+ca:scam c+in:AT* - - - - - - - - - - - - -
youth         c  c  c  c+vi - - - - - - - - - c - - - - - - - - - -
observer      c  c  c  g   -     -  -    a      -  -   g      -  g+co -  -  -  -  -  -  -  -  -  - -
council       c  -  -  g   -     -  -    g      -  -   c+vi   -  -    -  -  -  -  -  -  -  -  -  - -
"""
LETTERS = dict(
    zip(
        "RQFVUATDBPXSGICLKHOWMNEY",
        (
            "read_guides", "ask", "send_feedback", "log_visit", "update_figures", "assign_tasks", "set_targets",
            "handle_difficulties", "broadcast", "approve_content", "export_reports", "change_settings",
            "good_practice", "invite", "register_chat", "read_audit", "verify_guide", "answer_help", "urgent_override",
            "acknowledge", "teach", "plan_loudspeaker", "choose_methods", "connect_programs",
        ),
        strict=True,
    )
)  # fmt: skip
SCOPES = {"c": "commune", "v": "village", "a": "assigned", "o": "own", "g": "aggregate", "-": "none"}
CONDITIONS = {
    "pr": "propose", "so": "sign_off", "at": "approved_text", "dr": "draft", "ap": "approve", "vi": "view",
    "co": "comment", "in": "indicators", "ca": "category",
}  # fmt: skip


def expected() -> list[tuple[str, str, str]]:
    """(role, act, cell) for every cell."""
    header, *rows = (line.split() for line in EXPECTED.splitlines())
    return [
        (role, LETTERS[letter], spelled(cell))
        for role, *cells in rows
        for letter, cell in zip(header[1:], cells, strict=True)
    ]


def spelled(cell: str) -> str:
    scope, _, condition = cell.partition("+")
    short, colon, names = condition.partition(":")
    return SCOPES[scope] + (f"+{CONDITIONS[short]}{colon}{names}" if condition else "")


@pytest.mark.parametrize(("role", "act", "cell"), expected())
def test_the_table_holds_what_was_agreed(role: str, act: str, cell: str) -> None:
    assert str(rights.cell_of(role, Act(act))) == cell


def test_no_role_and_no_act_is_forgotten() -> None:
    assert {(role, act) for role, act, _ in expected()} == {(role, str(act)) for role in rights.ROLES for act in Act}


def test_a_role_or_an_act_that_the_table_lacks_is_refused() -> None:
    assert rights.cell_of("mayor", Act.READ_GUIDES).scope is Scope.NONE
    assert Act.BROADCAST not in rights.MATRIX["resident"]


def test_the_page_in_the_docs_is_the_table() -> None:
    page = Path(rights.__file__).parents[3] / "docs" / "rights.md"
    assert page.read_text("utf-8") == rights.document(), "run: python -m bot.features.rights > docs/rights.md"


@pytest.mark.parametrize("text", ["commune+indicators", "village+propose:x", "street", "village+often"])
def test_a_cell_that_makes_no_sense_is_no_cell(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        RightsCell.of(text)


def holder(role: str, unit_id: int) -> Who:
    return Who(Account("fake", role), 1, role, (Grant(role, unit_id, None, 1),))


def home(role: str, at: Places) -> int:
    """The unit for which a role is given."""
    return at.village if role in rights.table.IN_VILLAGES else at.commune


async def test_every_cell_reaches_as_far_as_it_says_and_no_further(db: BaseDBAsyncClient) -> None:
    at = await places()
    inside = {"c": {at.commune, at.village, at.other_village}, "v": {at.village}}
    everything = {at.province, at.commune, at.village, at.other_village, at.other_commune, at.far_village}
    for role, act, text in expected():
        who = holder(role, home(role, at))
        scope, resident = text.partition("+")[0], rights.cell_of("resident", Act(act)).scope
        reach = set() if scope == "none" else inside["c" if scope == "commune" or home(role, at) == at.commune else "v"]
        claimed = {"own": "own", "assigned": "forwarded", "aggregate": "sums"}.get(scope)
        if resident is Scope.COMMUNE:
            reach = everything
        for unit in everything:
            plain = await rights.decide(who, Act(act), unit, on=NOW)
            wanted = unit in reach and (claimed is None or (claimed == "forwarded" and role == "steering"))
            assert plain.allowed == wanted, (role, act, unit)
            assert bool(plain.why) != plain.allowed
            if claimed is not None and resident is Scope.NONE:
                flags = {"own": claimed == "own", "forwarded": claimed == "forwarded", "sums": claimed == "sums"}
                claim = await rights.decide(who, Act(act), unit, on=NOW, **flags)
                assert claim.allowed == (unit in reach), (role, act, unit)


async def test_everybody_may_do_what_a_resident_may(db: BaseDBAsyncClient) -> None:
    at = await places()
    stranger = Who(Account("fake", "x"))
    assert (await rights.decide(stranger, Act.READ_GUIDES, None, on=NOW)).allowed
    assert (await rights.decide(holder("council", at.commune), Act.ASK, None, on=NOW)).allowed
    own = await rights.decide(stranger, Act.HANDLE_DIFFICULTIES, at.village, on=NOW, own=True)
    assert own.allowed
    others = await rights.decide(stranger, Act.HANDLE_DIFFICULTIES, at.village, on=NOW)
    assert not others.allowed
    refused = await rights.decide(stranger, Act.BROADCAST, at.village, on=NOW)
    assert refused.why == "Việc gửi thông báo là của Tổ trưởng, Tổ phó và cán bộ xã."


async def test_of_several_roles_the_widest_counts(db: BaseDBAsyncClient) -> None:
    at = await places()
    grants = (Grant("member", at.village, None, 1), Grant("leader", at.village, None, 2))
    both = Who(Account("fake", "x"), 1, "", (*grants, Grant("police", at.commune, None, 3)))
    here = await rights.decide(both, Act.UPDATE_FIGURES, at.village, on=NOW)
    assert here.cell.condition is Condition.SIGN_OFF
    assert here.for_indicator("KT01")
    there = await rights.decide(both, Act.UPDATE_FIGURES, at.other_village, on=NOW)
    assert there.cell.condition is Condition.INDICATORS
    assert [there.for_indicator(code) for code in ("AT03", "CQ01", "KT01", "CQ010")] == [True, True, False, False]


async def test_a_category_limits_what_the_police_handles(db: BaseDBAsyncClient) -> None:
    at = await places()
    decision = await rights.decide(holder("police", at.commune), Act.HANDLE_DIFFICULTIES, at.village, on=NOW)
    assert decision.for_category("scam")
    assert not decision.for_category("network")


async def test_an_expired_role_does_not_count_even_if_it_was_read_before(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = Who(Account("fake", "x"), 1, "", (Grant("volunteer", at.village, NOW + timedelta(days=1), 1),))
    assert (await rights.decide(who, Act.LOG_VISIT, at.village, on=NOW, own=True)).allowed
    assert not (await rights.decide(who, Act.LOG_VISIT, at.village, on=NOW + timedelta(days=2), own=True)).allowed


async def test_who_may_invite_whom(db: BaseDBAsyncClient) -> None:
    at = await places()
    cases = [
        ("officer", "leader", at.village, True),
        ("officer", "chair", at.commune, False),
        ("officer", "officer", at.commune, True),
        ("officer", "officer", at.village, False),
        ("officer", "leader", at.commune, False),
        ("officer", "leader", at.far_village, False),
        ("chair", "steering", at.other_village, True),
        ("leader", "member", at.village, True),
        ("leader", "member", at.other_village, False),
        ("leader", "volunteer", at.village, True),
        ("leader", "deputy", at.village, False),
        ("deputy", "member", at.village, True),
        ("member", "volunteer", at.village, False),
        ("officer", "youth", at.commune, True),
        ("officer", "youth", at.village, False),
        ("leader", "youth", at.commune, False),
        ("youth", "volunteer", at.other_village, True),
        ("youth", "volunteer", at.commune, True),
        ("youth", "volunteer", at.far_village, False),
        ("youth", "member", at.village, False),
        ("youth", "youth", at.commune, False),
        ("resident", "resident", at.village, False),
        ("officer", "mayor", at.commune, False),
    ]
    for inviter, role, unit, allowed in cases:
        who = holder(inviter, home(inviter, at))
        decision = await rights.may_invite(who, role, unit, on=NOW)
        assert decision.allowed == allowed, (inviter, role, unit)
        assert bool(decision.why) != allowed
        if await rights.fits(role, unit):
            assert await rights.invitable(who, [(role, unit)], on=NOW) == ({(role, unit)} if allowed else set())


async def test_approving_takes_another_person_not_another_account(db: BaseDBAsyncClient) -> None:
    at = await places()
    author = await somebody("hoa", "officer", at.commune)
    assert author.person_id is not None
    phone = Account("other", "id-hoa-2")
    assert await people.link(phone, "chat-2", author.person_id, NOW)
    assert not rights.another_person(author.person_id, await people.who(phone, NOW))
    chair = await somebody("minh", "chair", at.commune)
    assert rights.another_person(author.person_id, chair)
    assert not rights.another_person(author.person_id, Who(Account("fake", "x")))


async def test_a_merged_village_is_led_from_the_new_one(db: BaseDBAsyncClient) -> None:
    at = await places()
    await units.merge(["dong-cao"], "lac-hien", NOW.date())
    leader = holder("leader", at.village)
    assert (await rights.decide(leader, Act.EXPORT_REPORTS, at.other_village, on=NOW)).allowed
    former = holder("leader", at.other_village)
    assert not (await rights.decide(former, Act.UPDATE_FIGURES, at.village, on=NOW)).allowed


def test_no_name_of_a_role_stands_for_two() -> None:
    names = [
        (table._compared(name), role)
        for role, title in ROLES.items()
        for name in (role, title, *table._SHORT.get(role, ()))
    ]
    assert dict(names) == {name: role_of(name) for name, _ in names}
    assert len({name for name, _ in names}) == len(names)


def test_a_cell_is_ranked_once() -> None:
    cell = RightsCell.of("commune+sign_off")
    assert cell.rank is cell.rank
