"""Carrying out the answers: units and people into the database, settings into their files, codes for the first two.

Every part may be done twice: a set-up that was interrupted here is carried out again from its answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from bot.assembly.installation import migrated_by_command
from bot.core.lean.values import replace
from bot.core.text import fold
from bot.features import units
from bot.features.announcements.from_console.first import write_first
from bot.features.announcements.model import Announcement
from bot.features.announcements.writing.draft import Drafts
from bot.features.announcements.writing.lint import lint
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.checkins.sheets import IndicatorsSheet, TargetsSheet
from bot.features.commune import settings as commune
from bot.features.founding import questions as q
from bot.features.founding.files import env_with, quoted, toml_with, write_whole
from bot.features.founding.people import read_people
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.provinces import province_named
from bot.features.founding.villages import VillageLine, codes_of, slug
from bot.features.groups import channels
from bot.features.invites import InviteRefused, Invites, listed
from bot.features.invites.kept import Created
from bot.features.jobs.queue import JobRefused
from bot.features.people import people
from bot.features.rights.table import CHAIR, LEADER, ROLES
from bot.features.units import Place
from bot.features.workbook import UnreadableFile, WorkbookScope
from bot.features.workbook.book import Workbook
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.sheet import Value
from bot.features.workbook.write import workbook as written
from bot.framework.installation import database_url, secret_key
from bot.framework.sharing import check_key
from bot.platforms._shared.setup import Introduced
from bot.settings import Settings
from bot.storage import data_folder, database
from bot.storage.platform_store import PlatformValues
from bot.storage.transactions import writing

ENV = ".env"
_COMMENTS = {
    "BOT_PLATFORMS": "Các ứng dụng bot dùng; web là trang cho bà con, workdesk là bàn làm việc của cán bộ.",
    "BOT_PORT": "Cổng của trang.",
    "BOT_PUBLIC_URL": "Địa chỉ công khai của trang.",
}
_HEAD = "# Cấu hình của bot, mỗi dòng TÊN=GIÁ_TRỊ. Có mã của ứng dụng: giữ kín. Sửa xong thì khởi động lại bot.\n"
_TOML_HEAD = "# Thông tin của xã. Sửa xong thì khởi động lại bot.\n"


class Invitation(Struct, frozen=True):
    """A code, whose it is, and the links that say it to the bot, by the label of their messenger."""

    whose: str
    code: str
    links: Mapping[str, str]


class FirstSteps(Struct, frozen=True):
    """The work that is left to do with telephones. An invitation is None where nobody or nothing has to come any more.

    `helper` invites who pastes into the village's group, where it is to be told so. `announcement` is the label of the
    first one, "" without a messenger. `notes` are sentences about what was left as it was.
    """

    commune: str
    village: str = ""
    unit_id: int = 0
    chair: Invitation | None = None
    group: Invitation | None = None
    helper: Invitation | None = None
    announcement: str = ""
    announcement_id: int = 0
    notes: tuple[str, ...] = ()


class Instruction(Struct, frozen=True):
    """A thing to do with a telephone, in one or two sentences, and the code for it."""

    title: str
    how: str
    invitation: Invitation


def instructions(steps: FirstSteps) -> list[Instruction]:
    """Return what is left to do, in its order."""
    found: list[Instruction] = []
    if (chair := steps.chair) is not None:
        way = "Quét mã QR bằng điện thoại, hoặc nhắn riêng cho bot" if chair.links else "Nhắn riêng cho bot"
        found.append(Instruction(f"Mã của {chair.whose}", f"{way} mã dưới đây. Dùng một lần.", chair))
    if (helper := steps.helper) is not None:
        how = f"Người đưa tin của {steps.village} nhắn riêng cho bot mã này, rồi dán tin của xã vào nhóm Zalo của thôn."
        found.append(Instruction(f"Mã của {helper.whose}", how, helper))
    if (group := steps.group) is not None:
        way = "Mở đường dẫn, chọn nhóm của thôn" if group.links else "Thêm bot vào nhóm của thôn"
        how = f"Chủ tịch hoặc Tổ trưởng làm: {way}. Hoặc gõ trong nhóm: /dangky {group.code}"
        found.append(Instruction(f"Mã của {group.whose}", how, group))
    return found


class Plan(Struct, frozen=True):
    """A set-up to be carried out. `env` are settings for `.env`, None takes one out; `bots` the messengers by label."""

    settings: Settings
    folder: Path
    answers: q.Answers
    env: Mapping[str, str | None]
    bots: Mapping[str, Introduced]

    @property
    def relayed(self) -> bool:
        return self.answers.get(q.SECOND) == q.RELAY


async def carry_out(plan: Plan, now: datetime) -> FirstSteps:
    """Carry out the answers; where it raises, it may be done again.

    Raises AnswerProblem, SettingsError, DatabaseError and OSError.
    """
    settings = plan.settings
    with ExitStack() as stack:
        stack.enter_context(data_folder.closed_to_others())
        data_folder.prepare(settings.data_dir)
        await migrated_by_command(settings)
        key = secret_key(settings)
        async with database.opened(database_url(settings)) as db:
            await check_key(PlatformValues(db, "installation"), key)
            audit = Audit(key)
            place, notes = await _founded(plan, audit, now)
            _write_settings(plan, place)
            steps = await _first_steps(plan, place, Invites(key, audit), audit, now)
            return replace(steps, notes=tuple(notes))


# Units and people


async def _founded(plan: Plan, audit: Audit, now: datetime) -> tuple[Place, list[str]]:
    """Create or change the units, then the people; return the commune."""
    scope = WorkbookScope(now, plan.settings.zone)
    given = plan.answers.get(q.PEOPLE) == q.WORKBOOK
    content = await asyncio.to_thread((plan.settings.data_dir / q.WORKBOOK).read_bytes) if given else b""
    if content and await _brings_units(content, audit, scope):
        await _import(content, audit, scope, q.PEOPLE)
        content = b""
    rows, coded, notes = await _unit_rows(plan, now)
    await _import(written([("don_vi", UnitsSheet.columns, rows)]), audit, scope, q.VILLAGES)
    if content:
        await _import(content, audit, scope, q.PEOPLE)
    elif not given and (some := _people_rows(plan, rows[0], coded, now)):
        await _import(written([("nguoi", PeopleSheet.columns, some)]), audit, scope, q.PEOPLE)
    place = await units.get(str(rows[0][0]))
    if place is None:
        raise LookupError(f"the commune {rows[0][0]} was not stored")
    return place, notes


def _book(audit: Audit) -> Workbook:
    return Workbook([UnitsSheet(), PeopleSheet(), IndicatorsSheet(audit), TargetsSheet(audit)])


async def _brings_units(content: bytes, audit: Audit, scope: WorkbookScope) -> bool:
    try:
        tables = (await _book(audit).propose(content, scope)).tables
    except (UnreadableFile, JobRefused) as error:
        raise AnswerProblem(f"Tệp Excel: {error}", q.PEOPLE) from None
    return any(table.name == UnitsSheet.name and table.rows for table in tables)


async def _import(content: bytes, audit: Audit, scope: WorkbookScope, key: str) -> None:
    try:
        proposal = await _book(audit).propose(content, scope)
    except (UnreadableFile, JobRefused) as error:
        raise AnswerProblem(f"Tệp Excel: {error}", key) from None
    wrong = [change.line for change in proposal.changes if change.mark == "!"]
    if wrong:
        more = f" (và {len(wrong) - 1} chỗ nữa)" if len(wrong) > 1 else ""
        raise AnswerProblem(f"{wrong[0].removeprefix('! ')}{more}.", key)
    if proposal.changes:
        async with writing():
            await _book(audit).apply(proposal, scope)
            await audit.append(None, "imported", "workbook:console", scope.now, {"changes": len(proposal.changes)})


async def _unit_rows(
    plan: Plan, now: datetime
) -> tuple[list[Sequence[Value | None]], Mapping[str, VillageLine], list[str]]:
    """Return the rows of the commune and its villages, the villages by code, and notes."""
    on = today(now)
    kind, name = q.commune_of(plan.answers)
    before = await _commune_before(plan, name, on)
    villages = [] if before is None else await units.villages(before.id, on)
    code = slug(name) or "xa" if before is None else before.code
    known = {fold(f"{one.kind} {one.name}"): one.code for one in villages}
    named = q.listed_villages(plan.answers)
    coded = codes_of(named, {code, *(one.code for one in await units.everything())}, known)
    by_code = {one.code: one for one in villages}
    rows = [await _row(before, code, kind, name, "", None, on)]
    for own, line in coded.items():
        rows.append(await _row(by_code.get(own), own, line.kind, line.name, code, line.households, on))
    left = [one.full_name for one in villages if one.code not in coded]
    shown = ", ".join(left[:5]) + ("…" if len(left) > 5 else "")
    notes = [f"Giữ nguyên {len(left)} thôn không có trong danh sách mới: {shown}."] if left else []
    return rows, coded, notes


async def _commune_before(plan: Plan, name: str, on: object) -> Place | None:
    """Return the commune that is here already: that of the file's code, of this name, or the only one."""
    known = commune.load(plan.settings.data_dir)
    if known.code and (place := await units.get(known.code)) is not None:
        return place
    here = [one for one in await units.everything() if one.level == "commune"]
    same = [one for one in here if fold(one.name) == fold(name)]
    return next(iter(same or (here if len(here) == 1 else [])), None)


async def _row(
    before: Place | None, code: str, kind: str, name: str, above: str, households: int | None, on: object
) -> Sequence[Value | None]:
    """Return a unit's row, which changes of an earlier unit only what was answered."""
    if before is None:
        return code, kind, name, above or None, "", households, None, None, None
    parent = None if before.parent_id is None else await units.by_id(before.parent_id)
    upper = above or (None if parent is None else parent.code)
    counted = before.households if households is None else households
    aliases = "; ".join(before.aliases)
    return code, kind, name, upper, aliases, counted, before.adults, before.valid_from, before.valid_to


def _people_rows(
    plan: Plan, commune_row: Sequence[Value | None], coded: Mapping[str, VillageLine], now: datetime
) -> list[Sequence[Value | None]]:
    found = read_people(plan.answers.get(q.PEOPLE, ""), list(coded.values()))
    codes = {one.full_name: code for code, one in coded.items()}
    return [
        (
            one.name,
            ROLES[one.role],
            str(commune_row[0]) if one.village is None else codes[one.village.full_name],
            one.phone,
            today(now) + timedelta(days=people.ROLE_DAYS[one.role]) if one.role in people.ROLE_DAYS else None,
        )
        for one in found
    ]


# Settings


def _write_settings(plan: Plan, place: Place) -> None:
    """Write `commune.toml` and `.env`; what a person wrote there stays. Raises AnswerProblem and OSError."""
    answers, path = plan.answers, plan.settings.data_dir / commune.FILE
    phone, hours = q.contact_of(answers)
    first, last = q.quiet_of(answers)
    kind, name = q.commune_of(answers)
    province = province_named(answers[q.PROVINCE]).name
    top = {"name": name, "kind": kind, "province": province, "code": place.code, "phone": phone, "hours": hours}
    text = path.read_text("utf-8-sig") if path.exists() else _TOML_HEAD
    made = toml_with(
        text,
        {key: quoted(value) for key, value in top.items() if value or f"\n{key}" in f"\n{text}"},
        {
            "quiet": {"start": f"{first:%H:%M:%S}", "end": f"{last:%H:%M:%S}"},
            "letterhead": {key: quoted(value) for key, value in q.letterhead_of(answers).items()},
        },
        path,
    )
    if made != text or not path.exists():
        write_whole(path, made.encode())
    commune.load(plan.settings.data_dir)
    env = plan.folder / ENV
    before = env.read_text("utf-8") if env.exists() else _HEAD
    after = env_with(before, plan.env, _COMMENTS)
    if after != before or not env.exists():
        write_whole(env, after.encode())


# First steps


async def _first_steps(plan: Plan, place: Place, invites: Invites, audit: Audit, now: datetime) -> FirstSteps:
    if not plan.bots:
        return FirstSteps(place.full_name)
    wanted = fold(plan.answers[q.FIRST_VILLAGE])
    if wanted == q.NONE:
        async with writing():
            return FirstSteps(place.full_name, chair=await _invitation(plan, CHAIR, place, invites, now))
    villages = await units.villages(place.id, today(now))
    village = next((one for one in villages if fold(f"{one.kind} {one.name}") == wanted), None)
    if village is None:
        raise AnswerProblem("Thôn nhận tin đầu tiên không còn trong danh sách: chọn lại.", q.FIRST_VILLAGE)
    async with writing():
        drafts = Drafts(audit)
        one = await write_first(drafts, place.id, village.id, plan.answers[q.FIRST_WORDS], now)
        if isinstance(one, str):
            raise AnswerProblem(one, q.FIRST_WORDS)
        allowed = commune.load(plan.settings.data_dir).allowed
        wrong = [finding for finding in lint(one, allowed) if finding.level == "error"]
        if wrong:
            raise AnswerProblem(wrong[0].why, q.FIRST_WORDS)
        chair = await _invitation(plan, CHAIR, place, invites, now)
        helper = await _invitation(plan, LEADER, village, invites, now) if plan.relayed else None
        group = await _group(plan, village, invites, now)
    return _with_announcement(FirstSteps(place.full_name, village.full_name, village.id, chair, group, helper), one)


def _with_announcement(steps: FirstSteps, one: Announcement) -> FirstSteps:
    return replace(steps, announcement=one.label, announcement_id=one.id)


async def _invitation(plan: Plan, role: str, place: Place, invites: Invites, now: datetime) -> Invitation | None:
    """Return a code for whoever is listed in this role, else for the role; None if one of them has come."""
    holders = [one.person_id for one in await people.holders(role, place.id, now)]
    away = {one.person_id: one for one in await listed.among(holders, now)}
    if len(away) < len(holders):
        return None
    first = next((away[person_id] for person_id in holders), None)
    made = (
        await invites.create(role, place.id, by=None, now=now)
        if first is None
        else await invites.create_listed(first.person_id, by=None, now=now)
    )
    title = ROLES[role] if role != CHAIR else "Chủ tịch"
    whose = title if first is None or not first.name else f"{title} {first.name}"
    return _invited(plan, whose, made, "start_link")


async def _group(plan: Plan, village: Place, invites: Invites, now: datetime) -> Invitation | None:
    if await channels.of_unit(village.id, today(now), purpose="village"):
        return None
    made = await invites.create_channel("village", village.id, by=None, now=now)
    return _invited(plan, f"nhóm của {village.full_name}", made, "group_link")


def _invited(plan: Plan, whose: str, made: Created | InviteRefused, kind: str) -> Invitation:
    if isinstance(made, InviteRefused):
        raise AnswerProblem(made.why)
    forms = {label: bot.start_link if kind == "start_link" else bot.group_link for label, bot in plan.bots.items()}
    links = {label: form.replace("{code}", made.code) for label, form in forms.items() if urlsplit(form).scheme}
    return Invitation(whose, made.code, links)
