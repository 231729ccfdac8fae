"""When an announcement has to stop: faults 13, 16, 17, 18 and 20."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, Sender, TextSent
from bot.core.messages import Attachment, Message
from bot.core.platform import ChatGone, Rejected, Sent, TokenRefused, Unreachable, Usage
from bot.core.text import Text
from bot.features.outbox import quota
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import RICH
from tests.features.outbox_rig import Rig, private, said

from .matrix_rig import LOST, NAME, Messenger, Run, group, with_push

PARSE = Rejected("can't parse entities: Unsupported start tag")


@pytest.mark.fault(13, "one group first")
async def test_the_others_wait_until_one_group_has_all_of_it(db: BaseDBAsyncClient) -> None:
    """Only the first package may leave until all its parts have arrived; the others are held(canary)."""
    run = Run(db)
    await run.announce(4, "một", "hai")
    assert await run.told() == {"pending": 2, "held(canary)": 6}
    assert await run.goes() == {"sent": 8}
    assert run.messenger.tried[:2] == ["g0", "g0"]


@pytest.mark.fault(13, "the messenger refuses the message")
@pytest.mark.parametrize("part", [0, 1], ids=["text", "second part"])
async def test_what_the_messenger_refuses_reaches_nobody_else(db: BaseDBAsyncClient, part: int) -> None:
    """A refusal of the canary holds all others as held(poison), and the officials hear of it once. Let go on, it begins
    with one group again."""
    run = Run(db)
    await run.announce(5, "một", "hai")
    run.messenger.answers["g0"].extend([None] * part + [PARSE])
    told = await run.goes()
    assert told.pop("held(poison)") == 8
    assert told == ({"failed": 1, "cancelled": 1} if part == 0 else {"sent": 1, "failed": 1})
    run.clock.passes(days=1)
    await run.goes()
    assert set(run.messenger.tried) == {"g0"}
    assert [(stop.announcement, stop.reason, stop.held, stop.detail) for stop in run.stops] == [
        (1, "poison", 8, PARSE.reason)
    ]
    assert not await run.rows.tell_of(run.stops[0]), "another process must not tell it again"
    run.messenger.answers["g1"].append(PARSE)
    assert await run.outbox.resume(1, run.clock.now()) == 8
    assert (await run.goes())["held(poison)"] == 6
    assert set(run.messenger.tried) == {"g0", "g1"}
    assert len(run.stops) == 2


@pytest.mark.fault(13, "a canary that waits for its messenger")
async def test_a_canary_whose_answer_is_lost_does_not_keep_the_others(db: BaseDBAsyncClient) -> None:
    """A lost answer says nothing about the message: another group tries it, the lost one waits for a person."""
    run = Run(db)
    await run.announce(4)
    run.messenger.answers["g0"].append(Unreachable("no answer", maybe_sent=True))
    assert await run.goes() == {"uncertain": 1, "sent": 3}


@pytest.mark.fault(13, "an audio that is too large, a text that is too long")
async def test_what_does_not_fit_is_made_to_fit_before_it_is_frozen(db: BaseDBAsyncClient) -> None:
    """`fit` splits and turns files into words when the rows are written, so no call is made that must be refused."""
    rig = Rig(db)
    audio = Attachment("audio", "a.mp3", "Loa thôn", 60_000_000)
    long = Message(Text.verbatim("ệ" * 2001 + " 🇻🇳" * 10), attachment=audio)
    await rig.outbox.add(group("g0"), long, key="tb1:0", now=rig.clock.now())
    await rig.run_out()
    assert all(len(text.encode("utf-16-le")) // 2 <= 2000 for _, text in rig.platform.accepted)
    whole = "".join(text for _, text in rig.platform.accepted)
    assert whole.count("ệ") == 2001
    assert "Loa thôn" in whole


@pytest.mark.fault(16, "refused from one moment on")
async def test_a_revoked_token_stops_its_platform_and_strikes_nobody_off(db: BaseDBAsyncClient) -> None:
    """A refused token holds everything of that platform, costs no attempt and reports no group as gone; a new process,
    or a person, tries again."""
    run = Run(db)
    await run.announce(8)
    await run.add(private("hoa"), "mã của bác", key="notice")
    for n in range(1, 8):
        run.messenger.always[f"g{n}"] = TokenRefused()
    told = await run.goes()
    assert told == {"sent": 1, "held(token)": 7}
    assert run.reported == []
    assert [(stop.announcement, stop.platform, stop.reason) for stop in run.stops] == [(0, NAME, "token")]
    assert {row.attempts for row in await OutboxRow.filter(state="held")} == {0}
    calls = len(run.messenger.tried)
    await run.announce(1, number=2, first=20)
    run.clock.passes(hours=2)
    await run.goes()
    assert len(run.messenger.tried) == calls, "while the token is refused no call is made"
    assert [stop.reason for stop in await run.outbox.stops(1)] == ["token"]
    run.messenger.always.clear()
    run.sender = run.new_sender()
    assert await run.goes() == {"sent": 9}
    assert await run.outbox.stops(1) == []


@pytest.mark.fault(16, "a person lets it go on")
async def test_a_person_may_try_the_token_again(db: BaseDBAsyncClient) -> None:
    """`resume` ends the stop of the platform as well, for what else waits there too."""
    run = Run(db)
    await run.announce(3)
    run.messenger.always["g0"] = TokenRefused()
    assert (await run.goes())["held(token)"] == 1
    run.messenger.always.clear()
    assert await run.outbox.resume(1, run.clock.now()) == 1
    assert await run.goes() == {"sent": 3}


@pytest.mark.fault(17, "at 60 % of an announcement")
async def test_when_the_month_runs_out_the_rest_waits_and_urgent_words_still_leave(db: BaseDBAsyncClient) -> None:
    """Routine rows beyond the month's rest less a reserve of 15 % are held(quota) until the next month; urgent ones and
    notices have the reserve."""
    run = Run(db, messenger=Messenger(plan=100))
    run.messenger.used = 85 - 12
    await run.announce(20)
    assert await run.goes() == {"sent": 12, "held(quota)": 8}
    await run.announce(10, number=2, klass="urgent")
    await run.add(private("hoa"), "mã của bác", key="notice")
    await run.goes()
    assert await run.told(2) == {"sent": 10}
    assert await run.states("notice") == ["sent"]
    assert run.messenger.used == 96
    standing = {one.reason: one.not_before for one in await run.outbox.standing(1)}
    assert standing["quota"] == datetime(2066, 11, 30, 17, tzinfo=UTC), "the first of December in Vietnam"
    run.clock.time = datetime(2066, 12, 1, 2, tzinfo=UTC)
    run.messenger.used = 0
    assert await run.told(1) == {"sent": 12, "held(quota)": 8}
    await run.goes()
    assert await run.told(1) == {"sent": 20}


class Counting(Messenger):
    """Takes the message to g11 while it counts what was used: the count does not have it, the books have it as sent."""

    def __init__(self) -> None:
        super().__init__(plan=100)
        self.asked, self.counting, self.taken = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if chat.id == "g11":
            self.asked.set()
            await self.counting.wait()
        sent = await super().send(chat, message, replacing=replacing, key=key)
        if chat.id == "g11":
            self.taken.set()
        return sent

    async def usage(self) -> Usage | None:
        used = await super().usage()
        on_their_way = OutboxRow.filter(state__in=("leased", "sending"))
        if self.asked.is_set() and not self.taken.is_set():
            self.counting.set()
            await self.taken.wait()
            while await on_their_way.exists():  # noqa: ASYNC110 - the sender records it, and tells nobody
                await asyncio.sleep(0)
        return used


@pytest.mark.fault(17, "while it is counted")
async def test_what_arrives_while_the_month_is_counted_is_counted_too(db: BaseDBAsyncClient) -> None:
    """Mechanism: what is on its way is counted before the messenger is asked what was used."""
    run = Run(db, messenger=Counting())
    run.messenger.used = 85 - 12
    await run.announce(20)
    assert await run.goes() == {"sent": 12, "held(quota)": 8}


@pytest.mark.fault(17, "whole packages")
async def test_nobody_gets_half_of_it_for_want_of_messages(db: BaseDBAsyncClient) -> None:
    """The cut is between packages: a group has all of it this month, or all of it the next."""
    run = Run(db, messenger=Messenger(plan=100))
    run.messenger.used = 80
    await run.announce(4, "một", "hai")
    assert await run.goes() == {"sent": 4, "held(quota)": 4}


@pytest.mark.fault(17, "a person uses the reserve")
async def test_a_person_may_use_the_reserve_and_the_plan_still_holds(db: BaseDBAsyncClient) -> None:
    """`resume` lets the held rows use what was kept back, never more than the plan."""
    run = Run(db, messenger=Messenger(plan=100))
    run.messenger.used = 80
    await run.announce(10)
    assert await run.goes() == {"sent": 5, "held(quota)": 5}
    assert await run.outbox.resume(1, run.clock.now()) == 5
    run.messenger.answers["g9"].append(LOST)
    assert await run.goes() == {"sent": 9, "uncertain": 1}
    assert run.messenger.used == 89
    lost = await OutboxRow.get(key="tb1:9/1")
    assert await run.outbox.decide(lost.id, "received", run.clock.now()), "it is still to be decided"


async def test_the_composer_is_told_before_what_it_will_take(db: BaseDBAsyncClient) -> None:
    run = Run(db, messenger=Messenger(plan=100))
    run.messenger.used = 70
    await run.announce(3, not_before=run.clock.now() + timedelta(days=1))
    chats = [group(f"g{n}") for n in range(10)]
    (need,) = await run.outbox.forecast(chats, [said("một"), said("hai")], now=run.clock.now())
    assert (need.calls, need.left, need.waiting, need.for_bulk, need.unreachable) == (20, 30, 3, 12, 0)
    assert need.missing(urgent=True) == 0
    assert need.missing() > 0


@pytest.mark.fault(12, "the month ends, in Vietnam")
@pytest.mark.parametrize(
    ("now", "first"),
    [
        ((2026, 1, 31, 12), (2026, 1, 31, 17)),
        ((2026, 1, 31, 17), (2026, 2, 28, 17)),
        ((2028, 2, 29, 16), (2028, 2, 29, 17)),
        ((2026, 12, 31, 16), (2026, 12, 31, 17)),
        ((2026, 12, 31, 18), (2027, 1, 31, 17)),
    ],
    ids=["31 January", "1 February", "leap day", "New Year's Eve", "New Year"],
)
def test_the_quota_begins_anew_where_the_people_are(now: tuple[int, ...], first: tuple[int, ...]) -> None:
    """A month begins at midnight in Vietnam, wherever the machine stands."""
    assert quota.next_month(datetime(*now, tzinfo=UTC)) == datetime(*first, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.fault(18, "only the audio is sent again")
async def test_a_text_that_arrived_is_not_repeated_with_its_audio(db: BaseDBAsyncClient) -> None:
    """Each message is a row of its own, so what failed is sent again alone."""
    run = Run(db, messenger=Messenger(RICH))
    audio = Message(Text(), attachment=Attachment("audio", "a.mp3", "Loa thôn", 1000))
    for n in range(3):
        await run.outbox.add(
            group(f"g{n}"), [said("Họp tối nay"), audio], key=f"tb1:{n}", now=run.clock.now(), klass="routine",
            announcement=1,
        )  # fmt: skip
    run.frozen[1] = 6
    run.messenger.answers["g1"].extend([None, Rejected("wrong file identifier")])
    assert await run.goes() == {"sent": 5, "failed": 1}
    assert await run.outbox.retry(1, run.clock.now(), package="tb1:1") == 1
    await run.goes()
    assert [text for chat, text in run.platform.accepted if chat == "g1"] == ["Họp tối nay", ""]


@pytest.mark.fault(20, "a third of the groups")
async def test_many_failures_stop_the_rest_and_strike_nobody_off(db: BaseDBAsyncClient) -> None:
    """Five failures that are more than a fifth of those tried hold the rest as held(breaker); while it stands, and
    after a person let it go on, none of those groups counts as gone."""
    run = Run(db)
    await run.announce(90)
    for n in range(0, 90, 3):
        run.messenger.always[f"g{n}"] = ChatGone("bot was kicked from the group chat")
    run.messenger.always.pop("g0")
    run.sender._most_calls = 4
    told = await run.goes()
    assert 5 <= told["failed"] <= 5 + 4
    assert told["held(breaker)"] >= 60
    assert [(stop.reason, stop.held) for stop in run.stops] == [("breaker", told["held(breaker)"])]
    run.clock.passes(days=2)
    await run.goes()
    assert run.reported == []
    run.messenger.always.clear()
    assert await run.outbox.resume(1, run.clock.now()) == told["held(breaker)"]
    assert await run.goes() == {"sent": 90 - told["failed"], "failed": told["failed"]}
    assert run.reported == []
    assert await run.outbox.retry(1, run.clock.now()) == told["failed"]
    await run.goes()
    assert await run.heard() == {f"g{n}" for n in range(90)}


@pytest.mark.fault(20, "again after it was let go on")
async def test_the_breaker_counts_anew_after_a_person_let_it_go_on(db: BaseDBAsyncClient) -> None:
    """Only what was tried since then is counted, so the same fault stops it again after five."""
    run = Run(db)
    await run.announce(60)
    for n in range(1, 60):
        run.messenger.always[f"g{n}"] = ChatGone("kicked")
    run.sender._most_calls = 1
    first = await run.goes()
    assert first["failed"] == 5
    run.clock.passes(seconds=1)
    await run.outbox.resume(1, run.clock.now())
    run.clock.passes(seconds=1)
    second = await run.goes()
    assert second["failed"] == 10
    assert len(run.stops) == 2


@pytest.mark.fault(20, "a few among many")
async def test_a_few_failures_among_many_stop_nothing(db: BaseDBAsyncClient) -> None:
    """Below a fifth it goes on, and when the run is over each group that is gone is reported."""
    run = Run(db)
    await run.announce(60)
    for n in (10, 20, 30, 40, 50, 55):
        run.messenger.always[f"g{n}"] = ChatGone("kicked")
    assert await run.goes() == {"sent": 54, "failed": 6}
    assert len(run.reported) == 6
    assert run.stops == []


@pytest.mark.parametrize("push", ["window", "never"])
async def test_who_cannot_be_written_to_now_is_held_and_named(db: BaseDBAsyncClient, push: str) -> None:
    """held(window) from the start; where there is a window, a word of the person opens it."""
    run = Run(db, messenger=Messenger(with_push(push)))
    run.clock.time = datetime.now(UTC).replace(hour=3)  # the inbox knows the real time
    await run.add(private("hoa"), "nhắc", key="nhac")
    await run.sender.run()
    assert await run.states("nhac") == ["held(window)"]
    (need,) = await run.outbox.forecast([private("hoa")], said("nhắc"), now=run.clock.now())
    assert (need.calls, need.unreachable) == (0, 1)
    await run.store.record([TextSent("e1", private("hoa"), Sender("1", "Hoa"), run.clock.now(), text="alo")])
    await run.sender.run()
    assert await run.states("nhac") == (["sent"] if push == "window" else ["held(window)"])


async def test_a_correction_takes_the_place_of_what_it_corrects(db: BaseDBAsyncClient) -> None:
    """Where the messenger can edit and all of the first is there; nothing is written where it cannot."""
    run = Run(db, messenger=Messenger(RICH))
    await run.announce(2, "Họp 19 giờ")
    await run.goes()
    now = run.clock.now()
    for _ in range(2):
        assert await run.outbox.edit("tb1:1", said("Họp 20 giờ"), key="tb2:1", now=now)
    await run.goes()
    (first,) = [row.message_id for row in await OutboxRow.filter(package="tb1:1")]
    assert run.messenger.edited == [(first, "Họp 20 giờ")]
    assert not await run.outbox.edit("tb9:9", said("Họp 20 giờ"), key="tb2:9", now=now)
    await run.announce(1, "Phần một", "Phần hai", number=3, first=5)
    await run.goes()
    assert not await run.outbox.edit("tb3:5", said("chỉ một phần"), key="tb4:5", now=now), "a part would stay"
