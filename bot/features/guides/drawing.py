"""The steps of a guide as a picture: a layered graph from the first step down, in SVG.

Layers are the longest ways from the start; ways back to an earlier step are dashed and drawn at the side. A way that
skips layers passes each of them at a place of its own, so that no line runs through a box.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean

from msgspec import Struct

from bot.features import svg

from .markdown import plain
from .model import END, STUCK, Guide, GuideStep

BOX_WIDTH, BOX_HEIGHT = 190.0, 70.0
_TRACK = 16.0  # width of a passing way
_GAP, _LAYER_GAP = 22.0, 46.0
_MARGIN = 60.0
_SWEEPS = 8
_LINE = 22  # characters of a title on one line

Edge = tuple[str, str]


class BoxPosition(Struct, frozen=True):
    """The position of a box or of a link that passes a layer: `x` its centre, `y` its upper edge."""

    x: float
    y: float
    width: float


class DrawingLayout(Struct, frozen=True):
    """`boxes` by step; `ways` are the places that each forward way passes, both ends included; `backward` ways."""

    boxes: Mapping[str, BoxPosition]
    ways: Mapping[Edge, tuple[BoxPosition, ...]]
    backward: tuple[Edge, ...]
    width: float
    height: float


def layout(guide: Guide) -> DrawingLayout:
    ways = {step.id: _onward(guide, step) for step in guide.steps.values()}
    backward = _backward(ways)
    forward = [(one, other) for one, others in ways.items() for other in others if (one, other) not in backward]
    depth = _depths(tuple(ways), forward)
    chains = {edge: _chain(edge, depth) for edge in forward}
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, at in {**depth, **{name: at for chain in chains.values() for name, at in chain}}.items():
        layers[at].append(name)
    links = [(one[0], other[0]) for chain in chains.values() for one, other in pairwise(chain)]
    before, after = _neighbours(links), _neighbours((other, one) for one, other in links)
    _order(layers, before, after)
    x = _spread(layers, before, after, frozenset(ways))
    left = min(x.values()) - BOX_WIDTH / 2 - _MARGIN
    right = max(x.values()) + BOX_WIDTH / 2 + _MARGIN
    places = {
        name: BoxPosition(x[name] - left, 10 + at * (BOX_HEIGHT + _LAYER_GAP), _width(name, ways))
        for at, layer in enumerate(layers)
        for name in layer
    }
    return DrawingLayout(
        {name: places[name] for name in ways},
        {edge: tuple(places[name] for name, _ in chain) for edge, chain in chains.items()},
        tuple(sorted(backward)),
        right - left,
        20 + len(layers) * (BOX_HEIGHT + _LAYER_GAP) - _LAYER_GAP,
    )


def draw(guide: Guide, anchor: str = "") -> str:
    """Draw an `<svg>` element; each box links to `#` + `anchor` + step id."""
    laid = layout(guide)
    lines = [each for edge in laid.ways for each in _forward(laid.ways[edge])]
    lines += [each for one, other in laid.backward for each in _around(laid.boxes[one], laid.boxes[other])]
    boxes = [_box(guide.steps[name], place, anchor) for name, place in laid.boxes.items()]
    ways = svg.shape("g", *lines, class_="ways")
    label = f"Sơ đồ các bước: {guide.title}"
    return svg.drawing(laid.width, laid.height, [ways, *boxes], class_="graph", role="group", aria_label=label)


def _onward(guide: Guide, step: GuideStep) -> tuple[str, ...]:
    targets = [option.target for option in step.options if not option.other] if step.options else [step.next]
    return tuple(dict.fromkeys(target for target in targets if target in guide.steps))


def _backward(ways: Mapping[str, Sequence[str]]) -> set[Edge]:
    """Return the edges that close a circle, seen from the first step on."""
    found: set[Edge] = set()
    done: set[str] = set()
    for root in ways:
        path = {root: iter(ways[root])} if root not in done else {}
        while path:
            name, rest = next(reversed(path.items()))
            target = next(rest, None)
            if target is None:
                done.add(name)
                del path[name]
            elif target in path:
                found.add((name, target))
            elif target not in done:
                path[target] = iter(ways[target])
    return found


def _depths(names: Sequence[str], forward: Sequence[Edge]) -> dict[str, int]:
    """Return the length of the longest path to each step; `forward` has no circles."""
    after = _neighbours((other, one) for one, other in forward)
    missing = {name: sum(other == name for _, other in forward) for name in names}
    depth = dict.fromkeys(names, 0)
    ready = [name for name in names if not missing[name]]
    while ready:
        name = ready.pop()
        for target in after.get(name, ()):
            depth[target] = max(depth[target], depth[name] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return depth


def _chain(edge: Edge, depth: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the ends of an edge and a virtual node in each layer between."""
    one, other = edge
    tracks = [(f"{one} {other} {at}", at) for at in range(depth[one] + 1, depth[other])]
    return [(one, depth[one]), *tracks, (other, depth[other])]


def _neighbours(links: Iterable[Edge]) -> dict[str, list[str]]:
    """Map the second end of each link to its first ends."""
    found: dict[str, list[str]] = {}
    for one, other in links:
        found.setdefault(other, []).append(one)
    return found


def _order(
    layers: Sequence[list[str]], before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> None:
    """Reduce crossings: sort each layer by the mean position of its neighbours, downward and upward in turn."""
    for sweep in range(_SWEEPS):
        beside = after if sweep % 2 else before
        rank = {name: at for layer in layers for at, name in enumerate(layer)}
        for layer in reversed(layers) if sweep % 2 else layers:
            middle = {name: fmean([rank[one] for one in beside.get(name, ())] or [rank[name]]) for name in layer}
            layer.sort(key=middle.__getitem__)
            rank.update({name: at for at, name in enumerate(layer)})


def _spread(
    layers: Sequence[Sequence[str]],
    before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]],
    boxes: frozenset[str],
) -> dict[str, float]:
    """Compute centres: near the neighbours, in the order of the layer, never touching."""
    x: dict[str, float] = {name: 0.0 for layer in layers for name in layer}
    for sweep in range(_SWEEPS):
        beside = after if sweep % 2 else before
        for layer in reversed(layers) if sweep % 2 else layers:
            wanted = [fmean([x[one] for one in beside.get(name, ())] or [x[name]]) for name in layer]
            placed: list[float] = []
            for at, (name, wish) in enumerate(zip(layer, wanted, strict=True)):
                room = (_width(layer[at - 1], boxes) + _width(name, boxes)) / 2 + _GAP if at else 0.0
                placed.append(max(wish, placed[-1] + room) if at else wish)
            shift = fmean([wish - got for wish, got in zip(wanted, placed, strict=True)])
            x.update({name: got + shift for name, got in zip(layer, placed, strict=True)})
    return x


def _width(name: str, boxes: Iterable[str]) -> float:
    return BOX_WIDTH if name in boxes else _TRACK


def _forward(places: Sequence[BoxPosition]) -> tuple[svg.Shape, svg.Shape]:
    start, end = places[0], places[-1]
    x, y = start.x, start.y + BOX_HEIGHT
    path = f"M{x:.1f} {y:.1f}"
    for place in places[1:]:
        middle = (y + place.y) / 2
        path += f"C{x:.1f} {middle:.1f} {place.x:.1f} {middle:.1f} {place.x:.1f} {place.y:.1f}"
        x, y = place.x, place.y
        if place is not end:
            y += BOX_HEIGHT
            path += f"V{y:.1f}"
    return svg.shape("path", d=path), _arrow(end.x, end.y, "down")


def _around(one: BoxPosition, other: BoxPosition) -> tuple[svg.Shape, svg.Shape]:
    """Draw a curve from the right side of a box to the right side of an earlier one."""
    x, y = one.x + BOX_WIDTH / 2, one.y + BOX_HEIGHT / 2
    to_x, to_y = other.x + BOX_WIDTH / 2, other.y + BOX_HEIGHT / 2
    out = max(x, to_x) + _MARGIN - 10
    path = f"M{x:.1f} {y:.1f}C{out:.1f} {y:.1f} {out:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return svg.shape("path", class_="again", d=path), _arrow(to_x, to_y, "left")


def _arrow(x: float, y: float, way: str) -> svg.Shape:
    head = f"{x - 5:.1f},{y - 9:.1f} {x + 5:.1f},{y - 9:.1f}" if way == "down" else ""
    head = head or f"{x + 9:.1f},{y - 5:.1f} {x + 9:.1f},{y + 5:.1f}"
    return svg.shape("polygon", points=f"{x:.1f},{y:.1f} {head}")


def _box(step: GuideStep, place: BoxPosition, anchor: str) -> svg.Shape:
    x, y = place.x - BOX_WIDTH / 2, place.y
    lines = textwrap.wrap(plain(step.filled().title), _LINE, max_lines=2, placeholder=" …")
    texts = [svg.shape("text", words=line, x=place.x, y=y + 22 + 17 * at) for at, line in enumerate(lines)]
    if leaves := _leaves(step):
        texts.append(svg.shape("text", words=leaves, class_="leaves", x=place.x, y=y + BOX_HEIGHT - 8))
    kind = "quiz" if step.quiz is not None else "step"
    box = svg.shape("rect", class_=kind, x=x, y=y, width=BOX_WIDTH, height=BOX_HEIGHT, rx=10)
    return svg.shape("a", box, *texts, href=f"#{anchor}{step.id}")


def _leaves(step: GuideStep) -> str:
    """Return the labels of the links that leave the guide."""
    targets = {option.target for option in step.options if not option.other} or {step.next}
    words = ["■ kết thúc"] if END in targets else []
    words += ["? nhờ giúp"] if STUCK in targets else []
    words += ["→ bài khác"] if any(option.other for option in step.options) else []
    return "  ".join(words)
