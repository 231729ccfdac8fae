"""Nothing is registered twice, neither in one router nor in two that are put together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.actions import Action, Codec
from bot.core.context import Context
from bot.core.events import PhotoSent
from bot.core.router import Router


class Open(Action, code="zz1"):
    pass


class OpenToo(Action, code="zz1"):
    pass


async def first(ctx: Context) -> None: ...


async def second(ctx: Context) -> None: ...


async def press(ctx: Context, action: Open) -> None: ...


async def press_too(ctx: Context, action: Open) -> None: ...


Register = Callable[[Router, bool], object]
PLACES: dict[str, Register] = {
    "command": lambda router, again: router.command("menu")(second if again else first),
    "word": lambda router, again: router.command(
        "menu" if again else "thuc-don", "bảng chọn" if again else "bang chon"
    )(first),
    "action": lambda router, again: router.action(Open)(press_too if again else press),
    "step": lambda router, again: router.step("form", "name", PhotoSent)(second if again else first),
    "event": lambda router, again: router.on(PhotoSent)(second if again else first),
    "everything else": lambda router, again: router.otherwise(second if again else first),
    "lost presses": lambda router, again: router.stale(second if again else first),
}


@pytest.mark.parametrize("register", PLACES.values(), ids=PLACES)
def test_a_place_has_one_handler(register: Register) -> None:
    router = Router()
    register(router, False)
    with pytest.raises(ValueError, match=r"twice|already"):
        register(router, True)


@pytest.mark.parametrize("register", PLACES.values(), ids=PLACES)
def test_two_routers_that_are_put_together_share_no_place(register: Register) -> None:
    one, other, root = Router(), Router(), Router()
    register(one, False)
    register(other, True)
    with pytest.raises(ValueError, match=r"twice|already"):
        root.include(one, other)


def test_two_actions_never_share_a_code() -> None:
    with pytest.raises(TypeError, match="belongs to both Open and OpenToo"):
        Codec([Open, OpenToo])


def test_which_actions_have_a_handler_is_known_when_all_are_there() -> None:
    """Before, a button of a family that is still to come would seem to lead nowhere."""
    router = Router()
    router.action(Open)(press)
    assert router.answered is None
    router.complete = True
    assert router.answered == {"zz1"}


def test_a_sentence_that_begins_with_another_word_is_no_command() -> None:
    """“Hồi nớ đem ép nhựa” was looked up as “hỏi: nớ đem ép nhựa”."""
    router = Router()

    @router.command("tim", "tìm", "hỏi", takes_args=True)
    async def find(ctx: Context) -> None: ...

    assert router.command_in("hồi nớ đem ép nhựa") is None
    for said in ("hỏi nhà đất", "Hỏi: nhà đất", "hoi nha dat", "tìm nhà đất", "TÌM nhà đất"):
        assert router.command_in(said) is not None, said


def test_what_is_registered_stays_what_it_is() -> None:
    """A family may call a handler of its own by its name, also one that is registered."""
    router = Router()
    for register in (router.command("menu"), router.otherwise, router.stale, router.at_end, router.on(PhotoSent)):
        assert register(first) is first
