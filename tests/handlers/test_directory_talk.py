"""Who asks for a number, the hours or a person of the commune gets the directory; who asks how to do it, a guide."""

from __future__ import annotations

import pytest

from bot.features.guides import library
from bot.testing import World
from tests.conversations import GUIDES, content
from tests.features.test_search import LIBRARY, queries


@pytest.mark.parametrize(
    "asked",
    [
        "so dien thoai uy ban",
        "số điện thoại ủy ban",
        "Cho tôi xin số điện thoại của ủy ban xã Yên Mô",
        "sđt công an xã",
        "công an xã số mấy",
        "công an xã số mấy?",
        "giờ làm việc của xã",
        "xã làm việc giờ nào",
        "ubnd xã mở cửa lúc mấy giờ",
        "thu 7 xa co lam viec khong",
        "ủy ban xã có làm chủ nhật không",
        "trạm y tế mấy giờ đóng cửa",
        "số điện thoại bác sĩ trạm",
        "cho số trạm y tế",
        "gọi cho ai",
        "cháu ơi bác phải gọi cho ai",
        "danh bạ công an",
        "thứ 2 tuần sau ủy ban có làm việc ko",
        "chủ nhật này xã có làm ko",
        "mùng 5 xã làm việc chưa",
        "tết xã nghỉ từ hôm nào",
        "cho bà xin cái số công an",
        "trưởng thôn là ai",
        "chủ tịch xã tên gì",
    ],
)
async def test_a_question_for_a_number_hours_or_a_person_gets_the_directory(world: World, asked: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(asked)
    assert "Danh bạ của xã Yên Mô" in hoa.heard
    assert "0229 000 0000" in hoa.heard
    assert "Có phải bác cần" not in hoa.heard
    assert "Hỏi người trong thôn" in hoa.choices  # the number may not be on the list


@pytest.mark.parametrize(
    "asked",
    ["đổi số điện thoại trong vneid", "lừa đảo giả công an gọi điện", "mất điện thoại có vneid thì gọi cho ai"],
)
async def test_a_question_how_to_do_something_still_finds_its_guide(world: World, asked: str) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(asked)
    assert "Danh bạ của" not in hoa.heard
    assert "Có phải bác cần" in hoa.heard


@pytest.mark.parametrize("said", ["con tôi sốt", "chau bi dau bung", "mẹ tôi chóng mặt buồn nôn"])
async def test_who_tells_of_an_illness_is_sent_to_the_health_station_and_told_when_to_call_115(
    world: World, said: str
) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(said)
    assert "Bác gọi hoặc đưa người ốm đến trạm y tế; thấy nặng thì gọi ngay 115." in hoa.heard
    assert "Danh bạ của xã Yên Mô" in hoa.heard


@pytest.mark.parametrize(
    "said",
    [
        "đau bụng đi khám cần thẻ bảo hiểm y tế gì",
        "tờ khai còn thiếu sót",
        "trâu bị tiêu chảy",
        "sốt giá vàng",
        "chồng mất được tuất không",
    ],
)
async def test_an_illness_in_a_question_that_a_guide_answers_is_no_matter_of_the_health_station(
    world: World, said: str
) -> None:
    hoa = world.talk("Hoa")
    await hoa.says(said)
    assert "Danh bạ của" not in hoa.heard


def test_no_query_of_the_search_and_no_name_of_a_guide_goes_to_the_directory() -> None:
    asked = [query for name in ["queries_tuned.tsv", "queries_held_out.tsv", *LIBRARY] for query, _ in queries(name)]
    asked += ["số điện thoại của tôi", "đổi số điện thoại", "gặp người lạ", "công an gọi cho tôi", "gọi video"]
    asked += [words for guide in library.load(GUIDES) for words in (guide.title, *guide.keywords)]
    search = content().search
    assert [words for words in asked if search.means(words, "wish:phone", "wish:hours")] == []
