"""The list of facts that an officer should still confirm, to be read and ticked off on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.features.guides.facts import GuideFact
from bot.features.guides.model import Guide

_HEAD = "Cần cán bộ xác nhận {count} mục. Đúng rồi thì ghi tên, ngày vào dòng confirmed của mục ấy trong facts.toml:"


def to_confirm(guides: Sequence[Guide]) -> Iterator[str]:
    """Yield the lines of the list, grouped by guide; a fact of several guides stands once, before the guides."""
    opened = {guide.slug: [fact for fact in guide.facts if fact.open] for guide in guides}
    used = Counter(fact.name for facts in opened.values() for fact in facts)
    if not used:
        return
    yield _HEAD.format(count=len(used))
    shared = {fact.name: fact for facts in opened.values() for fact in facts if used[fact.name] > 1}
    if shared:
        yield from ("", "Dùng trong nhiều bài", *_lines(shared.values()))
    for guide in guides:
        own = [fact for fact in opened[guide.slug] if fact.name not in shared]
        if own:
            yield from ("", f"{guide.title} ({guide.slug})", *_lines(own))


def _lines(facts: Iterable[GuideFact]) -> Iterator[str]:
    for fact in facts:
        source = f" – {fact.source}" if fact.source else ""
        yield f"  [ ] {fact.name}: {fact.value}{source}"
