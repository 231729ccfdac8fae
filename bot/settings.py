"""Every setting of the core in one table, read from the environment and `.env`.

A platform declares its own settings beside its adapter: everything named `BOT_<PLATFORM>_…` is handed to it. An
unknown or wrong name or value stops the start with one line.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.core.lean import patterns
from bot.core.text import Told, msg

PREFIX = "BOT_"
_MESSAGES = {
    "bool_parsing": msg("must be true or false"),
    "extra_forbidden": msg("there is no such setting"),
    "finite_number": msg("must be a number"),
    "float_parsing": msg("must be a number"),
    "greater_than": msg("must be more than {gt}"),
    "greater_than_equal": msg("must be at least {ge}"),
    "int_parsing": msg("must be a whole number"),
    "less_than_equal": msg("must be at most {le}"),
    "literal_error": msg("must be {expected}"),
    "missing": msg("is not set"),
    "string_pattern_mismatch": msg("does not have the right form"),
    "string_too_short": msg("must have {min_length} letters or more"),
    "too_short": msg("must have {min_length} letters or more"),
}
"""Descriptions of errors in a value, by pydantic's names."""
PACE_PREFIX = "BOT_PACE_"
PACE_LIMITS = ("PER_SECOND", "CHAT_PER_SECOND", "GROUP_PER_MINUTE")


OF_THE_COMMUNE = frozenset(
    {"families_off", "guides_dir", "llm_key", "llm_model", "llm_url", "timezone", "webhooks_anywhere"}
)
"""Settings that another app does not have."""


class SettingsError(Told):
    """A setting that is unknown, missing or wrong: `BOT_PORT: must be a whole number`."""

    @classmethod
    def of(cls, setting: str, why: str, /, **values: object) -> SettingsError:
        """Return the error of one setting; `why` is a text that was marked with `msg`, `values` what is filled in."""
        return cls("{setting}: {why}", setting=setting, why=Told(why, **values))


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(msg("there is no such time zone; write it as in Europe/Paris")) from None
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError(msg("must begin with http:// or https://"))
    return value.rstrip("/")


def _root(value: str) -> str:
    """Return the address if it is that of a whole site: pages, pictures and webhooks lead to its top."""
    wrong = msg("must be the address of a whole site, with no path behind it, such as https://bot.example.org")
    try:
        parts = urlsplit(value)
        machine, _ = parts.hostname, parts.port  # to read a port that is no number fails
    except ValueError:
        raise ValueError(wrong) from None
    if not machine or value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(wrong)
    return value


def _endpoint(value: str) -> str:
    """Return the address of an endpoint without its last slash; "" is none."""
    wrong = msg("must be an address with http:// or https://, without a name, a password, ? or #")
    try:
        parts = urlsplit(value)
        whole = parts.port != 0 and bool(parts.hostname) and parts.scheme in ("http", "https")
    except ValueError:
        raise ValueError(wrong) from None
    if value and (not whole or "@" in parts.netloc or parts.query or parts.fragment):
        raise ValueError(wrong)
    return value.rstrip("/")


def _known_database(value: SecretStr) -> SecretStr:
    address = value.get_secret_value()
    if not address.startswith(("sqlite://", "postgres://")):
        raise ValueError(msg("must begin with sqlite:// or postgres://"))
    if address.startswith("postgres://") and not _is_address(address):
        raise ValueError(msg("is no address; in a password write %5B %5D %2F %23 %3F %40 %25 for [ ] / # ? @ %"))
    return value


def _is_address(text: str) -> bool:
    """Tell whether an address can be parsed; it may name several machines: `h1:5432,h2:5433`.

    An unescaped character of a password often turns half of it into a port.
    """
    try:
        named = urlsplit(text).netloc.rpartition("@")[2]
        return all(urlsplit(f"//{one}").port != 0 for one in named.split(","))
    except ValueError:
        return False


def _networks(value: object) -> object:
    try:
        return (
            tuple(ip_network(str(part), strict=False) for part in value) if isinstance(value, list | tuple) else value
        )
    except ValueError:
        raise ValueError(
            msg("must be addresses or networks with commas between them, such as 10.0.0.5,10.1.0.0/24")
        ) from None


def _at_least_one(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError(msg("must name one messenger or more, such as web"))
    return value


class FilesAddress(BaseModel, defer_build=True):
    """A place in an S3-compatible store. `endpoint` "" is Amazon's own for the region.

    `signed_links`: phones reach the store, so that files to take away may be fetched there by a signed address.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    signed_links: bool = False


_BUCKET = patterns.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BELOW = patterns.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*/?")
_REGION = patterns.compile(r"[A-Za-z0-9-]{1,40}")
_OF_FILES = frozenset({"endpoint", "region", "links"})


def _files_address(value: object) -> object:
    """Read `s3://bucket/prefix?endpoint=…&region=…&links=signed`."""
    if not isinstance(value, str):
        return value
    wrong = msg("must be like s3://bucket/prefix?endpoint=https://s3.example.org&region=vn-1, without keys")
    try:
        parts = urlsplit(value)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=9)
        named = {name: values[0] for name, values in given.items() if len(values) == 1}
        endpoint = _endpoint(named.get("endpoint", ""))
    except ValueError:
        raise ValueError(wrong) from None
    region, links = named.get("region", "us-east-1"), named.get("links", "signed")
    formed = _BUCKET.fullmatch(parts.netloc) and _BELOW.fullmatch(parts.path) and _REGION.fullmatch(region)
    known = given.keys() <= _OF_FILES and len(named) == len(given) and links == "signed" and not parts.fragment
    if parts.scheme != "s3" or not formed or not known:
        raise ValueError(wrong)
    return FilesAddress(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=endpoint,
        region=region,
        signed_links="links" in named,
    )


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SiteAddress = Annotated[WebAddress, AfterValidator(_root)]


class Settings(BaseModel, defer_build=True):
    """The core's settings. Times are in hours, `data_dir` holds everything that must survive a restart."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    platforms: Annotated[Names, AfterValidator(_at_least_one)] = ("web",)
    families_off: Names = ()
    data_dir: Path = Path("data")
    guides_dir: Path | None = None
    database_url: Annotated[SecretStr, AfterValidator(_known_database)] | None = None
    broker_url: SecretStr | None = None
    files_url: Annotated[FilesAddress | None, BeforeValidator(_files_address)] = None
    files_key: SecretStr | None = None
    files_secret: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: SiteAddress | None = None
    web_origins: Names = ()
    proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks), BeforeValidator(_split)] = ()
    """Whose `X-Forwarded-For` is believed, beside this machine's own."""
    webhooks_anywhere: bool = False
    """Programs may be told over plain HTTP and in the own network: for trying it out, never for an installation."""
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    llm_url: Annotated[str, AfterValidator(_endpoint)] = ""
    llm_model: str = ""
    llm_key: SecretStr | None = None
    locale: str = Field(default="vi", pattern=r"^[a-z]{2,3}(-[A-Za-z]{4})?$")
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Ho_Chi_Minh"
    stale_hours: float = Field(default=6, gt=0, allow_inf_nan=False)
    pace: Mapping[str, float] = Field(default_factory=dict)
    """Pace limits by `PLATFORM_LIMIT` in lower case, for example `telegram_per_second`."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


M = TypeVar("M", bound=BaseModel)


def needs_address(mode: str) -> SettingsError:
    """Return the error of a messenger that shall call us, which the setting `mode` says, and knows no address."""
    return SettingsError.of("BOT_PUBLIC_URL", msg("must be set when {setting} is webhook"), setting=mode)


def environment(folder: Path = Path()) -> dict[str, str]:
    """Return all `BOT_…` variables: the process's own override those of `.env` in `folder`. Raises SettingsError."""
    path = folder / ".env"
    try:
        file = _written(path) if path.exists() else {}
    except UnicodeDecodeError:
        raise SettingsError.of(str(path), msg("save this file as UTF-8")) from None
    except PermissionError:
        raise SettingsError.of(str(path), msg("the user who runs the bot may not read this file")) from None
    return {name: value for name, value in {**file, **os.environ}.items() if name.startswith(PREFIX)}


def _written(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    _each_line_is_a_setting(path)
    return {name: value or "" for name, value in dotenv_values(path).items()}


def _each_line_is_a_setting(path: Path) -> None:
    """Raise SettingsError for a malformed line: dotenv skips it, and the bot would run without that setting."""
    from dotenv.parser import parse_stream

    with path.open(encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.error:
                text = binding.original.string
                line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
                raise SettingsError.of(str(path), msg("line {line} is not written as NAME=VALUE"), line=line)


def load(environ: Mapping[str, str], platforms: Iterable[str], *, without: Collection[str] = frozenset()) -> Settings:
    """Validate. `platforms` names every adapter that exists, switched on or not; `without`: fields that are no setting.

    Raises SettingsError.
    """
    values: dict[str, object] = {}
    pace: dict[str, float] = {}
    owners = tuple(f"{PREFIX}{name.upper()}_" for name in platforms)
    for name, value in environ.items():
        if name.startswith(PACE_PREFIX):
            pace[name.removeprefix(PACE_PREFIX).lower()] = _pace(name, value, owners)
        elif (field := name.removeprefix(PREFIX).lower()) in Settings.model_fields.keys() - without - {"pace"}:
            values[field] = value
        elif not name.startswith(owners):
            raise SettingsError.of(name, _MESSAGES["extra_forbidden"])
    return validate(Settings, {**values, "pace": pace}, PREFIX)


def options(environ: Mapping[str, str], platform: str, platforms: Iterable[str] = ()) -> dict[str, str]:
    """Return a platform's own settings, without the prefix and in lower case.

    `platforms` names every adapter that exists: those of a longer name, as `x_y` beside `x`, keep theirs.
    """
    prefix = f"{PREFIX}{platform.upper()}_"
    others = tuple(f"{PREFIX}{name.upper()}_" for name in platforms if name.startswith(f"{platform}_"))
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in environ.items()
        if name.startswith(prefix)
        and not name.startswith(others)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    }


def validate(model: type[M], values: Mapping[str, object], prefix: str) -> M:
    """Make `model` from `values`; raise SettingsError that names the variable and never repeats its value."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = prefix + "_".join(str(part) for part in first["loc"][:1]).upper()
        why = _MESSAGES.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise SettingsError.of(name, why, **_filled_in(first.get("ctx", {}))) from None


def _filled_in(context: Mapping[str, object]) -> dict[str, object]:
    """Return what a description names, with the "or" between pydantic's alternatives in the reader's language."""
    first, either, last = str(context.get("expected", "")).rpartition(" or ")
    both = Told(msg("{first} or {last}"), first=first, last=last)
    return {**context, "expected": both} if either else dict(context)


def _pace(name: str, value: str, owners: tuple[str, ...]) -> float:
    known = {f"{PACE_PREFIX}{owner.removeprefix(PREFIX)}{limit}" for owner in owners for limit in PACE_LIMITS}
    if name not in known:
        raise SettingsError.of(name, _MESSAGES["extra_forbidden"])
    return pace_limit(name, value)


def pace_limit(name: str, value: str) -> float:
    """Return a limit of pace, by the name under which it was given. Raises SettingsError."""
    try:
        limit = float(value)
    except ValueError:
        raise SettingsError.of(name, _MESSAGES["float_parsing"]) from None
    if not 0 < limit < float("inf"):
        raise SettingsError.of(name, _MESSAGES["greater_than"], gt=0)
    return limit
