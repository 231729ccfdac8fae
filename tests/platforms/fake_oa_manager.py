"""The page on which the people of an official account post articles to its followers, as others tell of its rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.features.announcements.oa import rules
from bot.features.calendar.vietnam import VIETNAM


class OaRefused(Exception):
    """The vendor takes no such article."""


@dataclass(frozen=True)
class Article:
    title: str
    text: str


class OaManager:
    """`followers` are whoever follows the account; `read` is what each of them got. `now` as in the fake server."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.verified = True
        self.package = "Nâng cao"
        self.followers: set[str] = set()
        self.read: defaultdict[str, list[tuple[datetime, Article]]] = defaultdict(list)

    def broadcasts(self, title: str, text: str, *, picture: bool = True) -> int:
        """Post an article to all followers; return how many get it once it was looked through."""
        at = datetime.fromtimestamp(self.now(), UTC)
        if not self.verified or not rules.open_at(at):
            raise OaRefused("not verified" if not self.verified else "not at this hour")
        if not title or len(title) > rules.LONGEST_TITLE or not text or not picture:
            raise OaRefused("an article has a title, a text and a picture")
        there = at.astimezone(VIETNAM) + rules.REVIEW
        able = [who for who in sorted(self.followers) if self._may_get(who, there)]
        for who in able:
            self.read[who].append((there, Article(title, text)))
        return len(able)

    def _may_get(self, who: str, at: datetime) -> bool:
        days = [seen.date() for seen, _ in self.read[who]]
        month = [day for day in days if (day.year, day.month) == (at.year, at.month)]
        return days.count(at.date()) < rules.PER_DAY and len(month) < rules.PER_MONTH[self.package]
