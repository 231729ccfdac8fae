"""The certificate of a guide and of a training session: for whom, under which name, and how it comes."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.lean.values import replace
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.learning.certificate_job import JOB, CertificateJob
from bot.features.learning.training_actions import OpenSeat
from bot.features.outbox.box import Outbox
from bot.handlers.guides.page import OpenStep
from bot.handlers.kit.base import Content
from bot.handlers.learning.certificates import CertifyGuide, CertifyTraining, DrawCertificate
from bot.storage.core_tables.jobs import JobRow
from bot.storage.tables.commune import PassingFile
from bot.testing import PLAIN, FakePlatform, Participant

from .announcing_world import Yard, yard
from .test_training_talk import AGAIN, BEGIN, TEACH, answers, goes_on, joins, planned, session

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

GUIDE = "vneid-cai-dat-muc-2"
NAME = "H’Hen Niê"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def answered(here: Yard, shipped: Content, right: int) -> Participant:
    """Hoa, at the end of the guide's questions with so many right answers."""
    guide = shipped.guides.get(GUIDE)
    assert guide is not None
    hoa = here.world.talk("hoa")
    await hoa.says("menu")
    await hoa.picks("xã Yên Mô")
    await hoa.forges(pack(OpenStep(GUIDE, guide.quiz_steps[0])))
    for at, name in enumerate(guide.quiz_steps):
        quiz = guide.steps[name].quiz
        assert quiz is not None
        await hoa.picks(quiz.choices[quiz.answer if at < right else quiz.answer - 1])
        await hoa.picks("Xem kết quả" if name == guide.quiz_steps[-1] else "Tiếp")
    return hoa


async def works(here: Yard, db: BaseDBAsyncClient, outbox: Outbox | None = None) -> list[bytes]:
    """The worker does what was asked for; returns the pictures."""
    stored: list[bytes] = []

    async def store_as(name: str, data: bytes) -> str:
        stored.append(data)
        return f"{'1' * 32}/{name}"

    async def failed(body: object, refusal: JobRefused) -> None:
        raise AssertionError(refusal)

    job = CertificateJob(outbox or here.features.outbox, store_as)
    await JobRunner({JOB: job}, db, failed, here.world.clock.now).run()
    await here.sends()
    return stored


async def test_a_passed_quiz_gives_a_picture_under_the_name_that_was_agreed_to(
    here: Yard, db: BaseDBAsyncClient, shipped: Content
) -> None:
    hoa = await answered(here, shipped, 2)
    await hoa.picks("Nhận giấy chứng nhận")
    assert "Trên giấy tôi ghi tên bác thế nào?" in hoa.heard
    assert "hoa" not in hoa.heard, "the messenger's name is not taken"
    await hoa.says("0912 345 678")
    assert "Bác gõ họ tên bằng chữ" in hoa.heard
    await hoa.says("Hen")
    await hoa.restarts()
    await hoa.says(f"  {NAME}  ")
    assert NAME in hoa.heard
    await hoa.picks("Đúng, làm giấy")
    assert "Tôi đang vẽ giấy chứng nhận" in hoa.heard
    (picture,) = await works(here, db)
    assert picture.startswith(b"\x89PNG")
    shown = here.world.platform.chats["chat-hoa"][-1].message
    assert shown.attachment is not None
    assert shown.attachment.kind == "photo"
    assert NAME in shown.attachment.alt
    assert "tôi chỉ giữ 7 ngày" in shown.text.plain
    assert await PassingFile.all().count() == 1
    assert (await JobRow.get()).body == "{}", "the name goes with the work"
    await hoa.forges(pack(DrawCertificate()))
    assert await JobRow.all().count() == 1, "the same yes twice draws once"


async def test_without_a_passed_quiz_there_is_none(here: Yard, shipped: Content) -> None:
    hoa = await answered(here, shipped, 1)
    assert "Nhận giấy chứng nhận" not in hoa.choices
    for slug in (GUIDE, "khong-co"):
        await hoa.forges(pack(CertifyGuide(slug)))
        assert "đúng từ hai phần ba" in hoa.heard
    await hoa.forges(pack(DrawCertificate()))
    assert "bác chưa gõ tên" in hoa.heard
    assert await JobRow.all().count() == 0


async def test_after_a_training_session_for_those_who_answered_everything(here: Yard, db: BaseDBAsyncClient) -> None:
    await planned(here)
    hoa = await joins(here, "hoa")
    await goes_on(here, BEGIN, TEACH, AGAIN)
    code = (await session()).code
    await hoa.forges(pack(CertifyTraining(code)))
    assert "đã trả lời hết các câu hỏi cuối buổi" in hoa.heard
    await hoa.forges(pack(OpenSeat(code)))
    await answers(hoa, [True, False, False])
    await hoa.picks("Nhận giấy chứng nhận")
    await hoa.says("Nguyễn Thị Phương Thảo Nguyên")
    await hoa.picks("Đúng, làm giấy")
    assert len(await works(here, db)) == 1
    await hoa.forges(pack(CertifyTraining("ZZZZZZ")))
    assert "đã trả lời hết" in hoa.heard
    tu = here.world.talk("tu")
    await tu.forges(pack(CertifyTraining(code)))
    assert "đã trả lời hết" in tu.heard


@pytest.mark.parametrize("address", ["https://xa.example/anh", None])
async def test_where_no_picture_can_be_shown_it_comes_as_a_link_or_in_words(
    here: Yard, db: BaseDBAsyncClient, shipped: Content, address: str | None
) -> None:
    hoa = await answered(here, shipped, 3)
    await hoa.picks("Nhận giấy chứng nhận")
    await hoa.says(NAME)
    await hoa.picks("Đúng, làm giấy")
    blind = {kind: replace(caps, photos="none") for kind, caps in PLAIN.items()}
    outbox = replace(here.features.outbox, capabilities={"fake": blind}, link_to=lambda name: address)
    await works(here, db, outbox)
    said = here.texts("chat-hoa")[-1]
    assert (address in said) if address else (f"bác {NAME} đã học xong" in said)
