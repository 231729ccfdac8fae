"""The small words of reports, folded: the words that leaders write around names and numbers."""

from __future__ import annotations

from collections.abc import Mapping

Phrase = tuple[str, ...]


def phrases(text: str) -> frozenset[Phrase]:
    """Split a list of phrases: `"a, b c"` → {("a",), ("b", "c")}."""
    return frozenset(tuple(part.split()) for part in text.split(","))


REPORT = phrases("bc, bao cao, b c, bcao, xin bc, xin bao cao")
ADDED = phrases("+, cong, cong them, them, them duoc, tang, tang them, moi, moi them, phat sinh")
TOTAL = phrases(
    "=, bang, tong, tong cong, tong so, luy ke, den nay, ca thay, tat ca, hien co, hien tai, dang co, tinh den nay,"
    " tong la"
)
LESS = phrases("giam, bot, tru, mat, tut")
ABOUT = phrases("khoang, gan, tam, hon, chung, uoc, uoc chung, xap xi, tren duoi, it nhat, vai, may")
RANGE = phrases("den, toi, hoac, hay")
OUT_OF = phrases("tren, tren tong so, tren tong, trong tong so, trong tong, trong so")
MISTAKE = phrases(
    "nham, a nham, nham roi, bc nham, bao nham, bao cao nham, xin loi nham, xin loi bc nham, xin loi bao nham,"
    " xin loi bao cao nham, sua, sua lai, sua thanh, dinh chinh, viet nham, go nham"
)
FILLER = phrases(
    "a, ah, e, r, nhe, nha, nhe chau, chau, bac, cac bac, em, anh, chi, toi, minh, cac anh, cac chi, xa, kinh "
    "gui, gui, bao,"
    " tran trong, cam on, chao, kinh chao, xin chao, xin loi, duoc, dc, lam, lam duoc, da, roi, co, la, dat, cai,"
    " kich hoat, so luong, nguoi dan, ba con, hom nay, trong, cho, va, xong, cua, ket qua, nhu sau, cu the, thua,"
    " dong chi, to, to cnscd, to cns, to cong nghe so, thon em, thon toi, thon chau, thon minh, to em, moi dung, dung,"
    " ho tro, giup, moi co, moi duoc, moi dc, moi dat, moi chi, moi lam duoc, bo sung, sang nay, chieu nay,"
    " bot oi, nhe bot, nha bot, oi, ok, thay mat, thay to truong, ng dan,"
    " trong tuan, trong thang, trong ky, ubnd xa, uy ban, chi tieu dat, so lieu, thon, tuan,"
    " thang, quy, hang tuan"
)
MARKED = {
    "to": frozenset({"to", "tổ"}),
    "cong": frozenset({"cộng"}),
    "bang": frozenset({"bằng"}),
    "co": frozenset({"co", "có", "cos", "cô"}),
}
"""Small words that are other words with other marks: `tổ` is the team, `5 tờ` are sheets, `cỡ 12` is a guess."""
ONLY_MARKED = frozenset({"nữa"})
"""Filler that is another word without its marks: `nua` may be `nửa`, a half."""
KEYED = frozenset(
    word
    for phrase in phrases(
        "báo cáo, thêm, cộng, tăng, mới, tổng số, lũy kế, đến, hiện có, bằng, giảm, khoảng, nhầm, sửa, là, được, đạt,"
        " đã, rồi, thôn, xóm, làng, bản, buôn, ấp, tổ, khối, phố, người, hộ, lượt, lần, cuộc, buổi, việc, phiếu"
    )
    for word in phrase
)
"""Small words as VNI keys may spell them: `the6m`. In any other a digit may be a figure."""
KINDS = phrases("thon, xom, lang, ban, buon, ap, khom, khu, khu pho, to dan pho, tdp, khoi, khu dan cu, kdc, to")
NOTHING = phrases(
    "khong, khong co, khong co gi, ko, ko co, chua co, khong a, khong co a, khong co gi a, ko co gi, het,"
    " k, k co, k co gi"
)

UNITS: Mapping[str, frozenset[Phrase]] = {
    "người": phrases("nguoi, nguoi dan, ng, ng dan"),
    "hộ": phrases("ho, gia dinh, nha, hgd, ho gia dinh, ho dan"),
    "lượt": phrases("luot, lan"),
    "lượt người": phrases("luot nguoi, nguoi, luot, ng, luot ng"),
    "hồ sơ": phrases("ho so, bo, bo ho so, hs"),
    "gian hàng": phrases("gian hang, gian, ho, co so"),
    "cuộc": phrases("cuoc, buoi"),
    "buổi": phrases("buoi"),
    "tin": phrases("tin, bai, tin bai"),
    "tệp": phrases("tep, bai, file"),
    "bản": phrases("ban, ban cam ket"),
    "cơ sở": phrases("co so, cua hang, ho, cs"),
    "vụ": phrases("vu, vu viec"),
    "việc": phrases("viec, phan anh"),
    "sản phẩm": phrases("san pham, sp, mat hang"),
    "cách làm": phrases("cach lam"),
    "phiếu": phrases("phieu"),
}
"""How people write a unit of measure; a unit that is not here goes by its own name."""
