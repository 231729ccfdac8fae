"""Every button of the bot, pressed by people it was never shown to, with ids that exist: nothing of others changes.

The actions come from the router and their values from the source and the database, so a new action is tried without
being named here. All rows belong to xã Yên Mô; who presses is a resident, a leader of xã Khánh Thiện, and a member of
another village.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice, product
from typing import get_type_hints

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import CharField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from bot.core.actions import Action, pack
from bot.core.events import Pressed
from bot.core.router import Router
from bot.features.groups import channels
from bot.features.learning.shipped import Shipped
from bot.features.people import people
from bot.features.rights import ROLES
from bot.handlers.kit.base import Content
from bot.handlers.people import privacy
from bot.handlers.unheard import keeping
from bot.storage.core_tables.conversation import InboxEvent
from bot.testing import RICH, FakePlatform, World
from tests.conversations import build_router
from tests.features.test_privacy import Filler, all_models, links_to_people
from tests.features.village import Places, places, somebody
from tests.processes import ROOT

PASSING = frozenset(
    {
        "sessions", "inbox", "stored_actions", "log_entries", "pauses", "guide_runs", "guide_counts", "guide_tallies",
        "quiz_answers", "platform_values",
    }
)  # fmt: skip
"""Where somebody is in conversations and guides."""
MOST_GUESSES, MOST_ROWS = 24, 8
_READABLE: Mapping[str, Mapping[str, object]] = {
    "target_plans": {"body": '{"goals": []}'}, "rounds": {"period": "2026-11"}
}  # fmt: skip
"""What is read before it is known whose it is."""
_THEIR_OWN = ("audit_rows", "audit_head", "passing_files", "desk_keys")
"""What anybody leaves behind by asking."""
_SAYS = re.compile(r"`(\w+)` is ([^.;`]+)")

Row = tuple[tuple[str, object], ...]
Rows = Mapping[str, Mapping[object, Row]]


@pytest.fixture
def database_kind() -> str:
    """Rights do not depend on the database."""
    return "sqlite"


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(RICH)


@cache
def literals() -> Mapping[tuple[str, int | str], frozenset[str]]:
    """(class, position or keyword) → the words that the program itself puts there."""
    found: defaultdict[tuple[str, int | str], set[str]] = defaultdict(set)
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given: Iterable[tuple[int | str, ast.expr]] = [
                *enumerate(node.args), *((word.arg or "", word.value) for word in node.keywords),
            ]  # fmt: skip
            for place, value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name, place].add(value.value)
    return {key: frozenset(words) for key, words in found.items()}


def guesses(kind: type[Action]) -> Iterator[Action]:
    """Actions of this kind with values that mean something in Yên Mô; those that change for good come first."""
    hints = get_type_hints(kind)
    choices: list[Sequence[object]] = []
    for at, name in enumerate(kind.field_names):
        if hints[name] is bool:
            choices.append([True, False])
        elif hints[name] is int:
            choices.append([1] if name in ("version", "page", "number", "minute") else range(1, MOST_ROWS + 1))
        else:
            known = {"unit": ["lac-hien", "yen-mo"], "role": ["member", "leader"], "period": ["2026-11", "2026-W47"]}
            said = literals().get((kind.__name__, at), frozenset()) | literals().get((kind.__name__, name), frozenset())
            choices.append(known.get(name, []) + sorted(said) or ["x"])
    return (kind(*values) for values in islice(product(*choices), MOST_GUESSES))


async def fill(at: Places, now: datetime) -> None:
    """People with every role in Yên Mô, its group, and rows in every table that names people or has a state."""
    for number, role in enumerate(ROLES):
        unit = (
            at.commune
            if role in ("officer", "chair", "police", "youth", "council", "observer", "enterprise")
            else at.village
        )
        await somebody(f"own{number}", role, unit, now)
    await channels.register("fake", "g1", at.village, "village", "Nhóm", now)
    filler = Filler(at.village)
    holder = await people.holders("officer", at.commune, now)
    for kind in all_models():
        table, columns = str(kind._meta.db_table), kind._meta.fields_db_projection
        if table in PASSING or table in ("people", "accounts", "roles", "actors", "consents", "invites"):
            continue
        if "state" not in columns and not links_to_people(kind):
            continue
        said = words_of(kind)
        for state in said.get("state", ("",)):
            key = await filler.row(kind, holder[0].person_id)
            changed: dict[str, object] = {name: words[0] for name, words in said.items()}
            changed |= {"state": state} if state else {}
            changed |= {"version": 1} if "version" in columns and not kind._meta.unique_together else {}
            changed |= {"commune_id": at.commune} if "commune_id" in columns else {}
            changed |= _READABLE.get(table, {})
            if changed:
                await kind.filter(pk=key).update(**changed)


def words_of(kind: type[Model]) -> dict[str, list[str]]:
    """Column → the words that it may hold, as the docstring of its table tells: "`state` is waiting or done"."""
    found = {}
    for name, listed in _SAYS.findall(kind.__doc__ or ""):
        words = re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", listed).replace(" or ", ", "))
        column = kind._meta.fields_map.get(name)
        if isinstance(column, CharField) and "," in listed.replace(" or ", ", "):
            found[name] = [word for word in words if len(word) <= column.max_length]
    return found


async def everything() -> Rows:
    """Every row but those of conversations, by table and key."""
    found: dict[str, dict[object, Row]] = {}
    for kind in all_models():
        if kind._meta.db_table not in PASSING:
            rows = await kind.all().values()
            found[str(kind._meta.db_table)] = {row[kind._meta.pk_attr]: tuple(row.items()) for row in rows}
    return found


def units_of(table: str) -> set[str]:
    kind = next(kind for kind in all_models() if kind._meta.db_table == table)
    return {
        f"{name}_id"
        for name, column in kind._meta.fields_map.items()
        if isinstance(column, ForeignKeyFieldInstance) and column.model_name == "bot.Unit"
    }


def strange(before: Rows, after: Rows, own_units: Sequence[int], own_chat: str) -> list[str]:
    """What is other than before, and is not a new row of the presser's own."""
    found = []
    for table, rows in after.items():
        found += [f"{table} {key} is gone" for key in before[table].keys() - rows.keys()]
        for key, row in rows.items():
            old, values = before[table].get(key), dict(row)
            if old is not None and old != row and table != "audit_head":
                found.append(f"{table} {key}: {set(row) - set(old)}")
            own = (
                table in ("audit_rows", "audit_head", "passing_files", "desk_keys") or values.get("chat_id") == own_chat
            )
            own = own or any(values[name] in own_units for name in units_of(table))
            # A refusal is written down, whoever was refused, and says nothing but that.
            noted = table == "audit_head" or values.get("act") in ("right_refused", "code_refused")
            if old is None and not noted and not (own and own_units):
                found.append(f"{table}: new {values}")
    return found


async def presses(world: World, router: Router, name: str, *, oneself: bool) -> None:
    """All actions of the router in one chat; `oneself` are those about the presser's own data."""
    talk = world.talk(name)
    for kind in list(router.actions):
        if (kind.__module__ in (privacy.__name__, keeping.__name__)) is not oneself:
            continue
        for action in guesses(kind):
            await world.happens(
                Pressed(world.next_id(), talk.chat, talk.sender, world.clock.now(), data=pack(action), message_id="m0")
            )


@pytest.mark.parametrize(
    "presser",
    [
        "resident",
        "leader of another commune",
        "member of another village",
        "officer of another commune",
    ],
)
async def test_a_press_that_was_never_offered_changes_nothing_of_others(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, presser: str
) -> None:
    """Mechanism: each handler checks the right of who presses, every time."""
    world = World(db, lambda: build_router(shipped, platform), shipped.catalogues.translate, platform)
    at, now = await places(), world.clock.now()
    await fill(at, now)
    own_units: list[int] = []
    if presser == "leader of another commune":
        own_units = [at.far_village, at.other_commune]
        await somebody("kevin", "leader", at.far_village, now)
    elif presser == "officer of another commune":
        own_units = [at.far_village, at.other_commune]
        await somebody("kevin", "officer", at.other_commune, now)
    elif presser == "member of another village":
        own_units = [at.other_village]
        await somebody("kevin", "member", at.other_village, now)
    router = build_router(shipped, platform)
    # Whoever asks for questions first has those of the guides written for the commune; they are nobody's.
    await Shipped(shipped.guides).to_ask(at.commune, now)
    before = await everything()
    await presses(world, router, "Kevin", oneself=False)
    assert await InboxEvent.filter(failed__isnull=False).count() == 0
    assert strange(before, await everything(), own_units, "chat-kevin") == []
    await presses(world, router, "Kevin", oneself=True)
    after = await everything()
    mine = {"accounts", "people", "consents", "roles", "actors", "audit_head"}
    for table, rows in before.items():
        lost = [key for key, row in rows.items() if table not in mine and after[table].get(key) != row]
        assert lost == [], table


def test_every_button_is_tried(shipped: Content) -> None:
    """Words that only the program's source knows are among the guesses."""
    from bot.handlers.commune.settings import UseFile
    from bot.handlers.people.inviting import MakeInvite

    assert MakeInvite("member", "lac-hien", 1) in list(guesses(MakeInvite))
    assert all(isinstance(action, UseFile) for action in guesses(UseFile))
