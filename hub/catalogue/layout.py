"""Places the boxes of a flow in layers so that nothing overlaps, and finds the ways of its branches. Pure geometry.

Boxes lie in layers by the longest way from the first; between two layers of boxes lies a layer of passages. Every
branch that leads onward has a passage of its own in each layer that it crosses, so that it runs through no box; one
with a condition has a passage as wide as its text, so that no two texts meet. Branches that lead back run beside all
layers, each on a lane of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hub.catalogue.flow import Branch, Flow

GAP, LANE, CHANNEL, MARGIN = 36.0, 26.0, 18.0, 40.0
_SWEEPS = 12
Point = tuple[float, float]


@dataclass(slots=True)
class Node:
    """A box or a passage; x is its middle, y its upper edge."""

    name: str
    width: float
    height: float
    layer: int = 0
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Way:
    """A branch on its way: points to pass with vertical tangents, or (back) a line of straight pieces."""

    branch: Branch
    points: list[Point]
    back: bool = False
    label: Point | None = None  # the middle of its condition


@dataclass(slots=True)
class Layout:
    """Where everything is; boxes by step code."""

    boxes: dict[str, Node]
    ways: list[Way] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def arrange(
    flow: Flow, boxes: Mapping[str, tuple[float, float]], labels: Mapping[Branch, tuple[float, float]]
) -> Layout:
    """Arrange boxes of these sizes; `labels` are the sizes of the texts of branches that have one."""
    returns = flow.returns()
    onward = [b for b in flow.branches if (b.start, b.end) not in returns and b.start != b.end]
    back = [b for b in flow.branches if b not in onward]
    nodes = {code: Node(code, *boxes[code]) for code in flow.steps}
    _layer(nodes, onward)
    chains = [_chain(branch, nodes, labels.get(branch)) for branch in onward]
    layers = _layers(nodes, chains)
    neighbours = _neighbours(chains)
    _order(layers, neighbours)
    _spread(layers, neighbours)
    _stack(layers, [(nodes[b.start].layer, nodes[b.end].layer) for b in back])
    layout = Layout(nodes)
    left = min(node.x - node.width / 2 for layer in layers for node in layer) - MARGIN
    for layer in layers:
        for node in layer:
            node.x -= left
    layout.ways = _onward_ways(chains)
    right = max(node.x + node.width / 2 for layer in layers for node in layer)
    right = _lanes(layout, back, layers, labels, right)
    layout.width = right + MARGIN
    layout.height = max(node.y + node.height for node in nodes.values())
    return layout


@dataclass(slots=True)
class _Chain:
    branch: Branch
    nodes: list[Node]  # the box it leaves, its passages, the box it reaches
    labelled: bool


def _layer(nodes: dict[str, Node], onward: Sequence[Branch]) -> None:
    """Boxes on even layers, each two below the lowest of those before it."""
    for _ in range(len(nodes)):
        moved = False
        for branch in onward:
            wanted = nodes[branch.start].layer + 2
            if nodes[branch.end].layer < wanted:
                nodes[branch.end].layer = wanted
                moved = True
        if not moved:
            return


def _chain(branch: Branch, nodes: Mapping[str, Node], label: tuple[float, float] | None) -> _Chain:
    start, end = nodes[branch.start], nodes[branch.end]
    passages = []
    for layer in range(start.layer + 1, end.layer):
        width, height = label if label and layer == start.layer + 1 else (12.0, 0.0)
        passages.append(Node("", width, height, layer))
    return _Chain(branch, [start, *passages, end], label is not None)


def _layers(nodes: Mapping[str, Node], chains: Sequence[_Chain]) -> list[list[Node]]:
    layers: list[list[Node]] = [[] for _ in range(max(node.layer for node in nodes.values()) + 1)]
    for node in nodes.values():
        layers[node.layer].append(node)
    for chain in chains:
        for node in chain.nodes[1:-1]:
            layers[node.layer].append(node)
    return layers


def _neighbours(chains: Sequence[_Chain]) -> dict[int, list[Node]]:
    found: dict[int, list[Node]] = {}
    for chain in chains:
        for one, two in pairwise(chain.nodes):
            found.setdefault(id(one), []).append(two)
            found.setdefault(id(two), []).append(one)
    return found


def _order(layers: list[list[Node]], neighbours: Mapping[int, list[Node]]) -> None:
    """Each layer by the mean place of what its nodes are tied to, down and up in turn: fewer lines cross."""
    for layer in layers:
        for place, node in enumerate(layer):
            node.x = float(place)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            before = -1 if sweep % 2 == 0 else 1

            def wanted(node: Node, before: int = before) -> float:
                tied = [n.x for n in neighbours.get(id(node), ()) if (n.layer - node.layer) * before > 0]
                return sum(tied) / len(tied) if tied else node.x

            layer.sort(key=wanted)
            for place, node in enumerate(layer):
                node.x = float(place) - (len(layer) - 1) / 2


def _spread(layers: list[list[Node]], neighbours: Mapping[int, list[Node]]) -> None:
    """Every node as near the mean of its neighbours as the widths in its layer allow."""
    for layer in layers:
        _settle(layer, [node.x * 200 for node in layer])
    for sweep in range(8 * _SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for node in layer:
                tied = [n.x for n in neighbours.get(id(node), ())]
                wanted.append(sum(tied) / len(tied) if tied else node.x)
            _settle(layer, wanted)


def _settle(layer: Sequence[Node], wanted: Sequence[float]) -> None:
    """The places nearest to those wanted (least squares) at which no two nodes are too near: pooled neighbours."""
    offsets = [0.0]
    for one, two in pairwise(layer):
        offsets.append(offsets[-1] + (one.width + two.width) / 2 + GAP)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        pools.append((place - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2], pools[-1]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    values = [value for value, count in pools for _ in range(count)]
    for node, value, offset in zip(layer, values, offsets, strict=True):
        node.x = value + offset


def _stack(layers: list[list[Node]], back: Sequence[tuple[int, int]]) -> None:
    """Layers one below the other; above and below boxes there is room for the branches that lead back."""
    below = {layer: sum(1 for start, _ in back if start == layer) for layer in range(len(layers))}
    above = {layer: sum(1 for _, end in back if end == layer) for layer in range(len(layers))}
    y = 0.0
    for number, layer in enumerate(layers):
        boxes = number % 2 == 0
        y += CHANNEL * above[number] if boxes else 0
        height = max((node.height for node in layer), default=0.0)
        for node in layer:
            if boxes and not node.name:
                node.height = height  # straight past the boxes beside it
            node.y = y + (0 if boxes else (height - node.height) / 2)
        y += height + (GAP / 1.6 if boxes else GAP / 1.2) + (CHANNEL * below[number] if boxes else 0)


def _onward_ways(chains: Sequence[_Chain]) -> list[Way]:
    leaving = _ports([(chain.nodes[0], chain.nodes[1].x, chain) for chain in chains])
    reaching = _ports([(chain.nodes[-1], chain.nodes[-2].x, chain) for chain in chains])
    ways = []
    for chain in chains:
        first, last = chain.nodes[0], chain.nodes[-1]
        middle: list[Point] = []
        for node in chain.nodes[1:-1]:
            middle += (
                [(node.x, node.y), (node.x, node.y + node.height)] if node.height else [(node.x, node.y)]
            )
        begin = (first.x + leaving[id(chain)], first.y + first.height)
        end = (last.x + reaching[id(chain)], last.y)
        label = chain.nodes[1]
        ways.append(
            Way(
                chain.branch,
                [begin, *middle, end],
                label=(label.x, label.y + label.height / 2) if chain.labelled else None,
            )
        )
    return ways


def _ports(ends: Sequence[tuple[Node, float, _Chain]]) -> dict[int, float]:
    """Where on a box's edge its branches stand: side by side, in the order of where they go."""
    found: dict[int, float] = {}
    for box in {id(node): node for node, _, _ in ends}.values():
        mine = sorted(((x, id(chain)) for node, x, chain in ends if node is box))
        step = min(40.0, box.width * 0.7 / len(mine))
        for place, (_, chain) in enumerate(mine):
            found[chain] = (place - (len(mine) - 1) / 2) * step
    return found


def _lanes(
    layout: Layout,
    back: Sequence[Branch],
    layers: Sequence[Sequence[Node]],
    labels: Mapping[Branch, tuple[float, float]],
    right: float,
) -> float:
    """Branches that lead back, short ones inside; returns the right edge of it all."""
    out: dict[str, int] = {}
    into: dict[str, int] = {}
    below: dict[int, int] = {}
    above: dict[int, int] = {}
    for branch in sorted(back, key=lambda b: layout.boxes[b.start].layer - layout.boxes[b.end].layer):
        start, end = layout.boxes[branch.start], layout.boxes[branch.end]
        lane = right + LANE
        points: list[Point] = []
        nth = out[branch.start] = out.get(branch.start, 0) + 1
        if _last(start, layers):
            y = start.y + start.height - min(16.0 * nth, start.height / 2)
            points += [(start.x + start.width / 2, y), (lane, y)]
        else:
            row = below[start.layer] = below.get(start.layer, 0) + 1
            x = start.x + start.width / 2 - 14 * nth
            floor = max(n.y + n.height for n in layers[start.layer])
            y = floor + CHANNEL * row * 0.8
            points += [(x, start.y + start.height), (x, y), (lane, y)]
        nth = into[branch.end] = into.get(branch.end, 0) + 1
        if _last(end, layers):
            y = end.y + min(16.0 * nth, end.height / 2)
            points += [(lane, y), (end.x + end.width / 2, y)]
        else:
            row = above[end.layer] = above.get(end.layer, 0) + 1
            x = end.x + end.width / 2 - 14 * nth
            y = min(n.y for n in layers[end.layer]) - CHANNEL * row * 0.8
            points += [(lane, y), (x, y), (x, end.y)]
        width = labels[branch][0] if branch in labels else 0.0
        middle = (
            points[-2 if _last(end, layers) else -3][1] + points[1 if _last(start, layers) else 2][1]
        ) / 2
        label = (lane + 8 + width / 2, middle) if width else None
        layout.ways.append(Way(branch, points, back=True, label=label))
        right = lane + (width + 10 if width else 0)
    return right


def _last(node: Node, layers: Sequence[Sequence[Node]]) -> bool:
    """Whether nothing stands to the right of a box in its layer."""
    return layers[node.layer][-1] is node
