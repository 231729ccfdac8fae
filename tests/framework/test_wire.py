"""The line to the broker: messages pass by the library, all else reaches it, and neither loses a byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pamqp.frame
import pytest
from pamqp.body import ContentBody
from pamqp.commands import Basic, Channel
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from bot.framework.amqp import wire as wires
from bot.framework.amqp.wire import Delivered, Wire

CONSUMER = "12"
PUBLISHING, TAKING, NEWS = 1, 2, 3
Frame = Basic.Deliver | Basic.Ack | Basic.Nack | Basic.Return | Channel.Close | ContentHeader | ContentBody | Heartbeat


class Written(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.writes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.data += bytes(data)
        self.writes += 1

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        return


class Line:
    """A wire whose other end is the test."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.taken: list[Delivered] = []
        self.confirmed: list[tuple[int, bool]] = []
        self.refused = 0
        self.wire = Wire(self.taken.append, lambda *word: self.confirmed.append(word), self._refuse)
        self.library = asyncio.StreamReader(loop=loop)
        self.protocol = wires._Parting(self.library, self.wire._hears)
        self.sent = Written()
        self.wire._transport = self.sent
        self.wire.uses(PUBLISHING, TAKING)

    def _refuse(self) -> None:
        self.refused += 1

    async def hears(self, *frames: tuple[Frame, int], pieces: int = 10**9) -> None:
        data = b"".join(pamqp.frame.marshal(frame, channel) for frame, channel in frames)
        for at in range(0, len(data), pieces):
            self.protocol.data_received(data[at : at + pieces])
        await asyncio.sleep(0)

    def published(self) -> list[bytes]:
        """Return the bodies of what was published for a broker to keep, as it reads them."""
        data, bodies = self.sent.data, []
        while data:
            length, channel, frame = pamqp.frame.unmarshal(data)
            assert channel == PUBLISHING
            assert not isinstance(frame, ContentHeader) or frame.properties.delivery_mode == 2
            if isinstance(frame, ContentBody):
                bodies.append(frame.value)
            data = data[length:]
        return bodies

    def left(self) -> list[tuple[int, str]]:
        """Return the channels and names of the frames that the library got."""
        self.library.feed_eof()
        data, found = bytes(self.library._buffer), []  # type: ignore[attr-defined]
        while data:
            length, channel, frame = pamqp.frame.unmarshal(data)
            found.append((channel, frame.name))
            data = data[length:]
        return found


def message(tag: int, body: bytes, properties: Basic.Properties, channel: int = TAKING) -> list[tuple[Frame, int]]:
    return [
        (Basic.Deliver(CONSUMER, tag, False, "", "queue"), channel),
        (ContentHeader(0, len(body), properties), channel),
        (ContentBody(body), channel),
    ]


@pytest.mark.parametrize("pieces", [1, 7, 50, 10**9])
async def test_messages_come_whole_however_the_line_cuts_them(pieces: int) -> None:
    line = Line()
    await line.hears(
        *message(1, b"12 13", Basic.Properties(delivery_mode=2)),
        (Heartbeat(), 0),
        *message(2, b"3", Basic.Properties(delivery_mode=2, message_type="probe")),
        *message(9, b"news", Basic.Properties(app_id="me"), NEWS),
        *message(3, b"14", Basic.Properties(delivery_mode=2, headers={"x-delivery-count": 2})),
        pieces=pieces,
    )
    assert line.taken == [
        Delivered(1, CONSUMER, b"12 13"),
        Delivered(2, CONSUMER, b"3", "probe"),
        Delivered(3, CONSUMER, b"14", "", 2),
    ]
    news = [(NEWS, "Basic.Deliver"), (NEWS, "ContentHeader"), (NEWS, "ContentBody")]
    assert [one for one in line.left() if one[0]] == news


async def test_a_message_in_several_frames_is_one() -> None:
    line = Line()
    deliver, header, _ = message(1, b"12 13 14", Basic.Properties(delivery_mode=2))
    await line.hears(deliver, header, (ContentBody(b"12 1"), TAKING), (ContentBody(b"3 14"), TAKING))
    assert line.taken == [Delivered(1, CONSUMER, b"12 13 14")]


async def test_what_is_published_is_numbered_and_told_of_by_number() -> None:
    line = Line()
    assert [line.wire.publish("a", b"1"), line.wire.publish("b", b"2", "probe")] == [1, 2]
    line.wire.flush()
    assert line.published() == [b"1", b"2"]
    await line.hears((Basic.Ack(1), PUBLISHING), (Basic.Ack(2, multiple=True), PUBLISHING))
    assert line.confirmed == [(1, False), (2, True)]
    assert line.refused == 0


@pytest.mark.parametrize(
    "word",
    [
        [(Basic.Nack(1), PUBLISHING)],
        [
            (Basic.Return(312, "NO_ROUTE", "", "a"), PUBLISHING),
            (ContentHeader(0, 1, Basic.Properties()), PUBLISHING),
            (ContentBody(b"1"), PUBLISHING),
        ],
    ],
    ids=["not taken", "no queue"],
)
async def test_what_finds_no_queue_is_told_and_taken_for_no_message(word: list[tuple[Frame, int]]) -> None:
    line = Line()
    line.wire.publish("a", b"1")
    await line.hears(*word)
    assert (line.refused, line.taken) == (1, [])
    assert [one for one in line.left() if one[0]] == []


async def test_a_returned_message_in_the_middle_of_another_one_is_no_part_of_it() -> None:
    """Frames of two channels may come by turns."""
    line = Line()
    deliver, header, body = message(1, b"12 13", Basic.Properties(delivery_mode=2))
    returned: list[tuple[Frame, int]] = [
        (Basic.Return(312, "NO_ROUTE", "", "a"), PUBLISHING),
        (ContentHeader(0, 1, Basic.Properties()), PUBLISHING),
        (ContentBody(b"9"), PUBLISHING),
    ]
    await line.hears(deliver, header, *returned, body)
    assert (line.refused, line.taken) == (1, [Delivered(1, CONSUMER, b"12 13")])


def _broker_closes(line: Line) -> list[tuple[Frame, int]]:
    return [(Channel.Close(406, "PRECONDITION_FAILED", 60, 80), TAKING)]


def _we_leave(line: Line) -> list[tuple[Frame, int]]:
    line.wire.end()
    return []


@pytest.mark.parametrize("ends", [_broker_closes, _we_leave])
async def test_after_its_end_a_line_brings_and_sends_nothing(
    ends: Callable[[Line], list[tuple[Frame, int]]],
) -> None:
    """A tag means another message on the next line, and the broker closes all lines of who uses a closed channel."""
    line = Line()
    await line.hears(*message(1, b"1", Basic.Properties(delivery_mode=2)), *ends(line))
    taken = [*line.taken]
    line.wire.acknowledge([1])
    line.wire.publish("a", b"1")
    line.wire.flush()
    await line.hears(*message(2, b"2", Basic.Properties(delivery_mode=2)))
    assert (line.taken, line.sent.data) == (taken, b"")


async def test_what_is_published_and_acknowledged_goes_in_one_write_and_once() -> None:
    line = Line()
    await line.hears(*message(1, b"1", Basic.Properties(delivery_mode=2)))
    line.wire.acknowledge([1])
    line.wire.publish("a", b"12")
    assert line.sent.writes == 0
    line.wire.flush()
    line.wire.flush()
    assert (line.sent.writes, line.sent.data.count(b"12")) == (1, 1)


async def test_what_was_to_be_sent_as_the_line_ended_is_not() -> None:
    line = Line()
    line.wire.acknowledge([1])
    line.wire.end()
    line.wire.flush()
    assert line.sent.data == b""


async def test_a_message_that_was_read_as_its_line_ended_is_not_taken() -> None:
    """Its tag would be acknowledged on the next line, where it means another one."""
    line = Line()
    frames = message(1, b"1", Basic.Properties(delivery_mode=2))
    line.protocol.data_received(b"".join(pamqp.frame.marshal(frame, channel) for frame, channel in frames))
    line.wire.end()
    await asyncio.sleep(0)
    assert line.taken == []


async def test_the_library_hears_that_a_busy_line_lives() -> None:
    """The broker sends no heartbeats while it has messages to send; without any the library would hang up."""
    line = Line()
    await line.hears(*message(1, b"1", Basic.Properties(delivery_mode=2)))
    await line.hears(*message(2, b"2", Basic.Properties(delivery_mode=2)))
    assert line.left() == [(0, "Heartbeat")]


async def test_an_answer_in_no_frames_reaches_the_library() -> None:
    line = Line()
    line.protocol.data_received(b"AMQP\0\1\0\1")
    line.protocol.eof_received()
    assert bytes(line.library._buffer) == b"AMQP\0\1\0\1"  # type: ignore[attr-defined]
