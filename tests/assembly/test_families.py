"""Families of conversations: found by folder or entry point, sorted by need, refused with one clear line."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot import handlers
from bot.assembly import families
from bot.core.actions import Action
from bot.core.context import Context
from bot.core.router import Router
from bot.handlers.kit.base import Base, Content
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import FamilyError, Given, Hook, Provision
from bot.settings import SettingsError
from tests.conversations import base_of

WELL: Provision[str] = Provision("well")
LAMP: Provision[str] = Provision("lamp")
OPTIONAL = ("difficulties", "learning", "loudspeaker", "meetings", "papers", "practices", "quality", "showcase")


class Fetch(Action, code="zzf"):
    pass


class FetchToo(Action, code="zzf"):
    pass


async def answer(ctx: Context) -> None: ...


async def fetch(ctx: Context, action: Fetch) -> None: ...


async def fetch_too(ctx: Context, action: FetchToo) -> None: ...


async def job(body: object, now: object) -> None: ...


def one(
    name: str,
    *,
    needs: Sequence[Provision[str]] = (),
    wants: Sequence[Provision[str]] = (),
    provides: Sequence[Provision[str]] = (),
    made: Contribution | None = None,
) -> Family:
    def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
        return made or Contribution(provided=dict.fromkeys(provides, name))

    return Family(name, build, needs=needs, wants=wants, provides=provides)


def command(word: str) -> Router:
    router = Router()
    router.command(word)(answer)
    return router


def test_each_comes_after_those_it_needs_something_of_whatever_their_names() -> None:
    found = families.by_need(
        [one("a", needs=[WELL]), one("b", wants=[LAMP]), one("y", provides=[LAMP]), one("z", provides=[WELL])]
    )
    names = [family.name for family in found]
    assert names.index("z") < names.index("a")
    assert names.index("y") < names.index("b")


REFUSED = {
    "a need that nobody provides": ([one("a", needs=[WELL])], "a: needs 'well', which no family provides"),
    "two owners": ([one("a", provides=[WELL]), one("b", provides=[WELL])], "b: provides 'well', as a does"),
    "a circle": (
        [one("a", needs=[WELL], provides=[LAMP]), one("b", needs=[LAMP], provides=[WELL])],
        "families need each other in a circle",
    ),
}


@pytest.mark.parametrize(("found", "line"), REFUSED.values(), ids=REFUSED)
def test_needs_that_cannot_be_met_stop_the_start(found: list[Family], line: str) -> None:
    with pytest.raises(FamilyError, match=line) as refused:
        families.by_need(found)
    assert "\n" not in str(refused.value)


def _actions(kind: type[Action], handler: object) -> Router:
    router = Router()
    router.actions[kind] = handler  # type: ignore[assignment]
    return router


CLAIMED = {
    "a command": (Contribution([command("gieng")]), Contribution([command("gieng")]), "'gieng' is registered twice"),
    "a code": (
        Contribution([_actions(Fetch, fetch)]),
        Contribution([_actions(FetchToo, fetch_too)]),
        "action code 'zzf' belongs to both",
    ),
    "a kind of job": (
        Contribution(jobs={"dig": job}),
        Contribution(jobs={"dig": job}),
        "b: the job 'dig' belongs to a",
    ),
    "a promise that is not kept": (
        Contribution(),
        Contribution(provided={WELL: "deep"}),
        r"b: promises to provide \[\], and provides \['well'\]",
    ),
}


@pytest.mark.parametrize(("first", "second", "line"), CLAIMED.values(), ids=CLAIMED)
async def test_two_families_that_claim_one_place_stop_the_start(
    db: BaseDBAsyncClient, shipped: Content, first: Contribution, second: Contribution, line: str
) -> None:
    with pytest.raises(FamilyError, match=line):
        families.join([one("a", made=first), one("b", made=second)], base_of(shipped, db))


async def test_a_need_that_was_not_named_is_not_given(db: BaseDBAsyncClient, shipped: Content) -> None:
    def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
        given[WELL]
        return Contribution()

    with pytest.raises(FamilyError, match="sly: 'well' is used without being named among the needs"):
        families.join([one("a", provides=[WELL]), Family("sly", build)], base_of(shipped, db))


def test_a_hook_is_read_only_when_all_were_built_and_added_to_only_before() -> None:
    hook: Hook[str] = Hook("menu")
    hook.add("second", order=2)
    hook.add("first", order=1)
    with pytest.raises(FamilyError, match="menu: read before"):
        list(hook)
    hook.freeze()
    assert list(hook) == ["first", "second"]
    with pytest.raises(FamilyError, match="menu: added to after"):
        hook.add("third")


FOREIGN = {
    "no_such_module": ("nowhere_at_all:FAMILY", "no_such_module: cannot be loaded from nowhere_at_all:FAMILY"),
    "raises": ("broken_feature:FAMILY", "raises: cannot be loaded from broken_feature:FAMILY: no luck"),
    "not_one": ("other_feature:SOMETHING", "not_one: is no Family but str"),
    "misnamed": ("other_feature:FAMILY", "misnamed: calls itself 'other'"),
}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_feature.py").write_text("raise RuntimeError('no luck')\n", "utf-8")
    (tmp_path / "other_feature.py").write_text(
        textwrap.dedent(
            """
            from bot.handlers.kit.family import Contribution, Family

            SOMETHING = "text"
            FAMILY = Family("other", lambda base, given, hooks: Contribution())
            """
        ),
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)


def _installed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    point = EntryPoint(name, value, families.GROUP)
    monkeypatch.setattr(families, "_installed", lambda path: [point])


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_stranger_s_package_that_is_broken_is_named_in_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, line = FOREIGN[name]
    _installed(monkeypatch, name, value)
    with pytest.raises(FamilyError, match=line) as refused:
        families.discover()
    assert "\n" not in str(refused.value)


@pytest.mark.usefixtures("packages")
def test_with_a_setting_the_bot_starts_without_the_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "raises", "broken_feature:FAMILY")
    assert "raises" not in {family.name for family in families.discover(["raises"])}


@pytest.mark.usefixtures("packages")
def test_a_stranger_s_family_stands_among_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "other", "other_feature:FAMILY")
    assert {"other", "front", "guides"} <= {family.name for family in families.discover()}


@pytest.mark.usefixtures("packages")
def test_a_stranger_s_family_cannot_take_the_name_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "_foreign", lambda points, skipping: [one("guides")])
    with pytest.raises(FamilyError, match="guides: two families have this name"):
        families.discover()


def test_what_everybody_needs_cannot_be_switched_off_and_a_name_that_is_none_is_said() -> None:
    for name in ("front", "guides", "people", "commune", "safety", "help", "announcements", "checkins", "tasks"):
        with pytest.raises(SettingsError, match=f"{name}' ai cũng cần, không tắt được"):
            families.discover([name])
    with pytest.raises(SettingsError, match="không có phần việc tên 'gieng'; tắt được: desk, difficulties, "):
        families.discover(["gieng"])


def test_each_folder_of_conversations_is_a_family_or_the_kit() -> None:
    folders = {path.name for path in Path(handlers.__path__[0]).iterdir() if path.is_dir()}
    assert folders - {"__pycache__", "kit"} == {family.name for family in families.discover()}
