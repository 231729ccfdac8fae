"""Rows of guides: a menu of several steps, and the search."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from benchmarks.engine import interleaved, ratios
from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, Side, ours_python, peer_python
from benchmarks.tails import percentile
from bot.features.guides import library
from bot.features.search.index import Index, IndexEntry, entry_of

EVENTS = 2800
GUIDES = 500
QUERIES = ROOT / "tests" / "data"


def menu(bench: Bench) -> Section:
    one, other = bench.path("menu"), bench.path("dialog")
    one.mkdir()
    other.mkdir()
    ours = Side("ours", ours_python(), "menu_bot", ["--folder", str(one), "--database", f"sqlite://{one}/bot.sqlite3"])
    with (
        ours,
        Side(
            "aiogram_dialog",
            peer_python("aiogram_dialog"),
            "menu_dialog",
            ["--folder", str(other), "--database", f"{other}/fsm.sqlite3"],
        ) as peer,
    ):
        rounds = interleaved(bench, {"ours": ours, "peer": peer}, bench.scaled(EVENTS))
        settings = {"guide, ours": ours.about, "guide, aiogram_dialog": peer.about}
    line = Line("guide of six steps ÷ aiogram_dialog", ratios(rounds, "ours", "peer"), Goal(2, 4))
    return Section((line,), settings)


def search(bench: Bench) -> Section:
    """p99 of one search, in each round over all queries that the tests know."""
    index = Index(many(library.load(ROOT / "guides"), GUIDES))
    queries = [line.split("\t")[0] for file in sorted(QUERIES.glob("queries_*.tsv")) for line in lines_of(file)]
    figures = []
    for _ in range(bench.rounds):
        times = []
        for query in queries:
            began = perf_counter()
            index.find(query)
            times.append(perf_counter() - began)
        figures.append(1000 * percentile(times, 99))
    return Section((Line(f"search in {GUIDES} guides, p99", tuple(figures), Goal(10, 2, most=True), "ms"),))


def many(shelf: library.Library, count: int) -> list[IndexEntry]:
    """The real guides again and again, each time for another village."""
    entries = [entry_of(guide) for guide in shelf]
    made = []
    for number in range(count):
        entry, village = entries[number % len(entries)], f"thôn {number // len(entries) + 1}"
        made.append(
            IndexEntry(f"{entry.slug}-{number}", f"{entry.title} {village}", entry.keywords, entry.steps, entry.area)
        )
    return made


def lines_of(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
