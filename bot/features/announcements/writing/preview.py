"""Previews of an announcement for each messenger, as text that can be shown in any chat."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from bot.core.context import Translate
from bot.core.events import ChatKind
from bot.core.fit import FitWords, LinkTo, fit
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.features import units
from bot.features.announcements import recalling
from bot.features.announcements.audience import ResolvedAudience
from bot.features.announcements.letter import letter
from bot.features.announcements.model import Announcement
from bot.features.outbox.box import Outbox


class Look(Struct, frozen=True):
    """The appearance in a group on these messengers: one entry of `messages` for each message."""

    platforms: tuple[str, ...]
    messages: tuple[str, ...]


async def composed(one: Announcement, outbox: Outbox, *, target: int, hears_everything: bool = True) -> list[Message]:
    """Compose the messages for one group as the announcement stands now; `target` 0 makes no buttons."""
    commune = await units.by_id(one.commune_id)
    return letter(
        one,
        commune="" if commune is None else commune.full_name,
        corrects=await recalling.named(one, outbox.translate, outbox.locale),
        translate=outbox.translate,
        locale=outbox.locale,
        hears_everything=hears_everything,
        target=target,
    )


async def in_groups(
    one: Announcement, found: ResolvedAudience, outbox: Outbox, platforms: Collection[str]
) -> list[Look]:
    """Return the looks on the messengers that it would go to; before an audience is chosen, on all `platforms`."""
    used = [channel.platform for channel in found.channels] or list(platforms)
    groups = [outbox.capabilities[name]["group"] for name in used]
    messages = await composed(one, outbox, target=1, hears_everything=all(caps.hears_everything for caps in groups))
    return looks(
        messages,
        used,
        outbox.capabilities,
        link_to=outbox.link_to,
        translate=outbox.translate,
        locale=outbox.locale,
    )


def looks(
    messages: Sequence[Message],
    platforms: Sequence[str],
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]],
    *,
    link_to: LinkTo,
    translate: Translate,
    locale: str,
) -> list[Look]:
    """Return one look for each different rendering; messengers that render it alike share one."""
    words = FitWords(lambda word: translate(locale, word))
    found: dict[tuple[str, ...], list[str]] = {}
    for platform in dict.fromkeys(platforms):
        caps = capabilities[platform]["group"]
        parts = [part for one in messages for part in fit(one, caps, link_to=link_to, words=words).parts]
        found.setdefault(tuple(_readable(part, words) for part in parts), []).append(platform)
    return [Look(tuple(names), shown) for shown, names in found.items()]


def _readable(message: Message, words: FitWords) -> str:
    lines: list[str] = []
    if (item := message.attachment) is not None:
        name = {"photo": words.picture, "audio": words.audio, "file": words.file}[item.kind]
        lines.append(f"[{name}: {item.alt}]")
    lines += message.text.plain.split("\n") if message.text else []
    if message.buttons:
        lines.append(" ".join(f"[{button.label}]" for button in message.buttons))
    return "\n".join(lines)
