"""A resident is stuck and a neighbour helps: asked in turn, answered on the resident's own screen."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.groups import channels
from bot.handlers.kit.base import Content
from bot.storage.tables.commune import PassingFile
from bot.storage.tables.help import HelpMessage, HelpRequest
from bot.storage.tables.people import Account, Role
from bot.testing import FakePlatform
from tests.features.village import somebody
from tests.kit import png_that_claims

from .help_world import STEP, Neighbours, neighbours


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def test_who_does_not_answer_is_followed_by_the_next_whose_answer_comes_back(village: Neighbours) -> None:
    sau = await village.stuck()
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    await sau.says("Tôi bấm mãi mà nó báo sai")
    assert "Ai nhận giúp sẽ đọc được" in sau.heard
    assert "Có người cần giúp" in village.last("ba")
    assert "Đặt mật khẩu" in village.last("ba")
    assert "Điện thoại: iPhone" in village.last("ba")
    assert "bấm mãi" not in village.last("ba"), "only whoever takes it reads what the resident wrote"
    assert village.last("tu") == ""
    await village.passes(minutes=14)
    assert village.last("tu") == ""
    await village.passes(minutes=1)
    assert "Có người cần giúp" in village.last("tu")

    tu = village.of("tu")
    await tu.picks("Tôi giúp")
    assert "Bà con: “Tôi bấm mãi mà nó báo sai”" in tu.heard
    assert "sau" not in tu.heard
    await village.sends()
    assert "Có người nhận giúp bác rồi" in village.last("sau")
    await tu.says("Bác viết hoa chữ đầu nhé")
    assert "Đã chuyển cho bà con" in tu.heard
    await village.sends()
    assert "“Bác viết hoa chữ đầu nhé”" in village.last("sau")

    ba = village.of("ba")
    await ba.picks("Tôi giúp")
    assert "đã có người khác nhận giúp" in ba.heard
    await sau.picks("Xong rồi")
    assert "Tốt quá!" in sau.heard
    await village.sends()
    assert "Bà con báo đã xong" in village.last("tu")
    assert (await village.request()).state == "closed"


async def test_without_consent_nothing_is_kept(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("/start g_vneid-cai-dat-muc-2_mat-khau")
    await sau.picks("Tôi bị kẹt")
    await sau.picks("Nhờ người giúp")
    assert "Người giúp không thấy tên" in sau.heard
    await sau.picks("Không, chỉ xem hướng dẫn")
    for forged in ("jc|vneid-cai-dat-muc-2|mat-khau|lac-hien|iphone", "jb|||lac-hien"):
        await sau.forges(forged)
        assert "Bác có đồng ý không?" in sau.heard
    assert not await HelpRequest.all().count()
    assert not await Account.filter(native_id="id-sau").exists()


async def test_the_label_said_aloud_is_the_button_not_a_question_of_ones_own(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("/start g_vneid-cai-dat-muc-2_mat-khau")
    await sau.says("tôi bị kẹt")
    await sau.says("nhờ người giúp")
    await sau.says("đồng ý")
    assert "Điện thoại của bác là loại nào?" in sau.heard


async def test_the_help_and_words_that_are_not_understood_lead_to_a_person(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("trợ giúp")
    assert "Hỏi người trong thôn" in sau.choices
    await sau.says("xyz qwerty lung tung")
    assert "Tôi chưa hiểu" in sau.heard
    await sau.picks("Hỏi người trong thôn")
    assert "Bác có đồng ý không?" in sau.heard


async def test_the_village_is_asked_where_it_is_not_known(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says("giúp đỡ")
    await sau.picks("Đồng ý")
    await sau.picks("thôn Đông Cao")
    await sau.says("Sổ sức khỏe nằm ở đâu?")
    assert "Thôn Đông Cao hiện chưa có ai nhận được" in sau.heard
    assert "Cán bộ trả lời bác trước 9h00 sáng mai" in sau.heard, "the 24th of November is a day off"
    await village.sends()
    assert "một câu hỏi riêng" in village.last("lan")
    assert not village.last("ba")


async def test_a_place_that_is_not_of_the_commune_is_refused(village: Neighbours) -> None:
    sau = await village.stuck()
    for unit in ("phu-long", "khanh-thien", "ninh-binh", "nowhere"):
        await sau.forges(f"jb|||{unit}")
        assert "Tôi không có nơi này" in sau.heard


async def test_a_roster_with_nobody_on_it_goes_to_the_officer(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    village = await neighbours(db, platform, shipped, team=False)
    sau = await village.stuck()
    assert "Thôn Lạc Hiền hiện chưa có ai nhận được, nên tôi chuyển thẳng cho cán bộ xã" in sau.heard
    assert "Có người cần giúp" in village.last("lan")


async def test_where_there_is_nobody_at_all_the_resident_is_given_the_telephone(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    village = await neighbours(db, platform, shipped, team=False, officer=False)
    assert "Bác gọi 0229 111 111" in (await village.stuck()).heard


async def test_chua_giup_duoc_asks_the_next_one_at_once(village: Neighbours) -> None:
    await village.stuck()
    ba = village.of("ba")
    await ba.picks("Chưa giúp được")
    assert "Tôi nhờ người khác" in ba.heard
    await village.sends()
    assert "Có người cần giúp" in village.last("tu")
    await ba.forges("jm|1|1")
    await village.sends()
    assert village.last("hoa") == "", "a second press asks nobody more"


async def test_whoever_was_asked_longest_ago_is_asked_first(village: Neighbours) -> None:
    await village.stuck()
    await village.passes(minutes=3)
    await village.stuck("bay")
    await village.passes(minutes=3)
    await village.stuck("tam")
    await village.passes(minutes=3)
    await village.stuck("chin")
    asked = [village.texts(name).count("Có người cần giúp") for name in ("ba", "tu", "hoa")]
    assert asked == [2, 1, 1]


async def test_a_helper_whose_role_ends_is_followed_by_the_next(village: Neighbours) -> None:
    sau = await village.stuck()
    ba = village.of("ba")
    await ba.picks("Tôi giúp")
    await village.sends()
    await Role.filter(role="member").update(ended_at=village.world.clock.now())
    await ba.says("Bác thử lại nhé")
    assert "Việc trả lời yêu cầu giúp đỡ là của Tổ công nghệ số" in ba.heard
    await village.passes(seconds=30)
    assert "hiện không trả lời được" in village.texts("sau")
    assert "Có người cần giúp" in village.last("tu")
    await village.of("tu").picks("Tôi giúp")
    await village.of("tu").says("Chữ hoa ở đầu")
    await village.sends()
    assert "“Chữ hoa ở đầu”" in village.last("sau")
    assert "thử lại" not in village.texts("sau")
    await sau.picks("Xong rồi")


async def test_who_took_it_and_is_silent_is_reminded_once_then_followed(village: Neighbours) -> None:
    await village.stuck()
    await village.of("ba").picks("Tôi giúp")
    await village.passes(minutes=30)
    assert "đang chờ câu trả lời của bác" in village.last("ba")
    assert not village.last("tu")
    await village.passes(minutes=30)
    assert "Có người cần giúp" in village.last("tu")
    assert "Tôi đang nhờ người tiếp theo" in village.last("sau")


async def test_at_night_nobody_is_rung_and_the_promise_is_kept_first_thing(village: Neighbours) -> None:
    village.world.clock.time = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 22:00 here
    sau = await village.stuck()
    assert "có trả lời trước 9h00 sáng mai" in sau.heard
    await village.passes(hours=8, minutes=59)
    assert not village.last("ba")
    await village.passes(minutes=1)
    assert "Có người cần giúp" in village.last("ba")
    for _ in range(6):  # ba, tu and hoa are silent; half an hour before the promise the commune has it
        await village.passes(minutes=15)
    assert "Có người cần giúp" in village.texts("lan")


async def test_an_evening_in_which_nobody_answers_ends_with_a_promise(village: Neighbours) -> None:
    village.world.clock.time = datetime(2026, 11, 24, 13, 50, tzinfo=UTC)  # 20:50 here
    await village.stuck()
    await village.passes(minutes=15)
    assert "Sẽ có người trả lời bác trước 9h00 sáng mai" in village.last("sau")
    assert not village.last("tu")
    await village.passes(hours=10)
    assert "Có người cần giúp" in village.last("tu")


async def test_when_all_are_silent_everybody_is_called_and_the_resident_is_told_the_truth(village: Neighbours) -> None:
    village.world.clock.time = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)  # 14:00 here
    await village.stuck()
    for _ in range(3):
        await village.passes(minutes=15)
    assert "cán bộ trả lời bác trước 17h00 hôm nay" in village.last("sau")
    await village.passes(minutes=15)
    for name in ("ba", "tu", "hoa", "lan"):
        assert "Chưa ai nhận giúp" in village.last(name)
        assert "Tôi đã hứa trả lời bà con trước 17h00 hôm nay" in village.last(name)
    await village.passes(hours=2, minutes=10)
    assert "Xin lỗi bác" in village.last("sau")
    assert "0229 111 111" in village.last("sau")
    hoa = village.of("hoa")
    await hoa.picks("Tôi giúp")
    assert "Bác giúp yêu cầu số" in hoa.heard


async def test_still_stuck_goes_to_the_next_with_all_that_was_said(village: Neighbours) -> None:
    sau = await village.stuck()
    ba, tu = village.of("ba"), village.of("tu")
    await ba.picks("Tôi giúp")
    await ba.says("Bác tắt máy bật lại")
    await village.sends()
    await sau.picks("Vẫn chưa được")
    await sau.says("Tắt bật rồi vẫn thế")
    await village.sends()
    await tu.picks("Tôi giúp")
    assert "Người giúp: “Bác tắt máy bật lại”" in tu.heard
    assert "Bà con: “Tắt bật rồi vẫn thế”" in tu.heard
    await ba.picks("Nhắn thêm")
    assert "đã có người khác nhận giúp" in ba.heard


async def test_one_more_question_goes_to_the_same_helper(village: Neighbours) -> None:
    sau, ba = await village.stuck(), village.of("ba")
    await ba.picks("Tôi giúp")
    await ba.says("Bác bấm nút xanh")
    await village.sends()
    await sau.picks("Hỏi lại một câu")
    await sau.says("Nút xanh ở trên hay ở dưới?")
    assert "Tôi đã chuyển lời bác cho người giúp" in sau.heard
    await village.sends()
    assert "“Nút xanh ở trên hay ở dưới?”" in village.last("ba")
    await ba.picks("Trả lời")
    await ba.says("Ở dưới")
    await village.sends()
    assert "“Ở dưới”" in village.last("sau")
    assert not village.last("tu")


async def test_a_telephone_number_is_seen_by_the_helper_alone(village: Neighbours) -> None:
    sau = await village.stuck()
    await sau.says("Nhờ gọi điện cho tôi")
    await sau.says("Sáu, gọi sau 5 giờ")
    assert "Số điện thoại có 10 chữ số" in sau.heard
    await sau.says("Sáu, 0912 345 678")
    assert "Đã ghi" in sau.heard
    assert "0912" not in village.texts("ba")
    ba = village.of("ba")
    await ba.picks("Tôi giúp")
    assert "Bà con nhờ gọi: Sáu, 0912 345 678" in ba.heard
    await ba.says("Đã gọi hoặc gặp")
    await village.sends()
    assert "Người giúp báo đã gọi điện" in village.last("sau")
    assert (await village.request()).first_answer_at is not None


async def test_a_screenshot_loses_what_the_camera_wrote_and_can_be_deleted(village: Neighbours) -> None:
    sau = await village.stuck()
    await village.of("ba").picks("Tôi giúp")
    await village.shows(sau, photo_with_a_place())
    with Image.open(io.BytesIO(village.stored[0])) as kept:
        assert not kept.getexif()
    assert "Đã nhận ảnh" in village.last("sau")
    attachment = village.world.platform.chats["chat-ba"][-1].message.attachment
    assert attachment is not None
    assert attachment.alt == "ảnh màn hình bà con gửi"
    await sau.picks("Xóa ảnh")
    assert "Đã xóa ảnh" in sau.heard
    assert await HelpMessage.all().count() == 0
    assert await PassingFile.filter(until__lte=village.world.clock.now()).count() == 1, (
        "the file goes at the next sweep"
    )


async def test_a_photo_that_nobody_waits_for_any_more_is_kept_only_when_it_is_meant_for_the_helper(
    village: Neighbours,
) -> None:
    """They were told to send a word or a photo, sent both, and the photo was refused without a way."""
    sau = await village.stuck()
    await sau.says("máy báo lỗi")
    await village.shows(sau, photo_with_a_place())
    assert not village.stored
    assert "chọn “Viết thêm, gửi ảnh” trước" in sau.heard
    await sau.picks("Viết thêm, gửi ảnh")
    await village.shows(sau, photo_with_a_place())
    assert len(village.stored) == 1
    nobody = village.of("khach")
    await nobody.says("menu")
    await village.shows(nobody, photo_with_a_place())
    assert "Viết thêm, gửi ảnh" not in nobody.choices


async def test_a_photo_that_comes_too_late_leaves_no_file(village: Neighbours) -> None:
    """Mechanism: the file has its time before the transaction that may refuse it."""
    sau = await village.stuck()
    closed = HelpRequest.all().update(state="closed")
    await village.shows(sau, photo_with_a_place(), meanwhile=closed)
    assert "Việc bác nhờ đã đóng nên tôi không dùng ảnh này." in village.last("sau")
    assert len(village.stored) == await PassingFile.filter(until__lte=village.world.clock.now()).count() == 1


async def test_a_picture_of_too_many_pixels_is_refused_in_a_sentence(village: Neighbours) -> None:
    sau = await village.stuck()
    await village.of("ba").picks("Tôi giúp")
    await village.shows(sau, png_that_claims(6_400, 6_400))
    assert "Ảnh lớn quá 40 triệu điểm ảnh" in village.last("sau")
    assert village.stored == []


def photo_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_strangers_and_other_villages_cannot_take_it(village: Neighbours) -> None:
    await somebody("xa", "leader", village.at.far_village, village.world.clock.now())
    await somebody("cao", "member", village.at.other_village, village.world.clock.now())
    sau = await village.stuck()
    await sau.says("Đây là lời riêng của tôi")
    for name in ("xa", "cao", "la"):
        talk = village.of(name)
        await talk.says("/start xa_lac-hien")
        for forged in ("jl|1|1", "jk|1", "jm|1|1", "jn|1|1", "jo|1|1", "jd|1", "je|1|1", "jf|1|1", "jg|1|1", "jh|1|1"):
            await talk.forges(forged)
            assert "riêng của tôi" not in talk.heard
    assert (await village.request()).state == "waiting"
    for forged in ("jl|1|1", "jn|1|1"):
        await sau.forges(forged)
        assert "Việc trả lời yêu cầu giúp đỡ là của" in sau.heard


async def test_one_person_has_three_requests_at_most_and_one_for_each_step(village: Neighbours) -> None:
    sau = await village.stuck()
    await sau.says("hủy")
    await sau.says("/start k_vneid-cai-dat-muc-2_mat-khau")
    assert "Tôi đang tìm người giúp bác" in sau.heard
    for step in ("mo-app", "chuan-bi"):
        await HelpRequest.create(
            unit_id=village.at.village, asker_id=(await Account.get(native_id="id-sau")).id, guide="vneid", step=step,
            state="waiting", created_at=village.world.clock.now(), updated_at=village.world.clock.now(),
        )  # fmt: skip
    await sau.says("/start hoi_lac-hien")
    assert "Việc bác đang nhờ" in sau.heard
    assert "Hỏi việc khác" not in sau.heard


async def test_a_group_that_gets_no_answer_is_led_to_a_person_in_private(village: Neighbours) -> None:
    now = village.world.clock.now()
    await channels.register("fake", "g1", village.at.village, "village", "Nhóm", now)
    group = village.world.talk("Bảy", chat="g1", kind="group")
    await group.says("xyz qwerty lung tung")
    assert "Tôi chưa hiểu" in group.heard
    link = village.world.platform.link("hoi_lac-hien")
    if link is None:
        assert "nhắn riêng cho tôi hai chữ: giúp đỡ" in group.heard
    else:
        assert link in [span.link for span in group.news[-1].text.spans]
    bay = village.of("bay")
    await bay.says("/start hoi_lac-hien")
    await bay.picks("xã Yên Mô")
    await bay.picks("Đồng ý")
    await bay.says("Làm sao khóa máy bị mất?")
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in bay.heard


async def test_the_officer_sees_what_waits_how_long_and_how_fast_the_village_is(village: Neighbours) -> None:
    await village.stuck()
    ba = village.of("ba")
    await village.passes(minutes=12)
    await ba.picks("Tôi giúp")
    await ba.says("Bác bấm nút xanh")
    await village.stuck("bay")
    village.world.clock.passes(minutes=5)
    lan = village.of("lan")
    await lan.says("giúp đỡ")
    assert "Bà con đang chờ giúp: 2." in lan.heard
    assert "thôn Lạc Hiền, chờ 5 phút, chưa ai nhận" in lan.heard
    assert "thôn Lạc Hiền: 12 phút, trả lời 1/2 người hỏi" in lan.heard
    await village.of("tu").says("giupdo")
    assert "12 phút, trả lời" not in village.of("tu").heard


async def test_the_leader_says_who_is_on_duty_and_only_they_are_asked(village: Neighbours) -> None:
    hoa = village.of("hoa")
    await hoa.says("giúp đỡ")
    await hoa.picks("Lịch trực")
    assert "Thứ Ba: cả Tổ, lần lượt" in hoa.heard
    await hoa.picks("Thứ Ba")  # the 24th of November 2026
    await hoa.picks("▫️ tu")
    await hoa.picks("Cả tuần")
    assert "Thứ Ba: tu" in hoa.heard
    await village.stuck()
    assert "Có người cần giúp" in village.last("tu")
    await village.passes(minutes=15)
    assert not village.last("ba")
    assert "Có người cần giúp" in village.last("lan"), "after those on duty the commune's centre"
    ba = village.of("ba")
    await ba.says("/start xa_lac-hien")
    await ba.forges("jr|lac-hien|1|1|1")
    assert "Việc giao nhiệm vụ là của Tổ trưởng" in ba.heard


async def test_a_call_for_help_goes_all_the_way_in_ones_own_words(village: Neighbours) -> None:
    """“Samsung” to the question for the phone was looked up as a guide, and nobody was ever asked to help."""
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says(STEP)
    await sau.says("khó quá")
    await sau.says("nhờ người giúp")
    await sau.says("có ạ")
    await sau.says("samsung")
    assert "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền" in sau.heard
    for said in ("ok", "bao giờ có người giúp", "ai đang giúp tôi"):
        await sau.says(said)
        assert "Mật khẩu" in sau.heard or "mật khẩu" in sau.heard, said
    assert not await HelpMessage.exists()
    await sau.says("cháu gọi điện cho bà với")
    assert "Bác gõ số điện thoại" in sau.heard
    await sau.says("0912 345 678")
    assert (await village.request()).contact == "0912 345 678"
    await sau.says("hủy")
    assert "Việc bác nhờ vẫn còn" in sau.heard
    await village.sends()
    hoa = village.of("hoa")
    await hoa.says("nhận giúp")
    assert "Bà con đang chờ giúp: 1." in hoa.heard
