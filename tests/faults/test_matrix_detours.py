"""Villages with groups on two messengers: one group is told, another only when that fails."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.announcements.detours import Detours
from bot.features.announcements.model import Announcement
from bot.features.outbox import detours
from bot.storage.core_tables.outbox import Detour, OutboxRow
from tests.features.announcements.office import AUDIO

from .matrix_rig import LOST, Took
from .two_messengers import FREE, GONE, PLAN, REFUSED, Town, town


@pytest.mark.fault(8, "the first of two channels fails for good")
async def test_the_second_channel_is_told_once_when_the_first_fails_for_good(db: BaseDBAsyncClient) -> None:
    """The village whose group is gone is told in its other group, once; the others in their first one alone."""
    here = await town(db)
    for name in ("a", "b", "c"):
        await here.village(name, FREE, PLAN)
    here.messengers[FREE].always["b"] = GONE
    one = await here.announces()
    assert (one.channels, one.rows) == (3, 3)
    await here.goes()
    assert here.heard() == {FREE: ["a", "c"], PLAN: ["b"]}
    told = {"thôn A": "free:sent", "thôn B": "free:failed → plan:sent", "thôn C": "free:sent"}
    assert await here.told_in(one) == told
    found = await here.receipt(one)
    assert (len(found.groups("sent")), found.trouble, dict(found.rows)) == (3, (), {"sent": 2, "failed": 1})
    assert (await here.fresh(one)).state == "done"
    # “Gửi lại nhóm bị lỗi” finds nobody: the village has it.
    assert await here.outbox.retry(one.id, here.now) == 0


@pytest.mark.fault(8, "both channels fail for good")
async def test_when_the_last_channel_fails_too_the_receipt_names_both(db: BaseDBAsyncClient) -> None:
    """Nothing is tried a third time by itself, and a retry goes to the channel that was tried last."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    for messenger in here.messengers.values():
        messenger.always["a"] = GONE
    one = await here.announces()
    await here.goes()
    assert here.heard() == {FREE: [], PLAN: []}
    assert await here.told_in(one) == {"thôn A": "free:failed → plan:failed"}
    assert [messenger.tried.count("a") for messenger in here.messengers.values()] == [1, 1]
    here.messengers[PLAN].always.clear()
    here.messengers[FREE].always.clear()
    assert await here.outbox.retry(one.id, here.now) == 1
    await here.goes()
    assert here.heard() == {FREE: [], PLAN: ["a"]}


@pytest.mark.fault(3, "the answer of the first of two channels is lost")
@pytest.mark.parametrize("decision", ["received", "drop", "resend"])
async def test_what_nobody_knows_never_goes_to_a_second_channel(db: BaseDBAsyncClient, decision: str) -> None:
    """It waits for a decision. Given up, it stays given up; sent again and surely refused, the other channel has it."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].answers["a"].append(Took(LOST) if decision == "received" else LOST)
    one = await here.announces()
    await here.goes()
    assert await here.told_in(one) == {"thôn A": "free:uncertain"}
    here.messengers[FREE].always["a"] = GONE
    (row,) = await OutboxRow.filter(announcement=one.id)
    assert await here.outbox.decide(row.id, decision, here.now)  # type: ignore[arg-type]
    await here.goes()
    assert await here.told_in(one) == {
        "thôn A": {"received": "free:sent", "drop": "free:failed", "resend": "free:failed → plan:sent"}[decision]
    }
    assert here.heard()[PLAN] == (["a"] if decision == "resend" else [])


@pytest.mark.fault(3, "an urgent answer of the first of two channels is lost")
async def test_an_urgent_one_is_repeated_in_its_channel_before_it_goes_to_another(db: BaseDBAsyncClient) -> None:
    """The written policy of the urgent class: once more in the same channel, then, if that surely fails, elsewhere."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].answers["a"] += [LOST, GONE]
    done = await here.override(await here.draft())
    await here.goes()
    assert isinstance(done, Announcement)
    assert await here.told_in(done) == {"thôn A": "free:failed → plan:sent"}
    assert here.messengers[FREE].tried[:2] == ["a", "a"]


@pytest.mark.fault(1, "killed between the failure and the second channel")
@pytest.mark.parametrize("where", ["before", "in the transaction", "after"])
async def test_a_kill_between_the_failure_and_the_second_channel(db: BaseDBAsyncClient, where: str) -> None:
    """Given-up rows, detour and new rows are one commit: who dies leaves all or nothing, and the next one goes on."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].always["a"] = GONE
    one = await here.announces()
    for sender in here.senders:
        await sender.run()
    if where == "in the transaction":
        with pytest.raises(RuntimeError, match="killed"):
            await _dies_after_writing(here)
        assert await OutboxRow.filter(announcement=one.id).count() == 1
        assert await Detour.all().count() == 0
    elif where == "after":
        await here.ticks()
    here.start()
    await here.goes()
    assert await here.told_in(one) == {"thôn A": "free:failed → plan:sent"}


async def _dies_after_writing(here: Town) -> None:
    """The transaction in which the second channel is written never ends."""

    async def note(*_: object) -> None:
        raise RuntimeError("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detours, "note", note)
        await Detours(here.outbox).tick(here.now)


@pytest.mark.fault(14, "two workers see the same failure at once")
async def test_two_workers_at_once_make_one_detour(db: BaseDBAsyncClient) -> None:
    """The rows are locked and the detour of a package is unique, so the village is told once."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].always["a"] = GONE
    one = await here.announces()
    for sender in here.senders:
        await sender.run()
    await asyncio.gather(*[Detours(here.outbox).tick(here.now) for _ in range(3)], return_exceptions=True)
    await here.goes()
    assert await Detour.all().count() == 1
    assert await here.told_in(one) == {"thôn A": "free:failed → plan:sent"}
    assert len(here.messengers[PLAN].accepted) == 1


@pytest.mark.fault(16, "the token of the cheaper channel is revoked in mid-run")
async def test_a_revoked_token_sends_the_villages_to_their_other_channel(db: BaseDBAsyncClient) -> None:
    """What the dead token holds is given up and told elsewhere; who has no other channel waits, nothing comes twice."""
    here = await town(db)
    for name in ("a", "b"):
        await here.village(name, FREE, PLAN)
    await here.village("c", FREE)
    here.messengers[FREE].always.update(b=REFUSED, c=REFUSED)
    one = await here.announces()
    await here.goes()
    assert here.heard() == {FREE: ["a"], PLAN: ["b"]}
    assert await here.told_in(one) == {
        "thôn A": "free:sent", "thôn B": "free:cancelled → plan:sent", "thôn C": "free:held"
    }  # fmt: skip
    # The next announcement begins where it can be sent.
    second = await here.announces()
    await here.goes()
    assert await here.told_in(second) == {"thôn A": "plan:sent", "thôn B": "plan:sent", "thôn C": "free:held"}


@pytest.mark.fault(17, "the plan of the cheaper channel has no room")
async def test_the_month_decides_how_many_go_the_cheaper_way(db: BaseDBAsyncClient) -> None:
    """As many villages as the month has room for, the reserve kept; the others in the dearer channel, none waits."""
    here = await town(db, plan=10, costs=("paid", "metered"))
    for name in "abcd":
        await here.village(name, FREE, PLAN)
    here.messengers[PLAN].used = 6
    one = await here.announces()
    frozen = [place.split(":")[0] for place in (await here.told_in(one)).values()]
    assert frozen == [PLAN, PLAN, FREE, FREE]
    await here.goes()
    assert here.heard() == {FREE: ["c", "d"], PLAN: ["a", "b"]}
    assert (await here.receipt(one)).trouble == ()
    assert here.messengers[PLAN].used == 8


@pytest.mark.fault(17, "the plan runs out in mid-run")
async def test_what_the_month_holds_goes_to_the_other_channel(db: BaseDBAsyncClient) -> None:
    """Replies used the month up meanwhile: what waits for the next month need not wait where there is another way."""
    here = await town(db, plan=10, costs=("paid", "metered"))
    await here.village("a", FREE, PLAN)
    await here.village("b", PLAN)
    one = await here.announces()
    here.messengers[PLAN].used = 9
    await here.goes()
    assert await here.told_in(one) == {"thôn A": "plan:cancelled → free:sent", "thôn B": "plan:held"}


@pytest.mark.fault(20, "many first channels fail at once")
async def test_while_the_announcement_is_stopped_nothing_goes_elsewhere(db: BaseDBAsyncClient) -> None:
    """The messenger may be wrong about all of them: when a person lets it go on, the failed ones go elsewhere."""
    here = await town(db)
    for number in range(8):
        await here.village(f"v{number}", FREE, PLAN)
    await here.village("z", PLAN)
    for number in range(1, 6):
        here.messengers[FREE].always[f"v{number}"] = GONE
    one = await here.announces()
    await here.goes()
    assert here.heard()[PLAN] == []
    assert await here.outbox.resume(one.id, here.now)
    await here.goes()
    assert here.heard() == {FREE: ["v0", "v6", "v7"], PLAN: [*(f"v{number}" for number in range(1, 6)), "z"]}


@pytest.mark.fault(18, "the text arrives in the first channel, the file does not")
async def test_half_an_announcement_is_told_whole_in_the_other_channel(db: BaseDBAsyncClient) -> None:
    """A village is counted as told when one group has all of it."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    one = await here.announces(await _with_file(here))
    assert one.rows == 2
    here.messengers[FREE].answers["a"] += [None, GONE]
    await here.goes()
    assert await here.told_in(one) == {"thôn A": "free:failed → plan:sent"}


async def _with_file(here: Town) -> Announcement:
    one = await here.draft()
    async with in_transaction("default"):
        assert await here.features.drafts.attach(one, here.lan, AUDIO, here.now) is None
    return await here.fresh(one)


@pytest.mark.fault(10, "cancelled before the second channel")
async def test_a_cancelled_announcement_goes_nowhere(db: BaseDBAsyncClient) -> None:
    """Nothing of it is told elsewhere after a person stopped it."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].always["a"] = GONE
    one = await here.announces()
    for sender in here.senders:
        await sender.run()
    async with in_transaction("default"):
        fresh = await here.fresh(one)
        await here.features.stop.cancel(fresh, fresh.version, here.lan, here.now)
    await here.goes()
    assert here.heard() == {FREE: [], PLAN: []}


@pytest.mark.fault(12, "it is over before the second channel")
async def test_after_its_time_it_goes_nowhere(db: BaseDBAsyncClient) -> None:
    """An invitation to a meeting is not told in another group after the meeting."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].always["a"] = GONE
    draft = await here.draft()
    async with in_transaction("default"):
        await here.features.drafts.set_expiry(draft, here.lan, here.now + timedelta(hours=1), here.now)
    one = await here.announces(await here.fresh(draft))
    for sender in here.senders:
        await sender.run()
    here.clock.passes(hours=2)
    await here.goes()
    assert here.heard() == {FREE: [], PLAN: []}
    assert await here.told_in(one) == {"thôn A": "free:failed"}


async def test_a_correction_goes_to_both_groups_that_have_a_part_and_to_no_other(db: BaseDBAsyncClient) -> None:
    here = await town(db)
    await here.village("a", FREE, PLAN)
    await here.village("b", FREE, PLAN)
    here.messengers[FREE].always["a"] = GONE
    one = await here.announces()
    await here.goes()
    async with in_transaction("default"):
        draft = await here.features.stop.correct(
            await here.fresh(one), here.lan, "Họp ngày mai.", here.now, source="xã"
        )
    assert isinstance(draft, Announcement)
    second = await here.announces(draft)
    assert second.channels == 2
    await here.goes()
    assert await here.told_in(second) == {"thôn A": "plan:sent", "thôn B": "free:sent"}


async def test_a_channel_whose_last_message_failed_is_tried_again_after_a_week(db: BaseDBAsyncClient) -> None:
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].answers["a"].append(GONE)
    await here.announces()
    await here.goes()
    second = await here.announces()
    await here.goes()
    assert await here.told_in(second) == {"thôn A": "plan:sent"}
    here.clock.passes(days=8)
    here.now = here.clock.now()
    third = await here.announces()
    await here.goes()
    assert await here.told_in(third) == {"thôn A": "free:sent"}


async def test_a_messenger_that_ended_is_passed_by(db: BaseDBAsyncClient) -> None:
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.off[FREE] = "nobody knows this token"
    one = await here.announces()
    await here.goes()
    assert await here.told_in(one) == {"thôn A": "plan:sent"}


async def test_of_two_that_cost_the_same_the_one_registered_last_is_told(db: BaseDBAsyncClient) -> None:
    here = await town(db, costs=("free", "free"))
    await here.village("a", FREE, PLAN)
    await here.village("b", PLAN, FREE)
    one = await here.announces()
    assert await here.told_in(one) == {"thôn A": "plan:pending", "thôn B": "free:held"}


@pytest.mark.fault(3, "one part is unclear, another one fails")
async def test_a_package_with_an_unclear_part_waits_for_the_decision(db: BaseDBAsyncClient) -> None:
    """The file of an urgent one failed, of its text nobody knows: it goes elsewhere when somebody has said so."""
    here = await town(db)
    await here.village("a", FREE, PLAN)
    here.messengers[FREE].answers["a"] += [LOST, LOST, GONE]
    done = await here.override(await _with_file(here))
    assert isinstance(done, Announcement)
    await here.goes()
    here.clock.passes(seconds=5)  # two lost answers in a row: the third call waits a little
    await here.goes()
    assert await here.told_in(done) == {"thôn A": "free:failed"}
    for row in await OutboxRow.filter(announcement=done.id, state="uncertain", decision=""):
        assert await here.outbox.decide(row.id, "received", here.now)
    await here.goes()
    assert await here.told_in(done) == {"thôn A": "free:failed → plan:sent"}
