"""Rows of the engine beside aiogram, on both databases, and of many routes beside few."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench, Figures, Side, must_be_equal, ours_python, peer_python, per_cpu_second

EVENTS = 4000
TURNS = 8
"""Of a side in one round."""
TELEGRAM, WEB = "engine_telegram", "engine_web"


def interleaved(bench: Bench, sides: Mapping[str, Side], count: int, what: str = "round") -> list[dict[str, Figures]]:
    """Rounds of `count` for each side; what comes first of all is to get warm and is not counted.

    Raises SideFailed when the sides are not set up alike.
    """
    _get_warm(sides, count, what)
    return [_round(sides, count, what) for _ in range(bench.rounds)]


def _get_warm(sides: Mapping[str, Side], count: int, what: str) -> None:
    must_be_equal(sides.values())
    for side in sides.values():
        side.does(what, max(1, count // 4))


def _round(sides: Mapping[str, Side], count: int, what: str) -> dict[str, Figures]:
    """The sides take short turns, each time in the other order: where the machine gets slower, it does so for all."""
    turns = min(TURNS, count)
    sums: dict[str, defaultdict[str, float]] = {name: defaultdict(float) for name in sides}
    order = list(sides)
    for _ in range(turns):
        for name in order:
            for figure, value in sides[name].does(what, count // turns).items():
                sums[name][figure] += value
        order.reverse()
    return dict(sums)


def ratios(
    rounds: list[dict[str, Figures]], one: str, other: str, of: Callable[[Figures], float] = per_cpu_second
) -> tuple[float, ...]:
    return tuple(of(figures[one]) / of(figures[other]) for figures in rounds)


def engine(bench: Bench, module: str, *, routes: int = 200, lanes: int = 20, database: str = "") -> Side:
    """Our engine on a new SQLite file, or on an empty PostgreSQL database."""
    folder = bench.path(module)
    folder.mkdir()
    url = database or f"sqlite://{folder}/bot.sqlite3"
    arguments = ["--folder", str(folder), "--database", url, "--routes", str(routes), "--lanes", str(lanes)]
    return Side(module, ours_python(), module, arguments)


def aiogram(bench: Bench, *, lanes: int = 20, database: str = "") -> Side:
    folder = bench.path("aiogram")
    folder.mkdir()
    arguments = ["--folder", str(folder), "--database", database or f"{folder}/fsm.sqlite3", "--lanes", str(lanes)]
    option = ["--option", "postgres"] if database else []
    return Side("aiogram", peer_python("aiogram"), "aiogram_fsm", [*arguments, *option])


def on_sqlite(bench: Bench) -> Section:
    with ExitStack() as stack:
        sides = {
            "telegram": stack.enter_context(engine(bench, TELEGRAM)),
            "aiogram": stack.enter_context(aiogram(bench)),
            "web": stack.enter_context(engine(bench, WEB)),
        }
        rounds = interleaved(bench, sides, bench.scaled(EVENTS))
        settings = {f"engine, SQLite, {name}": side.about for name, side in sides.items()}
    return Section(
        (
            Line("engine on Telegram ÷ aiogram with SQLite FSM", ratios(rounds, "telegram", "aiogram"), Goal(1.5, 3)),
            Line("engine on web ÷ aiogram with SQLite FSM", ratios(rounds, "web", "aiogram"), Goal(3, 6)),
        ),
        settings,
    )


def by_load(bench: Bench) -> Section:
    """The same with one event at a time, where nothing can be committed together, and with 200."""
    lines = []
    for lanes in (1, 200):
        with engine(bench, TELEGRAM, lanes=lanes) as ours, aiogram(bench, lanes=lanes) as peer:
            rounds = interleaved(bench, {"ours": ours, "aiogram": peer}, bench.scaled(EVENTS // 2))
        figures = ratios(rounds, "ours", "aiogram")
        lines.append(Line(f"engine on Telegram ÷ aiogram, SQLite, {lanes} in flight", figures))
    return Section(tuple(lines))


def on_postgres(bench: Bench) -> Section:
    with ExitStack() as stack:
        try:
            urls = [stack.enter_context(empty_database(bench.postgres)) for _ in range(3)]
        except OSError as error:
            return Section(left_out=f"engine on PostgreSQL: no server ({error})")
        sides = {
            "telegram": stack.enter_context(engine(bench, TELEGRAM, database=urls[0])),
            "aiogram": stack.enter_context(aiogram(bench, database=urls[1])),
            "web": stack.enter_context(engine(bench, WEB, database=urls[2])),
        }
        rounds = interleaved(bench, sides, bench.scaled(EVENTS))
        settings = {f"engine, PostgreSQL, {name}": side.about for name, side in sides.items()}
    return Section(
        (
            Line(
                "engine on Telegram ÷ aiogram, both on PostgreSQL", ratios(rounds, "telegram", "aiogram"), Goal(1.5, 3)
            ),
            Line("engine on web ÷ aiogram, both on PostgreSQL", ratios(rounds, "web", "aiogram"), Goal(3, 6)),
        ),
        settings,
    )


def many_routes(bench: Bench) -> Section:
    """Each round has processes of its own: the same code differs more from one process to another than these two."""
    rounds, count = [], bench.scaled(EVENTS)
    for _ in range(bench.rounds):
        with engine(bench, TELEGRAM, routes=2000) as many, engine(bench, TELEGRAM, routes=20) as few:
            sides = {"many": many, "few": few}
            _get_warm(sides, count, "round")
            rounds.append(_round(sides, count, "round"))
    return Section((Line("2,000 routes ÷ 20 routes", ratios(rounds, "many", "few"), Goal(0.95, 0.98)),))


def counted(bench: Bench) -> Section:
    """One update at a time; what records the sent replies in batches, up to 20 times a second, is not in it."""
    with engine(bench, "counted") as side:
        rounds = [side.does("round", 400) for _ in range(bench.rounds)]
        side.kill()  # or it would wait for the time of its marks
    trips, hops = (tuple(figures[name] for figures in rounds) for name in ("trips", "hops"))
    return Section(
        (
            Line("database round trips for each update", trips, Goal(2, 2, most=True)),
            Line("thread hops for each update outside the driver", hops, Goal(0, 0, most=True)),
        )
    )


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """URL of a database that exists as long as the context; raises OSError when there is no server."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    asyncio.run(_statement(server, f'create database "{name}"'))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(_statement(server, f'drop database "{name}" with (force)'))


async def _statement(server: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
