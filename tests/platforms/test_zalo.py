"""Zalo over real HTTP: polling without an offset, sending without a second chance, a quota that ends."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.events import Chat, Commanded, Incoming, TextSent
from bot.core.fit import FitWords, fit
from bot.core.messages import Attachment, Message
from bot.core.platform import ChatGone, PlatformError, RateLimited, Rejected, TokenRefused, Unreachable, Usage
from bot.core.text import Text, utf16_len
from bot.platforms import Kit
from bot.platforms.zalo.adapter import CAPABILITIES, Zalo, create
from bot.settings import SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryMedia, MemoryValues, StillClock, make_kit

from .fake_zalo import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, TOKEN, FakeZalo, Fault, error

AN = Chat("zalo", "u1", "private")
VILLAGE = Chat("zalo", "zgr-1", "group")
HELLO = Message(Text.verbatim("Chào bác"))


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as server:
        yield server


def kit_for(zalo: FakeZalo, *, clock: StillClock | None = None, values: MemoryValues | None = None) -> Kit:
    return make_kit({"token": zalo.token, "api_base": zalo.base}, clock=clock, values=values)


def adapter(kit: Kit) -> Zalo:
    platform = create(kit)
    assert isinstance(platform, Zalo)
    return platform


async def failure_of(platform: Zalo, message: Message = HELLO, chat: Chat = AN) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await platform.send(chat, message)
    await platform.close()
    return caught.value


# Polling.


async def test_what_people_say_arrives_once_and_in_order(zalo: FakeZalo) -> None:
    inbox = Inbox()
    async with listening(adapter(kit_for(zalo)), inbox):
        await zalo.says("Xin chào")
        await zalo.says("/huongdan vneid", who="u2", name="Bình")
        await zalo.says("menu", chat="zgr-1", mention="Bot LangSo")
        first, second, third = await inbox.holds(3)
    assert isinstance(first, TextSent)
    assert (first.text, first.chat, first.sender.name) == ("Xin chào", AN, "An")
    assert isinstance(second, Commanded)
    assert (second.name, second.args) == ("huongdan", "vneid")
    assert isinstance(third, TextSent)
    assert (third.text, third.chat, third.addressed) == ("menu", VILLAGE, True)


async def test_a_group_message_without_a_mention_never_reaches_the_bot(zalo: FakeZalo) -> None:
    inbox = Inbox()
    async with listening(adapter(kit_for(zalo)), inbox):
        await zalo.says("trưa nay ăn gì", chat="zgr-1")
        await zalo.says("xin chào")
        assert [event.chat for event in await inbox.holds(1)] == [AN]


async def test_an_update_that_is_replayed_on_every_poll_is_one_event_and_no_hot_loop(zalo: FakeZalo) -> None:
    clock, inbox = StillClock(), Inbox()
    zalo.replay = True
    async with listening(adapter(kit_for(zalo, clock=clock)), inbox):
        await zalo.says("Xin chào")
        await zalo.called("getUpdates", 6)
        await zalo.says("tiếp")
        assert [event.text for event in await inbox.holds(2) if isinstance(event, TextSent)] == ["Xin chào", "tiếp"]
    assert zalo.polls_answered >= 5
    # Two answers were new, one may still be on its way: a pause follows every other one.
    assert len(clock.slept) >= zalo.polls_answered - 3
    assert min(clock.slept) >= 1


async def test_an_update_that_means_nothing_is_no_hot_loop_either(zalo: FakeZalo) -> None:
    clock, inbox = StillClock(), Inbox()
    zalo.replay = True
    async with listening(adapter(kit_for(zalo, clock=clock)), inbox):
        await zalo.push({"event_name": "message.new.kind", "message": {"message_id": "x"}})
        await zalo.called("getUpdates", 5)
    assert len(clock.slept) >= zalo.polls_answered - 1 >= 3
    assert inbox.attempts == 0


async def test_an_event_that_cannot_be_noted_is_kept_and_noted_later(zalo: FakeZalo) -> None:
    """The vendor forgets what a poll took, so the adapter has to hold on to it, and takes nothing more meanwhile."""
    clock, inbox = StillClock(), Inbox(refusals=3)
    async with listening(adapter(kit_for(zalo, clock=clock)), inbox):
        await zalo.says("vneid +12")
        await zalo.says("tiếp")
        events = await inbox.holds(2)
    assert [event.text for event in events if isinstance(event, TextSent)] == ["vneid +12", "tiếp"]
    assert inbox.attempts == 5
    assert [seconds for seconds in clock.slept if seconds > 1] == [2, 4]


@pytest.mark.parametrize("fault", [DROP_BEFORE, HTML_502, HALF_BODY, error(500), error(429), error(403, "Internal")])
async def test_polling_goes_on_after_a_fault_of_the_vendor(zalo: FakeZalo, fault: Fault) -> None:
    clock, inbox = StillClock(), Inbox()
    before_acceptance = Fault(fault.kind, False, fault.code, fault.words, fault.status)
    zalo.fail("getUpdates", *[before_acceptance] * 8)
    async with listening(adapter(kit_for(zalo, clock=clock)), inbox):
        await zalo.says("Xin chào")
        await inbox.holds(1)
    assert clock.slept[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_bot_whose_vendor_is_down_at_the_start_waits_for_it(zalo: FakeZalo) -> None:
    clock, inbox = StillClock(), Inbox()
    zalo.fail("getMe", DROP_BEFORE, HTML_502, error(503))
    async with listening(adapter(kit_for(zalo, clock=clock)), inbox):
        await zalo.says("Xin chào")
        await inbox.holds(1)
    assert clock.slept[:3] == [1, 2, 4]


async def test_polling_starts_by_taking_an_old_webhook_away(zalo: FakeZalo) -> None:
    zalo.webhook = ("https://xa.example/hooks/zalo", "a-secret-of-before")
    inbox = Inbox()
    async with listening(adapter(kit_for(zalo)), inbox):
        await zalo.called("getUpdates", 1)
        await zalo.says("Xin chào")
        await inbox.holds(1)


@pytest.mark.parametrize(("call", "code"), [("getMe", 401), ("getMe", 404), ("getUpdates", 401)])
async def test_a_wrong_or_revoked_token_is_one_clear_line(
    zalo: FakeZalo, call: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.fail(call, error(code, "no"))
    platform = adapter(kit_for(zalo))
    with pytest.raises(
        SettingsError, match=r"^BOT_ZALO_TOKEN: Zalo does not take this token; get the bot's token anew$"
    ):
        await platform.listen(Inbox().note)
    await platform.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []  # who listens says it


# Sending.


async def test_bold_and_italic_are_where_they_were_also_after_an_emoji(zalo: FakeZalo) -> None:
    platform = adapter(kit_for(zalo))
    text = Text.of("✅ 👵🏽 **Bước 1**: bác mở _VNeID_ rồi gõ `123`")
    await platform.send(AN, Message(text))
    await platform.close()
    [item] = zalo.accepted
    units = item.text.encode("utf-16-le")
    shown = [
        (units[2 * start : 2 * (start + length)].decode("utf-16-le"), codes) for start, length, codes in item.styles
    ]
    assert item.text == text.plain
    assert shown == [("Bước 1", ("b",)), ("VNeID", ("i",))]


async def test_a_photo_goes_by_its_public_address(zalo: FakeZalo) -> None:
    platform = adapter(kit_for(zalo))
    sent = await platform.send(
        VILLAGE, Message(Text.verbatim("Màn hình"), attachment=Attachment("photo", "anh1", "VNeID"))
    )
    await platform.close()
    [item] = zalo.accepted
    assert (item.method, item.chat_id, item.photo, item.text) == (
        "sendPhoto", "zgr-1", "https://xa.example/media/anh1", "Màn hình",
    )  # fmt: skip
    assert sent.message_id == item.message_id


async def test_a_long_fitted_message_with_a_link_is_accepted_whole(zalo: FakeZalo) -> None:
    media = MemoryMedia()
    long = Text.of("[Cổng dịch vụ công](https://dichvucong.gov.vn) ") + Text.verbatim("bác 👵 nhé " * 400)
    fitted = fit(Message(long), CAPABILITIES["private"], link_to=media.url, words=FitWords())
    platform = adapter(kit_for(zalo))
    for part in fitted.parts:
        await platform.send(AN, part)
    await platform.close()
    assert len(zalo.accepted) == len(fitted.parts) > 2
    assert max(utf16_len(text) for text in zalo.heard("u1")) <= 2000
    assert zalo.heard("u1")[0].startswith("Cổng dịch vụ công (https://dichvucong.gov.vn) bác")


@pytest.mark.parametrize(
    ("fault", "decision", "maybe_sent", "counted"),
    [
        (error(400, "Bad request"), Rejected, None, 0),
        (error(400, "Bad request", status=200), Rejected, None, 0),
        (error(401, "Unauthorized"), TokenRefused, False, 0),
        (error(403, "Forbidden"), ChatGone, None, 0),
        (error(403, "Internal server error"), Unreachable, True, 1),
        (error(404, "Not found", status=200), ChatGone, None, 0),
        (error(408, "Request timeout"), Unreachable, True, 1),
        (error(429, "Quota exceeded", status=200), RateLimited, None, 0),
        (error(500, "Internal server error"), Unreachable, True, 1),
        (error(0, "no code at all", status=200), Unreachable, True, 1),
        (DROP_BEFORE, Unreachable, True, 1),
        (DROP_AFTER, Unreachable, True, 1),
        (HTML_502, Unreachable, True, 1),
        (HALF_BODY, Unreachable, True, 1),
    ],
)
async def test_each_answer_of_the_vendor_is_a_decision(
    zalo: FakeZalo, fault: Fault, decision: type[PlatformError], maybe_sent: bool | None, counted: int
) -> None:
    """`counted`: what may have been sent stays counted against the month, what surely was not is given back."""
    zalo.fail("sendMessage", fault)
    platform = adapter(kit_for(zalo))
    failure = await failure_of(platform)
    assert type(failure) is decision
    if isinstance(failure, Unreachable):
        assert failure.maybe_sent is maybe_sent
    assert len(zalo.accepted) == int(fault.accepts)
    assert zalo.sends == 1
    usage = await platform.usage()
    assert usage is not None
    assert usage == Usage(counted, 3000, 0, 50, 0, 3, since=usage.since)


async def test_nobody_listens_at_the_address_so_nothing_was_sent(zalo: FakeZalo, unused_tcp_port: int) -> None:
    kit = make_kit({"token": TOKEN, "api_base": f"http://127.0.0.1:{unused_tcp_port}"})
    failure = await failure_of(adapter(kit))
    assert isinstance(failure, Unreachable)
    assert not failure.maybe_sent


async def test_a_text_over_the_limit_is_refused_by_the_vendor_not_cut(zalo: FakeZalo) -> None:
    assert isinstance(await failure_of(adapter(kit_for(zalo)), Message(Text.verbatim("a" * 2001))), Rejected)
    assert zalo.accepted == []


async def test_the_token_is_in_no_log_and_no_exception(
    zalo: FakeZalo, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    caplog.set_level(logging.DEBUG)
    tales = []
    for fault in (DROP_BEFORE, HTML_502, HALF_BODY, error(400, f"no such path: /bot{TOKEN}/sendMessage"), error(401)):
        zalo.fail("sendMessage", fault)
        tales.append(await failure_of(adapter(kit_for(zalo))))
    tales.append(
        await failure_of(adapter(make_kit({"token": TOKEN, "api_base": f"http://127.0.0.1:{unused_tcp_port}"})))
    )
    zalo.fail("getMe", DROP_BEFORE, HTML_502, HALF_BODY, error(401))
    platform = adapter(kit_for(zalo))
    with pytest.raises(SettingsError) as caught:
        await platform.listen(Inbox().note)
    await platform.close()
    told = "".join("".join(traceback.format_exception(tale)) for tale in (*tales, caught.value))
    logged = "".join(
        f"{record.getMessage()}{record.exc_text or ''}" for record in caplog.records if record.name != "aiohttp.access"
    )
    assert "sendMessage" in told
    assert "Zalo" in logged
    for text in (told, logged, repr(platform), repr(create)):
        assert TOKEN not in text
        assert TOKEN.split(":")[1] not in text


async def test_a_photo_that_would_lead_into_our_own_network_is_not_fetched(zalo: FakeZalo) -> None:
    """Only the API's own address, which the operator has set, may be a private one."""
    async with FakeZalo() as neighbour:
        neighbour.photos["1.jpg"] = zalo.photos["1.jpg"] = b"jpeg"
        platform = adapter(kit_for(zalo))
        assert await platform.fetch(Incoming(f"{zalo.base}/photo/1.jpg", "image/jpeg"), 100) == b"jpeg"
        for address in (
            f"{neighbour.base}/photo/1.jpg",
            f"{neighbour.base.replace('http:', 'https:')}/photo/1.jpg",
            "https://localhost/1.jpg",
            "no address",
        ):
            with pytest.raises(Rejected):
                await platform.fetch(Incoming(address, "image/jpeg"), 100)
        await platform.close()


# Quota.


async def test_the_month_ends_at_three_thousand_and_begins_again_in_vietnam(
    zalo: FakeZalo, caplog: pytest.LogCaptureFixture
) -> None:
    clock, values = StillClock(), MemoryValues()
    clock.time = datetime(2026, 11, 30, 16, 59, 50, tzinfo=UTC)
    values.values["zalo:sent:2026-11"] = "2999"
    platform = adapter(kit_for(zalo, clock=clock, values=values))
    await platform.send(AN, HELLO)
    assert "the last of 3000 messages" in caplog.text
    with pytest.raises(RateLimited) as refused:
        await platform.send(AN, HELLO)
    assert (refused.value.retry_after, refused.value.scope) == (10, "token")
    assert zalo.sends == 1
    await clock.sleep(10)
    await platform.send(AN, HELLO)
    await platform.close()
    assert values.values["zalo:sent:2026-11"] == "3000"
    assert values.values["zalo:sent:2026-12"] == "1"


async def test_a_quota_error_names_no_time(zalo: FakeZalo) -> None:
    """Mechanism: how long the bot waits then is for the core to find out, in tries (tests/features/test_pauses.py)."""
    zalo.quota = 1
    platform = adapter(kit_for(zalo))
    await platform.send(AN, HELLO)
    failure = await failure_of(platform)
    assert isinstance(failure, RateLimited)
    assert (failure.retry_after, failure.scope) == (None, "token")


async def test_two_processes_count_every_message(zalo: FakeZalo) -> None:
    class Contested(MemoryValues):
        """Somebody else counts a message between our look and our write, twice."""

        contested = 2

        async def swap(self, key: str, old: str | None, new: str) -> bool:
            if self.contested:
                self.contested -= 1
                self.values[key] = str(int(self.values.get(key, "0")) + 1)
            return await super().swap(key, old, new)

    values = Contested()
    platform = adapter(kit_for(zalo, values=values))
    await platform.send(AN, HELLO)
    await platform.close()
    assert values.values["zalo:sent:2026-11"] == "3"


async def test_people_and_groups_are_counted_once_without_their_ids(
    zalo: FakeZalo, caplog: pytest.LogCaptureFixture
) -> None:
    values, inbox = MemoryValues(), Inbox()
    for start in range(2):
        async with listening(platform := adapter(kit_for(zalo, values=values)), inbox):
            for number in range(1, 4):
                await zalo.says("chào", who=f"người-{number}", chat=f"zgr-{number}", mention="Bot LangSo")
            await inbox.holds(3 * (start + 1))
    usage = await platform.usage()
    assert usage is not None
    assert (usage.users, usage.groups, usage.users_limit, usage.groups_limit) == (3, 3, 50, 3)
    assert "người" not in str(values.values)
    assert "zgr-" not in str(values.values)
    assert caplog.text.count("3 groups seen, the plan allows 3") == 1


# Settings.


def test_a_token_is_needed_and_a_wrong_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="BOT_ZALO_TOKEN"):
        create(make_kit())
    with pytest.raises(SettingsError, match="BOT_ZALO_TOKN: there is no such setting"):
        create(make_kit({"token": "1:a", "tokn": "1:a"}))
    with pytest.raises(SettingsError, match="BOT_ZALO_MODE"):
        create(make_kit({"token": "1:a", "mode": "push"}))
    with pytest.raises(SettingsError, match="BOT_PUBLIC_URL"):
        create(make_kit({"token": "1:a", "mode": "webhook"}))


def test_the_settings_of_official_accounts_are_not_ours() -> None:
    assert create(make_kit({"token": "1:a", "oa_token": "x", "oa_secret": "y"})).name == "zalo"


async def test_the_month_knows_since_when_the_bot_writes_there(zalo: FakeZalo) -> None:
    """Also months later; and who wrote before this was noted has no first day."""
    clock, values = StillClock(), MemoryValues()
    began = clock.time
    platform = adapter(kit_for(zalo, clock=clock, values=values))
    for days in (0, 3, 20):
        clock.time = began + timedelta(days=days)
        await platform.send(AN, HELLO)
        usage = await platform.usage()
        assert usage is not None
        assert usage.since == began
    await platform.close()
    old = adapter(kit_for(zalo, clock=clock, values=(values := MemoryValues())))
    values.values["zalo:sent:2026-11"] = "700"
    await old.send(AN, HELLO)
    usage = await old.usage()
    assert usage is not None
    assert usage.since is None
    await old.close()
