"""How an announcement will look, messenger by messenger, as text that can be shown in any chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.context import Translate
from bot.core.events import ChatKind
from bot.core.fit import LinkTo, Words, fit
from bot.core.messages import Message
from bot.core.platform import Capabilities


@dataclass(frozen=True, slots=True)
class Look:
    """What a group sees on these messengers: one entry of `messages` for each message."""

    platforms: tuple[str, ...]
    messages: tuple[str, ...]


def looks(
    messages: Sequence[Message],
    platforms: Sequence[str],
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]],
    *,
    link_to: LinkTo,
    translate: Translate,
    locale: str,
) -> list[Look]:
    """One look for each way in which it is shown; messengers that show it alike share one."""
    words = Words(lambda word: translate(locale, word))
    found: dict[tuple[str, ...], list[str]] = {}
    for platform in dict.fromkeys(platforms):
        caps = capabilities[platform]["group"]
        parts = [part for one in messages for part in fit(one, caps, link_to=link_to, words=words).parts]
        found.setdefault(tuple(_readable(part, words) for part in parts), []).append(platform)
    return [Look(tuple(names), shown) for shown, names in found.items()]


def _readable(message: Message, words: Words) -> str:
    lines: list[str] = []
    if (item := message.attachment) is not None:
        name = {"photo": words.picture, "audio": words.audio, "file": words.file}[item.kind]
        lines.append(f"[{name}: {item.alt}]")
    lines += message.text.plain.split("\n") if message.text else []
    if message.buttons:
        lines.append(" ".join(f"[{button.label}]" for button in message.buttons))
    return "\n".join(f"│ {line}" for line in lines)
