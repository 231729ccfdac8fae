"""Numbers as a Vietnamese reader says them."""

from __future__ import annotations

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", "nghìn", "triệu", "tỷ")
_LONGEST = 12


def cardinal(digits: str) -> str:
    """Say a number: `1250000` is "một triệu hai trăm năm mươi nghìn"; more than twelve digits are said one by one."""
    bare = digits.lstrip("0") or "0"
    if len(bare) > _LONGEST:
        return one_by_one(digits)
    if bare == "0":
        return _DIGITS[0]
    padded = bare.rjust(-(-len(bare) // 3) * 3, "0")
    groups = [padded[at : at + 3] for at in range(0, len(padded), 3)]
    words: list[str] = []
    for number, group in enumerate(groups):
        if group != "000":
            scale = _SCALES[len(groups) - number - 1]
            words += [_three(group, first=not words), *([scale] if scale else [])]
    return " ".join(words)


def one_by_one(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def decimal(whole: str, part: str) -> str:
    """Say a decimal: `3,5` is "ba phẩy năm", `0,05` "không phẩy không năm"."""
    return f"{cardinal(whole)} phẩy {cardinal(part) if part[0] != '0' else one_by_one(part)}"


def day(number: int) -> str:
    """Say the day of a month; the first ten have the word "mùng" in front."""
    return f"mùng {cardinal(str(number))}" if number <= 10 else cardinal(str(number))


def month(number: int) -> str:
    return "tư" if number == 4 else cardinal(str(number))


def weekday(number: int) -> str:
    """Say the number of a weekday: the 4 of `thứ 4` is "tư"."""
    return month(number)


def _three(group: str, *, first: bool) -> str:
    """Say three digits; leading zeros are left out only at the beginning of a number."""
    hundreds, tens, units = map(int, group)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or not first else []
    if tens == 0:
        if units:
            words += (["linh"] if words else []) + [_DIGITS[units]]
    elif tens == 1:
        words += ["mười", *([] if units == 0 else ["lăm"] if units == 5 else [_DIGITS[units]])]
    else:
        last = {0: [], 1: ["mốt"], 4: ["tư"], 5: ["lăm"]}.get(units, [_DIGITS[units]])
        words += [_DIGITS[tens], "mươi", *last]
    return " ".join(words)
