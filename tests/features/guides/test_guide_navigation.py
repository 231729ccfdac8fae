"""What a press, a typed answer, an old button and "Quay lại" open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.features.guides import navigation
from bot.features.guides.checking.scenarios import run
from bot.features.guides.findings import FindingCollector
from bot.features.guides.model import END, STUCK, Guide
from bot.features.guides.navigation import StepPosition, back, follow, how_far, resolve
from bot.features.guides.parse import Scenario, parse

EXAMPLE = Path(__file__).with_name("example.txt").read_text(encoding="utf-8")


def guide(redirects: str = "{tai-ve: android}") -> Guide:
    text = EXAMPLE.replace("{tai-ve: android}", redirects).replace("- [iPhone](#iphone)", "- [iPhone](khac.md#mo)", 1)
    found = parse("cai-vneid", text, FindingCollector("x.md")).guide
    assert found is not None
    assert found.verified == date(2026, 11, 20)
    return found


def test_an_old_button_follows_the_redirects() -> None:
    here = guide("{cu: cu-hon, cu-hon: android}")
    moved = resolve(here, "cu")
    assert moved is not None
    assert (moved.step.id, moved.moved) == ("android", True)
    straight = resolve(here, "android")
    assert straight is not None
    assert not straight.moved


@pytest.mark.parametrize("redirects", ["{cu: cu}", "{cu: b, b: cu}", "{cu: khong-co}"])
def test_a_redirect_that_leads_nowhere_ends(redirects: str) -> None:
    assert resolve(guide(redirects), "cu") is None


def test_an_answer_is_the_beginning_of_an_option_marks_aside() -> None:
    start = guide().steps["chon-may"]
    assert follow(start, "android") == "android"
    assert follow(start, "khong ro") == "nhan-biet"
    assert follow(start, "IPHONE") == "khac.md#mo"
    assert follow(start, "gì cơ") is None
    assert follow(start, "  ") is None


def test_a_whole_answer_wins_over_the_beginning_of_another() -> None:
    text = EXAMPLE.replace("- [Máy có quả táo](#iphone)", "- [Máy không có quả táo đâu](#iphone)")
    found = parse("x", text, FindingCollector("x.md")).guide
    assert found is not None
    assert follow(found.steps["nhan-biet"], "máy không có quả táo") == "android"


def test_onward_takes_the_only_way_but_never_guesses_between_two() -> None:
    here = guide()
    assert follow(here.steps["android"], "Tiếp") == "kiem-tra"
    assert follow(here.steps["kiem-tra"], "Tiếp") is None
    assert follow(here.steps["kiem-tra"], "chữ khác") == STUCK


def test_any_answer_of_a_quiz_goes_on() -> None:
    quiz = guide().steps["cau-do"]
    assert [follow(quiz, label) for label in ("Đọc mã", "cúp máy", "Tiếp")] == [END, END, None]


def test_back_is_the_step_before_on_the_own_way() -> None:
    here = guide()
    assert back(here, "kiem-tra", ["chon-may", "tai-ve", "kiem-tra"]) == "android"
    assert back(here, "kiem-tra", ["da-bo", "kiem-tra"]) == "android"
    assert back(here, "iphone", []) == "nhan-biet"
    assert back(here, "chon-may", []) is None


@pytest.mark.parametrize(
    "line",
    [
        "chon-may=Android → Đã cài xong → Đăng nhập → cau-do",
        "chon-may=Không rõ → Máy có quả táo → iphone",
        "chon-may=Không rõ -> Máy không -> Tiếp -> Chữ khác -> kết thúc",
        "cau-do=Đọc mã → kết thúc",
        "chon-may=iPhone → khac.md#mo",
    ],
)
def test_a_scenario_that_holds_says_nothing(line: str) -> None:
    assert _told(line) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("chon-may=Android → Đã cài xong → iphone", "failing-scenario"),
        ("chon-may=Windows → android", "failing-scenario"),
        ("khong-co=Android → android", "failing-scenario"),
        ("cau-do=Đọc mã → Tiếp → kết thúc", "failing-scenario"),
        ("chon-may=Android → kết thúc", "failing-scenario"),
        ("chon-may=Android", "bad-scenario"),
        ("chon-may= → android", "bad-scenario"),
        ("chon-may=Android → → android", "bad-scenario"),
        ("chon-may=Android →", "bad-scenario"),
    ],
)
def test_a_scenario_that_fails_is_told(line: str, code: str) -> None:
    assert _told(line) == [code]


def _told(line: str) -> list[str]:
    report = FindingCollector("x.md")
    run(guide(), [Scenario(line, 7)], report)
    return [finding.code for finding in report.findings]


def written(*steps: str) -> Guide:
    """Steps in few words: `a > b c` has the options b and c, `a ?` is a question, `a` goes on to the next line."""
    head = EXAMPLE[: EXAMPLE.index("---", 4) + 4]
    pages = []
    for line in steps:
        name, _, options = line.partition(" > ")
        asks, name = name.endswith(" ?"), name.removesuffix(" ?")
        body = "- [x] Có\n- [ ] Không\n\n> Vì thế." if asks else "Bác làm việc này."
        body = "\n".join(f"- [{one}](#{one})" for one in options.split()) if options else body
        pages.append(f"# Trang {name} {{#{name}{' quiz' if asks else ''}}}\n\n{body}\n")
    report = FindingCollector("x.md")
    found = parse("x", head.replace("{tai-ve: android}", "{}") + "\n" + "\n".join(pages), report).guide
    assert found is not None, report.findings
    return found


def test_a_guide_without_branches_counts_its_steps_and_its_questions_apart() -> None:
    here = written("a", "b", "c", "d ?", "e ?")
    assert [how_far(here, step, ()) for step in here.steps] == [
        StepPosition(1, 3), StepPosition(2, 3), StepPosition(3, 3),
        StepPosition(1, 2, quiz=True), StepPosition(2, 2, quiz=True),
    ]  # fmt: skip


def test_where_ways_of_different_length_go_on_the_end_is_not_exact_before_they_part() -> None:
    here = written("a > b d", "b", "c", "d", "e ?")
    assert how_far(here, "a", ()) == StepPosition(1, 3, exact=False)
    assert how_far(here, "b", ("a",)) == StepPosition(2, 4)
    assert how_far(here, "d", ("a",)) == StepPosition(2, 2)


def test_ways_of_one_length_are_exact_and_a_way_back_is_none() -> None:
    here = written("a > b c", "b > d a", "c > d", "d", "e ?")
    assert how_far(here, "a", ()) == StepPosition(1, 3)
    assert how_far(here, "d", ("a", "b")) == StepPosition(3, 3)


def test_who_came_by_a_link_is_where_the_shortest_way_would_have_led() -> None:
    here = written("a", "b", "c", "d")
    assert how_far(here, "c", ()) == StepPosition(3, 4)
    assert how_far(here, "d", ("c",)) == StepPosition(4, 4)


def test_the_way_through_a_guide_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here = guide()
    first = [how_far(here, step, ()) for step in here.steps]
    monkeypatch.setattr(navigation, "_left", pytest.fail)
    assert [how_far(here, step, ()) for step in here.steps] == first
    assert here.depths is here.depths
    assert all(step.fingerprint is step.fingerprint for step in here.steps.values())
