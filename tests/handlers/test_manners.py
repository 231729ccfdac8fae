"""How the bot behaves: kind, short, silent where nobody asked it, and safe with whatever people send."""

from __future__ import annotations

import re
import unicodedata

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Codec
from bot.core.events import (
    BotLeft,
    Chat,
    ChatKind,
    Event,
    FileSent,
    Incoming,
    OtherSent,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    VoiceSent,
)
from bot.core.guard import MASK
from bot.core.text import utf16_len
from bot.handlers.guides.page import OpenStep
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant, World
from tests.conversations import build_router

GUIDE = "Cài và kích hoạt VNeID mức 2"
SLUG = "vneid-cai-dat-muc-2"
KEPT = "Bác đã ra công an"
MENU = ["Hướng dẫn", "Chữ lớn"]


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database; the tests of the storage run on both."""
    return "sqlite"


async def _met(world: World, person: str = "Hoa") -> Participant:
    talk = world.talk(person)
    await talk.says("menu")
    return talk


async def _in_guide(world: World) -> Participant:
    talk = await _met(world)
    await talk.says("cài vneid")
    await talk.picks(GUIDE)
    assert KEPT in talk.heard
    return talk


async def _says_as(talk: Participant, event: Event) -> str:
    before = list(talk.shown)
    await talk.world.happens(event)
    return "\n\n".join(new.message.text.plain for new in talk.shown if all(new is not old for old in before))


async def _tables(db: BaseDBAsyncClient) -> list[str]:
    rows = await db.execute_query_dict("select name from sqlite_master where type = 'table'")
    return [str(row["name"]) for row in rows]


_TIME = re.compile(r"\d\d:\d\d:\d\d\.\d+|datetime\.datetime\([\d, ]+")


async def _everything_stored(db: BaseDBAsyncClient) -> str:
    """The text of every table, as the database has it, but for the time of day: its microseconds may be any number."""
    rows: list[str] = []
    for table in await _tables(db):
        rows += [str({**row}) for row in await db.execute_query_dict(f'select * from "{table}"')]
    return _TIME.sub("", "\n".join(rows))


# First contact and help


@pytest.mark.parametrize("first", ["alo", "/start", "cài vneid", "???", "menu"])
async def test_who_speaks_and_what_is_kept_is_said_once(world: World, first: str) -> None:
    talk = world.talk()
    await talk.says(first)
    said = talk.heard
    for part in ("máy trả lời tự động", "xã Yên Mô", "90 ngày", "dừng", "trợ giúp", "dữ liệu của tôi"):
        assert part in said
    await talk.restarts()
    for again in (first, "menu", "/start"):
        await talk.says(again)
        assert "máy trả lời tự động" not in talk.heard
        assert talk.choices


async def test_somebody_who_blocked_the_bot_is_not_greeted(world: World) -> None:
    talk = world.talk()
    await world.happens(BotLeft("e-left", talk.chat, talk.sender, world.clock.now()))
    assert world.platform.calls == 0


async def test_in_a_group_nobody_is_introduced_to(world: World) -> None:
    talk = world.talk(chat="g", kind="group")
    await talk.says("/menu")
    assert "máy trả lời tự động" not in talk.heard
    assert talk.choices == MENU


@pytest.mark.parametrize("asked", ["trợ giúp", "tro giup", "/trogiup", "GIÚP TÔI", "help"])
async def test_help_names_the_words_to_say_and_the_number_to_call(world: World, asked: str) -> None:
    talk = await _met(world)
    await talk.says(asked)
    for part in ("menu", "hướng dẫn", "tìm", "tiếp tục", "chữ lớn", "ngôn ngữ", "hủy", "0229 000 0000", "7 giờ 30"):
        assert part in talk.heard


@pytest.mark.parametrize("said", ["Menu", "MENU", "thuc don", "  menu  ", "thực đơn", "/menu", "/start"])
async def test_words_do_what_commands_do_with_marks_or_without(world: World, said: str) -> None:
    talk = await _met(world)
    await talk.says(said)
    assert talk.choices == MENU


async def test_whoever_stops_with_nothing_open_is_not_told_that_something_was(world: World) -> None:
    talk = await _met(world)
    await talk.says("hủy")
    assert "Được, tôi dừng ở đây." in talk.heard
    assert "Đã dừng" not in talk.heard
    assert talk.choices == ["Về menu"]


# In the middle of a guide


@pytest.mark.parametrize("said", ["/huy", "hủy", "huy", "Thoát", "thoat"])
async def test_whoever_stops_keeps_the_place_in_the_guide(world: World, said: str) -> None:
    talk = await _in_guide(world)
    await talk.says(said)
    assert "bác đang xem vẫn còn" in talk.heard or "Bài đang xem vẫn còn" in talk.heard
    await talk.says("menu")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert KEPT in talk.heard


@pytest.mark.parametrize("said", ["menu", "/menu", "trợ giúp", "hướng dẫn", "chữ lớn"])
async def test_menu_words_win_over_an_open_page(world: World, said: str) -> None:
    talk = await _in_guide(world)
    await talk.says(said)
    assert KEPT not in talk.heard
    assert talk.choices


@pytest.mark.parametrize("said", ["tôi không hiểu", "ok", "dạ rồi", "mưa to quá"])
async def test_a_word_that_is_not_understood_leaves_those_of_the_page_open(world: World, said: str) -> None:
    talk = await _in_guide(world)
    await talk.says(said)
    await talk.says(said)
    await talk.says("đọc lại")
    assert KEPT in talk.heard


@pytest.mark.parametrize("said", ["đọc lại", "DOC LAI", "Đọc lại."])
async def test_a_page_is_read_again_on_request(world: World, said: str) -> None:
    talk = await _in_guide(world)
    await talk.says(said.rstrip("."))
    assert KEPT in talk.heard
    assert talk.choices[-3:] == ["Đọc lại", "Tôi bị kẹt", "Thoát"]


async def test_the_language_changes_in_the_middle_of_a_guide_and_back(world: World) -> None:
    talk = await _in_guide(world)
    await talk.says("ngôn ngữ")
    assert talk.choices[:2] == ["Tiếng Việt", "English"]
    await talk.picks("English")
    assert "Đọc lại" not in talk.heard
    await talk.restarts()
    await talk.says("/tieptuc")
    assert talk.choices
    assert "Đọc lại" not in talk.choices
    await talk.says("/ngonngu")
    await talk.picks("Tiếng Việt")
    await talk.says("tiếp tục")
    assert KEPT in talk.heard
    assert "Đọc lại" in talk.choices


async def test_large_letters_come_as_one_sentence_for_each_message_and_go_again(world: World) -> None:
    talk = await _in_guide(world)
    whole = "".join(talk.heard.split())
    await talk.says("đọc lại")
    calm = len(talk.news)
    await talk.says("chữ lớn")
    await talk.restarts()
    await talk.says("tiếp tục")
    assert len(talk.news) > calm
    assert talk.choices[-1] == "Thoát"
    assert all(len(message.text.plain) <= len(whole) for message in talk.news)
    assert "".join(talk.heard.split()) == whole
    await talk.says("chữ lớn")
    await talk.says("tiếp tục")
    assert len(talk.news) == calm


async def test_a_link_from_a_poster_opens_its_page_in_private(world: World) -> None:
    talk = world.talk()
    await talk.says(f"/start g_{SLUG}_cau-1")
    assert "Muốn có VNeID mức 2" in talk.heard
    await talk.says(f"/start g_{SLUG}")
    assert GUIDE.split()[0] in talk.heard
    for broken in ("g_", "g_khong-co-bai-nay", f"g_{SLUG}_khong-co-buoc", "x_y", "g_" + "x" * 500, "🙂", "g|a|b"):
        await talk.says(f"/start {broken}")
        assert talk.choices, broken


# Thanks, emergencies, secrets


@pytest.mark.parametrize("said", ["cảm ơn", "Cam on", "cảm ơn nhé"])
async def test_thanks_get_one_short_answer_in_private_and_none_in_a_group(world: World, said: str) -> None:
    talk = await _met(world)
    await talk.says(said)
    assert [message.text.plain for message in talk.news] == ["Không có gì ạ. Khi cần, bác cứ gõ “menu”."]
    group = world.talk("Lan", chat="g", kind="group")
    await group.says(said)
    assert group.news == []


@pytest.mark.parametrize(
    ("said", "number"), [("cháy nhà rồi", "114"), ("cấp cứu với", "115"), ("tôi bị lừa mất tiền", "113")]
)
async def test_in_danger_the_number_is_the_first_line_and_the_conversation_goes_on(
    world: World, said: str, number: str
) -> None:
    talk = await _in_guide(world)
    await talk.says(said)
    first = talk.news[0].text.plain.splitlines()[0]
    assert first.startswith("Gọi ngay")
    assert number in first
    await talk.says("tiếp tục")
    assert KEPT in talk.heard


async def test_in_danger_even_a_stranger_gets_the_number_first(world: World) -> None:
    talk = world.talk()
    await talk.says("cháy nhà rồi")
    assert talk.news[0].text.plain.startswith("Gọi ngay 114")


async def test_a_cry_for_help_gets_numbers_and_no_guide_that_sounds_like_it(world: World) -> None:
    """Seen: “cứu với” was answered with how to look up papers (“tra cứu”)."""
    talk = await _met(world)
    await talk.says("cứu với")
    assert talk.heard.startswith("Gọi ngay 113")
    assert "Có phải bác cần" not in talk.heard


@pytest.mark.parametrize(
    "secret",
    [
        "mã OTP là 482913",
        "mật khẩu: hoa482913",
        "cccd 037482913234",
        "stk 10482913556",
        "482913",
        "9704 4829 1368 1234",
    ],
)
async def test_a_secret_is_warned_of_and_stands_in_no_table(world: World, secret: str) -> None:
    talk = await _in_guide(world)
    await talk.says(secret)
    assert "Tôi đã ẩn số vừa gõ" in talk.heard
    await talk.says(f"/tim {secret}")
    assert "Tôi đã ẩn số vừa gõ" in talk.heard
    stored = await _everything_stored(world.db)
    for digits in ("482913", "4829", "037482913234", "10482913556"):
        assert digits not in stored
    assert "482913" not in talk.heard
    await talk.says("tiếp tục")
    assert KEPT in talk.heard


async def test_a_secret_is_not_stored_while_the_answer_is_still_on_its_way(world: World) -> None:
    talk = await _met(world)
    event = TextSent("e-s", talk.chat, talk.sender, world.clock.now(), text="otp 482913")
    await world.engine.receive([event])
    stored = await _everything_stored(world.db)
    assert "482913" not in stored
    await world.engine.idle()


async def test_a_question_beside_a_secret_is_answered_all_the_same(world: World) -> None:
    talk = await _met(world)
    await talk.says("cài vneid thế nào hả cháu, số căn cước tôi là 037090001234")
    assert "Tôi đã ẩn số vừa gõ" in talk.heard
    assert len(talk.news) > 1


async def test_five_thousand_characters_are_refused_kindly(world: World) -> None:
    talk = await _in_guide(world)
    await talk.says("a " * 2500)
    assert "dài quá" in talk.heard
    assert "a a a" not in await _everything_stored(world.db)
    await talk.says("tiếp tục")
    assert KEPT in talk.heard


# Odd names and odd words


@pytest.mark.parametrize(
    "odd",
    ["<b>x</b>", "**x** _y_ `z`", "[x](https://xấu.example)", "{name} {0} %s", "\u202eabc\u202c", "a\x00b", "👩‍🌾🌾",
     unicodedata.normalize("NFD", "Nguyễn Thị Hoà"), "\ud800", "'; drop table inbox; --", "\u200b", "&lt;",
     "\n\n", "x" * 500],
)  # fmt: skip
async def test_names_and_words_of_any_kind_do_no_harm(world: World, odd: str) -> None:
    chat = Chat(world.platform.name, "odd", "private")
    talk = Participant(world, chat, Sender("id-odd", odd))
    for said in (odd, f"tìm {odd}", f"/tim {odd}", f"/start {odd}", f"/{odd}", "menu"):
        await talk.says(said)
        assert talk.heard, repr(said)
        assert "máy vừa gặp lỗi" not in talk.heard
    assert "\u202e" not in await _everything_stored(world.db)
    await talk.forges(odd)
    assert "Nút này không còn dùng được" in talk.heard


@pytest.mark.parametrize(
    "data",
    ["g|khong-co|x", f"g|{SLUG}|khong-co", f"q|{SLUG}|cau-1|zzz", f"q|{SLUG}|khong-co|1", f"b|{SLUG}|zzz",
     f"k|{SLUG}|zzz",
     f"d|{SLUG}|zzz", f"e|{SLUG}|zzz", "s|khong-co", "qr|khong-co", "o|khong-co", "l|xx", "ls|99", "lg|1", "x", "m"],
)  # fmt: skip
async def test_a_button_that_names_what_is_gone_leads_on(world: World, data: str) -> None:
    talk = await _met(world)
    await talk.forges(data)
    assert talk.heard
    assert "máy vừa gặp lỗi" not in talk.heard
    await talk.says("menu")
    assert talk.choices[-1] in ("Chữ lớn", "Chữ thường")


# What the bot cannot read


FILE = Incoming("ref", "application/octet-stream", 10, "x")


def _unreadable(talk: Participant, what: str, *, addressed: bool) -> Event:
    world = talk.world
    common = (world.next_id(), talk.chat, talk.sender, world.clock.now())
    match what:
        case "voice":
            return VoiceSent(*common, file=FILE, seconds=3, addressed=addressed)
        case "photo":
            return PhotoSent(*common, files=(FILE,), addressed=addressed)
        case "file":
            return FileSent(*common, file=FILE, addressed=addressed)
        case _:
            return OtherSent(*common, what=what, addressed=addressed)


@pytest.mark.parametrize("what", ["voice", "photo", "file", "sticker"])
async def test_what_the_bot_cannot_read_gets_a_kind_answer_in_private(world: World, what: str) -> None:
    talk = await _met(world)
    said = await _says_as(talk, _unreadable(talk, what, addressed=True))
    assert any(words in said for words in ("chưa nghe được", "không lưu lại", "chỉ đọc được chữ"))


@pytest.mark.parametrize("what", ["voice", "photo", "file", "sticker"])
async def test_in_a_group_it_gets_none_when_it_was_not_for_the_bot(world: World, what: str) -> None:
    talk = world.talk(chat="g", kind="group")
    await talk.says("/menu")
    assert await _says_as(talk, _unreadable(talk, what, addressed=False)) == ""


@pytest.mark.parametrize("kind", [PhotoSent, FileSent])
async def test_what_is_written_under_a_picture_is_read_where_nobody_waits_for_the_picture(
    world: World, kind: type[PhotoSent | FileSent]
) -> None:
    """Seen: a screenshot with a question under it got no answer but that pictures are not kept."""
    talk = await _met(world)
    assert "Có phải bác cần" in await _says_as(talk, _with_caption(talk, kind, "máy bảo cài vneid thì làm sao"))
    assert "Tôi không xem được ảnh, tệp và không lưu lại." in talk.heard
    await _says_as(talk, _with_caption(talk, kind, "menu"))
    assert talk.choices == MENU
    await _says_as(talk, _with_caption(talk, kind, "cứu với, nhà tôi đang bị cướp"))
    assert "Gọi ngay 113 (công an)" in talk.heard


def _with_caption(talk: Participant, kind: type[PhotoSent | FileSent], caption: str) -> PhotoSent | FileSent:
    common = (talk.world.next_id(), talk.chat, talk.sender, talk.world.clock.now())
    if kind is PhotoSent:
        return PhotoSent(*common, files=(FILE,), caption=caption)
    return FileSent(*common, file=FILE, caption=caption)


# Groups


@pytest.mark.parametrize("said", ["chào cả nhà", "menu", "cảm ơn", "1", "cài vneid", "tôi bị kẹt", "hủy"])
async def test_in_a_group_what_is_not_for_the_bot_is_not_answered(world: World, said: str) -> None:
    talk = world.talk(chat="g", kind="group")
    await talk.says(said, addressed=False)
    assert world.platform.calls == 0


async def test_in_a_group_a_page_is_turned_by_anybody_and_leaves_no_trace_of_them(world: World) -> None:
    hoa, lan = (world.talk(name, chat="g", kind="group") for name in ("Hoa", "Lan"))
    await hoa.says(f"/start g_{SLUG}")
    assert KEPT in hoa.heard
    page = hoa.shown[-1]
    if page.message.buttons:
        await lan.presses(page.message.buttons[0], page.id)
        assert lan.heard
    assert await world.db.execute_query_dict("select * from guide_runs") == []


# Every button of every page


KINDS: tuple[ChatKind, ...] = ("private", "group")


async def test_every_button_of_every_page_fits_without_a_token(
    db: BaseDBAsyncClient, shipped: Content, platform: FakePlatform
) -> None:
    """All guides, all steps, all questions: each is shown as a person would see it, no action is stored for it."""
    world = World(db, lambda: build_router(shipped), shipped.catalogues.translate, platform)
    codec = Codec(build_router(shipped).actions)
    pages = 0
    for kind in KINDS:
        talk = world.talk(chat=f"walk-{kind}", kind=kind)
        for guide in shipped.guides:
            for step in guide.steps.values():
                packed = f"g|{guide.slug}|{step.id}"
                assert codec.unpack(packed) == OpenStep(guide.slug, step.id)
                await talk.world.happens(
                    Pressed(world.next_id(), talk.chat, talk.sender, world.clock.now(), data=packed)
                )
                pages += 1
        buttons = [button for shown in talk.shown for button in shown.message.buttons]
        for button in buttons:
            assert len(button.data) <= 64
            codec.unpack(button.data)
            assert 0 < utf16_len(button.label) <= 64
    assert pages == 2 * sum(len(guide.steps) for guide in shipped.guides)
    assert await db.execute_query_dict("select * from stored_actions") == []
    assert await db.execute_query_dict("select * from inbox where failed is not null") == []


def test_the_mask_itself_is_no_secret() -> None:
    assert not any(char.isdigit() for char in MASK)
