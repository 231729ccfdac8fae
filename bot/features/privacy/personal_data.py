"""Personal data in the tables of people, roles, codes and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tortoise.expressions import Q

from bot.features.people.accounts import Account as AccountName
from bot.features.rights import ROLES
from bot.i18n import msg
from bot.storage.tables.audit import Actor, AuditRow
from bot.storage.tables.people import Account, Consent, Invite, Person, Role, WrongCode

from .names import called
from .personal_table import Fact, PersonalTable, Subject, TranslatedWord, Values

_YES, _NO = msg("có"), msg("không")
_ACTIONS = {"agreed": msg("đồng ý"), "declined": msg("không đồng ý")}
_PURPOSES = {
    "role": msg("vai trò"),
    "listed": msg("theo danh sách của xã"),
    "link": msg("thêm ứng dụng"),
    "channel": msg("nhóm"),
}

Subjects = Callable[[AccountName, str], tuple[str, str]]


def personal_tables(subjects: Subjects) -> list[PersonalTable]:
    """List the personal tables in the order in which they can be erased.

    `subjects` returns the hashes under which wrong codes are kept.
    """
    return [*_of_codes(subjects), *_of_roles(), *_of_audit_log(), _of_person()]


def _of_codes(subjects: Subjects) -> list[PersonalTable]:
    async def read_tries(subject: Subject) -> Sequence[Fact]:
        rows = await WrongCode.filter(subject__in=_hashes(subject, subjects)).order_by("id")
        return [Fact(msg("Gõ sai mã lúc {at}"), {"at": row.at}) for row in rows]

    async def erase_tries(subject: Subject) -> None:
        await WrongCode.filter(subject__in=_hashes(subject, subjects)).delete()

    return [
        PersonalTable(
            "wrong_codes",
            msg("Mã gõ sai"),
            read_tries,
            erase_tries,
            why=msg("chặn người dò mã"),
            until=msg("một ngày"),
        ),
        PersonalTable(
            "invites",
            msg("Mã mời"),
            _read_invites,
            _erase_invites,
            why=msg("mã chỉ dùng được một lần và biết ai mời"),
            until=msg("đến 30 ngày sau khi mã hết hạn"),
        ),
    ]


def _of_roles() -> list[PersonalTable]:
    return [
        PersonalTable(
            "roles",
            msg("Vai trò"),
            _read_roles,
            _erase_roles,
            why=msg("biết bác được làm việc gì"),
            until=msg("đến khi bác thôi vai trò và 90 ngày sau lần liên lạc cuối"),
        ),
        PersonalTable(
            "consents",
            msg("Lời đồng ý"),
            _read_consents,
            _erase_consents,
            why=msg("chứng tỏ tôi đã hỏi trước khi lưu"),
            until=msg("lâu như giữ tên bác"),
        ),
        PersonalTable(
            "accounts",
            msg("Tài khoản nhắn tin"),
            _read_accounts,
            _erase_accounts,
            why=msg("nhắn đúng người"),
            until=msg("đến khi bác thôi vai trò và 90 ngày sau lần liên lạc cuối"),
        ),
    ]


def _of_audit_log() -> list[PersonalTable]:
    return [
        PersonalTable(
            "audit_rows",
            msg("Nhật ký công việc"),
            _read_audit,
            _keep,
            why=msg("biết ai làm gì khi có chuyện, và không ai sửa được"),
            until=msg("mãi, vì nhật ký không xóa được"),
            stays=msg(
                "Nhật ký các việc bác đã làm, để không ai sửa được chuyện đã qua. Nhật ký không có tên, "
                "và không còn gì nối với bác."
            ),
        ),
        PersonalTable(
            "actors",
            msg("Nhật ký biết bác là ai"),
            _read_actor,
            _erase_actor,
            why=msg("nhật ký không phải ghi tên bác"),
            until=msg("lâu như giữ tên bác"),
        ),
    ]


def _of_person() -> PersonalTable:
    return PersonalTable(
        "people",
        msg("Tên, số điện thoại"),
        _read_person,
        _erase_person,
        why=msg("gọi đúng tên và liên lạc khi cần"),
        until=msg("đến khi bác thôi vai trò và 90 ngày sau lần liên lạc cuối"),
        own=_names,
    )


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
            msg("Mã mời ({purpose}) tạo lúc {at}, còn dùng được {uses} lần"),
            {"purpose": TranslatedWord(_PURPOSES[row.purpose]), "at": row.created_at, "uses": row.uses_left},
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
        name = TranslatedWord(ROLES.get(row.role, row.role))
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
            msg("Bác {action} lúc {at}, trên {platform}"),
            {"action": TranslatedWord(_ACTIONS[row.action]), "at": row.at, "platform": called(row.account.platform)},
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
            msg("{platform}: mã mà ứng dụng đặt cho bác và cuộc trò chuyện này, nhận tin: {wanted}, lần cuối {at}"),
            {
                "platform": called(row.platform),
                "wanted": TranslatedWord(_NO if row.muted or not row.reachable else _YES),
                "at": row.last_seen,
            },
        )
        for row in rows
    ]


async def _erase_accounts(subject: Subject) -> None:
    await Account.filter(_own_accounts(subject)).delete()


async def _read_audit(subject: Subject) -> Sequence[Fact]:
    number = await _number(subject)
    if number is None:
        return []
    own = AuditRow.filter(actor=number).order_by("id")
    count, first = await own.count(), await own.first()
    return [Fact(msg("{count} việc, không ghi tên, từ {at}"), {"count": count, "at": first.at})] if first else []


async def _keep(subject: Subject) -> None:
    """Keep the log, which is append-only: it knows a number that nothing links to the person any more."""


async def _read_actor(subject: Subject) -> Sequence[Fact]:
    number = await _number(subject)
    return [] if number is None else [Fact(msg("Một con số ngẫu nhiên chỉ có ở đây, ghi thay tên bác"), {})]


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
    facts = [Fact(msg("Tên {name}, số điện thoại {phone}, lưu từ {at}"), values)]
    if row.listed_name:
        facts.append(Fact(msg("Tên trong danh sách của xã: {name}"), {"name": row.listed_name}))
    return facts


async def _erase_person(subject: Subject) -> None:
    if subject.person_id is not None:
        await Person.filter(id=subject.person_id).delete()


async def _names(subject: Subject) -> Sequence[str]:
    row = None if subject.person_id is None else await Person.get_or_none(id=subject.person_id)
    return () if row is None else (row.name, row.listed_name, row.phone)
