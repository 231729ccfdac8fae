"""The settings that an official changes in chat: contacts, hours, channels, quiet hours, names allowed in guides.

Each change names the version it was made from, is read back, written to the audit log without its text, and holds at
once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import JsonValue

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import words_only
from bot.core.text import Text, fold
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.commune.changing import LISTS, QuietChanged, SettingChanges, typed
from bot.features.commune.commune_settings import FIELDS, CommuneSettings, Field, WrongValue, check, field_of, value_of
from bot.features.commune.settings import STATUSES, Commune
from bot.features.commune.words import Unreadable
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu

from .channel_news import TellOfChannels
from .history import OpenPast
from .wording import HOW, LABELS, UNCLEAR, answer, item_shown, items, mark, name, shown

_FLOW, _VALUE, _CONFIRM = "caidat", "gia-tri", "doc-lai"


class OpenSettings(Action, code="so"):
    """The settings of a commune; "" is the presser's own."""

    unit: str


class OpenSetting(Action, code="sf"):
    unit: str
    field: str


class EditSetting(Action, code="sd"):
    unit: str
    field: str


class SaveSetting(Action, code="sv"):
    """`mark` is a hash of the value that was read back: a press saves what it stood under, or nothing."""

    unit: str
    field: str
    version: int
    mark: str


class DropItem(Action, code="sx"):
    """Take an item, named by a hash of it, out of a list."""

    unit: str
    field: str
    item: str
    version: int


class SetStatus(Action, code="su"):
    unit: str
    item: str
    status: int
    version: int


class UseFile(Action, code="sb"):
    """Back to what the file says."""

    unit: str
    field: str
    version: int


class SettingsConversation:
    """`quiet_changed` looks again at what quiet hours hold."""

    def __init__(self, commune_settings: CommuneSettings, audit: Audit, quiet_changed: QuietChanged) -> None:
        self._commune_settings = commune_settings
        self.changes = SettingChanges(commune_settings, audit, quiet_changed)

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        return [Button.to(ctx.word("Cài đặt của xã"), OpenSettings(""))] if await self._may_change(ctx) else []

    async def understand(self, ctx: Context, words: str) -> bool:
        """Open the settings for “cài đặt” alone, from people who may change them; for others it names a guide."""
        if fold(words_only(words)) != "cai dat" or not await self._may_change(ctx):
            return False
        await self.open(ctx)
        return True

    async def _may_change(self, ctx: Context) -> bool:
        if not ctx.private:
            return False
        who = await people.who(account_of(ctx), ctx.now)
        return bool(who.grants) and (await rights.decide(who, rights.Act.CHANGE_SETTINGS, None, on=ctx.now)).allowed

    async def open(self, ctx: Context) -> None:
        await self.open_settings(ctx, OpenSettings(""))

    async def open_settings(self, ctx: Context, action: OpenSettings) -> None:
        found = await self.entrance(ctx, action.unit)
        if found is None:
            return
        place, commune = found
        lines = [ctx.t("**Cài đặt của {unit}**", unit=place.full_name)]
        lines += [
            ctx.t("• {label}: {value}", label=ctx.word(LABELS[field]), value=shown(ctx, commune, field))
            for field in FIELDS
        ]
        lines.append(ctx.t("Bác muốn sửa mục nào?"))
        buttons = [Button.to(ctx.word(LABELS[field]), OpenSetting(place.code, field)) for field in FIELDS]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def open_setting(self, ctx: Context, action: OpenSetting) -> None:
        found, field = await self.entrance(ctx, action.unit), field_of(action.field)
        if found is None or field is None:
            return
        ctx.leave_flow()
        await self._show(ctx, *found, field)

    async def _show(
        self, ctx: Context, place: Place, commune: Commune, field: Field, reply: Text | None = None
    ) -> None:
        """Show one setting with the actions on it."""
        setting = (await self._commune_settings.settings(place.id))[field]
        value = value_of(commune, field)
        lines = [reply] if reply is not None else []
        lines.append(ctx.t("**{label}**", label=ctx.word(LABELS[field])))
        buttons = []
        if isinstance(value, list):
            lines += [Text.verbatim(f"• {item_shown(ctx, item)}") for item in value] or [ctx.t("(chưa có)")]
            buttons.append(Button.to(ctx.word("Thêm"), EditSetting(place.code, field)))
            for item in value:
                label = name(item)[:40]
                if field == "channels":
                    item_mark, version = mark(item), setting.version
                    buttons += [
                        Button.to(
                            f"{label}: {ctx.word(STATUSES[status])}", SetStatus(place.code, item_mark, at, version)
                        )
                        for at, status in enumerate(STATUSES)
                        if isinstance(item, dict) and item["status"] != status
                    ]
                buttons.append(
                    Button.to(f"{ctx.word('Bỏ')}: {label}", DropItem(place.code, field, mark(item), setting.version))
                )
        else:
            lines.append(Text.verbatim(shown(ctx, commune, field)))
            buttons.append(Button.to(ctx.word("Sửa"), EditSetting(place.code, field)))
        if setting.changed:
            buttons.append(Button.to(ctx.word("Dùng lại như trong tệp"), UseFile(place.code, field, setting.version)))
        if setting.version:
            buttons.append(Button.to(ctx.word("Các bản trước"), OpenPast(place.code, field)))
        if field == "channels" and value:
            buttons.append(Button.to(ctx.word("Báo cho các thôn"), TellOfChannels(place.code)))
        buttons.append(Button.to(ctx.word("Mục khác"), OpenSettings(place.code)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    # Typing a value

    async def edit(self, ctx: Context, action: EditSetting) -> None:
        found, field = await self.entrance(ctx, action.unit), field_of(action.field)
        if found is None or field is None:
            return
        ctx.wait_for(_FLOW, _VALUE, {"unit": found[0].code, "field": field})
        ctx.reply(ctx.t(HOW[field]), expects="text")

    async def typed(self, ctx: Context) -> None:
        """Read the value and read it back; nothing is changed yet."""
        flow = ctx.flow
        field = None if flow is None else field_of(flow.data.get("field", ""))
        found = None if flow is None else await self.entrance(ctx, flow.data.get("unit", ""))
        if found is None or field is None or not isinstance(ctx.event, TextSent):
            ctx.leave_flow()
            return
        place, commune = found
        try:
            value = typed(commune, field, ctx.event.text)
        except Unreadable as error:
            ctx.reply(ctx.t(str(error)), expects="text")
            return
        except WrongValue:
            ctx.reply(ctx.t(UNCLEAR, how=ctx.t(HOW[field])), expects="text")
            return
        setting, coming = (await self._commune_settings.settings(place.id))[field], check(commune, field, value)
        stored = json.dumps(value, ensure_ascii=False)
        ctx.wait_for(_FLOW, _CONFIRM, {"unit": place.code, "field": field, "value": stored})
        value_shown = item_shown(ctx, items(value)[-1]) if field in LISTS else shown(ctx, coming, field)
        ctx.reply(
            ctx.t("{label}: **{value}**. Đúng chưa bác?", label=ctx.word(LABELS[field]), value=value_shown),
            [
                Button.to(ctx.word("Đúng"), SaveSetting(place.code, field, setting.version, mark(value))),
                Button.to(ctx.word("Sửa"), EditSetting(place.code, field)),
                Button.to(ctx.word("Hủy"), OpenSetting(place.code, field)),
            ],
            rows=(3,),
        )

    async def confirmed_in_words(self, ctx: Context) -> None:
        """Take anything other than a choice as a new value."""
        await self.typed(ctx)

    async def save(self, ctx: Context, action: SaveSetting) -> None:
        flow = ctx.flow
        stored = flow.data.get("value", "") if flow is not None and flow.name == _FLOW else ""
        value: JsonValue = json.loads(stored) if stored else None
        same = flow is not None and (flow.data.get("unit"), flow.data.get("field")) == (action.unit, action.field)
        if not stored or not same or mark(value) != action.mark:
            await self.open_setting(ctx, OpenSetting(action.unit, action.field))
            return
        await self.change(ctx, action.unit, action.field, value, action.version)

    # Changing

    async def drop(self, ctx: Context, action: DropItem) -> None:
        found, field = await self.entrance(ctx, action.unit), field_of(action.field)
        if found is None or field not in LISTS:
            return
        kept = [item for item in items(value_of(found[1], field)) if mark(item) != action.item]
        await self.change(ctx, action.unit, field, kept, action.version)

    async def set_status(self, ctx: Context, action: SetStatus) -> None:
        found = await self.entrance(ctx, action.unit)
        if found is None or not 0 <= action.status < len(STATUSES):
            return
        status = list(STATUSES)[action.status]
        changed: list[JsonValue] = [
            {**item, "status": status} if isinstance(item, dict) and mark(item) == action.item else item
            for item in items(value_of(found[1], "channels"))
        ]
        await self.change(ctx, action.unit, "channels", changed, action.version)

    async def use_file(self, ctx: Context, action: UseFile) -> None:
        await self.change(ctx, action.unit, action.field, None, action.version)

    async def change(self, ctx: Context, unit: str, named: str, value: JsonValue, version: int) -> None:
        """Change the setting if its version is still `version`, else show it as it is; None is the file's value."""
        found, field = await self.entrance(ctx, unit), field_of(named)
        if found is None or field is None:
            return
        place, commune = found
        async with ctx.changes():
            ctx.leave_flow()
            who = await people.who(account_of(ctx), ctx.now)
            done = await self.changes.make(who.person_id, place.id, commune, field, value, version, ctx.now)
            coming = commune if not done or value is None else check(commune, field, value)
            reply = answer(ctx, done=done, to_file=value is None)
            if done and value is None:
                ctx.reply(reply, [Button.to(ctx.word(LABELS[field]), OpenSetting(place.code, field)), *to_menu(ctx)])
            else:
                await self._show(ctx, place, coming, field, reply)
        await self._commune_settings.refresh(ctx.now)

    # Who may

    async def entrance(self, ctx: Context, code: str) -> tuple[Place, Commune] | None:
        """Return the commune whose settings the presser may change; otherwise say why not, or ask which one."""
        if not in_private(ctx):
            return None
        if not self._commune_settings.fresh:
            await self._commune_settings.refresh(ctx.now)
        who = await people.who(account_of(ctx), ctx.now)
        place = await units.get(code) if code else None
        if code and place is None:
            code = "?"
        if place is None:
            own = await self._own(ctx, who)
            if len(own) > 1 and not code:
                buttons = [Button.to(one.full_name, OpenSettings(one.code)) for one in own]
                ctx.reply(ctx.t("Bác cài đặt cho xã nào?"), [*buttons, *to_menu(ctx)])
                return None
            place = own[0] if own else None
        decision = await rights.decide(who, rights.Act.CHANGE_SETTINGS, None if place is None else place.id, on=ctx.now)
        commune = None if place is None else self._commune_settings.of(place.code)
        if not decision.allowed or place is None or commune is None:
            ctx.reply(ctx.t(decision.why or "Việc này làm cho cả xã, không làm cho thôn."), to_menu(ctx))
            return None
        return place, commune

    async def _own(self, ctx: Context, who: people.Who) -> list[Place]:
        found: dict[int, Place] = {}
        today = ctx.now.astimezone(VIETNAM).date()
        for grant in who.grants:
            commune = None if grant.unit_id is None else await units.commune_of(grant.unit_id, today)
            if commune is None or commune.id in found:
                continue
            if (await rights.decide(who, rights.Act.CHANGE_SETTINGS, commune.id, on=ctx.now)).allowed:
                found[commune.id] = commune
        return list(found.values())


def build(conversation: SettingsConversation) -> Router:
    router = Router()
    router.command("caidat", "cài đặt của xã", "cài đặt xã", "thông tin của xã")(conversation.open)
    router.action(OpenSettings)(conversation.open_settings)
    router.action(OpenSetting)(conversation.open_setting)
    router.action(EditSetting)(conversation.edit)
    router.action(SaveSetting)(conversation.save)
    router.action(DropItem)(conversation.drop)
    router.action(SetStatus)(conversation.set_status)
    router.action(UseFile)(conversation.use_file)
    router.step(_FLOW, _VALUE, TextSent, prose=True)(conversation.typed)
    router.step(_FLOW, _CONFIRM, TextSent)(conversation.confirmed_in_words)
    return router
