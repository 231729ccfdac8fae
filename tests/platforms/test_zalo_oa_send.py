"""What leaves to a Zalo Official Account: buttons, photos, groups, windows, templates, and the table of errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.core.events import Chat
from bot.core.fit import FitWords, fit
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import ChatGone, PlatformError, RateLimited, Rejected, TokenRefused, Unreachable, WindowShut
from bot.core.text import Text
from bot.platforms.zalo_oa.adapter import SHUT_FOR, ZaloOa, create
from bot.platforms.zalo_oa.api import proof
from bot.settings import SettingsError
from tests.kit import MemoryMedia, StillClock, make_kit

from .fake_zalo import DROP_AFTER, error
from .fake_zalo_oa import CS, TEMPLATE, UPLOAD, FakeZaloOa

AN, GROUP = Chat("zalo_oa", "u1", "private"), Chat("zalo_oa", "g1", "group")
HELLO = Message(Text.verbatim("Chào bác"))


@dataclass
class World:
    oa: FakeZaloOa
    clock: StillClock
    media: MemoryMedia

    def bot(self, **options: str) -> ZaloOa:
        platform = create(make_kit(self.oa.options(**options), clock=self.clock, media=self.media))
        assert isinstance(platform, ZaloOa)
        return platform


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeZaloOa() as oa:
        oa.last_word["u1"] = 10**12
        yield World(oa, StillClock(), MemoryMedia())


async def test_buttons_are_buttons_only_where_the_setting_says_so(world: World) -> None:
    choices = tuple(Button(f"Việc {n}", f"g|bai-{n}|b") for n in range(1, 6))
    message = Message(Text.verbatim("Bác cần việc gì?"), choices)
    for setting, buttons in (("false", 0), ("true", 5)):
        bot = world.bot(buttons=setting)
        [part] = fit(message, bot.capabilities["private"], link_to=world.media.url, words=FitWords()).parts
        await bot.send(AN, part)
        await bot.close()
        world.oa.refresh = world.oa.options()["refresh_token"]
        shown = world.oa.accepted[-1]
        assert len(shown.buttons) == buttons
        assert ("5. Việc 5" in shown.text) == (not buttons)
    assert shown.buttons[0] == ("Việc 1", "#:g|bai-1|b")


async def test_six_buttons_become_numbers_and_in_a_group_all_do(world: World) -> None:
    bot = world.bot(buttons="true")
    six = Message(Text.verbatim("Chọn"), tuple(Button(f"Việc {n}", f"n|{n}") for n in range(6)))
    for chat, message in ((AN, six), (GROUP, replace(six, buttons=six.buttons[:2]))):
        [part] = fit(message, bot.capabilities[chat.kind], link_to=world.media.url, words=FitWords()).parts
        await bot.send(chat, part)
        assert world.oa.accepted[-1].buttons == ()
        assert "2. Việc 1" in world.oa.accepted[-1].text
    with pytest.raises(Rejected):
        await bot.send(GROUP, replace(six, buttons=six.buttons[:2]))
    await bot.close()


async def test_with_buttons_a_photo_goes_before_the_text_that_they_stand_under(world: World) -> None:
    bot = world.bot(buttons="true")
    photo = Attachment("photo", await world.media.store(b"\x89PNG", "image/png"), "màn hình", 4)
    message = Message(Text.verbatim("Bước 1"), (Button("Tiếp", "t"),), photo)
    for part in fit(message, bot.capabilities["private"], link_to=world.media.url, words=FitWords()).parts:
        await bot.send(AN, part)
    first, second = world.oa.accepted
    assert (bool(first.photo), first.text, second.text, len(second.buttons)) == (True, "", "Bước 1", 1)
    await bot.close()


async def test_a_photo_is_uploaded_once_and_again_when_the_vendor_has_forgotten_it(world: World) -> None:
    bot = world.bot()
    photo = Attachment("photo", await world.media.store(b"\xff\xd8jpeg", "image/jpeg"), "màn hình", 6)
    message = Message(Text.verbatim("Nhìn"), attachment=photo)
    await bot.send(AN, message)
    await bot.send(AN, message)
    assert world.oa.calls.count(UPLOAD) == 1
    world.oa.uploaded.clear()
    await bot.send(AN, message)
    assert (world.oa.calls.count(UPLOAD), len(world.oa.accepted)) == (2, 3)
    await bot.close()


async def test_an_upload_without_an_answer_surely_sent_no_message(world: World) -> None:
    bot = world.bot()
    photo = Attachment("photo", await world.media.store(b"\xff\xd8jpeg", "image/jpeg"), "màn hình", 6)
    world.oa.fail(UPLOAD, DROP_AFTER)
    with pytest.raises(Unreachable) as caught:
        await bot.send(AN, Message(Text(), attachment=photo))
    assert not caught.value.maybe_sent
    with pytest.raises(Rejected):
        await bot.send(AN, Message(Text(), attachment=replace(photo, media="gone")))
    assert world.oa.accepted == []
    await bot.close()


async def test_what_somebody_typed_calls_nobody_in_a_group(world: World) -> None:
    bot = world.bot()
    await bot.send(GROUP, Message(Text.verbatim("khó khăn: [@g1] [@u2]")))
    assert world.oa.heard("g1") == ["khó khăn: (@g1] (@u2]"]
    await bot.close()


async def test_a_window_that_shuts_between_approval_and_sending_loses_nothing(world: World) -> None:
    """The row waits: surely not sent, neither refused nor struck off; and the vendor is not asked again and again."""
    bot = world.bot()
    assert bot.capabilities["private"].push == "window"
    assert bot.capabilities["group"].push == "always"
    del world.oa.last_word["u1"]
    for _ in range(3):
        with pytest.raises(WindowShut) as caught:
            await bot.send(AN, HELLO)
        assert not caught.value.maybe_sent
    assert world.oa.sends == 1
    await world.clock.sleep(SHUT_FOR + 1)
    world.oa.last_word["u1"] = 10**12
    await bot.send(AN, HELLO)
    assert world.oa.heard("u1") == ["Chào bác"]
    await bot.close()


async def test_with_an_approved_template_a_short_text_passes_a_shut_window_whole_and_a_long_one_waits(
    world: World,
) -> None:
    bot = world.bot(zbs_template="7", zbs_field="loi_nhan")
    world.oa.templates["7"] = "loi_nhan"
    assert bot.capabilities["private"].push == "always"
    await bot.send(AN, HELLO)
    del world.oa.last_word["u1"]
    sent = await bot.send(AN, Message(Text.verbatim("Mai họp thôn\n19 giờ")))
    assert sent.message_id
    assert [(item.path, item.text) for item in world.oa.accepted] == [
        (CS, "Chào bác"),
        (TEMPLATE, "Mai họp thôn 19 giờ"),
    ]
    with pytest.raises(WindowShut):
        await bot.send(AN, Message(Text.verbatim("dài " * 60)))
    await bot.close()


async def test_advertising_at_night_waits_until_six_in_the_morning(world: World) -> None:
    bot = world.bot(zbs_template="7")
    del world.oa.last_word["u1"]
    world.oa.fail(TEMPLATE, error(-234, "night", status=200))
    with pytest.raises(RateLimited) as caught:
        await bot.send(AN, HELLO)
    assert caught.value.retry_after == 15 * 3600, "it is 15:00 in Vietnam"
    await bot.close()


ERRORS: dict[int, type[PlatformError]] = {
    -32: RateLimited, -100: Rejected, -201: Rejected, -202: TokenRefused, -204: TokenRefused, -205: TokenRefused,
    -207: TokenRefused, -208: TokenRefused, -209: TokenRefused, -210: Rejected, -211: RateLimited, -212: TokenRefused,
    -213: ChatGone, -215: TokenRefused, -217: ChatGone, -218: RateLimited, -221: TokenRefused, -222: ChatGone,
    -224: TokenRefused, -227: ChatGone, -230: WindowShut, -232: Rejected, -233: Rejected, -234: RateLimited,
    -237: ChatGone, -240: TokenRefused, -242: TokenRefused, -244: ChatGone, -248: Rejected, -249: Rejected,
    -305: WindowShut, -311: WindowShut, -320: TokenRefused, -321: TokenRefused, -403: ChatGone,
}  # fmt: skip


async def test_every_documented_error_is_one_decision_after_one_call(world: World) -> None:
    bot = world.bot()
    for code, decision in ERRORS.items():
        world.oa.fail(CS, error(code, f"error {code}", status=200))
        before = world.oa.sends
        with pytest.raises(PlatformError) as caught:
            await bot.send(AN, HELLO)
        assert type(caught.value) is decision, code
        assert world.oa.sends == before + 1
        if isinstance(caught.value, Unreachable):
            assert not caught.value.maybe_sent
        await world.clock.sleep(SHUT_FOR)
    assert world.oa.accepted == []
    await bot.close()


@pytest.mark.parametrize("code", [-1, -200, -9999, 500])
async def test_an_error_that_is_in_no_table_leaves_it_open_whether_the_message_was_taken(
    world: World, code: int
) -> None:
    bot = world.bot()
    world.oa.fail(CS, error(code, "?", status=200))
    with pytest.raises(Unreachable) as caught:
        await bot.send(AN, HELLO)
    assert caught.value.maybe_sent
    await bot.close()


async def test_a_call_is_proved_where_the_application_asks_for_it(world: World) -> None:
    assert proof(b"app-secret-test", "access-token-test") == (
        "7cd219ca40dda5fec1efaca56bc3ef75e8e8b1736b3adda56937d7b269cbba16"
    )
    bot = world.bot(proof="true")
    await bot.send(AN, HELLO)
    [item] = world.oa.accepted
    assert item.proof == proof(b"app-secret-test", item.token)
    await bot.close()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"app_id": "abc"}, "BOT_ZALO_OA_APP_ID"),
        ({"secret": ""}, "BOT_ZALO_OA_SECRET"),
        ({"buttons": "perhaps"}, "BOT_ZALO_OA_BUTTONS"),
        ({"colour": "red"}, "BOT_ZALO_OA_COLOUR: there is no such setting"),
        ({"api_base": "127.0.0.1"}, "BOT_ZALO_OA_API_BASE"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(change: dict[str, str], names: str) -> None:
    options = FakeZaloOa().options(api_base="http://127.0.0.1:1", oauth_base="http://127.0.0.1:1")
    with pytest.raises(SettingsError, match=names):
        create(make_kit({**options, **change}))
