"""People name a matter in their own words; the guide that they mean comes first, also one that was never learned."""

from __future__ import annotations

import pytest

from bot.core.lean.values import replace
from bot.features.search.index import SURE, Hit, Index, IndexEntry, entry_of
from bot.understanding.decisions import Meant, Reading, joined
from bot.understanding.model import Model, shipped
from bot.understanding.ranking import EVERYBODY, Ranking
from tests.conversations import content

SHIPPED = content()


def written(slug: str, title: str, *keywords: str) -> IndexEntry:
    """Return a guide that no model has seen."""
    return IndexEntry(slug, title, keywords, (title,), "xã hội số")


def test_a_file_that_is_written_and_read_again_says_the_same() -> None:
    model = shipped()
    again = Model.read(model.write())
    assert again.scores("làm sao cài vneid") == model.scores("làm sao cài vneid")


@pytest.mark.parametrize("words", ["", "?!…", "😀", "ㄅㄆㄇ"])
def test_words_of_which_nothing_is_known_are_left_to_the_index(words: str) -> None:
    assert shipped().scores(words) == {}
    assert SHIPPED.search.find(words) == []


def test_a_guide_of_the_commune_s_own_folder_is_found_by_its_words() -> None:
    own = written("le-hoi-dinh-lang", "Đăng ký gian hàng ở lễ hội đình làng", "lễ hội đình làng", "gian hàng lễ hội")
    search = Ranking(Index([*map(entry_of, SHIPPED.guides), own]))
    found = search.find("muốn đăng ký gian hàng lễ hội đình làng thì làm sao")
    assert (found[0].slug, found[0].score >= SURE) == (own.slug, True)


def test_a_guide_that_was_approved_in_chat_is_found_at_once() -> None:
    index = Index(map(entry_of, SHIPPED.guides))
    search = Ranking(index)
    new = written("thu-gom-vo-thuoc", "Thu gom vỏ thuốc trừ sâu", "vỏ thuốc trừ sâu", "thu gom vỏ thuốc")
    assert all(hit.slug != new.slug for hit in search.find("thu gom vỏ thuốc trừ sâu"))
    index.build([*map(entry_of, SHIPPED.guides), new])
    assert search.find("thu gom vỏ thuốc trừ sâu")[0].slug == new.slug


def test_a_guide_that_a_commune_does_not_have_is_never_shown_and_its_share_goes_to_the_others() -> None:
    words = "làm sao cài vneid trên máy này"
    whole = SHIPPED.search.find(words)
    assert whole[0].slug == "vneid-cai-dat-muc-2"
    fewer = Ranking(Index(entry_of(guide) for guide in SHIPPED.guides if guide.slug != "vneid-cai-dat-muc-2"))
    found = fewer.find(words)
    assert all(hit.slug != "vneid-cai-dat-muc-2" for hit in found)
    before = {hit.slug: hit.score for hit in whole}
    assert found[0].score > before.get(found[0].slug, 0.0)


def test_a_keyword_that_somebody_just_gave_a_guide_finds_it_also_where_the_model_knows_better() -> None:
    entries = list(map(entry_of, SHIPPED.guides))
    index = Index(entries)
    search = Ranking(index)
    before = search.find("máy cày")
    assert not before or before[0].slug != "gia-dinh-so" or before[0].score < SURE
    changed = [
        replace(one, keywords=(*one.keywords, "máy cày")) if one.slug == "gia-dinh-so" else one for one in entries
    ]
    index.build(changed)
    found = search.find("Máy cày?")
    assert (found[0].slug, found[0].score >= SURE) == ("gia-dinh-so", True)


class _Counting(Index):
    """Counts how often it is searched."""

    searched = 0

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        self.searched += 1
        return super().find(query, limit)


def test_words_are_looked_up_once_for_all_kinds_of_meanings() -> None:
    words = "tháng này thôn tôi báo số thế nào"
    index = _Counting(map(entry_of, SHIPPED.guides))
    search = Ranking(index)
    kinds = [EVERYBODY, EVERYBODY | {"leader"}, EVERYBODY | {"leader", "official"}]
    found = [search.likely(words, each) for each in kinds]
    assert index.searched == 1
    assert found == [Ranking(index).likely(words, each) for each in kinds]
    assert found[0] != found[1]


def test_the_best_meaning_is_the_first_of_all_in_their_order() -> None:
    read = Reading({"wish:no": 0.1, "b": 0.4, "a": 0.4, "none": 0.1})
    assert read.best == read.ranked[0] == Meant("a", 0.4)
    assert Reading({}).best is None


def test_meanings_that_lead_to_the_same_count_together_under_the_likeliest() -> None:
    likely = {"wish:hours": 0.2, "wish:phone": 0.3, "a-guide": 0.4}
    leads_to = {"wish:hours": "/danhba", "wish:phone": "/danhba", "wish:news": "/tin"}
    assert joined(likely, leads_to) == {"wish:phone": 0.5, "a-guide": 0.4}
