"""The guides folder as the bot loads it at the start."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot.features.guides.checking.check import check, write_index
from bot.features.guides.contacts import Allowed
from bot.features.guides.library import BrokenGuides, load
from bot.features.guides.schema import json_schema

ROOT = Path(__file__).parents[3] / "guides"
EXAMPLE = Path(__file__).with_name("example.txt").read_text(encoding="utf-8")
HEAD = EXAMPLE.partition("# Bác dùng")[0].replace("redirects: {tai-ve: android}\n", "")


def write(folder: Path, slug: str, title: str = "Một", body: str = "# Một {#mot}\n\nBác mở máy.\n") -> None:
    text = HEAD.replace("Cài ứng dụng VNeID trên điện thoại", title) + body
    (folder / f"{slug}.md").write_text(text, encoding="utf-8")


def test_guides_are_sorted_by_title_and_found_by_slug(tmp_path: Path) -> None:
    write(tmp_path, "a", "Ốm thì đi đâu")
    write(tmp_path, "b", "Ăn gì")
    (tmp_path / "_mau.md").write_text("không phải hướng dẫn", encoding="utf-8")
    (tmp_path / "README.md").write_text("không phải hướng dẫn", encoding="utf-8")
    library = load(tmp_path)
    assert [guide.slug for guide in library] == ["b", "a"]
    assert len(library) == 2
    assert library.get("a") is library.guides["a"]
    assert library.get("_mau") is None


def test_one_broken_guide_stops_the_start_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "tot")
    write(tmp_path, "hong", body="# Một {#mot}\n\n- [Xong](#khong-co)\n")
    with pytest.raises(BrokenGuides, match=r"hong\.md:16: error: dead-link ") as broken:
        load(tmp_path)
    assert str(broken.value).count("\n") == 0
    kept = load(tmp_path, skip_broken=True)
    assert list(kept.guides) == ["tot"]
    assert [finding.code for finding in kept.findings] == ["dead-link"]


def test_a_link_to_another_guide_must_exist(tmp_path: Path) -> None:
    write(tmp_path, "mot", body="# Một {#mot}\n\n- [Xem](hai.md#mot)\n- [Thôi](hai.md#khong)\n- [Ba](ba.md)\n")
    write(tmp_path, "hai")
    assert [(one.code, one.line) for one in check(tmp_path, today=date(2026, 11, 24))] == [
        ("dead-link", 17),
        ("dead-link", 18),
    ]


def test_an_id_once_published_may_not_vanish(tmp_path: Path) -> None:
    write(tmp_path, "mot")
    write_index(tmp_path, load(tmp_path))
    write(tmp_path, "mot", body="# Một {#mot-moi}\n\nBác mở máy.\n")
    with pytest.raises(BrokenGuides, match="removed-id"):
        load(tmp_path)
    redirected = HEAD.replace("stuck:", "redirects: {mot: mot-moi}\nstuck:") + "# Một {#mot-moi}\n\nBác mở máy.\n"
    (tmp_path / "mot.md").write_text(redirected, encoding="utf-8")
    write_index(tmp_path, load(tmp_path))
    assert json.loads((tmp_path / ".index.json").read_text(encoding="utf-8")) == {"mot": ["mot", "mot-moi"]}


def test_the_commune_s_own_contacts_are_allowed(tmp_path: Path) -> None:
    write(tmp_path, "mot", body="# Một {#mot}\n\nGọi 02293 869 123 hoặc mở yenmo.gov.vn.\n")
    with pytest.raises(BrokenGuides, match="unknown-phone"):
        load(tmp_path)
    own = Allowed(hosts=frozenset({"yenmo.gov.vn"}), phones=frozenset({"02293869123"}))
    assert len(load(tmp_path, allowed=own)) == 1


def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        load(tmp_path / "khong-co")


def test_the_guides_of_the_project_have_no_error() -> None:
    assert [str(one) for one in check(ROOT) if one.severity == "error"] == []


def test_the_template_for_authors_is_a_good_guide(tmp_path: Path) -> None:
    (tmp_path / "mau.md").write_bytes((ROOT / "_mau.md").read_bytes())
    assert [one.code for one in check(tmp_path)] == ["unverified"]


def test_the_schema_beside_the_guides_is_the_present_one() -> None:
    assert (ROOT / "schema.json").read_text(encoding="utf-8") == json_schema()


def test_the_schema_accepts_what_the_checker_accepts() -> None:
    schema = json.loads(json_schema())
    front = yaml.load(EXAMPLE.split("---")[1], Loader=yaml.BaseLoader)  # noqa: S506 - plain strings only
    front["minutes"] = int(front["minutes"])
    jsonschema.validate(front, schema)
    front["version"] = "2"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(front, schema)
