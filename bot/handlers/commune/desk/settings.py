"""The commune's settings: each with its value, how to change it, and its earlier values, each one press away."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.core.text import Text
from bot.features import rights
from bot.features.commune.changing import LISTS, SettingChanges, typed
from bot.features.commune.commune_settings import FIELDS, Field, Setting, WrongValue, field_of, value_of
from bot.features.commune.settings import STATUSES, Commune
from bot.features.commune.words import Unreadable
from bot.handlers.commune.channel_news import TellOfChannels
from bot.handlers.commune.history import OpenPast, UsePast
from bot.handlers.commune.settings import DropItem, EditSetting, SaveSetting, SetStatus, UseFile
from bot.handlers.commune.wording import (
    HOW,
    LABELS,
    UNCLEAR,
    answer,
    item_shown,
    items,
    mark,
    past_shown,
    shown,
)
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import Answer, Go, No, Sheet, Visit

ADDRESS = "/cai-dat"
_REACHES = tuple(kind.code for kind in (EditSetting, SaveSetting, OpenPast, UsePast, UseFile, DropItem, SetStatus))
_GONE = msg("Không có mục cài đặt này.")
_MOST_VERSION = 10
"""Digits of a version: what is longer is no number of ours."""


class SettingsPage:
    def __init__(self, changes: SettingChanges) -> None:
        self._changes = changes

    async def show(self, visit: Visit) -> Answer:
        commune = await self._commune(visit)
        if commune is None:
            return No(visit.t(_GONE))
        versions = await self._changes.settings.settings(visit.commune.id)
        rows = [(field, visit.word(LABELS[field]), shown(visit, commune, field), versions[field]) for field in FIELDS]
        return Sheet("commune/settings.html", visit.t("Cài đặt của xã"), {"rows": rows})

    async def show_one(self, visit: Visit) -> Answer:
        commune, field = await self._commune(visit), field_of(visit.path.get("muc", ""))
        if commune is None or field is None:
            return No(visit.t(_GONE))
        return await self._sheet(visit, commune, field)

    async def take(self, visit: Visit) -> Answer:
        """Change a setting, or add an item to a list, by what was typed."""
        commune, field = await self._commune(visit), field_of(visit.path.get("muc", ""))
        if commune is None or field is None:
            return No(visit.t(_GONE))
        words, version = visit.said("gia-tri"), visit.said("ban")
        try:
            value = typed(commune, field, words)
        except Unreadable as error:
            return await self._sheet(visit, commune, field, words, visit.t(str(error)))
        except WrongValue:
            return await self._sheet(visit, commune, field, words, visit.t(UNCLEAR, how=visit.t(HOW[field])))
        shown_version = int(version) if version.isdecimal() and len(version) < _MOST_VERSION else -1
        reply = Text()
        async with visit.once(visit.address) as first:
            if first:
                done = await self._changes.make(
                    visit.person_id, visit.commune.id, commune, field, value, shown_version, visit.now
                )
                reply = answer(visit, done=done, to_file=False)
        await self._changes.settings.refresh(visit.now)
        return Go(visit.address, reply)

    async def _sheet(
        self, visit: Visit, commune: Commune, field: Field, words: str = "", wrong: Text | None = None
    ) -> Answer:
        setting = (await self._changes.settings.settings(visit.commune.id))[field]
        return Sheet(
            "commune/setting.html",
            Text.verbatim(visit.word(LABELS[field])),
            {
                "value": shown(visit, commune, field),
                "items": self._items(visit, commune, field, setting),
                "is_list": field in LISTS,
                "how": visit.t(HOW[field]),
                "version": setting.version,
                "words": words,
                "wrong": wrong,
                "use_file": UseFile(visit.commune.code, field, setting.version) if setting.changed else None,
                "past": await self._past(visit, commune, field, setting),
                "tell": TellOfChannels(visit.commune.code) if field == "channels" and commune.channels else None,
            },
            200 if wrong is None else 400,
        )

    def _items(
        self, visit: Visit, commune: Commune, field: Field, setting: Setting
    ) -> Sequence[tuple[str, Sequence[tuple[str, Action]]]]:
        """Return the items of a list, each with its buttons."""
        if field not in LISTS:
            return ()
        unit, found = visit.commune.code, list[tuple[str, Sequence[tuple[str, Action]]]]()
        for item in items(value_of(commune, field)):
            buttons: list[tuple[str, Action]] = []
            if field == "channels":
                buttons += [
                    (visit.word(STATUSES[status]), SetStatus(unit, mark(item), at, setting.version))
                    for at, status in enumerate(STATUSES)
                    if isinstance(item, dict) and item["status"] != status
                ]
            buttons.append((visit.word("Bỏ"), DropItem(unit, field, mark(item), setting.version)))
            found.append((item_shown(visit, item), buttons))
        return found

    async def _past(
        self, visit: Visit, commune: Commune, field: Field, setting: Setting
    ) -> Sequence[tuple[object, str, Action]]:
        """Return since when each earlier value held, the value, and the button that takes it back."""
        return [
            (one.since, value, UsePast(visit.commune.code, field, one.version, setting.version))
            for one in await self._changes.settings.past(visit.commune.id, field)
            if (value := past_shown(visit, commune, field, one.value)) is not None
        ]

    async def _commune(self, visit: Visit) -> Commune | None:
        if not self._changes.settings.fresh:
            await self._changes.settings.refresh(visit.now)
        return self._changes.settings.of(visit.commune.code)

    def pages(self) -> Sequence[DeskPage]:
        act = rights.Act.CHANGE_SETTINGS
        about = msg(
            "Điện thoại, giờ làm việc, người liên hệ, giờ yên lặng. Đổi là có hiệu lực ngay, bản cũ lấy lại được."
        )
        return [
            DeskPage(ADDRESS, self.show, act=act, label=msg("Cài đặt"), order=88, about=about),
            DeskPage(f"{ADDRESS}/{{muc}}", self.show_one, self.take, act=act, reaches=_REACHES),
        ]
