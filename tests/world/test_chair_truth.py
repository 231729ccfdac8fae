"""The chair's goal: it is reached as soon as she reads that her approval counted, also when she had given up."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace

import pytest

from bot.core.messages import Message
from bot.core.text import Text

from .commune_people import Chair, Picks, Waits

REQUEST = "Có thông báo chờ duyệt.\n\nTB-0001 · Thông báo (chờ duyệt)"
GREETING = "Kính chào bác. Đây là máy trả lời tự động của Ủy ban nhân dân xã Yên Mô."


@pytest.mark.parametrize(
    ("stands", "acts"),
    [
        ((REQUEST,), [Waits, Picks]),
        ((REQUEST, GREETING, GREETING), [Waits, Picks]),
        ((REQUEST, GREETING, "✅ Đã duyệt cho 2 nhóm, 4 tin."), [Waits]),  # as in seed 360 of the commune
        ((REQUEST, "TB-0001 không còn chờ duyệt: đã duyệt lúc 8 giờ 01, nay đã gửi xong."), [Waits]),
    ],
)
def test_who_reads_that_it_is_approved_presses_no_more(stands: Sequence[str], acts: Sequence[type]) -> None:
    shown = [SimpleNamespace(message=Message(Text.verbatim(one))) for one in stands]
    vendor = SimpleNamespace(screens=SimpleNamespace(chats={"c-chair": shown}))
    chair = Chair(SimpleNamespace(plan=SimpleNamespace(seed="360"), vendors={"rich": vendor}))  # type: ignore[arg-type]
    chair.chance = Random(1)
    assert [type(act) for act in chair.story()] == acts
