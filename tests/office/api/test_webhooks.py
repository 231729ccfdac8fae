"""An address that is told what happens: after the commit, signed, again after a failure, and not for ever."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.assembly.outgoing import Outside
from bot.features import happenings, units
from bot.features.announcements import store
from bot.features.announcements.receipts import acknowledging
from bot.features.announcements.relays.model import asks_of, targets
from bot.features.calendar import periods
from bot.features.checkins.reading.values import NewFigure, write
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.jobs.queue import JobRunner
from bot.features.outbox.bodies import messages_of
from bot.features.people import people
from bot.features.programs.deliveries import ATTEMPTS, PATIENCE, PAUSES, Deliveries, PostAnswer
from bot.features.programs.webhooks import NewWebhook, WebhookRefused, Webhooks
from bot.features.rights.table import OFFICER
from bot.framework.process import CLOCK
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Role
from bot.storage.tables.programs import Webhook, WebhookDelivery
from tests.office.desk.news_room import NewsRoom, news_room

from .programs import Heard, Receiver, receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = tuple(happenings.KINDS)


class Sending:
    """The bot, its worker for jobs and a clock that the test turns."""

    def __init__(self, room: NewsRoom) -> None:
        self.room = room
        self.later = timedelta()
        services = room.bot.services
        sending = Deliveries(
            services.webhooks, services.audit, Outside(anywhere=True, patience=5).post, services.tell_officers, str,
            self.now,
        )  # fmt: skip
        self._runner = JobRunner({happenings.JOB: sending.run}, services.jobs.db, services.tell_refused, self.now)

    def now(self) -> datetime:
        return CLOCK.now() + self.later

    async def runs(self) -> None:
        """The worker does what is due."""
        for _ in range(100):
            if not await JobRow.filter(kind=happenings.JOB, state="waiting", not_before__lte=self.now()).exists():
                return
            await self._runner.run()
        raise AssertionError("it never ends")

    async def registers(self, at: Receiver, kinds: Sequence[str] = ALL, person: int | None = None) -> NewWebhook:
        place = await units.get(village.COMMUNE)
        assert place is not None
        maker = person or await self.room.office.person("officer")
        async with in_transaction():
            made = await self.room.bot.services.webhooks.register(maker, place.id, at.url, kinds)
        assert isinstance(made, NewWebhook), made
        return made

    async def trouble(self, text: str = "Mất sóng", code: str = village.VILLAGE) -> int:
        place = await units.get(code)
        assert place is not None
        async with in_transaction():
            one = await difficulties.raise_one(place.id, text, reporter=None, owner=None, now=self.now())
        return one.id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory, kept_at: str) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("webhooks"), webhooks_anywhere=True, database_url=kept_at) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def sending(room: NewsRoom) -> AsyncIterator[Sending]:
    yield Sending(room)
    await WebhookDelivery.all().delete()
    await Webhook.all().delete()
    await JobRow.filter(kind=happenings.JOB).delete()


def signed(heard: Heard, secret: str) -> bool:
    """Check a call as the Standard Webhooks say, from the secret as it was shown."""
    key = b64decode(secret.removeprefix("whsec_"))
    content = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    return heard.headers["webhook-signature"] == "v1," + b64encode(hmac.new(key, content, sha256).digest()).decode()


async def test_what_happens_in_a_commune_is_told_with_a_signature(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        number = await sending.trouble()
        assert not at.heard, "nothing leaves before the commit, and nothing within it"
        await sending.runs()
        (heard,) = at.heard
        assert heard.said["type"] == "difficulty.opened"
        assert heard.said["data"] == {
            "commune": village.COMMUNE, "village": village.VILLAGE, "difficulty": number,
            "path": f"/api/v1/difficulties/{number}",
        }  # fmt: skip
        assert signed(heard, made.secret)
        assert abs(int(heard.headers["webhook-timestamp"]) - sending.now().timestamp()) < 60
        assert not signed(Heard(heard.headers, heard.body + b" "), made.secret)
        assert "Mất sóng" not in heard.body.decode(), "it says what it is about, and where to read it with a token"


async def test_announcements_receipts_and_figures_are_told(sending: Sending) -> None:
    async with receiver() as at:
        await sending.registers(at)
        one = await sending.room.sent()
        asks = await asks_of([each.id for each in await targets(one.id)])
        ask = next(iter(asks.values()))[0]
        async with in_transaction():
            assert await sending.room.bot.services.announcements.answers.pasted(ask, CLOCK.now(), proven=True)
        assert await WebhookDelivery.filter(kind=happenings.RECEIPT_CHANGED).count() == 1
        target = (await store.targets(one.id))[0]
        async with in_transaction():
            await acknowledging.received(target, None, CLOCK.now())
            await acknowledging.played(target, None, CLOCK.now())
        place = await units.get(village.VILLAGE)
        assert place is not None
        of = periods.at(periods.today(CLOCK.now()), "year")
        async with in_transaction():
            await write([NewFigure(place.id, "CQ01", of, Decimal(7), None, 0)],
                        source="form", by=None, now=CLOCK.now())  # fmt: skip
        await OutboxRow.filter(announcement=one.id).exclude(state="sent").update(state="failed")
        await sending.room.bot.services.announcements.schedule.tick(CLOCK.now())
        await sending.runs()
        told = {(heard.said["type"], json.dumps(heard.said["data"], sort_keys=True)) for heard in at.heard}
        kinds = [kind for kind, _ in told]
        assert {"receipt.changed", "figures.reported", "announcement.sent"} <= set(kinds)
        assert any(f'"announcement": "{one.label}"' in data for _, data in told)
        assert any(f'"period": "{of.name}"' in data for _, data in told)


async def test_the_same_thing_is_said_once_while_it_waits_and_each_call_has_an_id_of_its_own(
    sending: Sending,
) -> None:
    async with receiver() as at:
        await sending.registers(at)
        one = await sending.trouble()
        async with in_transaction():
            for _ in range(3):
                found = await difficulties.get(one)
                assert found is not None
                await difficulties.direct(found, "Làm ngay", sending.now())
        await sending.runs()
        assert sorted(str(heard.said["type"]) for heard in at.heard) == ["difficulty.changed", "difficulty.opened"]
        assert len({heard.headers["webhook-id"] for heard in at.heard}) == 2


async def test_nothing_is_told_of_what_was_rolled_back_or_not_asked_for(sending: Sending) -> None:
    async with receiver() as at:
        await sending.registers(at, [happenings.ANNOUNCEMENT_SENT])
        await sending.trouble()
        assert not await WebhookDelivery.all().exists()
        await sending.registers(at)
        with contextlib.suppress(RuntimeError):
            async with in_transaction():
                place = await units.get(village.VILLAGE)
                assert place is not None
                await difficulties.raise_one(place.id, "Nhầm", reporter=None, owner=None, now=sending.now())
                raise RuntimeError
        assert not await WebhookDelivery.all().exists()
        assert not await JobRow.filter(kind=happenings.JOB).exists()


async def test_without_an_address_nothing_is_written_and_nothing_waits(sending: Sending) -> None:
    await sending.trouble()
    assert not await WebhookDelivery.all().exists()
    assert not await JobRow.filter(kind=happenings.JOB).exists()


async def test_a_call_that_failed_is_made_again_later_with_its_id_and_a_new_signature(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        at.status = 500
        await sending.trouble()
        await sending.runs()
        await sending.runs()
        assert len(at.heard) == 1, "the next attempt has its time"
        await sending.trouble()
        await sending.runs()
        assert len(at.heard) == 1, "what is new waits as well: the address does not answer"
        at.status = 200
        sending.later = PAUSES[0] + timedelta(seconds=1)
        await sending.runs()
        assert len(at.heard) == 3
        ids = [heard.headers["webhook-id"] for heard in at.heard]
        assert ids.count(ids[0]) == 2, "a receiver drops by it what it has had"
        assert all(signed(heard, made.secret) for heard in at.heard)
        hook = await Webhook.get(id=made.id)
        assert (hook.failures, hook.failing_since) == (0, None)


async def test_an_answer_that_leads_elsewhere_is_not_followed(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        at.status = 302
        await sending.trouble()
        await sending.runs()
        assert len(at.heard) == 1
        assert (await Webhook.get(id=made.id)).last_answer == "HTTP 302"


async def test_what_is_refused_each_time_is_dropped_and_the_rest_goes_on(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        at.status = 400
        await sending.trouble()
        for _ in range(ATTEMPTS):
            await sending.runs()
            sending.later += PAUSES[0]
            await Webhook.filter(id=made.id).update(next_at=None, failing_since=sending.now())
            await JobRow.filter(kind=happenings.JOB, state="waiting").update(not_before=sending.now())
        assert len(at.heard) == ATTEMPTS
        assert [row.state for row in await WebhookDelivery.all()] == ["dropped"]
        at.status = 200
        await sending.trouble()
        await sending.runs()
        assert len(at.heard) == ATTEMPTS + 1


async def test_an_address_that_is_silent_for_days_is_switched_off_and_the_officials_hear_of_it(
    sending: Sending,
) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        at.status = 503
        await sending.trouble()
        await sending.runs()
        for _ in range(30):
            sending.later += timedelta(hours=12)
            await sending.trouble()
            await sending.runs()
            if (await Webhook.get(id=made.id)).stopped_at is not None:
                break
        hook = await Webhook.get(id=made.id)
        assert hook.why == "failing"
        assert PATIENCE <= sending.later < PATIENCE + timedelta(days=2)
        count = len(at.heard)
        await sending.trouble()
        await sending.runs()
        assert len(at.heard) == count
        assert not await WebhookDelivery.filter(state__in=["waiting", "sending"]).exists()
        assert await AuditRow.filter(act="webhook_stopped", object=f"webhook:{made.id}", actor__isnull=True).exists()
        assert await _officials_heard(f"Địa chỉ nhận tin số {made.id}")


async def _officials_heard(words: str) -> bool:
    rows = await OutboxRow.filter(klass="notice").order_by("-id").limit(20)
    return any(words in message.text.plain for message in await messages_of(rows))


async def test_an_address_that_says_it_is_gone_is_switched_off_at_once(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        at.status = 410
        await sending.trouble()
        await sending.runs()
        assert (await Webhook.get(id=made.id)).why == "gone"


async def test_with_the_role_of_who_registered_it_the_telling_ends(sending: Sending) -> None:
    now = CLOCK.now()
    place = await units.get(village.COMMUNE)
    assert place is not None
    async with in_transaction():
        person = await people.create("Chị Sắp Nghỉ", now)
        await people.grant(person, OFFICER, place.id, now)
    async with receiver() as at:
        made = await sending.registers(at, person=person)
        await sending.trouble()
        await Role.filter(person_id=person).update(ended_at=now)
        await sending.runs()
        assert not at.heard
        assert (await Webhook.get(id=made.id)).why == "right"


async def test_another_commune_s_news_are_not_told(sending: Sending) -> None:
    async with in_transaction():
        await units.create("xa-xa", "xã", "Xa", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
        await units.create("thon-xa", "thôn", "Xa", parent="xa-xa", valid_from=date(2025, 7, 1))
        theirs = await units.get("xa-xa")
        assert theirs is not None
        # Who registers works for both communes, and an address hears of the one that it was registered for.
        await people.grant(await sending.room.office.person("officer"), OFFICER, theirs.id, CLOCK.now())
    async with receiver() as at:
        await sending.registers(at)
        await sending.trouble(code="thon-xa")
        await sending.runs()
        assert not at.heard
        assert [row.state for row in await WebhookDelivery.all()] == ["dropped"]


async def test_what_a_dead_process_was_sending_is_sent_again(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at)
        await sending.trouble()
        await WebhookDelivery.all().update(state="sending", attempts=1)
        await Webhook.filter(id=made.id).update(held_until=sending.now() + timedelta(seconds=30))
        await sending.runs()
        assert not at.heard, "another process may still hold it"
        sending.later = timedelta(minutes=2)
        await sending.runs()
        assert len(at.heard) == 1


async def test_a_press_tries_the_address_out(sending: Sending) -> None:
    async with receiver() as at:
        made = await sending.registers(at, [happenings.ANNOUNCEMENT_SENT])
        place = await units.get(village.COMMUNE)
        assert place is not None
        async with in_transaction():
            assert await sending.room.bot.services.webhooks.ping(made.id, place.id)
            assert not await sending.room.bot.services.webhooks.ping(made.id, place.id + 1)
        await sending.runs()
        assert [heard.said["type"] for heard in at.heard] == ["ping"]


@pytest.mark.parametrize(
    "address",
    [
        "http://may.xa.vn/nhan",
        "https://ten:mat@may.xa.vn/",
        "https://may.xa.vn/#a",
        "https:///nhan",
        "ftp://may.xa.vn/",
        "https://may.xa.vn/ nhan",
        "https://may.xa.vn:0/",
        "https://may.xa.vn/\r\nX: 1",
        "https://" + "a" * 300 + ".vn/",
        "",
    ],
)
async def test_an_address_that_is_none_is_refused_with_an_example(room: NewsRoom, address: str) -> None:
    hooks = Webhooks(b"k" * 32, room.bot.services.audit, CLOCK.now)
    place = await units.get(village.COMMUNE)
    assert place is not None
    async with in_transaction():
        found = await hooks.register(await room.office.person("officer"), place.id, address, ALL)
    assert isinstance(found, WebhookRefused)
    assert "https://" in found.why


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.0.0.5", "169.254.169.254", "[::ffff:127.0.0.1]", "localhost", "[fd00::1]"]
)
async def test_no_call_reaches_this_machine_or_its_network(host: str) -> None:
    """The socket is refused after the name was resolved, so a name that leads home is caught too."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.0)
        answer = await Outside(patience=5).post(f"https://{host}:{listening.getsockname()[1]}/", {}, b"{}")
        assert answer.status == 0
        with pytest.raises(BlockingIOError):
            listening.accept()


async def test_plain_http_is_no_way_to_the_internet() -> None:
    assert await Outside().post("http://example.org/", {}, b"") == PostAnswer(0, "not https")
