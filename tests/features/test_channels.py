"""A group belongs to one village, and stays its group through upgrades and removals."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.features import units
from bot.features.announcements.audience import EXTRA, Audience, resolve
from bot.features.groups import channels
from bot.features.groups.channels import Channel, Conflict, Registered
from bot.features.units import Place
from bot.storage.database import MEMORY, created
from bot.storage.tables.places import Channel as Row
from bot.testing import RICH

FOUNDED, TODAY = date(2025, 7, 1), date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
async def villages(db: BaseDBAsyncClient) -> tuple[Place, Place]:
    await units.create("yen-mo", "xã", "Yên Mô", valid_from=FOUNDED)
    first = await units.create("lac-hien", "thôn", "Lạc Hiền", parent="yen-mo", valid_from=FOUNDED)
    return first, await units.create("dong", "thôn", "Đông", parent="yen-mo", valid_from=FOUNDED)


async def _registered(chat: str, unit: Place, title: str = "Nhóm thôn") -> Channel:
    done = await channels.register("p", chat, unit.id, "village", title, NOW)
    assert isinstance(done, Registered)
    return done.channel


async def test_a_group_is_registered_once_and_again_without_news(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    channel = await _registered("g1", village)
    assert (channel.active, channel.unit_id, channel.purpose) == (True, village.id, "village")
    again = await channels.register("p", "g1", village.id, "village", "", NOW)
    assert again == Registered(channel, news=False)
    assert await channels.of_unit(village.id, TODAY) == [channel]
    assert await channels.of_chat("q", "g1") is None


async def test_two_villages_claiming_one_group_are_asked_and_nothing_is_overwritten(
    villages: tuple[Place, Place],
) -> None:
    first, second = villages
    channel = await _registered("g1", first)
    asked = await channels.register("p", "g1", second.id, "village", "Khác", NOW)
    assert asked == Conflict(channel, ())
    assert await channels.of_chat("p", "g1") == channel
    done = await channels.register("p", "g1", second.id, "village", "Khác", NOW, replacing=asked.ids)
    assert isinstance(done, Registered)
    assert (done.channel.id, done.channel.unit_id, done.news) == (channel.id, second.id, True)


async def test_one_village_with_two_groups_is_asked(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    old = await _registered("g1", village)
    asked = await channels.register("p", "g2", village.id, "village", "Nhóm mới", NOW)
    assert asked == Conflict(None, (old,))
    assert await channels.of_chat("p", "g2") is None
    done = await channels.register("p", "g2", village.id, "village", "Nhóm mới", NOW, replacing=asked.ids)
    assert isinstance(done, Registered)
    assert done.replaced == (old,)
    assert await channels.of_unit(village.id, TODAY) == [done.channel]
    assert [one.reason for one in await channels.of_unit(village.id, TODAY, active_only=False)] == [
        "",
        channels.REPLACED,
    ]


async def test_a_conflict_that_arose_after_the_question_is_asked_anew(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    await _registered("g1", village)
    asked = await channels.register("p", "g2", village.id, "village", "", NOW)
    assert isinstance(asked, Conflict)
    third = await channels.register("p", "g3", village.id, "village", "", NOW, replacing=asked.ids)
    assert isinstance(third, Registered)
    newer = await channels.register("p", "g2", village.id, "village", "", NOW, replacing=asked.ids)
    assert newer == Conflict(None, (third.channel,))


async def test_other_purposes_and_platforms_do_not_stand_in_the_way(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    await _registered("g1", village)
    assert isinstance(await channels.register("p", "g2", village.id, "team", "Tổ", NOW), Registered)
    assert isinstance(await channels.register("q", "g1", village.id, "village", "Nhóm", NOW), Registered)
    assert len(await channels.of_unit(village.id, TODAY)) == 3
    assert len(await channels.of_unit(village.id, TODAY, purpose="village")) == 2


@pytest.mark.parametrize("order", ["left first", "moved first", "moved only"])
async def test_an_upgraded_group_is_one_channel_whatever_the_messenger_tells_first(
    villages: tuple[Place, Place], order: str
) -> None:
    channel = await _registered("old", villages[0])
    if order == "left first":
        await channels.left("p", "old", channels.LEFT, NOW)
    assert await channels.moved("p", "old", "new", NOW) == replace(channel, native_id="new")
    if order == "moved first":
        assert await channels.left("p", "old", channels.LEFT, NOW) is None
    assert await channels.moved("p", "old", "new", NOW) is None
    assert await channels.of_chat("p", "new") == replace(channel, native_id="new")
    assert await Row.all().count() == 1


async def test_a_move_to_a_group_that_somebody_registered_meanwhile_keeps_that_decision(
    villages: tuple[Place, Place],
) -> None:
    first, second = villages
    await _registered("old", first)
    newer = await _registered("new", second)
    assert await channels.moved("p", "old", "new", NOW) is None
    assert await channels.of_chat("p", "new") == newer
    assert await channels.of_unit(first.id, TODAY) == []


async def test_a_move_does_not_bring_back_a_group_whose_place_was_taken(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    await _registered("old", village)
    await channels.left("p", "old", channels.LEFT, NOW)
    other = await _registered("g2", village)
    moved = await channels.moved("p", "old", "new", NOW)
    assert moved is not None
    assert not moved.active
    assert await channels.of_unit(village.id, TODAY) == [other]


async def test_a_removed_bot_that_comes_back_finds_its_village(villages: tuple[Place, Place]) -> None:
    channel = await _registered("g1", villages[0])
    gone = await channels.left("p", "g1", channels.LEFT, NOW)
    assert gone == replace(channel, active=False, reason=channels.LEFT)
    assert await channels.left("p", "g1", channels.LEFT, NOW) is None
    assert await channels.joined("p", "g1", "Tên mới", NOW) == replace(channel, title="Tên mới")
    assert await channels.joined("p", "g9", "Lạ", NOW) is None


async def test_a_group_whose_place_was_taken_does_not_come_back_by_itself(villages: tuple[Place, Place]) -> None:
    village, _ = villages
    await _registered("g1", village)
    await channels.left("p", "g1", channels.LEFT, NOW)
    other = await _registered("g2", village)
    back = await channels.joined("p", "g1", "Nhóm thôn", NOW)
    assert back is not None
    assert not back.active
    assert await channels.of_unit(village.id, TODAY) == [other]


async def test_a_merged_village_keeps_its_groups(villages: tuple[Place, Place]) -> None:
    first, second = villages
    channel = await _registered("g1", first)
    own = await _registered("g2", second)
    await units.merge(["lac-hien"], "dong", TODAY)
    assert await channels.of_unit(second.id, date(2026, 11, 25)) == [channel, own]
    assert await channels.of_unit(second.id, date(2026, 11, 23)) == [own]
    await channels.left("p", own.native_id, channels.LEFT, NOW)
    assert await channels.having([second.id], date(2026, 11, 25), "village") == {second.id}
    assert await channels.having([second.id], date(2026, 11, 25), "team") == frozenset()
    assert await channels.having([second.id], date(2026, 11, 23), "village") == frozenset()


async def test_a_commune_lists_its_own_groups_only(villages: tuple[Place, Place]) -> None:
    commune = await units.get("yen-mo")
    assert commune is not None
    other = await units.create("yen-tu", "xã", "Yên Từ", valid_from=FOUNDED)
    foreign = await units.create("phuc-lai", "thôn", "Phúc Lại", parent="yen-tu", valid_from=FOUNDED)
    own = await _registered("g1", villages[0])
    await _registered("g2", foreign)
    assert await channels.of_commune(commune.id, TODAY) == [own]
    assert len(await channels.of_commune(other.id, TODAY)) == 1


async def test_the_groups_of_a_commune_are_found_with_as_many_questions_however_many_villages_it_has() -> None:
    """Whoever writes an announcement waits for it at each press: at 500 villages it was a second."""
    async with created(MEMORY) as db:
        await units.create("yen-mo", "xã", "Yên Mô", valid_from=FOUNDED)
        commune = await units.get("yen-mo")
        assert commune is not None
        statements: list[str] = []
        await db._connection.set_trace_callback(statements.append)
        counts: list[tuple[int, int]] = []
        for number in range(20):
            village = await units.create(f"v{number}", "thôn", f"Thôn {number}", parent="yen-mo", valid_from=FOUNDED)
            await _registered(f"g{number}", village)
            statements.clear()
            for audience in (Audience(every=True), Audience(extra=frozenset(EXTRA)), Audience(only=frozenset({1}))):
                await resolve(audience, commune.id, TODAY, {"p": RICH})
            counts.append((len(statements), len(await channels.of_commune(commune.id, TODAY))))
        assert {asked for asked, _ in counts} == {counts[0][0]}
        assert [found for _, found in counts] == list(range(1, 21))


async def test_a_group_may_have_its_own_language(villages: tuple[Place, Place]) -> None:
    await _registered("g1", villages[0])
    before = await channels.of_chat("p", "g1")
    assert before is not None
    assert before.locale is None
    await channels.set_locale("p", "g1", "mtq", NOW)
    after = await channels.of_chat("p", "g1")
    assert after is not None
    assert after.locale == "mtq"
