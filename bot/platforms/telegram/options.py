"""The settings of the adapter."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bot.core.text import msg
from bot.settings import WebAddress


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError(msg("is no token of a bot (they look like 123456:ABC…)"))
    return value


class TelegramOptions(BaseModel, defer_build=True):
    """`BOT_TELEGRAM_…`; `proxy` is an HTTP proxy, `poll_seconds` how long one question for updates may hang."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr, AfterValidator(_token)]
    api_base: WebAddress = "https://api.telegram.org"
    proxy: WebAddress | None = None
    mode: Literal["polling", "webhook"] = "polling"
    poll_seconds: int = Field(default=25, ge=0, le=50)
