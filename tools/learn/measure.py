"""Measure what is understood of writers left out: `python -m tools.learn.measure` (`make understand-writers`)."""

from __future__ import annotations

import argparse
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.core.lean.values import replace
from bot.features.search.emergency import number_for
from bot.features.search.index import SURE, Hit, Index, entry_of
from bot.understanding.danger import DangerReader
from bot.understanding.encoder import Encoder
from bot.understanding.examples import Example
from bot.understanding.model import NONE, Model
from bot.understanding.ranking import Ranking

from .data import Data, dangers, everything, rows, wanted
from .encoder import train_encoder
from .train import train

_SHOWN = 5.0  # less is never shown


@dataclass
class Tally:
    """How a set was answered; `sure` and `wrong` only count what would be taken as the answer."""

    asked: int = 0
    first: int = 0
    three: int = 0
    sure: int = 0
    wrong: int = 0
    nothing: int = 0
    answered: int = 0
    seconds: float = 0.0

    def add(self, example: Example, hits: Sequence[Hit]) -> None:
        right = wanted(example)
        if right[0] == NONE:
            self.nothing += 1
            self.answered += bool(hits) and hits[0].score >= SURE and hits[0].slug not in right
            return
        self.asked += 1
        self.first += bool(hits) and hits[0].slug in right
        self.three += any(hit.slug in right for hit in hits[:3])
        if hits and hits[0].score >= SURE:
            self.sure += hits[0].slug in right
            self.wrong += hits[0].slug not in right

    def line(self, name: str) -> str:
        def share(count: int, of: int) -> str:
            return f"{100 * count / of:5.1f}" if of else "    –"

        columns = [share(each, self.asked) for each in (self.first, self.three, self.sure, self.wrong)]
        columns.append(share(self.answered, self.nothing))
        columns.append(f"{1000 * self.seconds / max(1, self.asked + self.nothing):5.1f}")
        return f"{name:24} {self.asked:5} {self.nothing:5} " + " ".join(columns)


def families(examples: Sequence[Example]) -> Sequence[str]:
    """Return the writers: `writer-c` wrote `writer-c-none` and `writer-c-danger`; each file of a commune is its own."""
    return sorted({_person(one.writer) for one in examples})


def _same(model: Model) -> Model:
    return model


def _same_encoder(model: Encoder) -> Encoder:
    return model


def _person(writer: str) -> str:
    return "-".join(writer.split("-")[:2]) if writer.startswith("writer-") else writer


def compare(data: Data, person: str, communes: Collection[str]) -> None:
    """Print what a left-out writer meets before the files of communes are learned, and after.

    Of a commune's own file there is only a before: what it taught cannot be asked of it.
    """
    before = replace(data, examples=[one for one in data.examples if one.writer not in communes])
    if communes and person in map(_person, communes):
        mine = [one for one in data.examples if _person(one.writer) == person]
        measure(replace(before, examples=[*before.examples, *mine]), person)
        return
    if communes:
        measure(before, person)
        print("  with what communes named:")
    measure(data, person)


def measure(data: Data, person: str) -> None:
    """Print what a writer meets who was left out of training, beside the index and the rules alone."""
    held = [one for one in data.examples if _person(one.writer) == person]
    rest = [one for one in data.examples if _person(one.writer) != person]
    # A ranking finds guides; wishes are judged in the whole conversation (tools.learn.talks).
    found = {NONE, *(guide.slug for guide in data.guides)}
    if asked := [one for one in held if found.intersection(wanted(one))]:
        index = Index(map(entry_of, data.guides))
        ranking = Ranking(index, partial(_same, train(*rows(data.guides, rest), "")))
        for name, find in ((person, ranking.find), ("  index alone", index.find)):
            tally = Tally()
            began = time.process_time()
            answers = [find(one.text) for one in asked]
            tally.seconds = time.process_time() - began
            for one, hits in zip(asked, answers, strict=True):
                tally.add(one, [hit for hit in hits if hit.score >= _SHOWN])
            print(tally.line(name), flush=True)
    if any(_dangerous(one) for one in held):
        reader = DangerReader(partial(_same_encoder, train_encoder(*dangers(data.guides, rest), "")))
        for name, tier_of in ((f"{person} danger", partial(_tier, reader)), ("  rules alone", _tier_by_rules)):
            print(_danger_line(name, [(one, tier_of(one.text)) for one in held]), flush=True)


def _dangerous(example: Example) -> bool:
    return example.meanings[0].startswith("danger:")


def _tier(reader: DangerReader, text: str) -> str:
    alarm = reader.alarm(text)
    return "" if alarm is None else alarm.tier


def _tier_by_rules(text: str) -> str:
    return "" if number_for(text) is None else "sure"


def _danger_line(name: str, answered: Sequence[tuple[Example, str]]) -> str:
    """Return heard as sure, as sure or maybe; the same of what only looks like danger, and of everything else."""
    groups = {
        "danger": [tier for one, tier in answered if _dangerous(one)],
        "lookalike": [tier for one, tier in answered if not _dangerous(one) and "lookalike" in one.writer],
        "ordinary": [tier for one, tier in answered if not _dangerous(one) and "lookalike" not in one.writer],
    }
    parts = [
        f"{group} {len(tiers)}: {100 * tiers.count('sure') / len(tiers):.1f} / "
        f"{100 * sum(map(bool, tiers)) / len(tiers):.1f} %"
        for group, tiers in groups.items()
        if tiers
    ]
    return f"{name:24} {'; '.join(parts)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("writers", nargs="*", help="whom to leave out, one at a time; nobody named is everybody")
    parser.add_argument("--data", nargs="*", type=Path, default=[], help="exports of communes: before and after them")
    asked = parser.parse_args()
    data = everything(asked.data)
    print(f"{'writer left out':24} {'asked':>5} {'none':>5} first three  sure wrong none+   ms", flush=True)
    for person in asked.writers or families(data.examples):
        compare(data, person, {path.stem for path in asked.data})


if __name__ == "__main__":
    main()
