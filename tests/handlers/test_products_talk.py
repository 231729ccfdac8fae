"""A household's product: written step by step, read and agreed to, looked at by the commune, shown, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.groups import channels
from bot.features.privacy import retention
from bot.features.showcase.actions import AgreeToShow, EditPart, PublishProduct, StillSold, Withdraw
from bot.features.showcase.model import SEASON
from bot.features.showcase.notices import ProductNotices as ProductLetters
from bot.features.showcase.scheduled_work import ShowcaseSchedule
from bot.features.showcase.tables import Product
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Person
from bot.testing import FakePlatform, Participant, World
from tests.conversations import build_router
from tests.features.village import places
from tests.handlers.help_world import Neighbours, neighbours
from tests.handlers.test_checkin_photos import photo, swept

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WORDS = ("chuối sấy dẻo", "Chuối tây vườn nhà, túi 500 gam, dùng trong 3 tháng.", "60k một túi", "0912345678")
PUBLIC = (
    "Chuối sấy dẻo, thôn Lạc Hiền\nChuối tây vườn nhà, túi 500 gam, dùng trong 3 tháng.\nGiá: 60.000 đồng/túi\n"
    "Hỏi mua: 0912 345 678"
)


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def begun(village: Neighbours, name: str = "sau") -> Participant:
    """A resident of Lạc Hiền is asked what the product is called."""
    talk = village.of(name)
    await talk.says("/start xa_lac-hien")
    await talk.says("sản phẩm")
    await talk.picks("Đăng hàng nhà tôi")
    if "Đồng ý" in talk.choices:
        await talk.picks("Đồng ý")
    assert "Hàng tên gì?" in talk.heard
    return talk


async def written(village: Neighbours, talk: Participant, name: str = WORDS[0]) -> Participant:
    for words in (name, *WORDS[1:]):
        await talk.says(words)
    assert "Bác gửi một ảnh" in talk.heard
    return talk


async def waiting(village: Neighbours, name: str = WORDS[0]) -> Participant:
    talk = await written(village, await begun(village), name)
    await talk.picks("Không có ảnh")
    await talk.picks("Đồng ý cho hiện")
    await village.sends()
    return talk


async def published(village: Neighbours) -> Participant:
    talk = await waiting(village)
    lan = village.of("lan")
    await lan.picks("Xem xét: Chuối sấy dẻo")
    await lan.picks("Cho hiện")
    await village.sends()
    return talk


async def seen_by_anybody(village: Neighbours) -> str:
    """What a neighbour finds."""
    ut = village.of("ut")
    await ut.says("/start xa_dong-cao")
    await ut.says("sản phẩm của thôn")
    if "thôn Lạc Hiền (1)" not in ut.choices:
        return ut.heard
    await ut.picks("thôn Lạc Hiền (1)")
    await ut.picks("Chuối sấy dẻo")
    return ut.heard


async def test_a_product_is_read_agreed_to_looked_at_and_then_seen_by_all(village: Neighbours) -> None:
    """Mechanism: the states draft and waiting hide it; without, it is seen before consent or review."""
    talk = await written(village, await begun(village))
    await talk.restarts()
    await village.shows(talk, photo())
    assert b"SecretCamera" not in village.stored[0]
    card, question = talk.shown[-2].message, talk.shown[-1].message
    assert card.text.plain == PUBLIC
    assert card.attachment is not None
    assert card.attachment.media == f"{len(village.stored[0])}.jpg"
    for told in ("trang /san-pham", "nhiều nhất 6 tháng", "Gỡ xuống", "Bác có đồng ý cho hiện"):
        assert told in question.text.plain
    assert "chưa giới thiệu hàng nào" in await seen_by_anybody(village)
    agreed = village.world.clock.now()
    await talk.picks("Đồng ý cho hiện")
    assert "Đã ghi là đồng ý, và gửi xã xem" in talk.heard
    assert (await Product.get()).agreed_at == agreed
    await village.sends()
    assert "chưa giới thiệu hàng nào" in await seen_by_anybody(village)
    lan = village.of("lan")
    assert "Có hàng của bà con chờ bác xem: “Chuối sấy dẻo”, thôn Lạc Hiền" in village.last("lan")
    await lan.picks("Xem xét: Chuối sấy dẻo")
    assert PUBLIC in lan.heard
    assert "[photo: Chuối sấy dẻo]" in lan.heard
    await lan.picks("Cho hiện")
    await village.sends()
    assert "Xã đã cho hiện “Chuối sấy dẻo”. Hàng hiện đến hết 23/05/2027" in village.texts("sau")
    assert await AuditRow.filter(act="product_published").count() == 1
    seen = await seen_by_anybody(village)
    assert PUBLIC in seen
    assert "Xã không bán, không giữ tiền thay ai" in seen
    assert "sau" not in seen, "who sells says only what stands in the words"


async def test_what_the_commune_sends_back_is_changed_agreed_to_and_looked_at_anew(village: Neighbours) -> None:
    """Mechanism: other words take the consent away and raise the version that the button of consent names."""
    talk = await waiting(village)
    lan = village.of("lan")
    await lan.picks("Xem xét: Chuối sấy dẻo")
    await lan.picks("Trả lại")
    await lan.says("Thiếu ngày làm")
    await village.sends()
    assert "Xã chưa cho hiện “Chuối sấy dẻo”: Thiếu ngày làm" in village.last("sau")
    before = await Product.get()
    await talk.picks("Sửa")
    await talk.picks("Lời giới thiệu")
    await talk.says("Chuối tây vườn nhà, làm ngày 20/11.")
    assert "làm ngày 20/11" in talk.heard
    assert (await Product.get()).agreed_at is None
    await talk.forges(pack(AgreeToShow(before.id, before.version)))
    assert "Hàng này vừa thay đổi" in talk.heard
    assert (await Product.get()).state == "draft"
    await talk.picks("Đồng ý cho hiện")
    await village.sends()
    await lan.forges(pack(PublishProduct(before.id, before.version)))
    assert "vừa thay đổi" in lan.heard
    await lan.picks("Cho hiện")
    assert "làm ngày 20/11" in await seen_by_anybody(village)


async def test_a_change_hides_it_until_it_was_looked_at_again(village: Neighbours) -> None:
    talk = await published(village)
    await talk.says("sản phẩm")
    await talk.picks("Hàng tôi đăng")
    await talk.picks("Chuối sấy dẻo")
    assert "Tình trạng: đang hiện" in talk.heard
    await talk.picks("Sửa")
    assert "hàng tạm ẩn" in talk.heard
    await talk.picks("Giá")
    await talk.says("70")
    assert "chưa rõ giá" in talk.heard, "70 đồng or 70.000?"
    await talk.says("hỏi giá")
    assert "Giá: hỏi giá" in talk.heard
    assert "chưa giới thiệu hàng nào" in await seen_by_anybody(village)


async def test_its_owner_takes_it_back_with_one_tap_and_nothing_stays(village: Neighbours) -> None:
    talk = await written(village, await begun(village))
    await village.shows(talk, photo())
    await talk.picks("Đồng ý cho hiện")
    one = await Product.get()
    for name in ("lan", "ut", "hoa"):
        other = village.of(name)
        await other.forges(pack(Withdraw(one.id)))
        await other.forges(pack(EditPart(one.id, one.version, "name")))
        assert await Product.all().count() == 1
    await talk.says("sản phẩm")
    await talk.picks("Hàng tôi đăng")
    await talk.picks("Chuối sấy dẻo")
    await talk.picks("Bỏ hàng này")
    assert "Đã gỡ và xóa “Chuối sấy dẻo”" in talk.heard
    assert await Product.all().count() == 0
    assert await swept(village) == [one.photo]


async def test_an_official_takes_off_the_page_what_is_public_and_never_lets_through_their_own(
    village: Neighbours,
) -> None:
    await published(village)
    lan = village.of("lan")
    await lan.says("sản phẩm")
    await lan.picks("thôn Lạc Hiền (1)")
    await lan.picks("Chuối sấy dẻo")
    await lan.picks("Gỡ khỏi trang")
    await lan.says("Có người mua báo hàng không đúng")
    await village.sends()
    assert "Có người mua báo hàng không đúng" in village.last("sau")
    assert "chưa giới thiệu hàng nào" in await seen_by_anybody(village)
    await begun(village, "lan")
    await written(village, lan, "Hàng của cô Lan")
    await lan.picks("Không có ảnh")
    await lan.picks("Đồng ý cho hiện")
    own = await Product.get(name="Hàng của cô Lan")
    await lan.forges(pack(PublishProduct(own.id, own.version)))
    assert "một người khác ở xã xem giúp" in lan.heard
    assert await Product.filter(state="published").count() == 0


async def test_three_may_wait_and_ten_are_shown(village: Neighbours) -> None:
    for number in range(3):
        talk = await waiting(village, f"Chuối {number}")
    await talk.says("sản phẩm")
    await talk.picks("Đăng hàng nhà tôi")
    assert "Bác đang có 3 món chưa hiện" in talk.heard
    (first, *_) = await Product.all()
    await Product.all().update(state="published", ends_on=village.world.clock.now().date() + SEASON)
    for _ in range(7):
        await Product.create(
            unit_id=village.at.village, owner_id=first.__dict__["owner_id"], name="x", text="x", contact="113",
            state="published", changed_at=first.changed_at,
        )  # fmt: skip
    await talk.says("sản phẩm")
    await talk.picks("Đăng hàng nhà tôi")
    assert "Mỗi người đăng nhiều nhất 10 món" in talk.heard


async def test_the_team_writes_for_a_household_that_has_heard_it_and_agreed(village: Neighbours) -> None:
    """Mechanism: only a role in the village's team offers and opens it."""
    hoa = village.of("hoa")
    await hoa.says("sản phẩm")
    await hoa.picks("Đăng giúp bà con")
    if "Đồng ý" in hoa.choices:
        await hoa.picks("Đồng ý")
    await written(village, hoa)
    await hoa.picks("Không có ảnh")
    assert "Bác đọc cả hai tin cho chủ hàng nghe" in hoa.heard
    await hoa.picks("Chủ hàng đã nghe và đồng ý")
    await village.sends()
    lan = village.of("lan")
    await lan.picks("Xem xét: Chuối sấy dẻo")
    assert "Tổ công nghệ số viết giúp" in lan.heard
    talk = await begun(village)
    await talk.says("hủy")
    await talk.says("sản phẩm")
    assert "Đăng giúp bà con" not in talk.choices


@pytest.mark.parametrize(
    ("step", "words", "answer"),
    [
        (0, "Chuối, gọi 0912 345 678", "Số điện thoại và đường dẫn bác để cho câu hỏi"),
        (0, "x" * 81, "viết gọn trong 80 chữ"),
        (1, "Xem ở bit.ly/chuoi nhé", "Số điện thoại và đường dẫn bác để cho câu hỏi"),
        (1, "Chuối ngon, tài khoản 123456789012 của tôi ở ngân hàng", "có số tôi phải ẩn"),
        (2, "50-70k", "chưa rõ giá"),
        (3, "hỏi ở chợ", "chưa thấy số điện thoại"),
    ],
)
async def test_what_cannot_stand_in_public_is_asked_again(
    village: Neighbours, step: int, words: str, answer: str
) -> None:
    talk = await begun(village)
    for said in WORDS[:step]:
        await talk.says(said)
    await talk.says(words)
    assert answer in talk.heard
    for said in WORDS[step:]:
        await talk.says(said)
    assert "Bác gửi một ảnh" in talk.heard
    assert (await Product.get()).text == WORDS[1]


async def test_a_link_to_a_stall_is_shown_and_told_to_the_official(village: Neighbours) -> None:
    talk = await begun(village)
    for words in (*WORDS[:3], "gian hàng ở shop.example.com/chuoi nhé"):
        await talk.says(words)
    await talk.picks("Không có ảnh")
    assert "Xem và đặt ở: https://shop.example.com/chuoi" in talk.heard
    await talk.picks("Đồng ý cho hiện")
    await village.sends()
    lan = village.of("lan")
    await lan.picks("Xem xét: Chuối sấy dẻo")
    assert "Đường dẫn ngoài danh sách của xã: shop.example.com" in lan.heard


async def test_no_photo_is_kept_of_what_is_none_or_of_a_product_that_is_gone(village: Neighbours) -> None:
    talk = await written(village, await begun(village))
    await village.shows(talk, b"%PDF-1.7 no photo")
    assert "Tôi chỉ nhận được ảnh chụp" in village.last("sau")
    one = await Product.get()
    await village.shows(talk, photo(), meanwhile=talk.forges(pack(Withdraw(one.id))))
    assert "Hàng này không còn nên tôi không dùng ảnh này" in village.last("sau")
    village.world.clock.passes(days=2)
    assert await swept(village) == [f"{len(village.stored[0])}.jpg"]


async def test_another_photo_takes_the_place_of_the_first_and_may_be_left_out(village: Neighbours) -> None:
    talk = await written(village, await begun(village))
    await village.shows(talk, photo())
    first = (await Product.get()).photo
    await talk.picks("Sửa lại")
    await talk.picks("Ảnh")
    await village.shows(talk, photo("blue", 80))
    assert (await Product.get()).photo not in ("", first)
    assert await swept(village) == [first]
    await talk.picks("Sửa lại")
    await talk.picks("Ảnh")
    await talk.picks("Bỏ ảnh")
    assert (await Product.get()).photo == ""
    assert talk.news[-1].attachment is None


async def test_before_the_season_ends_it_is_asked_once_whether_it_is_still_sold(village: Neighbours) -> None:
    """Mechanism: the key of the question; taken out, it comes every ten minutes."""
    talk = await published(village)

    async def passes(days: float) -> None:
        village.world.clock.passes(days=days)
        await ShowcaseSchedule(ProductLetters(village.services.mail)).tick(village.world.clock.now())
        await village.sends()

    await passes(167)
    assert "Bác còn bán không?" in village.last("sau")
    count = village.texts("sau").count("Bác còn bán không?")
    await passes(1)
    assert village.texts("sau").count("Bác còn bán không?") == count == 1
    await talk.picks("Còn bán")
    assert "Hiện đến hết" in talk.heard
    await passes(20)
    assert PUBLIC in await seen_by_anybody(village), "longer than the first season"
    await passes(155)
    assert village.texts("sau").count("Bác còn bán không?") == 2
    await passes(20)
    assert "đã hết hạn nên tôi gỡ và xóa rồi" in village.last("sau")
    assert await Product.all().count() == 0


async def test_what_nobody_looked_at_for_thirty_days_goes_and_its_owner_hears_of_it(village: Neighbours) -> None:
    await waiting(village)
    village.world.clock.passes(days=31)
    await ShowcaseSchedule(ProductLetters(village.services.mail)).tick(village.world.clock.now())
    await village.sends()
    assert "30 ngày xã chưa xem “Chuối sấy dẻo” nên tôi đã xóa" in village.last("sau")
    assert await Product.all().count() == 0


async def test_who_erases_their_data_leaves_no_product_and_no_photo(village: Neighbours) -> None:
    """Mechanism: the holding of the table."""
    talk = await written(village, await begun(village))
    await village.shows(talk, photo())
    await talk.picks("Đồng ý cho hiện")
    await village.sends()
    await talk.says("dữ liệu của tôi")
    assert "“Chuối sấy dẻo” (chờ xã xem): Chuối tây vườn nhà" in talk.heard
    assert "Đồng ý cho hiện “Chuối sấy dẻo” lúc" in talk.heard
    media = (await Product.get()).photo
    await talk.says("xóa dữ liệu")
    await talk.picks("Xóa hết")
    assert await Product.all().count() == 0
    assert await swept(village) == [media]


async def test_who_shows_something_is_kept_while_it_is_shown_and_no_longer(village: Neighbours) -> None:
    """Mechanism: retention passes over who shows something, which the text of consent says."""
    await published(village)
    now = village.world.clock.now() + timedelta(days=100)
    await retention.sweep(retention.rules(village.services.privacy), now)
    assert await Product.all().count() == 1
    await ShowcaseSchedule(ProductLetters(village.services.mail)).tick(now + SEASON)
    await retention.sweep(retention.rules(village.services.privacy), now + SEASON)
    assert not await Person.filter(name="sau").exists()


async def test_a_visitor_of_the_web_page_shows_nothing(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Mechanism: nobody knows who that is, so neither consent nor a limit would hold."""
    await places()
    anonymous = frozenset({platform.name})
    world = World(
        db, lambda: build_router(shipped, platform, anonymous=anonymous), shipped.catalogues.translate, platform
    )
    talk = world.talk("khach")
    await talk.says("/start xa_lac-hien")
    await talk.says("sản phẩm")
    await talk.picks("Đăng hàng nhà tôi")
    assert "nhờ Tổ công nghệ số của thôn đăng giúp" in talk.heard


async def test_in_a_group_it_is_read_and_nothing_is_written(village: Neighbours) -> None:
    await published(village)
    await channels.register("fake", "g7", village.at.village, "village", "Nhóm", village.world.clock.now())
    group = village.world.talk("sau", chat="g7", kind="group")
    await group.says("/sanpham")
    assert "• Thôn Lạc Hiền: 1 món" in group.heard
    assert "Hàng tôi đăng" not in group.heard
    one = await Product.get()
    for action in (Withdraw(one.id), StillSold(one.id), EditPart(one.id, one.version, "name")):
        await group.forges(pack(action))
        assert "trong cuộc trò chuyện riêng" in group.heard
