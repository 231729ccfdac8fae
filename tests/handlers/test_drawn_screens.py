"""A resident sees the screen that a step is about, or is told it where no pictures are shown."""

from __future__ import annotations

from bot.testing import World

STEP = "/start g_dvc-nop-ho-so_chon-noi"


async def test_a_step_shows_the_button_to_press_and_what_to_do_if_the_screen_differs(world: World) -> None:
    talk = world.talk()
    await talk.says(STEP)
    shown = talk.shown[-1].message
    if shown.attachment is not None:
        assert shown.attachment.media.startswith("guides/img/ve-")
        assert shown.attachment.alt.endswith("Bấm nút “Nộp hồ sơ”.")
    else:
        assert "[Hình: Màn hình “Chọn cơ quan thực hiện” (minh họa)." in talk.heard
    assert talk.heard.index("Nay không còn cấp huyện") < talk.heard.index("Màn hình của bác khác?")


async def test_the_first_page_worries_nobody(world: World) -> None:
    talk = world.talk()
    await talk.says("/start g_dvc-nop-ho-so")
    assert "chưa kiểm tra" not in talk.heard
    assert len([label for label in talk.choices if label not in ("Đọc lại", "Tôi bị kẹt", "Thoát")]) <= 4


async def test_below_a_picture_of_good_advice_nobody_is_told_to_look_for_a_button(world: World) -> None:
    """Below “Nhớ ba việc” and “Không đọc mã” stood what to do if the screen differs."""
    talk = world.talk()
    for page in (
        "phong-lua-dao-gia-danh_khong-doc-ma",
        "phong-lua-dao-gia-danh",
        "nhan-don-dong-goi-cam-ket_goi-ba-lop",
    ):
        await talk.says(f"/start g_{page}")
        assert "chưa kiểm tra" not in talk.heard
        assert "Màn hình của bác khác" not in talk.heard
    await talk.says("/start g_vneid-cai-dat-muc-2_nhap-so")
    assert "Màn hình của bác khác?" in talk.heard
