"""What must be true at the end of the little town: each thing that was said against the books of all sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.core.events import Chat

from . import little_model, little_more, little_rows, little_typed
from .core import pace
from .little_people import TOO_LATE
from .little_typed import cut_off
from .vendor import Call, Vendor

if TYPE_CHECKING:
    from .little_people import Said
    from .world import World


_NOTICES = (("Đã nhờ gửi ", "note:"), ("Đã giao ", "done:"), ("Đã để đó ", "low:"), ("Đã hẹn ", "ask:"))


def violations(world: World) -> list[str]:
    model = [*little_model.violations(world), *little_more.violations(world), *little_rows.violations(world)]
    model += pace.relied(world)
    done = little_typed.as_noted(world)
    return [*_effects(world, done), *_answers(world, done), *_notices(world), *model]


def _effects(world: World, done: list[Said]) -> Iterator[str]:
    """Each thing that was said has had each of its effects once, in its own chat, and nothing else has had any."""
    wanted = Counter(effect for said in done for effect in said.effects)
    found: Counter[str] = Counter()
    for token, chat in world.disk.ask("select token, chat from world_effects"):
        found[str(token)] += 1
        del chat
    for token in sorted(wanted.keys() | found.keys()):
        if token.startswith("got ") and not found[token] and cut_off(world, token.removeprefix("got ")):
            continue
        if found[token] == wanted[token]:
            continue
        if "-" in token or token.startswith("got "):
            yield f"numbers on the screen: {token} {found[token]} times instead of {wanted[token]}"
        elif found[token] > wanted[token]:
            yield f"no effect twice: {token} {found[token]} times instead of {wanted[token]}"
        else:
            yield f"handled once: {token} {found[token]} times instead of {wanted[token]}"


def _answers(world: World, done: list[Said]) -> Iterator[str]:
    taken = {name: [call for call in vendor.calls if call.taken is not None] for name, vendor in world.vendors.items()}
    for said in done:
        if not said.answer or said.answer in ("hiểu", "Nút này cũ rồi.", TOO_LATE):
            continue
        vendor = world.vendors[said.chat.platform]
        found = [call for call in taken[vendor.name] if said.answer in call.text]
        places = {_at_last(vendor, said.chat)}
        for call in found:
            if _at_last(vendor, call.chat) not in places:
                yield f"answers go to who asked: {said.answer!r} in {call.chat.id} instead of {said.chat.id}"
        for other, calls in taken.items():
            if other != vendor.name and any(said.answer in call.text for call in calls):
                yield f"answers go to who asked: {said.answer!r} on {other}"
        if said.answer.startswith("Cảm ơn vì ") and cut_off(world, said.answer[10:-1]):
            continue
        if not found and not _lost_rightly(vendor, said):
            yield f"answered: nothing with {said.answer!r} in {said.chat.id}"
        times = len([one for one in done if one.answer == said.answer])
        if len({call.key for call in found}) > times:
            yield f"no effect twice: {said.answer!r} was said under {len({call.key for call in found})} keys"


def _lost_rightly(vendor: Vendor, said: Said) -> bool:
    """The messenger would not have it, or the chat was gone, or each repeat costs one message of the month's."""
    lost = ("refused", "bug", "gone", *(("unclear",) if vendor.limit is not None else ()))
    return any(said.answer in call.text and call.fate in lost for call in vendor.calls) or said.chat.id in vendor.moved


def _at_last(vendor: Vendor, chat: Chat) -> str:
    found = chat.id
    while found in vendor.moved:
        found = vendor.moved[found]
    return found


def _notices(world: World) -> Iterator[str]:
    """Whoever was told something by others was told once, and so was who ordered work."""
    packages = Counter(str(package) for (package,) in world.disk.ask("select package from outbox where resend_of = 0"))
    for said in world.said:
        for words, key in _NOTICES:
            if said.answer.startswith(words):
                token = said.answer.removeprefix(words).rstrip(".")
                if packages[f"{key}{token}"] != 1:
                    yield f"handled once: {key}{token} stands {packages[f'{key}{token}']} times in the outbox"


def calls_of(vendor: Vendor, key: str) -> list[Call]:
    return [call for call in vendor.calls if call.key == key]
