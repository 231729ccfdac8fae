"""Yes and no to a report that waits, as people say them."""

from __future__ import annotations

from bot.core.small_words import NO, YES, without_courtesy

# Wider than where a button is pressed by it: “Đúng không ạ?” stands right above, and what is wrong can be corrected.
_SURE = frozenset({"dung", "dung roi", "dung het", "dung het roi", "da dung"})
_YES = (
    YES
    | _SURE
    | {
        "ok",
        "oke",
        "okie",
        "chuan",
        "chuan roi",
        "yes",
        "correct",
        "duoc",
        "duoc roi",
        "chot",
        "gui",
        "ghi",
        "nhat tri",
    }
    | {"xong", "xong roi", "gui bao cao", "gui cho xa"}
)
_NO = NO | {"khong dung", "ko dung", "k dung", "chua dung", "chua", "nham", "nham roi", "sua", "sua lai", "no", "wrong"}
_ENOUGH = frozenset({"khong bao nua", "thoi khong bao nua", "bo bao cao", "huy bao cao", "thoi khoi", "khong can nua"})

_CHOICES = {
    "plus": {"moi", "moi them", "them", "them moi", "cong", "cong them", "cong vao", "la moi them", "so moi", "moi co"},
    "total": {"tong", "tong so", "tong cong", "la tong so", "ca thay", "tat ca", "so tong", "tong tat ca"},
    "leave": {"bo qua", "bo di", "bo so nay di", "bo so do", "bo so do di", "thoi bo", "khong tinh", "thoi khong tinh"},
}


def choice_of(text: str) -> str:
    """Return the choice of `Settle` that answers “mới thêm hay tổng số?” in words; "" for anything else."""
    plain = without_courtesy(text)
    return next((choice for choice, words in _CHOICES.items() if plain in words), "")


def agrees(text: str, *, overheard: bool) -> bool:
    """Return whether the words say yes.

    Of what is `overheard` in a group, only words that repeat the question count; “ok” and “vâng” are said to anybody.
    """
    return without_courtesy(text) in (_SURE if overheard else _YES)


def denies(text: str) -> bool:
    return without_courtesy(text) in _NO


def gives_up(text: str) -> bool:
    """Return whether the words drop a report as “hủy” does: “thôi không báo nữa”."""
    return without_courtesy(text) in _ENOUGH
