"""Identities: accounts on messengers, the person behind them, and the roles that hold now."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from tortoise.expressions import Q

from bot.core.lru import Latest
from bot.core.machine import chance
from bot.features.at_once import at_once
from bot.features.people import accounts
from bot.features.units.near import are_known, around, knows_any
from bot.i18n import msg
from bot.storage import apps
from bot.storage.event_reads import Watched, current_reads, once_in_event
from bot.storage.sql import Row, asked, available, moment
from bot.storage.tables.audit import Actor
from bot.storage.tables.people import Account, Consent, Person, Role

ROLE_DAYS = {"volunteer": 180}
"""Days after which a role ends by itself; roles that are not named last."""

HAS_ANOTHER_PERSON = msg("Tài khoản này đã gắn với một người khác. Bác nhờ cán bộ xã xem giúp.")
# Plain SQL, because nearly every event asks who somebody is, several times.
_WHO = (
    "select a.id as account_id, p.id as person_id, p.name, r.id as grant_id, r.role, r.unit_id, r.expires_at"
    " from accounts a join people p on p.id = a.person_id"
    " left join roles r on r.person_id = p.id and r.ended_at is null"
    " where a.platform = ? and a.native_id = ? order by r.id"
)
_UNITS = (
    "select r.unit_id from roles r join accounts a on a.person_id = r.person_id"
    " where a.platform = ? and a.native_id = ? and r.ended_at is null"
)
"""The units of these roles: whoever asks for roles asks for the units next."""
_RIGHTS = (
    "select count(r.id) || ' ' || coalesce(sum(r.id), 0) || ' ' || coalesce(max(a.person_id), 0)"
    " from accounts a left join roles r on r.person_id = a.person_id and r.ended_at is null"
    " where a.platform = ? and a.native_id = ?"
)
"""What tells that a role was given or ended, or that the account became somebody else's."""
_GRANTS = (
    "select id as grant_id, role, unit_id, expires_at from roles where person_id = ? and ended_at is null order by id"
)
_HOLDERS = (
    "select r.id as grant_id, r.role, r.unit_id, r.granted_at, r.expires_at, p.id as person_id, p.name from roles r"
    " join people p on p.id = r.person_id where r.role in ({roles}) and r.ended_at is null"
    " and r.unit_id in ({marks}) order by r.id"
)
_REACHABLE = (
    "select person_id, platform, chat_id, last_seen from accounts"
    " where person_id in ({marks}) and not muted and reachable and chat_id <> '' order by last_seen desc, id"
)
_UNITS_OF_EACH = (
    "select distinct person_id, unit_id from roles where person_id in ({marks}) and ended_at is null"
    " and (expires_at is null or expires_at > ?)"
)
_TOUCH_AFTER = timedelta(days=1)
_ACTOR_BITS = 53  # fits a JSON number and a signed column


class Grant(Struct, frozen=True):
    """A role in a unit. `unit_id` None is everywhere: what every resident has."""

    role: str
    unit_id: int | None
    expires_at: datetime | None = None
    id: int = 0

    def counts(self, on: datetime) -> bool:
        return self.expires_at is None or self.expires_at > on


class Who(Struct, frozen=True):
    """A person who acts now. `person_id` is None for a stranger; `grants` are the roles that hold now."""

    account: accounts.Account
    person_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    account_id: int = 0
    """The row of the account, 0 for a stranger's."""

    def has(self, *roles: str) -> bool:
        return any(grant.role in roles for grant in self.grants)


class Holder(Struct, frozen=True):
    person_id: int
    name: str
    grant_id: int
    since: datetime


def pseudonym(key: bytes, account: accounts.Account) -> str:
    """Return how logs name a person: 12 hex digits that only the holder of the key can tie to an account."""
    return keyed_hash(key, "account", account.platform, account.person)[:12]


def keyed_hash(key: bytes, *parts: str) -> str:
    """Return an HMAC-SHA256 in hex; no two lists of parts give the same text."""
    text = "|".join(part.replace("\\", "\\\\").replace("|", "\\p") for part in parts)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


async def who(account: accounts.Account, now: datetime) -> Who:
    """Return the person behind an account and the roles that hold at `now`.

    An event reads them once. If its changes come to be written and they are no longer so, it is handled anew.
    """
    return await once_in_event("who", (account, now), partial(_who, account, now))


async def _who(account: accounts.Account, now: datetime) -> Who:
    rows = await _rows_of(account)
    reads = current_reads()
    if reads is not None:
        roles = [int(str(row["grant_id"])) for row in rows if row["grant_id"] is not None]
        person = rows[0]["person_id"] if rows else 0
        was = f"{len(roles)} {sum(roles)} {person}"
        reads.watch(Watched(_RIGHTS, (account.platform, account.person), was))
    if not rows:
        return Who(account)
    first = rows[0]
    if reads is not None:
        reads.kept(_RolesOf)[int(str(first["person_id"]))] = rows
    person_id, account_id = int(str(first["person_id"])), int(str(first["account_id"]))
    return Who(account, person_id, str(first["name"]), _grants(rows, now), account_id)


async def _rows_of(account: accounts.Account) -> Sequence[Row]:
    """Return the rows of `_WHO`, having read ahead what lies around the units in them."""
    reads = current_reads()
    known = _RowsOf() if reads is None else reads.kept(_RowsOf)
    if account not in known:
        named = [account.platform, account.person]
        if knows_any():  # as nearly always, and then the units of these roles are among them
            known[account] = await asked(_WHO, named)
            if not are_known(int(str(row["unit_id"])) for row in known[account] if row["unit_id"] is not None):
                await around(_UNITS, named)
        else:
            known[account], _ = await at_once(asked(_WHO, named), around(_UNITS, named))
    return known[account]


async def who_is(person_id: int, now: datetime) -> Who:
    """Return a person without an account in hand, such as the one who made an invite."""
    return Who(accounts.Account("", ""), person_id, "", await grants_of(person_id, now))


async def name_of(person_id: int) -> str:
    """Return the name of a person, "" for one who has none or is gone."""
    rows = await asked("select name from people where id = ?", [person_id])
    return str(rows[0]["name"]) if rows else ""


async def names_of(person_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of several people by id; those who are gone are missing."""
    rows = await Person.filter(id__in=list(person_ids)).values_list("id", "name") if person_ids else []
    return {int(str(one)): str(name) for one, name in rows}


async def grants_of(person_id: int, now: datetime) -> tuple[Grant, ...]:
    reads = current_reads()
    known = None if reads is None else reads.kept(_RolesOf).get(person_id)
    return _grants(await asked(_GRANTS, [person_id]) if known is None else known, now)


class _RowsOf(dict[accounts.Account, Sequence[Row]]):
    """The rows of an account with its person and roles, as an event has read them."""


class _RolesOf(dict[int, Sequence[Row]]):
    """The rows of roles by person, as an event has read them."""


def _grants(rows: Sequence[Row], now: datetime) -> tuple[Grant, ...]:
    """Return the grants that hold at `now`; the row of a person without any has none."""
    found = [
        Grant(
            str(row["role"]),
            int(str(row["unit_id"])),
            None if row["expires_at"] is None else moment(row["expires_at"]),
            int(str(row["grant_id"])),
        )
        for row in rows
        if row["grant_id"] is not None
    ]
    return tuple(grant for grant in found if grant.counts(now))


async def holders(role: str, unit_id: int, now: datetime) -> Sequence[Holder]:
    """Return those who hold a role in a unit now."""
    return (await holders_of_each(role, [unit_id], now))[unit_id]


async def holders_of_each(role: str, unit_ids: Collection[int], now: datetime) -> Mapping[int, Sequence[Holder]]:
    """Return `holders` of several units, by their ids: one query for all of them."""
    return (await holders_of_roles([role], unit_ids, now))[role]


async def holders_of_roles(
    roles: Collection[str], unit_ids: Collection[int], now: datetime
) -> Mapping[str, Mapping[int, Sequence[Holder]]]:
    """Return `holders_of_each` of several roles, in the order of these: one query for all of them."""
    found: dict[str, dict[int, list[Holder]]] = {role: {unit_id: [] for unit_id in unit_ids} for role in roles}
    if not unit_ids:
        return found
    text = _HOLDERS.format(roles=", ".join("?" * len(found)), marks=", ".join("?" * len(unit_ids)))
    # Not a question of this moment: the answer to such a one would be of no use to the next event.
    for row in await asked(text, [*found, *unit_ids]):
        if row["expires_at"] is not None and moment(row["expires_at"]) <= now:
            continue
        holder = Holder(
            int(str(row["person_id"])), str(row["name"]), int(str(row["grant_id"])), moment(row["granted_at"])
        )
        found[str(row["role"])][int(str(row["unit_id"]))].append(holder)
    return found


class Contacts:
    """Keeps `last_seen` of the accounts that we know: one statement per account and day."""

    def __init__(self) -> None:
        self._seen: Latest[datetime] = Latest()

    async def touch(self, account: accounts.Account, chat_id: str, now: datetime) -> None:
        """Record that somebody wrote in private. Raises StoreUnavailable."""
        seen = self._seen.get(account)
        if seen is not None and now - seen < _TOUCH_AFTER:
            return
        with available():
            await Account.filter(
                Q(last_seen__lt=now - _TOUCH_AFTER) | ~Q(chat_id=chat_id) | Q(reachable=False),
                platform=account.platform,
                native_id=account.person,
            ).update(last_seen=now, chat_id=chat_id, reachable=True)
        self._seen.put(account, now)

    def forget(self, account: accounts.Account) -> None:
        self._seen.forget(account)


async def remember(account: accounts.Account, chat_id: str, name: str, now: datetime) -> int:
    """Return the person id of an account; create the person if there is none. Call it after consent only."""
    await Account.bulk_create(
        [Account(platform=account.platform, native_id=account.person, chat_id=chat_id, last_seen=now)],
        ignore_conflicts=True,
    )
    row = await Account.get(platform=account.platform, native_id=account.person)
    person_id = row.key_or_none("person")
    if person_id is None:
        person_id = await create(name, now)
        await Account.filter(id=row.id).update(person_id=person_id, chat_id=chat_id, last_seen=now)
    return person_id


async def create(name: str, now: datetime, *, phone: str = "", listed: bool = False) -> int:
    """Create a person, with the number by which the audit log will name them.

    `listed`: an office's list has the name.
    """
    person = await Person.create(name=name, phone=phone, listed_name=name if listed else "", created_at=now)
    await _number_new(person.id)
    return int(person.id)


async def number(person_id: int) -> int:
    """Return the random number by which the audit log names a person."""
    known = await Actor.get_or_none(person_id=person_id)
    if known is None:
        known = await _number_new(person_id)
    return int(known.number)


async def _number_new(person_id: int) -> Actor:
    return await Actor.create(number=chance.bits(_ACTOR_BITS), person_id=person_id)


async def rename(person_id: int, name: str) -> None:
    await Person.filter(id=person_id).update(name=name)


async def link(account: accounts.Account, chat_id: str, person_id: int, now: datetime) -> bool:
    """Give an account to a person. False when it belongs to somebody else who has a role."""
    if not await can_link(account, person_id, now):
        return False
    row = await Account.get_or_none(platform=account.platform, native_id=account.person)
    before = None if row is None else row.key_or_none("person")
    await Account.bulk_create(
        [Account(platform=account.platform, native_id=account.person, chat_id=chat_id, last_seen=now)],
        ignore_conflicts=True,
    )
    await Account.filter(platform=account.platform, native_id=account.person).update(
        person_id=person_id, chat_id=chat_id, last_seen=now
    )
    if before not in (None, person_id) and not await Account.filter(person_id=before).exists():
        for table in apps.tables():
            if link_name := table.follows:
                await table.filter(**{f"{link_name}_id": before}).update(**{f"{link_name}_id": person_id})
        await Person.filter(id=before).delete()
    return True


async def can_link(account: accounts.Account, person_id: int, now: datetime) -> bool:
    """Tell whether the account is free for this person: nobody who has a role uses it."""
    row = await Account.get_or_none(platform=account.platform, native_id=account.person)
    before = None if row is None else row.key_or_none("person")
    return before in (None, person_id) or not await Role.filter(_holds(now), person_id=before).exists()


class Reachable(Struct, frozen=True):
    """A private chat of a person who wants and can be written to there."""

    platform: str
    chat_id: str
    last_seen: datetime


async def reachable(person_id: int) -> Sequence[Reachable]:
    """Return the chats by which a person can be reached, the one seen last first."""
    return (await reachable_each([person_id]))[person_id]


async def reachable_each(person_ids: Collection[int]) -> Mapping[int, Sequence[Reachable]]:
    """Return `reachable` of several persons, by their ids: one query for all of them."""
    found: dict[int, list[Reachable]] = {person_id: [] for person_id in person_ids}
    if not found:
        return found
    for row in await asked(_REACHABLE.format(marks=", ".join("?" * len(found))), [*found]):
        account = Reachable(str(row["platform"]), str(row["chat_id"]), moment(row["last_seen"]))
        found[int(str(row["person_id"]))].append(account)
    return found


async def silenced_each(person_ids: Collection[int]) -> Mapping[int, Sequence[Reachable]]:
    """Return the chats in which these persons have blocked the bot or asked it for silence, the one seen last first."""
    shut = Account.filter(Q(muted=True) | Q(reachable=False), person_id__in=list(person_ids))
    found: dict[int, list[Reachable]] = {person_id: [] for person_id in person_ids}
    for row in await shut.order_by("-last_seen", "id"):
        if row.chat_id:
            found[row.key_of("person")].append(Reachable(row.platform, row.chat_id, row.last_seen))
    return found


async def first_reachable(person_ids: Sequence[int]) -> int | None:
    """Return the first person who can be reached, else the first one, for there is nobody better; None of nobody."""
    known = await reachable_each(person_ids)
    return next((one for one in person_ids if known[one]), next(iter(person_ids), None))


async def accounts_of(person_id: int) -> Sequence[tuple[str, str]]:
    """Return (platform, private chat) of a person, as `reachable`."""
    return [(one.platform, one.chat_id) for one in await reachable(person_id)]


async def of_private_chat(platform: str, chat_id: str) -> int | None:
    """Return the id of the person whose private chat it is; None for a stranger's."""
    row = await Account.filter(platform=platform, chat_id=chat_id, person_id__isnull=False).first()
    return None if row is None else row.key_or_none("person")


async def units_of_chat(platform: str, chat_id: str, now: datetime) -> Sequence[int]:
    """Return the units in which the person of a private chat holds a role."""
    person_id = await of_private_chat(platform, chat_id)
    grants = () if person_id is None else await grants_of(person_id, now)
    return [grant.unit_id for grant in grants if grant.unit_id is not None]


async def units_of_each(person_ids: Collection[int], now: datetime) -> Mapping[int, Sequence[int]]:
    """Return the units in which each of these persons holds a role, by their ids: one query for all of them."""
    found: dict[int, list[int]] = {person_id: [] for person_id in person_ids}
    if found:
        for row in await asked(_UNITS_OF_EACH.format(marks=", ".join("?" * len(found))), [*found, now]):
            found[int(str(row["person_id"]))].append(int(str(row["unit_id"])))
    return found


class Linked(Struct, frozen=True):
    """An account of a person. `reachable` and `muted` are as the table of accounts has them."""

    id: int
    platform: str
    last_seen: datetime
    reachable: bool = True
    muted: bool = False


async def linked(person_id: int) -> Sequence[Linked]:
    """Return every account of a person, the one seen last first."""
    rows = await Account.filter(person_id=person_id).order_by("-last_seen", "id")
    return [Linked(row.id, row.platform, row.last_seen, row.reachable, row.muted) for row in rows]


async def unlink(account_id: int, present: accounts.Account) -> bool:
    """Take an old phone from the person who writes on `present`. False when it is not theirs, or the one in use."""
    here = await Account.get_or_none(platform=present.platform, native_id=present.person)
    person_id = None if here is None else here.key_or_none("person")
    if here is None or person_id is None or here.id == account_id:
        return False
    old = Account.filter(id=account_id, person_id=person_id)
    if not await old.exists():
        return False
    # What the person agreed to there they agreed to for all their accounts.
    await Consent.filter(account_id=account_id).update(account_id=here.id)
    return bool(await old.delete())


async def grant(person_id: int, role: str, unit_id: int, now: datetime, *, expires_at: datetime | None = None) -> bool:
    """Give a role; False when the person holds it in this unit already. Roles of ROLE_DAYS end by themselves."""
    if await Role.filter(_holds(now), person_id=person_id, role=role, unit_id=unit_id).exists():
        return False
    if expires_at is None and role in ROLE_DAYS:
        expires_at = now + timedelta(days=ROLE_DAYS[role])
    await Role.create(person_id=person_id, role=role, unit_id=unit_id, granted_at=now, expires_at=expires_at)
    return True


async def end(grant_id: int, person_id: int, now: datetime) -> bool:
    """End a role of a person; False when it does not hold any more."""
    return bool(await Role.filter(_holds(now), id=grant_id, person_id=person_id).update(ended_at=now))


async def end_all(person_id: int, role: str, unit_id: int, now: datetime) -> bool:
    """End what somebody holds in a unit, for a successor; False when they do not hold it any more."""
    held = Role.filter(_holds(now), person_id=person_id, role=role, unit_id=unit_id)
    return bool(await held.update(ended_at=now))


async def mute(account: accounts.Account, *, muted: bool) -> None:
    """Stop or allow messages that the person did not ask for, on every messenger of theirs."""
    row = await Account.get_or_none(platform=account.platform, native_id=account.person)
    if row is None:
        return
    person_id = row.key_or_none("person")
    same = Q(id=row.id) if person_id is None else Q(id=row.id) | Q(person_id=person_id)
    await Account.filter(same).update(muted=muted)


def _holds(now: datetime) -> Q:
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
