"""Links within and between guides: dead links, unreachable steps, circles without an exit."""

from __future__ import annotations

from collections.abc import Mapping

from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.navigation import resolve
from bot.features.guides.parse import Parsed
from bot.features.guides.targets import is_end, target_of


def check_ways(parsed: Parsed, report: FindingCollector) -> None:
    """Report unreachable steps and circles, as far as the steps themselves allow."""
    steps = parsed.steps
    if not steps:
        return
    start = next(iter(steps.values()))
    for ident in steps.keys() - _reached(steps, start.id):
        report.add(
            Code.UNREACHABLE, steps[ident].line, f"Không có đường nào tới bước “{ident}”. Hãy thêm lựa chọn dẫn tới."
        )
    leaving = _leaving(steps)
    if start.id not in leaving:
        report.add(Code.NO_END, start.line, "Từ bước đầu không đi tới được chỗ kết thúc. Hãy thêm “- [Xong](!end)”.")
        return
    trapped = [step for step in steps.values() if step.id not in leaving and step.id in _beyond(steps, step.id)]
    told: set[str] = set()
    for step in trapped:
        if step.id not in told:
            told |= _reached(steps, step.id)
            message = (
                f"Từ bước “{step.id}” cứ đi vòng, không ra được. Hãy thêm một lựa chọn đi tiếp hoặc “- [Xong](!end)”."
            )
            report.add(Code.ENDLESS_CYCLE, step.line, message)


def check_links(parsed: Parsed, guides: Mapping[str, Guide], known: frozenset[str], report: FindingCollector) -> None:
    """Check options and links in texts. `known` are the slugs of all files, also of those that could not be read."""
    for step in parsed.steps.values():
        for option in step.options:
            if option.other:
                _check_other(option.target, option.line, guides, known, report)
            else:
                _check_own(option.target, option.line, parsed, report)
        if not step.options and not is_end(step.next):
            _check_own(step.next, step.line, parsed, report)
    for reference in parsed.references:
        if reference.target.startswith(("https://", "http://")):
            continue
        message = "Liên kết giữa câu không bấm được trong tin nhắn. Hãy đưa thành lựa chọn “- [Chữ](#ma-buoc)”."
        report.add(Code.TEXT_LINK, reference.line, message)
        target, other = target_of(reference.target)
        if other:
            _check_other(target, reference.line, guides, known, report)
        else:
            _check_own(target, reference.line, parsed, report)


def check_same_ways(parsed: Parsed, report: FindingCollector) -> None:
    """Report options of a step that lead to the same step, unless one of them says why."""
    for step in parsed.steps.values():
        seen: dict[str, str] = {}
        for option in step.options:
            inside = not option.other and option.target in parsed.steps
            if inside and option.target in seen and not option.reason:
                message = (
                    f"Hai lựa chọn “{seen[option.target]}” và “{option.label}” dẫn tới cùng một bước. Hãy tách bước, "
                    f'gộp lựa chọn, hoặc ghi lý do: [{option.label}](#{option.target} "lý do").'
                )
                report.add(Code.SAME_WAY, option.line, message)
            seen.setdefault(option.target, option.label)


def check_redirects(parsed: Parsed, report: FindingCollector) -> None:
    guide = parsed.guide
    if guide is None or parsed.front is None:
        return
    line = parsed.front.line("redirects")
    for old, new in guide.redirects.items():
        if old in guide.steps:
            report.add(Code.BAD_REDIRECT, line, f"Bước “{old}” vẫn còn, hãy bỏ nó khỏi redirects hoặc đổi mã bước.")
        elif resolve(guide, old) is None:
            report.add(Code.BAD_REDIRECT, line, f"redirects dẫn “{old}” sang “{new}”, nhưng không tới bước nào.")


def _check_own(target: str, line: int, parsed: Parsed, report: FindingCollector) -> None:
    if target in parsed.steps or is_end(target):
        return
    written = target if target.startswith("!") else f"#{target}"
    if "/" in target or "\\" in target or ":" in target or "." in target:
        report.add(
            Code.OUTSIDE_LINK,
            line,
            f"Liên kết “{target}” ra ngoài thư mục hướng dẫn. Chỉ dùng #bước, tệp.md hoặc https://.",
        )
    else:
        report.add(Code.DEAD_LINK, line, f"Không có bước nào mang mã “{written}”. Hãy sửa liên kết hoặc thêm bước.")


def _check_other(
    target: str, line: int, guides: Mapping[str, Guide], known: frozenset[str], report: FindingCollector
) -> None:
    slug, _, step = target.partition("#")
    if slug not in known:
        report.add(Code.DEAD_LINK, line, f"Không có tệp “{slug}.md” trong thư mục hướng dẫn.")
    elif step and slug in guides and resolve(guides[slug], step) is None:
        report.add(Code.DEAD_LINK, line, f"Hướng dẫn “{slug}.md” không có bước “{step}”.")


def _onward(step: GuideStep) -> list[str]:
    return [option.target for option in step.options if not option.other] if step.options else [step.next]


def _reached(steps: Mapping[str, GuideStep], start: str) -> set[str]:
    """Return `start` and every step that can be reached from it."""
    return {start} | _beyond(steps, start)


def _beyond(steps: Mapping[str, GuideStep], start: str) -> set[str]:
    """Return every step that one or more links lead to from `start`."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in _onward(steps[waiting.pop()]):
            if target in steps and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _leaving(steps: Mapping[str, GuideStep]) -> set[str]:
    """Return the steps from which an exit is reachable: the end, a person's help, another guide.

    A dead link counts as an exit, since it is reported anyway.
    """
    before: dict[str, list[str]] = {}
    leaving: set[str] = set()
    for step in steps.values():
        if any(option.other for option in step.options):
            leaving.add(step.id)
        for target in _onward(step):
            if target in steps:
                before.setdefault(target, []).append(step.id)
            else:
                leaving.add(step.id)
    waiting = list(leaving)
    while waiting:
        for ident in before.get(waiting.pop(), ()):
            if ident not in leaving:
                leaving.add(ident)
                waiting.append(ident)
    return leaving
