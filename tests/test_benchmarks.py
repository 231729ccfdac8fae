"""The benchmark's own machinery: its table, and one tiny round of each of our sides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import cast
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, FormData

from benchmarks import report
from benchmarks.engine import TELEGRAM, TURNS, WEB, engine, interleaved, ratios
from benchmarks.flood import FLOOD_SECONDS, GROUPS, Limited
from benchmarks.guide_rows import many
from benchmarks.http_rows import wired
from benchmarks.load import Hook, Telegram, at_rate, telegram
from benchmarks.machine import Times, calmest, times
from benchmarks.report import Goal, Line, Section
from benchmarks.rows import ROWS
from benchmarks.side import ROOT, Bench, Figures, Side, SideFailed, must_be_equal, ours_python
from benchmarks.start_rows import by_room, import_times
from benchmarks.tails import percentile, usual_p99
from benchmarks.telegram_stub import Seen
from benchmarks.together_rows import Spell, again_and_again, compared
from benchmarks.traffic import text_update
from benchmarks.worker import starved
from bot.features.guides import library


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(quick=True, folder=tmp_path, postgres="")


async def test_the_whole_program_answers_over_http(bench: Bench) -> None:
    """Its routes and its pace are put in where the program puts itself together: a part that moved broke that."""
    async with telegram() as server, wired(bench, server, "http_bot") as bot:
        assert await bot.bring(8) > 0


async def test_what_waits_in_the_outbox_leaves_while_conversations_are_measured(bench: Bench, tmp_path: Path) -> None:
    """On a hasty clock its patience was over before its turn: it went round for ever, and was counted with them."""
    server = Limited()
    async with telegram(server), wired(bench, server, "http_bot", "--option", "talk") as bot:
        server.begin(10**9)
        await asyncio.to_thread(bot.side.does, "announce", 20)
        await server.all_there(20, 30.0)
        hook = Hook(server, f"{bot.side.url}/hooks/telegram", server.secret)
        try:
            for number in range(3):
                await hook.brings(7001, text_update(number, 7001, "/menu"))
        finally:
            hook.close()
    assert len(server.chats) == len(set(server.chats)) == 20


def test_the_modules_of_a_start_are_summed_by_room() -> None:
    seconds = {"bot.core.text": 0.25, "bot.core.fit": 0.25, "bot.cli.parser": 0.125, "aiohttp.web": 1.0, "re": 0.5}
    assert by_room(seconds) == {"bot.core": 0.5, "the rest of the bot": 0.125, "libraries": 1.5}
    times = import_times()
    assert {"bot.assembly.app", "bot.handlers.guides.reading", "aiohttp"} <= times.keys()


def test_the_table_shows_median_spread_goal_and_what_was_reached() -> None:
    lines = (
        Line("ours ÷ theirs", (1.0, 4.0, 2.0), Goal(1.5, 3)),
        Line("p99", (30.0,), Goal(10, 2, most=True), "ms"),
        Line("only told", (123.4,)),
    )
    text = report.table([Section(lines, {"ours": "python 3"}), Section(left_out="no server")])
    assert "| ours ÷ theirs | 2 | 1–4 | ≥ 1.5 (≥ 3) | goal |" in text
    assert "| p99 | 30 ms |  | ≤ 10 (≤ 2) | **missed** |" in text
    assert "| only told | 123 |  |  |  |" in text
    assert "- ours: python 3" in text
    assert "- left out: no server" in text


def test_a_goal_knows_in_which_direction_it_points() -> None:
    assert [Goal(1.5, 3).verdict(figure) for figure in (3.0, 1.5, 1.4)] == ["aim", "goal", "**missed**"]
    assert [Goal(2, 1, most=True).verdict(figure) for figure in (1.0, 2.0, 2.1)] == ["aim", "goal", "**missed**"]


def test_the_result_replaces_only_what_stands_between_the_marks(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.put_into(document, "new")
    assert document.read_text() == f"before\n{report.BEGIN}\n\nnew\n{report.END}\nafter\n"
    document.write_text("no marks")
    with pytest.raises(ValueError, match="marks"):
        report.put_into(document, "new")


def test_a_ratio_that_is_far_from_an_earlier_run_is_named(tmp_path: Path) -> None:
    goal = Goal(1, 2)
    document = tmp_path / "benchmarks.md"
    before = [Section((Line("a ÷ b", (2.0,), goal), Line("c ÷ d", (2.0,), goal), Line("p99", (5.0,), goal, "ms")))]
    document.write_text(report.table(before))
    now = [Section((Line("a ÷ b", (2.2,), goal), Line("c ÷ d", (1.6,), goal), Line("p99", (50.0,), goal, "ms")))]
    assert report.drifted(report.medians(document), now) == ["c ÷ d: 2 before, 1.6 now"]


def test_what_a_host_takes_from_the_machine_is_read_from_the_kernel(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  60 0 20 15 0 0 1 4 0 0\ncpu0 60 0 20 15 0 0 1 4 0 0\n")
    assert times(stat) == Times(stolen=4, all=100)
    assert times(tmp_path / "missing") == Times()


@pytest.mark.parametrize(
    ("stolen_ticks", "measured"),
    [([0], "first"), ([5, 0], "second"), ([5, 2, 7], "second")],
    ids=["calm", "calm the second time", "never calm: the one that lost least"],
)
def test_a_row_is_measured_again_when_the_host_took_time_from_it(stolen_ticks: list[int], measured: str) -> None:
    names, begun = iter(["first", "second", "third"]), iter(stolen_ticks)
    now = Times()

    def measure() -> Section:
        nonlocal now
        now = Times(now.stolen + next(begun), now.all + 100)
        return Section(left_out=next(names))

    section, share = calmest(measure, lambda: now)
    assert (section.left_out, share) == (measured, min(stolen_ticks) / 100)


def test_sides_that_are_set_up_differently_are_not_compared(tmp_path: Path) -> None:
    class Said:
        def __init__(self, name: str, synchronous: str) -> None:
            self.name, self.settings = name, {"synchronous": synchronous}

    must_be_equal(cast("list[Side]", [Said("a", "2"), Said("b", "2")]))
    with pytest.raises(SideFailed, match="settings differ"):
        must_be_equal(cast("list[Side]", [Said("a", "2"), Said("b", "1")]))


def test_the_document_has_its_marks() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert text.index(report.BEGIN) < text.index(report.END)


def test_ratios_are_those_of_each_round() -> None:
    rounds: list[dict[str, Figures]] = [
        {"a": {"work": 10.0, "cpu": 1.0}, "b": {"work": 10.0, "cpu": 2.0}},
        {"a": {"work": 10.0, "cpu": 4.0}, "b": {"work": 10.0, "cpu": 2.0}},
    ]
    assert ratios(rounds, "a", "b") == (2.0, 0.5)


def test_each_of_our_sides_answers_every_event_of_a_round(bench: Bench, tmp_path: Path) -> None:
    """Started side by side, for most of the time goes into imports."""
    arguments = ["--folder", str(tmp_path), "--database", f"sqlite://{tmp_path}/menu.sqlite3"]
    starts: list[Callable[[], Side]] = [
        lambda: engine(bench, TELEGRAM),
        lambda: engine(bench, WEB),
        lambda: Side("guide", ours_python(), "menu_bot", arguments),
    ]
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        for side in pool.map(lambda start: stack.enter_context(start()), starts):
            figures = side.does("round", 400)
            assert figures["work"] == 400
            assert figures["cpu"] > 0
            assert "synchronous (2 = FULL) 2" in side.about


def test_the_sides_of_reports_and_sums_have_their_tables(tmp_path: Path) -> None:
    """Started side by side. One of them had lacked a family's tables for days, in a run that nobody takes every day."""
    sides = {
        "report_ours": "round",
        "report_by_hand": "document",
        "rollup_ours": "figures",
        "rollup_by_hand": "figures",
    }
    with ExitStack() as stack, ThreadPoolExecutor() as pool:

        def measured(name: str) -> bool:
            folder = tmp_path / name
            folder.mkdir()
            side = stack.enter_context(Side(name, ours_python(), name, ["--folder", str(folder)]))
            return side.does(sides[name], 1)["cpu"] > 0

        assert all(pool.map(measured, sides))


class TakesTurns(Side):
    """Says what it did, without a process."""

    def __init__(self, name: str, log: list[tuple[str, int]]) -> None:
        self.name, self.settings, self._log = name, {}, log

    def does(self, what: str, count: int = 0) -> Figures:
        self._log.append((self.name, count))
        return {"work": count, "cpu": 1.0}


def test_in_a_round_the_sides_take_short_turns_each_time_in_the_other_order(bench: Bench) -> None:
    """So that a slow second of the machine is nobody's alone."""
    log: list[tuple[str, int]] = []
    rounds = interleaved(bench, {name: TakesTurns(name, log) for name in ("one", "other")}, 10 * TURNS)
    assert rounds == bench.rounds * [{name: {"work": 10 * TURNS, "cpu": TURNS} for name in ("one", "other")}]
    warm, measured = log[:2], log[2:]
    assert warm == [("one", 20), ("other", 20)]
    assert measured[:4] == [("one", 10), ("other", 10), ("other", 10), ("one", 10)]


def test_a_side_that_fails_ends_the_run(tmp_path: Path) -> None:
    env = {"BOT_TELEGRAM_API_BASE": "http://127.0.0.1:9", "BOT_TELEGRAM_TOKEN": "1:a"}
    side = Side("floor", ours_python(), "http_floor", ["--folder", str(tmp_path)], env)
    with pytest.raises(SideFailed), side:
        side.does("no such work")


def test_buttons_are_read_from_a_form_and_from_json() -> None:
    markup = '{"inline_keyboard": [[{"text": "Ti\\u1ebfp", "callback_data": "g|a"}]]}'
    form, json_body = urlencode({"chat_id": 1, "reply_markup": markup}), f'{{"reply_markup": {markup}}}'
    assert Seen(1, 2, form).buttons() == Seen(1, 2, json_body).buttons() == {"Tiếp": "g|a"}


async def test_telegrams_end_hears_what_the_floor_answers(bench: Bench) -> None:
    from benchmarks.http_rows import wired

    async with telegram() as server, wired(bench, server, "http_floor") as floor:
        assert isinstance(floor.hook, Hook)
        assert await floor.bring(400) > 0


def test_telegrams_end_refuses_what_is_above_its_limit_and_all_for_a_while_after() -> None:
    server = Limited()
    server.begin(3)
    body = json.dumps({"chat_id": f"-{GROUPS + 1}", "text": "x"}).encode()
    answers = [json.loads(server.called("sendMessage", body)) for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True] * 3 + [False] * 2
    assert answers[3]["parameters"] == {"retry_after": FLOOD_SECONDS}
    assert (len(server.took), server.refused) == (3, 2)


def test_telegrams_end_counts_a_file_like_a_message() -> None:
    server = Limited()
    server.begin(2)
    body = f'form-data; name="chat_id"\r\n\r\n7001\r\nform-data; name="d"; filename="{"a" * 64}.docx"'.encode()
    answers = [json.loads(server.called("sendDocument", body)) for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert answers[0]["result"]["message_id"]
    assert server.files == {".docx": 2}


async def test_telegrams_end_reads_an_upload_in_chunks_and_what_follows_it() -> None:
    async with telegram(Limited()) as server, ClientSession() as session:
        assert isinstance(server, Limited)
        server.begin(1000)

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b"word" * 10_000

        for _ in range(2):
            form = FormData({"chat_id": "7001"})
            form.add_field("document", pieces(), filename="report.xlsx")
            came = server.expect(7001)
            async with session.post(f"{server.url}/bot1:a/sendDocument", data=form) as answer:
                assert (await answer.json())["ok"]
            await asyncio.wait_for(came, 5.0)
        assert server.files == {".xlsx": 2}


async def test_telegrams_end_comes_again_on_a_new_connection_when_an_idle_one_was_hung_up() -> None:
    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        server.called("sendMessage", b"chat_id: 7001")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = Telegram()
    webhook = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    hook = Hook(server, f"http://127.0.0.1:{webhook.sockets[0].getsockname()[1]}/hooks/telegram", b"secret")
    async with webhook, asyncio.timeout(5.0):
        for _ in range(2):
            await hook.brings(7001, b"{}")
            await asyncio.sleep(0.1)
    hook.close()


async def test_an_answer_of_several_messages_is_there_with_the_one_that_ends_it() -> None:
    server = Telegram()
    answered = server.expect(7001, "Bác cần việc gì")
    server.called("sendMessage", '{"chat_id": "7001", "text": "Kính chào bác."}'.encode())
    assert not answered.done()
    server.called("sendMessage", '{"chat_id": "7001", "text": "Bác cần việc gì?"}'.encode())
    assert answered.done()
    answered = server.expect(7001, "Bác cần việc gì")
    server.called("sendMessage", json.dumps({"chat_id": "7001", "text": "Bác cần việc gì?"}).encode())
    assert answered.done()


async def test_events_begin_at_their_rate_whether_or_not_they_are_answered() -> None:
    all_begun, begun = asyncio.Event(), 0

    async def slow(number: int) -> float:
        nonlocal begun
        begun += 1
        if begun == 20:
            all_begun.set()
        await all_begun.wait()
        return perf_counter()

    assert len(await at_rate(1000, 20, slow)) == 20


def test_five_hundred_guides_are_made_of_the_real_ones() -> None:
    entries = many(library.load(ROOT / "guides"), 500)
    assert len({entry.slug for entry in entries}) == 500


def test_percentile() -> None:
    assert percentile([float(number) for number in range(1, 101)], 99) == 99.0
    assert percentile([1.0], 99) == 1.0


def test_one_hiccup_of_the_machine_does_not_make_the_p99() -> None:
    calm, hiccup = [0.001] * 97 + [0.004] * 3, [0.001] * 50 + [0.2] * 50
    assert usual_p99([*calm, *hiccup, *calm], together=100) == 4.0
    assert usual_p99([*calm, *hiccup, *hiccup], together=100) == 200.0


def test_replies_beside_all_else_are_compared_with_those_of_the_same_round() -> None:
    alone = [Spell([0.01, 0.02], 1.0), Spell([0.01, 0.04], 1.0)]
    joined = [Spell([0.01, 0.04], 9.0, reports=5, told=12.0), Spell([0.01, 0.16], 9.0, 6, 24.0, refused=1)]
    lines = {line.what: line.rounds for line in compared(alone, joined)}
    assert lines["p99 of replies to residents together with announcements and reports ÷ alone"] == (2.0, 4.0)
    assert lines["the longest reply together"] == (160.0,)
    assert lines["groups told a second meanwhile ÷ 24"] == (0.5, 1.0)
    assert lines["calls refused (429) in all of them"] == (1.0,)


async def test_what_goes_on_beside_the_replies_is_done_to_its_end_and_its_fault_is_heard() -> None:
    done = 0

    async def work() -> None:
        nonlocal done
        await asyncio.sleep(0.01)
        done += 1

    async with again_and_again(work):
        await asyncio.sleep(0.03)
        before = done
    assert 0 < before < done

    async def fails() -> None:
        raise SideFailed

    with pytest.raises(SideFailed):
        async with again_and_again(fails):
            await asyncio.sleep(0.01)


async def test_a_loop_that_waits_for_a_processor_says_how_long() -> None:
    before = await starved(0)
    assert 0 <= before["seconds"] <= (await starved(0))["seconds"] < perf_counter()


def test_every_row_can_be_named_alone() -> None:
    assert {"engine", "http", "guide", "start", "search", "counted"} <= set(ROWS)
