"""Over time: keys, restarts, counts, links, and letting go."""

from __future__ import annotations

import asyncio
import gc
import warnings

from bot.core.events import ChatKind
from bot.core.messages import Message
from bot.core.platform import Unreachable
from bot.core.text import Text
from bot.testing.checking import Scene, check, failure

from .showing import HELLO


@check("adapter")
async def a_message_with_its_key_arrives_once_however_often_it_is_asked(scene: Scene) -> None:
    rig = scene.rig
    assert rig.platform.budget.idempotent is rig.knows_keys
    if not rig.knows_keys:
        return
    if "dropped after acceptance" in rig.faults:
        rig.faults["dropped after acceptance"]()
        error = await failure(scene.sends(HELLO, key="k1"))
        assert isinstance(error, Unreachable)
    first = await scene.sends(HELLO, key="k1")
    assert await scene.sends(HELLO, key="k1") == first
    assert await scene.texts() == [HELLO]
    await scene.sends(HELLO, key="k2")
    await scene.sends(HELLO)
    await scene.sends(HELLO)
    assert await scene.texts() == [HELLO] * 4


@check("adapter", needs=("another_start",))
async def after_a_restart_it_sends_and_knows_its_keys(scene: Scene) -> None:
    rig = scene.rig
    await scene.sends(HELLO, key="k1")
    again = rig.another_start()
    try:
        chat = rig.chat("private")
        for words, key in ((HELLO, "k1"), ("sau", "k2")):
            if key == "k2" or rig.knows_keys:
                await again.send(chat, _said(words), key=key)
        assert await scene.texts() == [HELLO, "sau"]
    finally:
        await again.close()


def _said(words: str) -> Message:
    return Message(Text.verbatim(words))


@check("adapter")
async def what_costs_is_counted_and_what_was_refused_is_not(scene: Scene) -> None:
    rig = scene.rig
    before = await rig.platform.usage()
    if before is None:
        assert {caps.cost for caps in rig.platform.capabilities.values()} == {"free"}
        return
    await scene.sends(HELLO)
    after = await rig.platform.usage()
    assert after is not None
    assert after.sent == before.sent + 1
    rig.faults["the content is refused"]()
    await failure(scene.sends(HELLO))
    assert await rig.platform.usage() == after


@check("adapter")
async def links_are_as_the_vendor_reads_them(scene: Scene) -> None:
    made: dict[ChatKind, str | None] = {
        "private": scene.rig.platform.link("aBc-12_3"),
        "group": scene.rig.platform.group_link("aBc-12_3"),
    }
    forms: dict[ChatKind, str | None] = {"private": None, "group": None}
    forms |= {kind: form.format(code="aBc-12_3") for kind, form in scene.rig.links.items()}
    assert made == forms


@check("adapter")
async def nothing_is_held_open_when_it_was_closed(scene: Scene) -> None:
    loop = asyncio.get_running_loop()
    open_ones: list[str] = []
    loop.set_exception_handler(lambda _, context: open_ones.append(str(context.get("message"))))
    if not scene.case.can("another_start"):
        return
    again = scene.rig.another_start()
    await again.send(scene.rig.chat("private"), _said(HELLO), key="k9")
    await again.close()
    del again
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
    unclosed = [str(each.message) for each in told if issubclass(each.category, ResourceWarning)]
    assert [words for words in (*unclosed, *open_ones) if "nclosed" in words] == []
    loop.set_exception_handler(None)
