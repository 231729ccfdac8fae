"""Every example of the framework is talked with, on a messenger with buttons and on one without."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.framework import App, AppError
from bot.framework.testing import PLAIN, RICH, told
from examples import adapter, echo, files, library, quiz, reminder, vote

BOTH = pytest.mark.parametrize("capabilities", [RICH, PLAIN], ids=["rich", "plain"])
EXAMPLES = sorted(path for path in Path(echo.__file__).parent.glob("[!_]*.py") if not path.stem.endswith("_rig"))
"""A rig is none: it is what tests an adapter."""
Profile = Mapping[ChatKind, Capabilities]


@BOTH
async def test_the_library_lends_a_book_though_it_is_killed_in_the_middle(capabilities: Profile) -> None:
    async with told(library.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.says("hello")
        await ann.picks("A month")
        assert ann.heard == "Which book?"
        await ann.says("Dune")
        await ann.restarts()
        await ann.says("12")
        assert ann.heard == "A card has four digits. Please look again."
        await ann.says("1234")
        assert ann.heard == "Dune is yours for 30 days."
        await ann.says("thanks")
        assert ann.heard == "You said: thanks"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_is_read_at_once(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 60


def test_the_library_is_no_longer_than_it_says() -> None:
    """Without blank lines and its docstring, as bots of other frameworks are counted beside it."""
    source = Path(library.__file__).read_text("utf-8")
    assert len([line for line in source.splitlines() if line.strip()]) <= 30
    assert len([node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]) <= 3


@BOTH
async def test_the_echo_says_what_it_hears(capabilities: Profile) -> None:
    async with told(echo.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.says("**good** morning {name}")
        assert ann.heard == "**good** morning {name}"


@BOTH
async def test_the_quiz_counts_points_by_buttons_letters_and_numbers(capabilities: Profile) -> None:
    async with told(quiz.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.says("quiz")
        assert "Question 1. Which planet is the largest?" in ann.heard
        await ann.picks("Jupiter")
        assert "Right!" in ann.heard
        await ann.says("a")
        assert "No: Eight." in ann.heard
        await ann.says("3")
        assert "You have 2 of 3 points." in ann.heard


@BOTH
async def test_a_forged_question_of_the_quiz_is_no_error(capabilities: Profile) -> None:
    async with told(quiz.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.forges("answer|99|0|0")
        assert ann.news == []


@BOTH
async def test_the_reminder_comes_at_its_time_and_after_a_restart(capabilities: Profile) -> None:
    async with told(reminder.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.says("remind me please")
        assert ann.heard == "Like this: remind 10 tea is ready"
        await ann.says("remind 10 tea is ready")
        assert ann.heard == "I will remind you in 10 minutes."
        await world.passes(minutes=9)
        assert "⏰" not in ann.heard
        await ann.restarts()
        await world.passes(minutes=1)
        assert ann.shown[-1].message.text.plain == "⏰ tea is ready"
        await world.passes(minutes=10)
        assert len([one for one in ann.shown if "⏰" in one.message.text.plain]) == 1
        await ann.says("count")
        assert ann.heard == "In the last hours: 1."


@BOTH
async def test_the_group_votes_and_everybody_has_one_voice(capabilities: Profile) -> None:
    async with told(vote.app, capabilities) as world:
        ann, bob = (world.talk(name, chat="village", kind="group") for name in ("Ann", "Bob"))
        await ann.says("vote Where?")
        assert ann.heard == "Like this: vote Where? | Park | Hall"
        await ann.says("vote Where? | Park | Hall")
        await bob.picks("Park")
        assert "Park: 1\nHall: 0" in bob.shown[-1].message.text.plain
        await bob.picks("Hall")
        await ann.picks("Hall")
        assert "Park: 0\nHall: 2" in ann.shown[-1].message.text.plain


@BOTH
async def test_a_file_is_counted_by_a_job_and_the_result_comes_back(capabilities: Profile) -> None:
    async with told(files.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.sends(b"to be or not to be", "hamlet.txt", "text/plain")
        assert ann.heard == "I am counting."
        await world.works()
        assert "6 words." in ann.heard
        sent = [one.message for one in ann.shown if one.message.attachment]
        if capabilities is RICH:
            assert world.media is not None
            assert sent[0].attachment is not None
            assert b"be\t2\n" in await world.media.read(sent[0].attachment.media)
        else:
            assert "words of hamlet.txt" in ann.heard  # the file is a link there


@BOTH
async def test_a_file_that_is_gone_is_told_after_three_attempts(capabilities: Profile) -> None:
    async with told(files.app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.sends(b"to be", "hamlet.txt", "text/plain")
        world.platform.files.clear()
        for _ in range(4):
            await world.passes(minutes=2)
        assert "I could not do what you asked for" in ann.shown[-1].message.text.plain


async def test_the_adapter_of_letters_answers_each_letter_once(tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    adapter.app.data = tmp_path / "data"
    async with adapter.app.serving({"BOT_LETTERS_FOLDER": str(letters)}) as running:
        (letters / "ann.part").write_text("Dear bot")
        (letters / "ann.part").rename(letters / "ann.txt")
        async with asyncio.timeout(30):
            while not (letters / "ann.answers").exists():  # noqa: ASYNC110 - the folder tells nobody
                await asyncio.sleep(0.01)
        await running.engine.idle()
    assert (letters / "ann.answers").read_text() == "Dear bot\n"
    assert not (letters / "ann.txt").exists()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that brings the feature, as pip leaves it."""
    info = tmp_path / "library_opinions-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: library-opinions\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[library.features]\nopinions = examples.feature:extend\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return info


@BOTH
@pytest.mark.usefixtures("installed")
async def test_an_installed_package_brings_its_feature(capabilities: Profile) -> None:
    app = App(*library.app.routers, features="library.features")
    async with told(app, capabilities) as world:
        ann = world.talk("Ann")
        await ann.says("opinion")
        await ann.restarts()
        await ann.says("hello is what I say to all books")
        assert ann.heard == "Thank you. That is opinion 1."
        await ann.says("hello")
        assert "For how long?" in ann.heard


def test_a_feature_that_cannot_be_loaded_is_named(installed: Path) -> None:
    (installed / "entry_points.txt").write_text("[library.features]\nopinions = examples.nowhere:extend\n")
    with pytest.raises(AppError, match=r"opinions \(examples.nowhere:extend\) in library.features"):
        App(features="library.features")
