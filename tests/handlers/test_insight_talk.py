"""The officer sees where people leave a guide: counts by step, week and village, small ones hidden, and a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from PIL import Image
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.insight import Tallies
from bot.features.insight.chart_job import JOB, ChartJob
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.notices.mail import Mail
from bot.handlers.kit.base import Content
from bot.handlers.quality.insight import DrawUse, ShowUse
from bot.storage.tables.learning import GuideTally
from bot.testing import FakePlatform

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

VNEID = "vneid-cai-dat-muc-2"
TITLE = "Cài và kích hoạt VNeID mức 2"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def tally(counts: Mapping[tuple[str, str, str], int], week: str = "2026-W47") -> None:
    """(unit, step, what) → count."""
    for (unit, step, what), count in counts.items():
        await GuideTally.create(unit=unit, week=week, guide=VNEID, step=step, what=what, count=count)


async def kept() -> dict[tuple[str, str, str, str], int]:
    return {(one.unit, one.week, one.step, one.what): one.count for one in await GuideTally.all()}


async def test_each_step_is_counted_once_for_the_village_and_no_person(here: Yard, shipped: Content) -> None:
    """Reading again and going back count nothing; the mechanism is the trail of the run."""
    start = shipped.guides.guides[VNEID].start
    sau = here.world.talk("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("cai vneid")
    await sau.picks(TITLE)
    await sau.picks("Làm rồi, chưa kích hoạt")
    await sau.picks("Đọc lại")
    await sau.picks("Quay lại")
    await sau.picks("Tôi bị kẹt")
    bay = here.world.talk("bay")
    await bay.says("/start xa_lac-hien")
    await bay.says("cai vneid")
    await bay.picks(TITLE)
    assert await kept() == {
        ("yen-mo", "2026-W48", start, "reached"): 1,
        ("yen-mo", "2026-W48", "chuan-bi", "reached"): 1,
        ("yen-mo", "2026-W48", start, "stuck"): 1,
        ("lac-hien", "2026-W48", start, "reached"): 1,
    }
    assert not {"person", "platform", "account"} & set(GuideTally._meta.fields)


async def test_somebody_who_reads_to_the_end_completed_it_once(here: Yard) -> None:
    sau = here.world.talk("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("tim nhóm zalo thôn")
    await sau.picks("Tham gia nhóm Zalo của thôn")
    for _ in range(12):
        if "Xong" in sau.choices:
            break
        await sau.picks(sau.choices[0])
    await sau.picks("Xong")
    done = await GuideTally.filter(what="completed")
    assert [one.count for one in done] == [1]


async def test_the_officer_sees_guides_then_steps_weeks_and_villages(here: Yard, shipped: Content) -> None:
    start = shipped.guides.guides[VNEID].start
    await tally(
        {
            ("lac-hien", start, "reached"): 20, ("dong-cao", start, "reached"): 3, ("yen-mo", start, "reached"): 9,
            ("lac-hien", "chuan-bi", "reached"): 14, ("lac-hien", "mo-kho", "reached"): 2,
            ("lac-hien", "chuan-bi", "stuck"): 6, ("lac-hien", "xem-vi", "completed"): 8,
        }
    )  # fmt: skip
    lan = here.world.talk("lan")
    await lan.says("/thongke")
    assert f"{TITLE}: 32 lượt bắt đầu, 8 lượt xem xong (25%)" in lan.heard
    await lan.picks(TITLE)
    assert "từ 26/10/2026 đến 22/11/2026" in lan.heard
    assert "Chuẩn bị: 14, bị kẹt 6 lần" in lan.heard
    assert "thôn Lạc Hiền: 20" in lan.heard
    assert "thôn Đông Cao: ẩn" in lan.heard
    assert "chưa rõ thôn: ẩn" in lan.heard, "9 would tell that Đông Cao has 3"
    assert "Tôi chỉ đếm lượt" in lan.heard


async def test_the_present_week_is_not_told_before_it_is_over(here: Yard, shipped: Content) -> None:
    await tally({("lac-hien", shipped.guides.guides[VNEID].start, "reached"): 20}, "2026-W48")
    lan = here.world.talk("lan")
    await lan.says("thống kê")
    assert "Chưa bài nào có từ 5 lượt xem" in lan.heard


async def test_little_use_is_said_as_little(here: Yard, shipped: Content) -> None:
    await tally({("lac-hien", shipped.guides.guides[VNEID].start, "reached"): 4})
    lan = here.world.talk("lan")
    await lan.forges(pack(ShowUse(VNEID)))
    assert "dưới 5 lượt xem" in lan.heard
    assert "Lạc Hiền" not in lan.heard


async def test_another_commune_is_not_counted(here: Yard, shipped: Content) -> None:
    start = shipped.guides.guides[VNEID].start
    await tally({("khanh-thien", start, "reached"): 50, ("lac-hien", start, "reached"): 6})
    lan = here.world.talk("lan")
    await lan.says("/thongke")
    assert "6 lượt bắt đầu" in lan.heard


async def test_residents_and_members_see_none_of_it(here: Yard) -> None:
    sau = here.world.talk("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("/thongke")
    assert "dành cho cán bộ xã" in sau.heard
    await sau.forges(pack(DrawUse(VNEID)))
    assert "dành cho cán bộ xã" in sau.heard


async def test_the_chart_comes_as_a_picture(here: Yard, shipped: Content, db: BaseDBAsyncClient) -> None:
    start = shipped.guides.guides[VNEID].start
    await tally({("lac-hien", start, "reached"): 20, ("lac-hien", "chuan-bi", "reached"): 2})
    made: list[tuple[str, bytes]] = []

    async def store_as(name: str, data: bytes) -> str:
        made.append((name, data))
        return name

    lan = here.world.talk("lan")
    await lan.forges(pack(ShowUse(VNEID)))
    await lan.picks("Vẽ biểu đồ")
    assert "Đang vẽ biểu đồ" in lan.heard

    async def failed(body: object, refusal: JobRefused) -> None:
        raise AssertionError(refusal)

    job = ChartJob(shipped.guides, Tallies(db), Mail(here.features.outbox), store_as)
    await JobRunner({JOB: job}, db, failed, here.world.clock.now).run()
    await here.sends()
    assert [name for name, _ in made] == [f"{VNEID}.png"]
    picture = Image.open(io.BytesIO(made[0][1]))
    assert picture.size[0] == 1400
    assert TITLE in here.texts("chat-lan")[-1]
