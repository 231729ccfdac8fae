"""The settings of a commune: name, contacts, quiet hours, letterhead.

Read from `commune.toml` in the data folder. An installation with several communes has one more file for each of the
others: `communes/CODE.toml`, where CODE is the unit's code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Struct, field
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.features.commune.bases import Basis, checked
from bot.features.commune.marketplaces import Marketplace
from bot.features.commune.marketplaces import checked as markets_checked
from bot.features.guides.contacts import HOSTS, PHONES, Allowed
from bot.i18n import msg

FILE = "commune.toml"
FOLDER = "communes"

Status = Literal["đang dùng", "tạm dừng", "đã thay thế"]
STATUSES: Mapping[Status, str] = {
    "đang dùng": msg("đang dùng"),
    "tạm dừng": msg("tạm dừng"),
    "đã thay thế": msg("đã thay thế"),
}
"""Status → how it is shown."""
Short = Annotated[str, Field(max_length=200)]
UNNAMED = "(chưa đặt tên)"
KINDS = ("xã", "phường", "đặc khu")
_MESSAGES = {
    "extra_forbidden": "không có mục tên này",
    "string_too_long": "dài nhất {max_length} chữ cái",
    "string_type": "phải là chữ trong dấu ngoặc kép",
    "time_parsing": "phải là giờ, ví dụ 17:00:00",
    "time_type": "phải là giờ, ví dụ 17:00:00",
    "tuple_type": "phải là danh sách trong ngoặc vuông",
}
"""What is wrong with a value, by pydantic's names."""


class CommuneError(Exception):
    """The file is there and cannot be used; the text names file, key and fault."""


def _web_address(value: str) -> str:
    if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
        raise ValueError("phải bắt đầu bằng http:// hoặc https://")
    return value


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError("phải là xã, phường hoặc đặc khu, viết chữ thường có dấu")
    return value


def _host(value: str) -> str:
    if "/" in value or "." not in value or value != value.lower():
        raise ValueError("phải là tên miền, ví dụ ninhbinh.gov.vn")
    return value


class _Part(BaseModel, defer_build=True):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(_Part):
    """A contact for a `matter`: a police officer for VNeID, the health station for insurance."""

    matter: str = Field(min_length=1, max_length=120)
    name: Short = ""
    phone: str = Field(default="", max_length=40)
    hours: Short = ""


class DirectoryEntry(_Part):
    """An entry in the directory of channels by which the commune and its people reach each other."""

    name: str = Field(min_length=1, max_length=120)
    purpose: Short = ""
    link: Annotated[str, AfterValidator(_web_address)] = ""
    answered_by: Short = ""
    hours: Short = ""
    status: Status = "đang dùng"
    replaced_by: Short = ""


class QuietSettings(_Part):
    """Between these times of day nothing is sent unasked; the end may lie on the next morning."""

    start: time = time(21)
    end: time = time(6)

    def covers(self, at: time) -> bool:
        """Tell whether the local time `at` is quiet. Equal times mean that no hour is quiet."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


class HelpSettings(_Part):
    """Requests to help a neighbour: each helper has `minutes` before the next is asked.

    Only between `start` and `end`.
    """

    minutes: int = Field(default=15, ge=1, le=240)
    start: time = time(7)
    end: time = time(21)


class Allow(_Part):
    """Addresses and numbers that guides may name beside the country's and the commune's own."""

    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = ()
    phones: tuple[str, ...] = ()


class LetterheadSettings(_Part):
    """The fixed parts of letters and reports.

    `symbol` is the department after "Lưu: VT,"; `place` stands before the date. `addressees` are those to whom the
    commune reports, `recipients` those who get a copy.
    """

    address: Short = ""
    email: Short = ""
    website: Annotated[str, AfterValidator(_web_address)] = ""
    place: Short = ""
    chair_title: str = Field(default="Chủ tịch", max_length=80)
    chair_name: Short = ""
    deputy_title: str = Field(default="Phó Chủ tịch", max_length=80)
    deputy_name: Short = ""
    symbol: str = Field(default="VHXH", max_length=20)
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


class Commune(_Part):
    """`name` and `province` without "xã" and "tỉnh"; `hours` as people say them; `code` is the unit's code.

    With the `cut_off` 15-14 a month of reports runs from the 15th of the month before to its own 14th. `digest` is when
    notices leave that can wait, on messengers that count messages. `bases` change the register of legal bases,
    `marketplaces` that of marketplaces.
    """

    code: str = Field(default="", max_length=64)
    name: str = Field(default=UNNAMED, min_length=1, max_length=80)
    kind: Annotated[str, AfterValidator(_kind)] = "xã"
    province: str = Field(default=UNNAMED, min_length=1, max_length=80)
    phone: str = Field(default="", max_length=40)
    hours: str = Field(default="", max_length=200)
    cut_off: Literal["calendar", "15-14"] = "calendar"
    centre: str = Field(default="Trung tâm Phục vụ hành chính công", max_length=120)
    contacts: tuple[Contact, ...] = ()
    channels: tuple[DirectoryEntry, ...] = ()
    quiet: QuietSettings = QuietSettings()
    digest: time = time(17)
    help: HelpSettings = HelpSettings()
    allow: Allow = Allow()
    letterhead: LetterheadSettings = LetterheadSettings()
    bases: Annotated[tuple[Basis, ...], AfterValidator(checked)] = ()
    marketplaces: Annotated[tuple[Marketplace, ...], AfterValidator(markets_checked)] = ()

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the fields `{xa}` and `{tinh}` in guides."""
        return {"xa": self.name, "tinh": self.province}

    @property
    def place(self) -> str:
        """The place before the date of a letter."""
        return self.letterhead.place or self.name

    @property
    def allowed(self) -> Allowed:
        """The contacts that guides may name here: the country's addresses and numbers, and the commune's own."""
        links = [self.letterhead.website, *(listed.link for listed in self.channels)]
        hosts = {host for link in links if link and (host := urlsplit(link).hostname)}
        phones = {self.phone, *(contact.phone for contact in self.contacts), *self.allow.phones} - {""}
        return Allowed(hosts=HOSTS | hosts | frozenset(self.allow.hosts), phones=PHONES | phones)


DEMO = Commune(
    code="yen-mo",
    name="Yên Mô",
    province="Ninh Bình",
    phone="0229 000 0000 (số ví dụ)",
    hours="thứ Hai đến thứ Sáu, 7 giờ 30 đến 17 giờ",
    # Whoever tries the demo does not wait long, and may do so at night.
    help=HelpSettings(minutes=1, start=time(0), end=time(0)),
    channels=(
        DirectoryEntry(
            name="Máy trả lời của xã",
            purpose="hướng dẫn bà con, tiếp nhận khó khăn",
            answered_by="máy trả lời tự động, khi cần có Tổ công nghệ số của thôn",
            hours="cả ngày",
        ),
        DirectoryEntry(
            name="Trang cũ của xã Yên Hòa (ví dụ)",
            purpose="tin tức trước khi sáp nhập",
            status="đã thay thế",
            replaced_by="Máy trả lời của xã",
        ),
    ),
)


class Communes(Struct, frozen=True):
    """All communes of an installation. `own` is the one of `commune.toml`."""

    own: Commune
    others: Mapping[str, Commune] = field(default_factory=dict)

    def of(self, code: str) -> Commune | None:
        """Return the settings of a commune.

        None without any, since another commune's phone number must not stand in.
        """
        return self.own if self.own.code in (code, "") else self.others.get(code)


def load(folder: Path) -> Commune:
    """Load the commune of an installation; raises CommuneError."""
    path = folder / FILE
    return _read(path) if path.exists() else Commune()


def load_all(folder: Path, *, default: Commune | None = None) -> Communes:
    """Load every commune; `default` stands in for a missing `commune.toml`. Raises CommuneError."""
    own = default if default is not None and not (folder / FILE).exists() else load(folder)
    others = {path.stem: _read(path, path.stem) for path in sorted((folder / FOLDER).glob("*.toml"))}
    if others and not own.code:
        raise CommuneError(f"{folder / FILE}: code: phải có khi nhiều xã dùng chung")
    if own.code in others:
        raise CommuneError(f"{folder / FOLDER / own.code}.toml: {own.code} đã là xã của {FILE}")
    return Communes(own, others)


def _read(path: Path, code: str = "") -> Commune:
    try:
        # Notepad may begin a file with a byte order mark.
        found = Commune.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except UnicodeDecodeError:
        raise CommuneError(f"{path}: lưu lại tệp này bằng UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        where = f"dòng {at[1]}" if at else "cuối tệp"
        raise CommuneError(f'{path}: {where} viết chưa đúng; mẫu: tên = "chữ trong ngoặc kép" ({error})') from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        known = _MESSAGES.get(first["type"])
        message = first["msg"].removeprefix("Value error, ") if known is None else known.format(**first.get("ctx", {}))
        raise CommuneError(f"{path}: {'.'.join(map(str, first['loc']))}: {message}") from None
    if code and found.code not in ("", code):
        raise CommuneError(f"{path}: code: phải là {code}, như tên tệp")
    return found.model_copy(update={"code": code}) if code else found
