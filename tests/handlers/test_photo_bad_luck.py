"""A photo for a report that meets bad luck: another one at the same moment, or an end before it is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.checkins import answers
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform
from tests.handlers.help_world import neighbours
from tests.handlers.test_checkin_photos import photo, reported, swept, the_report


async def test_a_photo_that_met_another_one_is_kept_beside_it(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the job that finds the report changed since it read it leaves everything undone, and runs again."""
    village = await neighbours(db, platform, shipped)
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")
    seen_before = await the_report()

    read_first = [seen_before]
    really = answers.get

    async def as_it_was(answer_id: int) -> answers.Answer | None:
        return read_first.pop() if read_first else await really(answer_id)

    async def the_other_process() -> None:
        assert await answers.illustrate(seen_before, ("another.jpg",)) is not None
        monkeypatch.setattr(answers, "get", as_it_was)

    await village.shows(hoa, photo(), meanwhile=the_other_process())
    assert (await the_report()).body.photos == ("another.jpg",)
    assert "Đã nhận ảnh" not in village.texts("hoa"), "what is not kept is not claimed"
    village.world.platform.files["photo-1"] = photo(side=400)  # stored anew, under another name
    village.world.clock.passes(seconds=20)
    await village.jobs.run()
    await village.sends()
    first, second = (f"{len(data)}.jpg" for data in village.stored)
    assert (await the_report()).body.photos == ("another.jpg", second)
    assert village.texts("hoa").count("Đã nhận ảnh") == 1
    assert await swept(village) == [first], "nothing names the file of the first run"


async def test_a_photo_that_was_stored_before_a_kill_is_no_longer_there_than_a_day(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: its year begins in the transaction that names it; a kill runs nothing that would clear away."""
    village = await neighbours(db, platform, shipped)
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")

    class Killed(BaseException):
        """Like a kill: no code of ours catches it."""

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(answers, "illustrate", killed)
        with pytest.raises(Killed):
            await village.shows(hoa, photo())
    assert await swept(village) == []
    village.world.clock.passes(seconds=timedelta(days=1, minutes=1).total_seconds())
    assert await swept(village) == [f"{len(village.stored[0])}.jpg"]
