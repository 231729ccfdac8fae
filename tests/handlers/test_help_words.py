"""Words typed between the questions of a request for help are kept, and become the request."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.kit.base import Content
from bot.storage.tables.help import HelpMessage, HelpRequest
from bot.storage.tables.people import Consent
from bot.testing import FakePlatform, Participant

from .help_world import CONSENT, STEP, Neighbours, neighbours

BLACK = "màn hình nó đen thui, bấm gì cũng im"


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def at_the_stuck_menu(village: Neighbours, at: str = "xa_lac-hien") -> Participant:
    sau = village.of("sau")
    await sau.says(f"/start {at}")
    await sau.says(STEP)
    await sau.picks("Tôi bị kẹt")
    return sau


async def written() -> list[str]:
    return [row.text for row in await HelpMessage.all().order_by("id")]


async def test_what_is_said_at_the_stuck_menu_becomes_the_request(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.says(BLACK)
    assert f"“{BLACK}”" in sau.heard
    assert "Bác có đồng ý không?" in sau.heard
    await sau.picks(CONSENT)
    await sau.picks("iPhone")
    await village.sends()
    one = await village.request()
    assert (one.guide, one.step, one.device) == ("vneid-cai-dat-muc-2", "mat-khau", "iphone")
    assert await written() == [BLACK]
    await village.of("ba").picks("Tôi giúp")
    assert f"Bà con: “{BLACK}”" in village.of("ba").heard or BLACK in village.texts("ba")


async def test_words_at_each_question_are_kept_through_a_restart(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village, "xa_yen-mo")
    await sau.picks("Nhờ người giúp")
    await sau.says("tôi đặt mật khẩu mãi không được")
    assert "“tôi đặt mật khẩu mãi không được”" in sau.heard
    await sau.restarts()
    await sau.picks(CONSENT)
    assert "Bác ở thôn nào" in sau.heard
    await sau.says("nó bảo phải có chữ hoa")
    assert "Bác ở thôn nào" in sau.heard
    await sau.restarts()
    await sau.picks("thôn Lạc Hiền")
    assert "Điện thoại của bác là loại nào?" in sau.heard
    await sau.says("máy con gái cho, tôi không rõ")
    assert "Điện thoại của bác là loại nào?" in sau.heard
    await sau.restarts()
    await sau.picks("Bỏ qua")
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    assert await written() == ["tôi đặt mật khẩu mãi không được\nnó bảo phải có chữ hoa\nmáy con gái cho, tôi không rõ"]


async def test_the_village_said_in_a_sentence_is_the_answer_and_the_request_goes_on(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village, "xa_yen-mo")
    await sau.says(BLACK)
    await sau.picks(CONSENT)
    await sau.says("tôi ở thôn Lạc Hiền")
    assert "Điện thoại của bác là loại nào?" in sau.heard
    await sau.says("samsung")
    assert (await village.request()).device == "android"
    assert await written() == [BLACK]


async def test_who_only_types_at_the_question_of_the_phone_is_not_asked_for_ever(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.picks("Nhờ người giúp")
    await sau.picks(CONSENT)
    await sau.says("nó cứ quay vòng vòng")
    assert "Điện thoại của bác là loại nào?" in sau.heard
    await sau.says("tôi tắt đi bật lại rồi đấy")
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    assert await written() == ["nó cứ quay vòng vòng\ntôi tắt đi bật lại rồi đấy"]


async def test_a_question_of_ones_own_that_was_said_is_not_asked_for_again(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("giúp đỡ")
    await sau.says("sổ sức khỏe của tôi mất đâu rồi ấy")
    assert "Bác có đồng ý không?" in sau.heard
    await sau.says("Đồng ý")
    await sau.picks("thôn Lạc Hiền")
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    assert await written() == ["sổ sức khỏe của tôi mất đâu rồi ấy"]


async def test_a_question_of_ones_own_is_sent_by_the_consent_itself_where_the_village_is_known(
    village: Neighbours,
) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("giúp đỡ")
    await sau.says("sổ sức khỏe của tôi mất đâu rồi ấy")
    await sau.picks(CONSENT)
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    assert await written() == ["sổ sức khỏe của tôi mất đâu rồi ấy"]


async def test_a_story_that_ends_with_a_call_for_help_is_the_request(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    story = "máy của ông cứ nhấp nháy hoài, nhờ ai sang coi giúp ông với"
    await sau.says(story)
    assert f"“{story}”" in sau.heard
    await sau.picks(CONSENT)
    assert await written() == [story]


async def test_numbers_and_small_words_are_no_request(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village, "xa_yen-mo")
    await sau.picks("Nhờ người giúp")
    await sau.says("9")
    assert "Không có số 9." in sau.heard
    assert CONSENT in sau.choices
    await sau.says("ok")
    assert CONSENT in sau.choices
    await sau.picks(CONSENT)
    await sau.says("77")
    await sau.picks("thôn Lạc Hiền")
    await sau.says("99")
    await sau.says("ok")
    await sau.picks("Bỏ qua")
    assert await written() == []


async def test_who_goes_elsewhere_is_not_heard_as_if_the_question_were_open(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.picks("Nhờ người giúp")
    await sau.says("menu")
    assert "làm dở" not in sau.heard
    await sau.says("cài vneid")
    assert "Có phải bác cần" in sau.heard
    assert not await HelpRequest.all().exists()


async def test_words_that_wait_are_told_at_the_menu_and_taken_up_again(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.says(BLACK)
    await sau.says("menu")
    assert "Lời nhờ giúp của bác chưa gửi" in sau.heard
    await sau.says("cài vneid")
    assert "Có phải bác cần" in sau.heard
    await sau.says("giúp đỡ")
    assert f"“{BLACK}”" in sau.heard
    await sau.picks(CONSENT)
    await sau.picks("Bỏ qua")
    assert await written() == [BLACK]


@pytest.mark.parametrize("out", ["hủy", "thôi khỏi", "Không, chỉ xem hướng dẫn"])
async def test_who_wants_no_help_after_all_leaves_no_words(village: Neighbours, out: str) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.says(BLACK)
    await sau.says(out)
    assert not await Consent.all().exists()
    await sau.says("giúp đỡ")
    assert BLACK not in sau.heard
    await sau.picks(CONSENT)
    assert "Bác gõ điều cần hỏi" in sau.heard


async def test_words_about_another_step_do_not_go_along(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.says(BLACK)
    await sau.forges("ja|dich-vu-cong-nop-ho-so|")
    assert BLACK not in sau.heard


async def test_consent_says_what_it_is_for_and_asks_for_no_role(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.picks("Nhờ người giúp")
    assert "Để gửi lời nhờ giúp của bác" in sau.heard
    assert "vai trò" not in sau.heard


async def test_consent_to_a_request_is_none_to_a_role(village: Neighbours) -> None:
    """Taking up a role keeps more, and for longer, so it asks anew; who agreed to that is not asked for less."""
    sau = await village.stuck()
    await sau.says("liên kết")
    assert "vai trò" in sau.heard
    await sau.picks(CONSENT)
    assert [row.text_version for row in await Consent.filter(account__native_id="id-sau").order_by("id")] == [
        "2026-11.2",
        "2026-11",
    ]
    await sau.says(STEP)
    await sau.picks("Tôi bị kẹt")
    await sau.picks("Nhờ người giúp")
    assert "Bác có đồng ý không?" not in sau.heard


async def test_warnings_and_tips_are_no_small_tasks(village: Neighbours, shipped: Content) -> None:
    guide, step = next(
        (guide, step)
        for guide in shipped.guides
        for step in guide.steps.values()
        if {"text", "tip", "warning"} <= {block.kind for block in step.blocks}
        or {"text", "warning"} <= {block.kind for block in step.blocks}
    )
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says(f"/start g_{guide.slug}_{step.id}")
    await sau.picks("Tôi bị kẹt")
    tasks = [line for line in sau.heard.split("\n") if line.startswith("• ")]
    warned = next(block for block in step.blocks if block.kind == "warning")
    assert tasks
    assert "⚠️ Chú ý: " in sau.heard
    assert not any(warned.text[:20] in line for line in tasks)


@pytest.mark.parametrize("question", ["consent", "own question"])
async def test_a_number_to_call_in_need_is_no_request_and_the_question_waits(
    village: Neighbours, question: str
) -> None:
    """Mechanism: where any sentence may be the answer, the number alone is none."""
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("giúp đỡ")
    if question == "own question":
        await sau.picks(CONSENT)
    await sau.says("115")
    assert "gọi ngay 115" in sau.heard
    assert "“hủy”" in sau.heard
    assert not await HelpRequest.all().exists()
    await sau.says("tôi bị mất sổ sức khỏe trong máy")
    if question == "consent":
        await sau.says(CONSENT)
    assert await written() == ["tôi bị mất sổ sức khỏe trong máy"]


async def test_the_kind_of_phone_is_told_in_words_among_ones_data(village: Neighbours) -> None:
    sau = await at_the_stuck_menu(village)
    await sau.picks("Nhờ người giúp")
    await sau.picks(CONSENT)
    await sau.picks("Tôi không biết")
    await sau.says("dữ liệu của tôi")
    assert "máy không rõ loại," in sau.heard
    assert "unknown" not in sau.heard


OLD_EYES = "Bà già nhà tôi không nhìn thấy chữ trên máy, nhờ ai tới giúp"


@pytest.mark.parametrize("matter", [OLD_EYES, "cái máy bà nội nó cứ tối om, sờ vào chẳng thấy gì"])
async def test_what_is_said_after_being_stuck_in_no_guide_becomes_the_request(village: Neighbours, matter: str) -> None:
    """Mechanism: who is asked for the matter in words has told it with them, and is not asked for it again."""
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("Tôi bị kẹt")
    await sau.says(matter)
    assert "chưa hiểu" not in sau.heard
    assert f"“{matter}”" in sau.heard
    await sau.restarts()
    await sau.picks(CONSENT)
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    assert await written() == [matter]


@pytest.mark.parametrize("said", ["cài vneid", "cai vneit", "9", "ok", "menu"])
async def test_a_guide_that_is_named_after_being_stuck_in_none_is_no_request(village: Neighbours, said: str) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("Tôi bị kẹt")
    await sau.says(said)
    assert CONSENT not in sau.choices
    assert "Lời bác nhờ" not in sau.heard


async def test_the_matter_is_not_heard_any_more_after_the_menu(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("Tôi bị kẹt")
    await sau.says("menu")
    await sau.says("cái máy bà nội nó cứ tối om, sờ vào chẳng thấy gì")
    assert "Lời bác nhờ" not in sau.heard


async def test_what_is_wrong_is_kept_though_kind_words_stand_beside_it(village: Neighbours) -> None:
    """“Không có gì ạ” was the answer, and the words were lost."""
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("giúp đỡ")
    await sau.says("máy báo lỗi, cảm ơn cháu xem giúp")
    assert "“máy báo lỗi, cảm ơn cháu xem giúp”" in sau.heard
