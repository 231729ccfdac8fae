"""A voice note is listened to, read back, and after "Đúng" does what the same words typed would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Incoming, VoiceSent
from bot.core.platform import Rejected, Unreachable
from bot.features.jobs.queue import GAVE_UP, JobRefused, JobRunner
from bot.features.speech import hearing, recogniser
from bot.features.speech.actions import HeardRight
from bot.features.speech.words import GONE, MOST_BYTES, NO_SOUND, NO_WORDS, NOT_INSTALLED, TOO_LARGE, TOO_LONG
from bot.handlers.kit.base import Content
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.core_tables.jobs import JobRow
from bot.storage.tables.checkins import Answer, Figure
from bot.testing import FakePlatform, Participant
from tests.handlers.help_world import Neighbours, neighbours

ASKED = ["Đúng", "Nói lại", "Gõ chữ"]


@dataclass
class Ears:
    """A recogniser that understands what the test tells it to; `heard` are the voice notes it was given."""

    words: str | JobRefused | Exception = "cài vneid"
    heard: list[bytes] = field(default_factory=list)

    async def hear(self, sound: bytes) -> str:
        self.heard.append(sound)
        if isinstance(self.words, str):
            return self.words
        raise self.words


@dataclass
class Listening:
    """Thôn Lạc Hiền with a machine that hears."""

    village: Neighbours
    ears: Ears
    jobs: JobRunner

    async def speaks(self, talk: Participant, words: str | Exception = "", *, seconds: int = 3, size: int = 9) -> None:
        """A voice note, and the worker's turn; the talk hears what came by both."""
        self.ears.words = words or self.ears.words
        await self.sends(talk, seconds=seconds, size=size)
        await self.works()

    async def sends(self, talk: Participant, *, seconds: int = 3, size: int = 9, addressed: bool = True) -> None:
        event_id, chat, sender, at = talk._common()
        self.village.world.platform.files.setdefault(event_id, b"OggS" + b"." * 5)
        file = Incoming(event_id, "audio/ogg", size)
        await talk._does(VoiceSent(event_id, chat, sender, at, file, seconds, addressed))

    async def works(self) -> None:
        clock = self.village.world.clock
        while (delay := await self.jobs.run()) is not None:
            clock.passes(seconds=delay)
        await self.village.world.engine.idle()
        await self.village.sends()

    def of(self, name: str) -> Participant:
        return self.village.of(name)


async def _listening(
    db: BaseDBAsyncClient,
    platform: FakePlatform,
    shipped: Content,
    monkeypatch: pytest.MonkeyPatch,
    ears: Ears,
    worker: Ears | None,
) -> Listening:
    monkeypatch.setattr(recogniser, "installed", lambda: ears)
    village = await neighbours(db, platform, shipped)
    clock = village.world.clock
    kinds = hearing.kinds({platform.name: platform}, worker, lambda event: village.world.engine.receive([event]))
    return Listening(village, ears, JobRunner(kinds, db, village.services.tell_refused, clock.now))


@pytest.fixture
async def listening(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> Listening:
    ears = Ears()
    return await _listening(db, platform, shipped, monkeypatch, ears, ears)


async def test_a_question_is_heard_read_back_and_searched(listening: Listening) -> None:
    sau = listening.of("sau")
    await sau.says("/start xa_lac-hien")
    await listening.sends(sau)
    assert sau.heard.endswith("Tôi đang nghe, bác chờ một chút.")
    await listening.works()
    assert "Tôi nghe được: «cài vneid». Đúng không ạ?" in sau.heard
    assert sau.choices == ASKED
    assert "Có phải bác cần" not in sau.heard
    await sau.picks("Đúng")
    assert "Có phải bác cần" in sau.heard
    assert any("VNeID" in choice for choice in sau.choices)


async def test_a_figure_is_heard_in_words_read_back_twice_and_counts_only_after_the_second_dung(
    listening: Listening,
) -> None:
    """Mechanism: what was heard goes the way of what is typed, whose figures are always read back."""
    hoa = listening.of("hoa")
    await hoa.says("bc")
    await listening.speaks(hoa, "tuyên truyền bốn mươi lăm hộ")
    await hoa.picks("Đúng")
    assert "45 hộ" in hoa.heard
    assert await Figure.all().count() == 0
    assert hoa.choices == ["Đúng", "Sửa", "Hủy"]
    await hoa.picks("Đúng")
    assert "Đã ghi 1 số liệu" in hoa.heard
    assert await Figure.all().count() == 1


async def test_in_the_midst_of_a_report_step_by_step_a_number_is_said(listening: Listening) -> None:
    """Mechanism: what was heard leaves the step alone in which the person is."""
    hoa = listening.of("hoa")
    await hoa.says("bc")
    await hoa.says("từng số một")
    assert "(1/" in hoa.heard
    await listening.speaks(hoa, "cộng mười hai")
    await hoa.picks("Đúng")
    assert "(2/" in hoa.heard


async def test_what_was_heard_may_be_one_of_the_choices_that_are_open(listening: Listening) -> None:
    """Mechanism: the choice is looked up before the read-back's own buttons take the place of the list."""
    sau = listening.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("ngôn ngữ")
    assert sau.choices == ["Tiếng Việt", "English"]
    await listening.speaks(sau, "hai")
    assert "Tôi nghe được: «hai»" in sau.heard
    await sau.picks("Đúng")
    assert "From now on" in sau.heard


async def test_a_number_that_was_heard_chooses_none_of_the_read_back_s_own_buttons(listening: Listening) -> None:
    """Mechanism: the open list is closed before the words go on."""
    sau = listening.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("ngôn ngữ")
    assert len(sau.choices) == 2
    await listening.speaks(sau, "ba")
    await sau.picks("Đúng")
    assert "Bác gõ vài chữ giúp tôi, có dấu" not in sau.heard
    assert "Tôi chưa hiểu ý bác" in sau.heard


async def test_a_command_can_be_said(listening: Listening) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, "trợ giúp")
    await sau.picks("Đúng")
    assert "Bác gõ một trong các chữ sau" in sau.heard


@pytest.mark.parametrize(("choice", "expected"), [("Nói lại", "nói lại chậm"), ("Gõ chữ", "Bác gõ vài chữ giúp tôi")])
async def test_what_was_heard_wrong_is_said_again_or_typed(listening: Listening, choice: str, expected: str) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, "lại ý là")
    await sau.picks(choice)
    assert expected in sau.heard
    await sau.says("cài vneid")
    assert "Có phải bác cần" in sau.heard


async def test_words_and_sound_are_not_kept_when_the_person_has_answered(listening: Listening) -> None:
    """Mechanism: the fact is taken out by the answer, bodies of events and jobs end with them; nothing is stored."""
    sau = listening.of("sau")
    await listening.speaks(sau, "bí mật nhà tôi")
    await sau.picks("Gõ chữ")
    kept = [*await SessionRow.all().values(), *await InboxEvent.all().values(), *await JobRow.all().values()]
    assert "bí mật" not in str(kept)
    assert listening.village.stored == []


async def test_an_old_dung_does_not_confirm_something_newer(listening: Listening) -> None:
    """Mechanism: the button names its note."""
    sau = listening.of("sau")
    await listening.speaks(sau, "câu thứ nhất")
    old = pack(HeardRight((await _heard_ids())[-1]))
    await listening.speaks(sau, "cài vneid")
    await sau.forges(old)
    assert "không còn giữ câu này" in sau.heard


async def test_a_dung_pressed_twice_or_forged_does_nothing_more(listening: Listening) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, "cài vneid")
    same = pack(HeardRight((await _heard_ids())[-1]))
    await sau.picks("Đúng")
    await sau.forges(same)
    assert "không còn giữ câu này" in sau.heard
    await sau.forges(pack(HeardRight("")))
    assert "không còn giữ câu này" in sau.heard


async def _heard_ids() -> list[str]:
    rows = await InboxEvent.filter(event_id__startswith="heard:").order_by("seq")
    return [row.event_id for row in rows]


async def test_the_same_note_brought_twice_is_heard_once(listening: Listening) -> None:
    """Mechanism: key of the job, id of the event."""
    sau = listening.of("sau")
    await listening.speaks(sau)
    (row,) = await JobRow.filter(kind=hearing.KIND)
    assert row.state == "done"
    assert len(listening.ears.heard) == 1
    body = {
        "platform": sau.chat.platform, "chat_id": sau.chat.id, "chat_kind": "private", "sender": sau.sender.id,
        "name": "Sáu", "note": (await _heard_ids())[0].removeprefix("heard:"), "ref": "again", "mime": "", "size": "1",
        "locale": "vi",
    }  # fmt: skip
    listening.village.world.platform.files["again"] = b"OggS"
    before = len(sau.shown)
    # As after a death between the event and the mark of the job.
    kinds = hearing.kinds(
        {listening.village.world.platform.name: listening.village.world.platform},
        listening.ears,
        lambda event: listening.village.world.engine.receive([event]),
    )
    await kinds[hearing.KIND](body, listening.village.world.clock.now())
    await listening.village.world.engine.idle()
    assert len(sau.shown) == before


async def test_an_emergency_that_is_heard_is_answered_at_once(listening: Listening) -> None:
    """Mechanism: the number comes before the question whether it was heard right."""
    sau = listening.of("sau")
    await listening.speaks(sau, "cháy nhà rồi")
    assert "114" in sau.heard
    assert sau.choices == ASKED


async def test_a_secret_that_is_said_is_masked_before_it_is_written(listening: Listening) -> None:
    """Mechanism: the guard looks at what was heard as at what is typed."""
    sau = listening.of("sau")
    await listening.speaks(sau, "mã otp là 123456")
    assert "123456" not in sau.heard
    assert "Bác đừng gửi mã OTP" in sau.heard
    assert "123456" not in str(await SessionRow.all().values())


# What cannot be heard


@pytest.mark.parametrize(
    ("problem", "expected"),
    [(JobRefused(NO_WORDS), NO_WORDS), (JobRefused(NO_SOUND), NO_SOUND), (JobRefused(TOO_LONG), TOO_LONG),
     (RuntimeError("the recogniser ended with -11"), GAVE_UP)],
)  # fmt: skip
async def test_each_reason_is_one_sentence(listening: Listening, problem: Exception, expected: str) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, problem)
    assert expected in sau.heard
    assert sau.heard.count(expected) == 1


async def test_too_long_and_too_large_are_told_at_once(listening: Listening) -> None:
    sau = listening.of("sau")
    await listening.sends(sau, seconds=61)
    assert TOO_LONG in sau.heard
    await listening.sends(sau, size=MOST_BYTES + 1)
    assert TOO_LARGE in sau.heard
    assert await JobRow.filter(kind=hearing.KIND).count() == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(Rejected("the file is no longer there"), GONE), (Rejected("file is too big"), TOO_LARGE)],
)
async def test_what_cannot_be_fetched_is_told(listening: Listening, fault: Rejected, expected: str) -> None:
    sau = listening.of("sau")
    listening.village.world.platform.fetch_faults.append(fault)
    await listening.speaks(sau)
    assert expected in sau.heard
    assert listening.ears.heard == []


async def test_a_messenger_that_does_not_answer_is_asked_again(listening: Listening) -> None:
    sau = listening.of("sau")
    listening.village.world.platform.fetch_faults.append(Unreachable("no answer", maybe_sent=False))
    await listening.speaks(sau)
    assert sau.choices == ASKED


async def test_an_old_voice_note_is_not_listened_to(listening: Listening) -> None:
    sau = listening.of("sau")
    event_id, chat, sender, at = sau._common()
    file = Incoming("old", "audio/ogg", 9)
    await sau._does(VoiceSent(event_id, chat, sender, at - timedelta(hours=7), file, 3))
    assert "gửi đã lâu" in sau.heard
    assert await JobRow.filter(kind=hearing.KIND).count() == 0


@pytest.mark.parametrize("addressed", [True, False])
async def test_in_a_group_nobody_is_listened_to(listening: Listening, *, addressed: bool) -> None:
    """Mechanism: only private chats ask for the job."""
    group = listening.village.world.talk("hoa", chat="g9", kind="group")
    await listening.sends(group, addressed=addressed)
    assert ("Trong nhóm tôi không nghe tin thoại" in group.heard) is addressed
    assert await JobRow.filter(kind=hearing.KIND).count() == 0


async def test_a_worker_without_the_extra_refuses_kindly(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = await _listening(db, platform, shipped, monkeypatch, Ears(), None)
    sau = listening.of("sau")
    await listening.speaks(sau)
    assert NOT_INSTALLED in sau.heard


async def test_without_the_extra_a_voice_note_is_refused_kindly_and_not_fetched(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recogniser, "installed", lambda: None)
    village = await neighbours(db, platform, shipped)
    sau = village.of("sau")
    await sau.says("chào")
    await Listening(village, Ears(), village.jobs).sends(sau)
    assert "Tôi chưa nghe được lời nói. Bác gõ vài chữ giúp tôi" in sau.heard
    assert await JobRow.all().count() == 0


async def test_a_restart_between_the_read_back_and_dung_loses_nothing(listening: Listening) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, "cài vneid")
    await sau.restarts()
    await sau.picks("Đúng")
    assert "Có phải bác cần" in sau.heard


async def test_who_may_not_report_may_not_by_voice(listening: Listening) -> None:
    sau = listening.of("sau")
    await listening.speaks(sau, "báo cáo tuyên truyền bốn mươi lăm hộ")
    await sau.picks("Đúng")
    assert "45" not in sau.heard
    assert await Answer.all().count() == 0
