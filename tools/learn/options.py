"""Train the reading of choices, or measure it: `python -m tools.learn.options [--measure]`.

Lines of the step that are asked about are left out, each for itself; which words tell an answer from other talk, and
how sure is sure, is learned on lines and on writers of other talk that the first sum has not seen.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from babel.messages.pofile import read_po
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.features.guides.facts import put
from bot.understanding.examples import Example
from bot.understanding.options import (
    FOLDER,
    MOST_WORDS,
    OF_A_CHOICE,
    Header,
    Lines,
    Open,
    OptionModel,
    OptionReader,
    Said,
    digest,
    read,
    tokens,
)

from .data import ROOT, Data, everything, wanted

_FOLDS = 5
_SEED = 2026
_HELD_BACK = 0.05
_LEAST = 3
"""How many texts a word stands in that tells an answer from other talk."""
_STEPS = 127
_LEVELS = (0.35, 0.45, 0.55, 0.65, 0.75, 0.8, 0.85, 0.9, 0.95)
_OTHER_KINDS = frozenset({"danger", "leader", "official"})


@dataclass(frozen=True)
class Asked:
    """Words at open choices; `right` is the place that is meant, -1 where they are no answer."""

    words: str
    open: Open
    right: int
    of: Said | None = None


@dataclass(frozen=True)
class Judged:
    """What the first sum made of words that it had not seen."""

    row: Sequence[float]
    right: bool
    answer: bool


def _places(data: Data) -> dict[tuple[str, str], Open]:
    """Return the choices of every step of every guide, in both languages."""
    with (ROOT / "bot/locales/en/LC_MESSAGES/guides.po").open("rb") as file:
        english = {(one.context, one.id): str(one.string) for one in read_po(file) if one.id}
    plain = {text: said for (_, text), said in english.items()}
    found: dict[tuple[str, str], Open] = {}
    for guide in data.guides:
        for step in guide.steps.values():
            if step.options:
                labels = [option.label for option in step.filled().options]
                values = {fact.name: fact.in_language("en") for fact in step.facts}
                others = [put(plain.get(option.label, ""), values) for option in step.options]
                found[guide.slug, step.id] = Open(guide.slug, step.id, labels, others)
    return found


def _answers(lines: Iterable[Said], places: dict[tuple[str, str], Open]) -> list[Asked]:
    """Return the lines that are of a choice as it stands in its guide now."""
    found: list[Asked] = []
    for one in lines:
        place = places.get((one.guide, one.step))
        if place is not None and one.label in place.labels:
            found.append(Asked(one.text, place, place.labels.index(one.label), one))
    return found


def _talk(examples: Iterable[Example], places: Collection[Open]) -> list[tuple[str, Asked]]:
    """Return what people say of other things, each at a random step, and who wrote it."""
    chance = np.random.default_rng(_SEED)
    at = list(places)
    return [
        ("-".join(one.writer.split("-")[:2]), Asked(one.text, at[chance.integers(len(at))], -1))
        for one in examples
        if wanted(one) and one.meanings[0].partition(":")[0] not in _OTHER_KINDS
    ]


def _model(lines: Sequence[Said], choice: Sequence[float], answer: Sequence[float], talk: Sequence[str]) -> OptionModel:
    """Count what was said for each choice, and learn which words tell an answer."""
    numbers = Lines.of(lines).numbers
    counted: dict[int, Counter[int]] = defaultdict(Counter)
    for one in lines:
        for token in tokens(one.text):
            counted[token][numbers[one.place]] += 1
    worth = _answering([one.text for one in lines], talk) if talk else {}
    scale = max(map(abs, worth.values()), default=1.0) / _STEPS
    hashes = sorted({*counted, *worth})
    starts, choices, counts = [0], [], []
    for token in hashes:
        entries = sorted(counted[token].items())
        choices += [number for number, _ in entries]
        counts += [min(count, 255) for _, count in entries]
        starts.append(len(choices))
    header = Header(
        tokens=len(hashes), entries=len(choices), choice=tuple(choice), answer=tuple(answer), scale=scale, data=digest()
    )
    return OptionModel(
        header, hashes, [round(worth.get(token, 0.0) / scale) for token in hashes], starts, choices, bytes(counts)
    )


def _answering(answers: Sequence[str], talk: Sequence[str]) -> dict[int, float]:
    """Return the weight of each word for being an answer."""
    found = [tokens(text) for text in (*answers, *talk)]
    texts = Counter(token for each in found for token in each)
    place = {token: at for at, token in enumerate(sorted(token for token, count in texts.items() if count >= _LEAST))}
    columns = [[place[token] for token in each if token in place] for each in found]
    starts = np.cumsum([0, *map(len, columns)])
    matrix = csr_matrix(
        (np.ones(starts[-1]), [one for each in columns for one in each], starts), shape=(len(found), len(place))
    )
    right = np.array([1] * len(answers) + [0] * len(talk))
    learned = LogisticRegression(C=0.5, solver="liblinear", class_weight="balanced").fit(matrix, right)
    return {token: float(learned.coef_[0, at]) for token, at in place.items()}


def _reader(lines: Sequence[Said], model: OptionModel) -> OptionReader:
    known = Lines.of(lines)
    return OptionReader(lambda: known, lambda: model)


def _choice_weights(asked: Sequence[Asked], reader: OptionReader) -> Sequence[float]:
    """Fit the sum that tells the choices of a step from one another: a listwise logistic regression."""
    lists = [(np.array(reader.fits(one.words, one.open, one.of.place if one.of else None)), one.right) for one in asked]
    rows = np.concatenate([rows for rows, _ in lists])
    starts = np.cumsum([0, *(len(rows) for rows, _ in lists)])
    right = starts[:-1] + np.array([right for _, right in lists])
    group = np.repeat(np.arange(len(lists)), np.diff(starts))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sums = rows @ weights
        sums -= np.maximum.reduceat(sums, starts[:-1])[group]
        worth = np.exp(sums)
        likely = worth / np.add.reduceat(worth, starts[:-1])[group]
        slope = likely.copy()
        slope[right] -= 1
        held = _HELD_BACK * weights
        return -np.log(likely[right] + 1e-12).sum() + held @ weights / 2, rows.T @ slope + held

    return [round(float(each), 4) for each in minimize(loss, np.zeros(OF_A_CHOICE), jac=True, method="L-BFGS-B").x]


def _judge(reader: OptionReader, one: Asked) -> Judged | None:
    """Return what the sums make of words, None where they tell nothing."""
    said = tokens(one.words)
    if not said or len(one.words.split()) > MOST_WORDS:
        return None
    rows = reader.fits(one.words, one.open)
    likely = reader.likely(rows)
    best = max(range(len(likely)), key=lambda at: likely[at])
    return Judged(reader.answers(said, likely, rows), best == one.right, one.right >= 0)


def _answer_weights(judged: Sequence[Judged]) -> Sequence[float]:
    rows = np.array([one.row for one in judged])
    learned = LogisticRegression(C=1.0, fit_intercept=False, max_iter=500).fit(rows, [one.right for one in judged])
    return [round(float(each), 4) for each in learned.coef_[0]]


def judged(
    lines: Sequence[Asked], talk: Sequence[tuple[str, Asked]], fold_of: Callable[[int, Said], int], folds: int
) -> list[list[Judged | None]]:
    """Return what is made of each fold by a model of all others; of other talk whole writers are left out."""
    weights: Sequence[float] = ()
    found: list[list[Judged | None]] = []
    every = [one.of for one in lines if one.of is not None]
    at = [fold_of(number, one) for number, one in enumerate(every)]
    writers = {name: number % folds for number, name in enumerate(sorted({name for name, _ in talk}))}
    few = np.random.default_rng(_SEED).permutation(len(talk))[: len(lines)]
    for fold in range(folds):
        rest = [one for one, of in zip(lines, at, strict=True) if of != fold]
        said = [one.of for one in rest if one.of is not None]
        others = [one.words for name, one in talk if writers[name] != fold]
        if not weights:  # nine numbers of thousands of lines: the same in each fold
            weights = _choice_weights(rest, _reader(said, _model(said, (), (), ())))
        reader = _reader(said, _model(said, weights, (), others))
        held = [one for one, of in zip(lines, at, strict=True) if of == fold]
        held += [talk[number][1] for number in few if writers[talk[number][0]] == fold]
        found.append([_judge(reader, one) for one in held])
    return found


def _by_line(_: int, said: Said) -> int:
    return crc32(f"{said.text} {said.step}".encode()) % _FOLDS


def report(name: str, folds: Sequence[Sequence[Judged | None]]) -> None:
    """Print what would be taken from each sureness on, the sum of sureness being learned on the other folds."""
    found: list[tuple[float, bool, bool]] = []
    for number, fold in enumerate(folds):
        weights = np.array(
            _answer_weights([one for at, each in enumerate(folds) if at != number for one in each if one is not None])
        )
        found += [
            (0.0, False, False)
            if one is None
            else (1 / (1 + math.exp(-float(weights @ np.array(one.row)))), one.answer, one.right)
            for one in fold
        ]
    answers, talk = sum(answer for _, answer, _ in found), sum(not answer for _, answer, _ in found)
    first = sum(right for _, _, right in found)
    print(f"{name}: {answers} lines, the right choice first {100 * first / answers:.1f} %; other talk: {talk}")
    for least in _LEVELS:
        right = sum(surely >= least and right for surely, _, right in found)
        wrong = sum(surely >= least and answer and not right for surely, answer, right in found)
        taken = sum(surely >= least and not answer for surely, answer, _ in found)
        shares = f"right {100 * right / answers:.1f} %, wrong {100 * wrong / answers:.1f} %"
        print(f"  from {least:.2f} on: {shares}, other talk {100 * taken / talk:.1f} %", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="only print how lines and writers are read unseen")
    only = parser.parse_args().measure
    data = everything()
    places = _places(data)
    lines, talk = _answers(read(), places), _talk(data.examples, places.values())
    folds = judged(lines, talk, _by_line, _FOLDS)
    report("lines left out", folds)
    if only:
        writers = sorted({one.of.writer for one in lines if one.of is not None})
        report("writers left out", judged(lines, talk, lambda _, said: writers.index(said.writer), len(writers)))
        return
    said = [one.of for one in lines if one.of is not None]
    others = [one.words for _, one in talk]
    choice = _choice_weights(lines, _reader(said, _model(said, (), (), ())))
    answer = _answer_weights([one for fold in folds for one in fold if one is not None])
    made = _model(said, choice, answer, others).write()
    (FOLDER.parent.parent / "options.model").write_bytes(made)
    print(f"bot/understanding/options.model: {len(made) / 1e6:.2f} MB, {len(said)} lines")


if __name__ == "__main__":
    main()
