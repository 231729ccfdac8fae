"""What officers named leaves the machine as text and meaning, and is read by whoever trains."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.unheard import words
from bot.features.unheard.pending import PendingWords
from bot.features.unheard.tables import UnheardWord
from bot.storage import database
from bot.understanding.examples import FOLDER, digest
from tests.conversations import content
from tests.processes import Ran, ran
from tools.learn.data import everything

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
MEANT = "so-lien-lac-dien-tu"


def export(data: Path, out: Path) -> Ran:
    return ran("understanding", "export", str(out), environ={"BOT_DATA_DIR": str(data)})


async def kept(data: Path) -> None:
    data.mkdir(exist_ok=True)
    url = database.file_url(data / "bot.sqlite3")
    await database.migrate(url)
    async with database.opened(url):
        person = await people.remember(Account("fake", "id-hoa"), "chat-hoa", "Trần Thị Hoa", NOW)
        told = [PendingWords(f"k{at}", text, (), False, NOW) for at, text in enumerate(("xem điểm", "chợ", "xem sao"))]
        await words.keep(told, person, "yen-mo")
        await UnheardWord.filter(text="xem điểm").update(named=MEANT)
        await UnheardWord.filter(text="chợ").update(named="none")


async def test_only_what_was_named_is_written_and_nothing_of_anybody(tmp_path: Path) -> None:
    await kept(tmp_path / "data")
    out = tmp_path / "commune-thu.tsv"
    out.write_text("")
    out.chmod(0o644)
    done = export(tmp_path / "data", out)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert out.read_text("utf-8") == f"xem điểm\t{MEANT}\tcommune\nchợ\tnone\tcommune\n"
    assert out.stat().st_mode & 0o777 == 0o600
    assert "2 câu" in done.stderr


def test_a_commune_where_nothing_was_named_gets_an_empty_file_and_the_way_to_it(tmp_path: Path) -> None:
    done = export(tmp_path / "data", tmp_path / "x.tsv")
    assert done.returncode == 0
    assert (tmp_path / "x.tsv").read_text() == ""
    assert "lời chưa hiểu" in done.stderr


def test_an_export_is_trained_on_beside_our_own_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "commune-thu.tsv"
    file.write_text(f"xem điểm của cháu\t{MEANT}\tcommune\nmua phân bón\tbai-rieng-cua-xa\tcommune\n", "utf-8")
    data = everything([file])
    own = [one for one in data.examples if one.writer == "commune-thu"]
    assert [(one.text, one.meanings) for one in own] == [("xem điểm của cháu", (MEANT,))]
    assert "commune-thu.tsv:2: 'bai-rieng-cua-xa' is no guide" in capsys.readouterr().err
    assert data.digest != digest(FOLDER, content().guides), "such a model is not the shipped one"
    assert everything().digest == digest(FOLDER, content().guides)


def test_an_export_does_not_take_the_name_of_a_writer(tmp_path: Path) -> None:
    file = tmp_path / "writer-b.tsv"
    file.write_text(f"xem điểm\t{MEANT}\tcommune\n", "utf-8")
    with pytest.raises(ValueError, match="writer-b: there is a writer of this name"):
        everything([file])
