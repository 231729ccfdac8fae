"""The villages of a receipt that are told through a person: who was asked when, who pasted it when, whom to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.features import units
from bot.features.announcements.model import Announcement
from bot.features.announcements.relays import looking, proofs, village_groups
from bot.features.announcements.relays.model import (
    BY_PHONE,
    AskState,
    RelayAsk,
    RelayTarget,
    asks_of,
    targets,
)
from bot.features.announcements.relays.model import pasted as first_pasted
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups.naming import called
from bot.features.outbox import detours
from bot.features.outbox.states import OFF, QUIET, QUOTA, TOKEN, WINDOW, State
from bot.i18n import msg, time_in_words
from bot.storage.tables.people import Person

from .delivery import AudienceDelivery

_ANSWERS: Mapping[AskState, str] = {
    "asked": msg("{person}: nhờ lúc {time}, chưa trả lời"),
    "silent": msg("{person}: nhờ lúc {time}, chưa trả lời"),
    "refused": msg("{person}: chưa dán được"),
    "withdrawn": msg("{person}: thôi không nhờ nữa"),
    "pasted": msg("{person}: đã dán lúc {time}"),
}
_WAITS = msg("{person}: đang gửi")
_WAITS_FOR: Mapping[str, str] = {
    WINDOW: msg("{person}: lâu chưa nhắn cho tôi nên chưa gửi được"),
    QUOTA: msg("{person}: hết số tin của tháng nên chưa gửi được"),
    TOKEN: msg("{person}: ứng dụng nhắn tin không cho bot gửi nữa"),
    OFF: msg("{person}: tài khoản của bot ở đó đang tắt"),
    QUIET: msg("{person}: chờ hết giờ yên tĩnh"),
}
_LOST = msg("{person}: không gửi tới được")
_OVER = msg(" (gửi qua {now}, vì {before} không tới được)")


class RelayLine(Struct, frozen=True):
    """A person who was asked. `asked_at` is when the words arrived there, None before; `row` is why they did not.

    `later`: not asked at the approval, but in the place of another one. `proof`: a picture of the group is kept.
    `earlier` are packages that did not reach the person; `over` are the messengers of all of them, this one's last.
    """

    package: str
    name: str
    phone: str
    state: AskState
    asked_at: datetime | None
    answered_at: datetime | None
    row: tuple[State, str]
    later: bool
    proof: bool = False
    earlier: tuple[str, ...] = ()
    over: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        return f"{self.name} {self.phone}".strip()


class RelayedDelivery(Struct, frozen=True):
    """A village and the persons who were asked. `pasted` is who did it first; None as long as nobody has said so.

    `before` are groups of the village that could not be told; `group` is how its people call their own, "" unknown.
    """

    target: RelayTarget
    village: str
    lines: tuple[RelayLine, ...]
    pasted: RelayLine | None
    before: tuple[AudienceDelivery, ...] = ()
    group: str = ""

    @property
    def by_phone(self) -> bool:
        """Whether nobody will paste it without being called."""
        return self.pasted is None and self.target.steps >= BY_PHONE

    @property
    def asked(self) -> RelayLine | None:
        """The person who was asked last and has the words."""
        has = [line for line in self.lines if line.asked_at is not None and line.state != "withdrawn"]
        return has[-1] if has else None


async def of(one: Announcement) -> list[RelayedDelivery]:
    """Return the villages of an announcement, in the order in which they were written down."""
    found = await targets(one.id)
    if not found:
        return []
    asks = await asks_of([to.id for to in found])
    everybody = [ask for each in asks.values() for ask in each]
    earlier = await detours.before([ask.package for ask in everybody])
    looks = await looking.look([ask.package for ask in everybody] + [one for each in earlier.values() for one in each])
    people = {row.id: row for row in await Person.filter(id__in=[ask.person_id for ask in everybody if ask.person_id])}
    names = {unit_id: place.full_name for unit_id, place in (await units.by_ids([to.unit_id for to in found])).items()}
    groups = await village_groups.names([to.unit_id for to in found])
    pictures = await proofs.there(everybody)
    made: list[RelayedDelivery] = []
    for to in found:
        lines = {ask.id: _line(ask, earlier[ask.package], looks, people, ask.id in pictures) for ask in asks[to.id]}
        done = first_pasted(asks[to.id])
        made.append(
            RelayedDelivery(
                to,
                names[to.unit_id],
                tuple(lines.values()),
                None if done is None else lines[done.id],
                group=groups.get(to.unit_id, ""),
            )
        )
    return made


def after(
    one: RelayedDelivery, by_package: Mapping[str, AudienceDelivery], instead_of: Mapping[str, str]
) -> RelayedDelivery:
    """Return it with the groups that were tried before."""
    before: list[AudienceDelivery] = []
    package = one.target.package
    while package in instead_of:
        package = instead_of[package]
        before.insert(0, by_package[package])
    return replace(one, before=tuple(before))


def _line(
    ask: RelayAsk,
    earlier: Sequence[str],
    looks: Mapping[str, looking.PackageLook],
    people: Mapping[int, Person],
    pictured: bool,
) -> RelayLine:
    seen = looks.get(ask.package)
    over = [found.chat.platform for package in (*earlier, ask.package) if (found := looks.get(package)) is not None]
    person = None if ask.person_id is None else people.get(ask.person_id)
    return RelayLine(
        ask.package,
        "" if person is None else person.name,
        "" if person is None else person.phone,
        ask.state,
        None if seen is None else seen.at,
        ask.answered_at,
        ("cancelled", "") if seen is None else (seen.state, seen.reason),
        ask.turn > 0,
        pictured,
        tuple(earlier),
        tuple(over),
    )


def over_words(line: RelayLine, word: Callable[[str], str]) -> str:
    """Say which messenger did not reach a person, so that another one was used; "" where the first one did."""
    if len(line.over) < 2:
        return ""
    return word(_OVER).format(now=called(line.over[-1]), before=", ".join(map(called, line.over[:-1])))


def answer_words(line: RelayLine, word: Callable[[str], str], locale: str) -> str:
    """Put in words how far a person is: `Bác Tư 0912345678: nhờ lúc 8 giờ 02, chưa trả lời`."""
    state, reason = line.row
    template = _ANSWERS[line.state]
    if line.asked_at is None and line.state in ("asked", "silent", "withdrawn"):
        template = _LOST if state in ("failed", "expired") else _WAITS_FOR.get(reason, _WAITS)
        template = _ANSWERS["withdrawn"] if state == "cancelled" else template
    at = line.answered_at if line.state == "pasted" else line.asked_at
    time = "" if at is None else time_in_words(at.astimezone(VIETNAM).time(), locale)
    return word(template).format(person=line.called, time=time) + over_words(line, word)
