"""Measure sets of messages through the real conversation and print one table: `make understand SETS="folder …"`.

Without a name all sets that are held out are measured, on a messenger with buttons and on one without.

Each message is said to the whole bot by somebody new, on a messenger with buttons and on one without; what is shown is
judged, not what a model says. Leaders' figures are compared with what waits in the database for their “Đúng”.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.assembly import families
from bot.core.messages import Message
from bot.features.checkins.answers import AnswerBody
from bot.features.search.emergency import TOLD_BY_GUIDES
from bot.storage.tables.checkins import Answer
from bot.testing import PLAIN, RICH, FakePlatform, Participant, World
from bot.understanding.danger import heard
from bot.understanding.examples import Example, read_files
from bot.understanding.model import NONE
from bot.understanding.options import Said, said_in
from tests.conversations import build_router, content
from tests.features.village import counted, places, somebody
from tests.memory import memory

from .data import ROOT, wanted

_OFFERED = ("Có phải bác cần bài này không?", "Có phải bác cần một trong các bài này?")
_UNCLEAR = ("Tôi chưa hiểu rõ ý bác", "Tôi chưa hiểu ý bác")
HELD = ROOT / "tools/learn/held"
MODELS = ROOT / "bot/understanding"
_OPTIONS = "options.tsv"
_BESIDE = ("Tôi bị kẹt", "Nghe", "Quay lại", "Thoát", "Về menu", "Làm tiếp")
_ASKED_BACK = ("Đúng thì bác chọn giúp tôi", "Tôi chưa rõ ý bác")
_NUMBER = re.compile(r"\b(?:113|114|115|111|156)\b")
_FIGURE = re.compile(r"(?P<code>[A-Z]{2}\d\d)=(?P<new>\+?)(?P<value>\d+)(?:/(?P<of>\d+))?")


@dataclass(frozen=True)
class Answered:
    """What one message got: guides in the order shown, whether they were given as the answer, the text."""

    titles: Sequence[str]
    surely: bool
    unclear: bool
    text: str


def answered(news: Sequence[Message], labels: Sequence[str]) -> Answered:
    text = "\n".join(message.text.plain for message in news)
    surely = any(line in text for line in _OFFERED)
    return Answered(labels, surely, any(line in text for line in _UNCLEAR), text)


class Talks:
    """A whole bot with one commune; `hoa` leads a village, `lan` is the officer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._titles = {guide.slug: guide.title for guide in content().guides}
        self._people = 0

    async def stranger(self) -> Participant:
        self._people += 1
        talk = self._world.talk(f"n{self._people}")
        await talk.says("menu")
        await talk.picks("xã Yên Mô")
        return talk

    async def say(self, talk: Participant, words: str) -> Answered:
        await talk.says(words)
        return answered(talk.news, talk.choices)

    async def guides(self, examples: Sequence[Example]) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in examples:
            right = {self._titles[slug] for slug in wanted(one) if slug in self._titles}
            got = await self.say(await self.stranger(), one.text)
            shown = [title for label in got.titles if (title := self._title(label))]
            if not right:
                found["none"] += 1
                found["none answered"] += got.surely
                continue
            found["asked"] += 1
            found["first"] += bool(shown) and shown[0] in right
            found["three"] += bool(right.intersection(shown[:3]))
            found["sure right"] += got.surely and bool(shown) and shown[0] in right
            found["sure wrong"] += got.surely and not right.intersection(shown)
        return found

    def _title(self, label: str) -> str:
        """Return the title of the guide that a button names, also where the button has no room for all of it."""
        named = [title for title in self._titles.values() if title.startswith(label.removesuffix("…"))]
        return label if label in named else named[0] if len(named) == 1 else ""

    async def dangers(self, examples: Sequence[Example]) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in examples:
            kind = "danger" if one.meanings[0].startswith("danger:") else "ordinary"
            if kind == "ordinary" and "lookalike" in one.writer:
                kind = "alike"
            talk = await self.stranger()
            got = await self.say(talk, one.text)
            alarm = heard(one.text)
            first = bool(talk.news) and _NUMBER.search(talk.news[0].text.plain.partition("\n")[0]) is not None
            told = alarm is not None and alarm.emergency in TOLD_BY_GUIDES
            found[kind] += 1
            found[f"{kind} first"] += alarm is not None and alarm.tier == "sure" and (first or told)
            found[f"{kind} shown"] += alarm is not None and _NUMBER.search(got.text) is not None
        return found

    async def figures(self, examples: Sequence[Example]) -> Counter[str]:
        found: Counter[str] = Counter()
        leader = self._world.talk("hoa", chat="chat-hoa")
        await leader.says("menu")
        for one in examples:
            await Answer.all().delete()
            await leader.says("hủy")
            got = await self.say(leader, one.text)
            waiting = await Answer.filter(state="waiting").first()
            meant = expected(one.figures)
            brings = one.meanings[0] in {"leader:report", "leader:amend"}
            kind = "figures" if brings and meant else ("unsure" if brings else "talk")
            found[kind] += 1
            read_ = figures_of(AnswerBody.model_validate_json(waiting.body)) if waiting is not None else {}
            if read_:
                right = kind == "figures" and all(meant.get(code) in {value, None} for code, value in read_.items())
                found[f"{kind} read"] += 1
                found[f"{kind} wrong"] += not right
                found[f"{kind} whole"] += kind == "figures" and read_.keys() == meant.keys()
            elif got.surely:
                found[f"{kind} guide"] += 1
            elif got.unclear:
                found[f"{kind} unclear"] += 1
            else:
                found[f"{kind} asked"] += 1
        return found

    async def options(self, said: Sequence[Said]) -> Counter[str]:
        """Say words at the page they were written for; what follows is what each choice of the page leads to."""
        found: Counter[str] = Counter()
        for one in said:
            talk = await self.stranger()
            await self._open(talk, one)
            labels = [label for label in talk.choices if label not in _BESIDE]
            leads: dict[str, str] = {}
            for label in labels:
                await talk.picks(label)
                leads[label] = _plain(talk)
                await self._open(talk, one)
            await talk.says(one.text)
            got = _plain(talk)
            right = next((leads[label] for label in labels if _same(label, one.label)), "")
            found["said"] += 1
            if (right and right in got) or f"Tôi hiểu là: “{one.label}”.\n" in got:
                found["right"] += 1
            elif any(mark in got for mark in _ASKED_BACK):
                found["asked"] += 1
                found["asked right"] += any(_same(label, one.label) for label in talk.choices)
            elif any(text and text in got for text in leads.values()) or "Tôi hiểu là: “" in got:
                found["wrong"] += 1
            else:
                found["elsewhere"] += 1
        return found

    async def _open(self, talk: Participant, at: Said) -> None:
        await talk.says(f"/start g_{at.guide}_{at.step}")


def _plain(talk: Participant) -> str:
    return "\n".join(message.text.plain for message in talk.news)


def _same(shown: str, label: str) -> bool:
    return shown.strip() == label.strip()


def expected(figures: str) -> Mapping[str, Decimal]:
    return {one["code"]: Decimal(one["value"]) for one in _FIGURE.finditer(figures)}


def figures_of(body: AnswerBody) -> Mapping[str, Decimal]:
    return {line.indicator: line.value for line in body.lines}


def _residents(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.glob("*.tsv") if path.name != _OPTIONS)


async def measure(folder: Path, rich: bool) -> Counter[str]:
    """Say a folder of examples to the whole bot on one kind of messenger; returns what came of it."""
    examples, wrong = read_files(_residents(folder), frozenset(guide.slug for guide in content().guides))
    if wrong:
        raise SystemExit("\n".join(map(str, wrong)))
    families.discover()
    async with memory() as db:
        at = await places()
        await counted(at.village, 326, 410)
        await somebody("hoa", "leader", at.village)
        await somebody("lan", "officer", at.commune)
        shipped = content()
        platform = FakePlatform(RICH if rich else PLAIN)
        world = World(db, lambda: build_router(shipped, platform), shipped.catalogues.translate, platform)
        talks = Talks(world)
        guided = [one for one in examples if wanted(one) and (wanted(one)[0] == NONE or ":" not in wanted(one)[0])]
        leaders = [one for one in examples if one.meanings[0].startswith("leader:") and "leaders" in one.writer]
        alarming = [one for one in examples if not one.meanings[0].startswith(("leader:", "official:"))]
        began = time.process_time()
        found = await talks.guides(guided)
        found["ms"] = round(1000 * (time.process_time() - began) / max(1, len(guided)))
        found += await talks.dangers(alarming)
        found += await talks.figures(leaders)
        if (folder / _OPTIONS).exists():
            found += await talks.options(said_in(folder / _OPTIONS))
        return found


_COLUMNS: Sequence[tuple[str, str, str]] = (
    ("first", "first", "asked"),
    ("three", "three", "asked"),
    ("sure", "sure right", "asked"),
    ("wrong", "sure wrong", "asked"),
    ("none+", "none answered", "none"),
    ("danger", "danger first", "danger"),
    ("shown", "danger shown", "danger"),
    ("ordin.", "ordinary first", "ordinary"),
    ("shown", "ordinary shown", "ordinary"),
    ("alike", "alike first", "alike"),
    ("figures", "figures heard", "figures"),
    ("wrong", "figures wrong", "figures"),
    ("option", "right", "said"),
    ("wrong", "wrong", "said"),
    ("asked", "asked right", "said"),
)
"""What is printed in percent: its name, what is counted, and of how many."""


def _line(name: str, found: Counter[str]) -> str:
    found["figures heard"] = found["figures read"] + found["figures asked"] - found["figures wrong"]
    shares = [f"{100 * found[part] / found[whole]:.1f}" if found[whole] else "–" for _, part, whole in _COLUMNS]
    return f"{name:16}" + "".join(f"{share:>8}" for share in shares) + f"{found['ms']:>6}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--only", choices=("rich", "plain"), help="one kind of messenger alone")
    arguments = parser.parse_args()
    print(f"{'%':16}" + "".join(f"{name:>8}" for name, _, _ in _COLUMNS) + f"{'ms':>6}", flush=True)
    for folder in arguments.folders or sorted(path for path in HELD.iterdir() if path.is_dir()):
        for kind in (arguments.only,) if arguments.only else ("rich", "plain"):
            print(_line(f"{folder.name} {kind}", asyncio.run(measure(folder, kind == "rich"))), flush=True)
    models = sorted(MODELS.glob("*.model"))
    print(", ".join(f"{path.name} {path.stat().st_size / 1e6:.2f} MB" for path in models))


if __name__ == "__main__":
    main()
