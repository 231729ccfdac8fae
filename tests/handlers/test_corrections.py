"""A guide is corrected while people are in the middle of it; every change comes with a restart of the bot."""

from __future__ import annotations

from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.upkeep import flags
from bot.i18n import Catalogues
from bot.testing import FakePlatform, Participant, World
from tests.conversations import build_router, content_of

UPDATED = "Hướng dẫn vừa được cập nhật"
REWRITTEN = "Bài này vừa được viết lại, bước bác xem không còn nữa"

GUIDE = """---
title: Mở quán nước
area: kinh tế số
audience: người bán hàng
sources: [Tổ công nghệ số]
owner: to-cong-nghe-thon
verified: 2026-11-20
review_every: 90d
keywords: [quán nước, mở quán]
minutes: 5
stuck: to-cong-nghe-thon
redirects: {}
---

# Dọn hàng {#don-hang}

Bác bày bàn ghế ra sân.

# Đun nước {#dun-nuoc}

Bác đun một ấm nước sôi.

Bác tráng ấm chén.

# Pha trà {#pha-tra}

Bác cho trà vào ấm.

# Mời khách {#moi-khach}

Bác rót nước mời khách.

## Kịch bản

- pha-tra=Tiếp → moi-khach
"""
OLD_NEWS = """Nay không dùng than nữa.

- [Xem cách mở quán nước](mo-quan.md)
- [Xem tiếp](#dun-nuoc)
"""
ARCHIVAL = (
    GUIDE.replace("title: Mở quán nước", "title: Bán than tổ ong")
    .replace("area: kinh tế số", "area: bản lưu")
    .replace("[quán nước, mở quán]", "[than tổ ong, bán than]")
    .replace("Bác bày bàn ghế ra sân.\n", OLD_NEWS)
)
ENGLISH = {
    ("mo-quan", "Mở quán nước"): "Open a tea stall",
    ("mo-quan/dun-nuoc", "Đun nước"): "Boil water",
    ("mo-quan/dun-nuoc", "Bác đun một ấm nước sôi."): "Boil a kettle of water.",
    ("", "Tiếp"): "Next",
    ("", "Từ nay tôi nói tiếng Việt với bác."): "From now on I speak English with you.",
}


class Shelf:
    """A folder of guides that an official edits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = GUIDE
        self.save()
        (folder / "ban-than.md").write_text(ARCHIVAL, encoding="utf-8")

    def correct(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new)
        self.save()

    def save(self) -> None:
        (self.folder / "mo-quan.md").write_text(self.text, encoding="utf-8")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def world(db: BaseDBAsyncClient, platform: FakePlatform, shelf: Shelf) -> World:
    translate = Catalogues({"en": ENGLISH}, {}).translate
    return World(db, lambda: build_router(content_of(shelf.folder)), translate, platform)


async def at_the_kettle(world: World) -> Participant:
    """Somebody who reads the second page."""
    talk = world.talk()
    await talk.says("quan nuoc")
    await talk.picks("Mở quán nước")
    await talk.picks("Tiếp")
    assert "Bác đun một ấm nước sôi." in talk.heard
    return talk


async def test_a_corrected_page_is_shown_anew_and_says_so_once(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("một ấm nước sôi", "hai ấm nước sôi")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert talk.heard.startswith(UPDATED)
    assert "Bác đun hai ấm nước sôi." in talk.heard
    await talk.says("tiếp tục")
    assert UPDATED not in talk.heard
    await talk.picks("Tiếp")
    assert "Bác cho trà vào ấm." in talk.heard
    assert UPDATED not in talk.heard


async def test_the_old_page_with_its_old_buttons_leads_to_the_corrected_text(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("# Pha trà {#pha-tra}\n\nBác cho trà vào ấm.", "# Pha trà {#pha-tra}\n\nBác cho trà xanh vào ấm.")
    await talk.restarts()
    await talk.picks("Tiếp")
    assert "Bác cho trà xanh vào ấm." in talk.heard


async def test_a_correction_elsewhere_disturbs_nobody(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("Bác rót nước mời khách.", "Bác rót nước, mời khách ngồi.")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert "Bác đun một ấm nước sôi." in talk.heard
    assert UPDATED not in talk.heard


async def test_a_step_put_in_between_does_not_shift_old_buttons(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("# Pha trà", "# Rửa chén {#rua-chen}\n\nBác rửa chén.\n\n# Pha trà")
    await talk.restarts()
    await talk.picks("Tiếp")
    assert "Bác cho trà vào ấm." in talk.heard
    await talk.picks("Quay lại")
    assert "Bác đun một ấm nước sôi." in talk.heard
    await talk.picks("Tiếp")
    assert "Bác rửa chén." in talk.heard


async def test_a_removed_step_with_a_redirect_leads_to_its_successor(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    old = list(talk.shown)
    shelf.correct("{#dun-nuoc}", "{#nau-nuoc}")
    shelf.correct("redirects: {}", "redirects: {dun-nuoc: nau-nuoc}")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert UPDATED in talk.heard
    assert REWRITTEN not in talk.heard
    assert "Bác đun một ấm nước sôi." in talk.heard
    if button := next((one for one in old[-1].message.buttons if one.label == "Đọc lại"), None):
        await talk.presses(button, old[-1].id)
        assert "Bác đun một ấm nước sôi." in talk.heard
    await talk.says("/start g_mo-quan_dun-nuoc")
    assert "Bác đun một ấm nước sôi." in talk.heard


async def test_a_removed_step_without_a_redirect_begins_again_with_an_apology(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("{#dun-nuoc}", "{#nau-nuoc}")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert REWRITTEN in talk.heard
    assert "Bác bày bàn ghế ra sân." in talk.heard
    await talk.says("tiếp tục")
    assert REWRITTEN not in talk.heard
    await talk.picks("Tiếp")
    assert "Bác đun một ấm nước sôi." in talk.heard


async def test_the_button_of_a_removed_step_is_answered_with_the_beginning(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    shelf.correct("{#dun-nuoc}", "{#nau-nuoc}")
    await talk.restarts()
    await talk.picks("Tôi bị kẹt")
    assert REWRITTEN in talk.heard
    assert "Bác bày bàn ghế ra sân." in talk.heard


async def test_a_removed_guide_is_said_kindly_with_the_list_of_others(world: World, shelf: Shelf) -> None:
    talk = await at_the_kettle(world)
    (shelf.folder / "mo-quan.md").rename(shelf.folder / "ban-nuoc.md")
    (shelf.folder / "ban-than.md").unlink()
    await talk.restarts()
    await talk.says("tiếp tục")
    assert "nay không còn nữa" in talk.heard
    assert talk.choices[0] == "Kinh tế số (1)"


async def test_a_language_changed_in_mid_guide_keeps_the_place(world: World, shelf: Shelf) -> None:
    """What is not translated yet is shown in Vietnamese, paragraph by paragraph; a translation is no correction."""
    talk = await at_the_kettle(world)
    await talk.says("ngôn ngữ")
    await talk.picks("English")
    assert "From now on I speak English with you." in talk.heard
    await talk.says("tiếp tục")
    assert "Boil water\n\nBoil a kettle of water.\n\nBác tráng ấm chén." in talk.heard
    assert UPDATED not in talk.heard
    assert talk.choices[0] == "Next"
    await talk.restarts()
    await talk.picks("Next")
    assert "Bác cho trà vào ấm." in talk.heard
    shelf.correct("Bác cho trà vào ấm.", "Bác cho trà xanh vào ấm.")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert UPDATED in talk.heard
    assert "Bác cho trà xanh vào ấm." in talk.heard
    await talk.says("ngôn ngữ")
    await talk.picks("Tiếng Việt")
    await talk.says("tiếp tục")
    assert talk.choices[0] == "Tiếp"


async def test_an_archival_guide_says_so_first_and_leads_on(world: World) -> None:
    talk = world.talk()
    await talk.says("bán than")
    await talk.picks("Bán than tổ ong")
    assert talk.heard.index("Đây là bản lưu") < talk.heard.index("Nay không dùng than nữa.")
    await talk.restarts()
    await talk.picks("Xem cách mở quán nước")
    assert "Bác bày bàn ghế ra sân." in talk.heard


async def test_a_screen_that_looks_different_three_times_flags_the_step(world: World) -> None:
    for person, steps in (("Hoa", {}), ("Bình", {}), ("Lan", {"mo-quan": 1})):
        talk = world.talk(person)
        await talk.says("/start g_mo-quan_dun-nuoc")
        await talk.picks("Tôi bị kẹt")
        await talk.picks("Màn hình của tôi khác")
        assert "cán bộ xã sẽ xem lại bước này" in talk.heard
        await talk.restarts()
        assert await flags.counts() == steps
        await talk.picks("Quay lại bước này")
        assert "Bác đun một ấm nước sôi." in talk.heard


async def test_reports_of_different_steps_do_not_add_up(world: World) -> None:
    for step in ("don-hang", "dun-nuoc", "pha-tra"):
        talk = world.talk()
        await talk.says(f"/start g_mo-quan_{step}")
        await talk.picks("Tôi bị kẹt")
        await talk.picks("Màn hình của tôi khác")
    assert await flags.counts() == {}
