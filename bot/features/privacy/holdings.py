"""What the tables of people, roles, codes and the audit log hold of somebody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tortoise.expressions import Q

from bot.features.accounts import Account as AccountName
from bot.features.rights import ROLES
from bot.i18n import msg
from bot.storage.audit import Actor, AuditRow
from bot.storage.people import Account, Consent, Invite, Person, Role, WrongCode

from .holding import Fact, Holding, Subject, Values, Word

_YES, _NO = msg("có"), msg("không")
_ACTIONS = {"agreed": msg("đồng ý"), "declined": msg("không đồng ý")}
_PURPOSES = {
    "role": msg("vai trò"),
    "listed": msg("theo danh sách của xã"),
    "link": msg("thêm ứng dụng"),
    "channel": msg("nhóm"),
}

Subjects = Callable[[AccountName, str], tuple[str, str]]


def holdings(subjects: Subjects) -> list[Holding]:
    """In the order in which they can be erased. `subjects` tells under which hashes wrong codes are kept."""

    async def read_tries(subject: Subject) -> Sequence[Fact]:
        rows = await WrongCode.filter(subject__in=_hashes(subject, subjects)).order_by("id")
        return [Fact(msg("Gõ sai mã lúc {at}"), {"at": row.at}) for row in rows]

    async def erase_tries(subject: Subject) -> None:
        await WrongCode.filter(subject__in=_hashes(subject, subjects)).delete()

    return [
        Holding("wrong_codes", msg("Mã gõ sai"), read_tries, erase_tries),
        Holding("invites", msg("Mã mời"), _read_invites, _erase_invites),
        Holding("roles", msg("Vai trò"), _read_roles, _erase_roles),
        Holding("consents", msg("Lời đồng ý"), _read_consents, _erase_consents),
        Holding("accounts", msg("Tài khoản nhắn tin"), _read_accounts, _erase_accounts),
        Holding("audit_rows", msg("Nhật ký công việc"), _read_audit, _keep),
        Holding("actors", msg("Số trong nhật ký"), _read_actor, _erase_actor),
        Holding("people", msg("Tên, điện thoại"), _read_person, _erase_person),
    ]


def _hashes(subject: Subject, subjects: Subjects) -> list[str]:
    pairs = [subjects(AccountName(held.platform, held.native_id), held.chat_id) for held in subject.accounts]
    return [found for pair in pairs for found in pair]


def _own_accounts(subject: Subject) -> Q:
    ids = [Q(platform=held.platform, native_id=held.native_id) for held in subject.accounts]
    if subject.person_id is not None:
        ids.append(Q(person_id=subject.person_id))
    # An empty Q would mean every account.
    return Q(*ids, join_type="OR") if ids else Q(platform="")


async def _read_invites(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Invite.filter(Q(created_by=subject.person_id) | Q(person_id=subject.person_id)).order_by("id")
    return [
        Fact(
            msg("Mã {purpose} tạo lúc {at}, còn dùng được {uses} lần"),
            {"purpose": Word(_PURPOSES[row.purpose]), "at": row.created_at, "uses": row.uses_left},
        )
        for row in rows
    ]


async def _erase_invites(subject: Subject) -> None:
    if subject.person_id is not None:
        await Invite.filter(Q(created_by=subject.person_id) | Q(person_id=subject.person_id)).delete()


async def _read_roles(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Role.filter(person_id=subject.person_id).order_by("id").select_related("unit")
    facts: list[Fact] = []
    for row in rows:
        name = Word(ROLES.get(row.role, row.role))
        place = f"{row.unit.kind} {row.unit.name}"
        if (until := row.ended_at or row.expires_at) is None:
            facts.append(Fact(msg("{role}, {unit}, từ {at}"), {"role": name, "unit": place, "at": row.granted_at}))
        else:
            values: Values = {"role": name, "unit": place, "at": row.granted_at, "until": until}
            facts.append(Fact(msg("{role}, {unit}, từ {at} đến {until}"), values))
    return facts


async def _erase_roles(subject: Subject) -> None:
    if subject.person_id is not None:
        await Role.filter(person_id=subject.person_id).delete()


async def _read_consents(subject: Subject) -> Sequence[Fact]:
    ids = await Account.filter(_own_accounts(subject)).values_list("id", flat=True)
    rows = await Consent.filter(account_id__in=ids).order_by("id").select_related("account")
    return [
        Fact(
            msg("{action}, bản {version}, lúc {at}, trên {platform}"),
            {
                "action": Word(_ACTIONS[row.action]),
                "version": row.text_version,
                "at": row.at,
                "platform": row.account.platform,
            },
        )
        for row in rows
    ]


async def _erase_consents(subject: Subject) -> None:
    ids = await Account.filter(_own_accounts(subject)).values_list("id", flat=True)
    await Consent.filter(account_id__in=ids).delete()


async def _read_accounts(subject: Subject) -> Sequence[Fact]:
    rows = await Account.filter(_own_accounts(subject)).order_by("id")
    return [
        Fact(
            msg("{platform}, số {native_id}, nơi gửi tin {chat_id}, nhận tin: {wanted}, lần cuối {at}"),
            {
                "platform": row.platform,
                "native_id": row.native_id,
                "chat_id": row.chat_id or "–",
                "wanted": Word(_NO if row.muted or not row.reachable else _YES),
                "at": row.last_seen,
            },
        )
        for row in rows
    ]


async def _erase_accounts(subject: Subject) -> None:
    await Account.filter(_own_accounts(subject)).delete()


async def _read_audit(subject: Subject) -> Sequence[Fact]:
    number = await _number(subject)
    count = 0 if number is None else await AuditRow.filter(actor=number).count()
    return [Fact(msg("{count} việc ghi dưới số đó, không ghi tên"), {"count": count})] if count else []


async def _keep(subject: Subject) -> None:
    """The log is append-only. It knows a number, and nothing says any more whose it was."""


async def _read_actor(subject: Subject) -> Sequence[Fact]:
    number = await _number(subject)
    return [] if number is None else [Fact(msg("Số {number}"), {"number": str(number)})]


async def _erase_actor(subject: Subject) -> None:
    if subject.person_id is not None:
        await Actor.filter(person_id=subject.person_id).delete()


async def _number(subject: Subject) -> int | None:
    row = None if subject.person_id is None else await Actor.get_or_none(person_id=subject.person_id)
    return None if row is None else int(row.number)


async def _read_person(subject: Subject) -> Sequence[Fact]:
    row = None if subject.person_id is None else await Person.get_or_none(id=subject.person_id)
    if row is None:
        return []
    values: Values = {"name": row.name or "–", "phone": row.phone or "–", "at": row.created_at}
    facts = [Fact(msg("Tên {name}, điện thoại {phone}, lưu từ {at}"), values)]
    if row.listed_name:
        facts.append(Fact(msg("Tên trong danh sách của xã: {name}"), {"name": row.listed_name}))
    return facts


async def _erase_person(subject: Subject) -> None:
    if subject.person_id is not None:
        await Person.filter(id=subject.person_id).delete()
