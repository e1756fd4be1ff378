"""Parses and validates a chunk of cases at once; every complaint is mapped to its case and its place in the original file.

Cases that are written plainly are read without a tree; it is built when somebody asks for a node, which they do to say
where something is wrong.

Cases are parsed without namespace (ours is taken off) against the same schema without namespace: the later passes look
up shorter names, and libxml2's paths read as people write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice
from typing import cast

from lxml import etree

from hub.errors import PackageRefused
from hub.limits import Limits
from hub.shapes import Violation
from schemas.contract import load_contract, xsd_path
from schemas.explain import NOWHERE, Explainer
from schemas.guard import Excess, Names, before, walk
from schemas.head import NAMESPACE, source_line
from schemas.plain import PlainCase, plain_reader

_PATH = re.compile(r"/Body/Case(?:\[(\d+)\])?(/.*)?")
_PLAIN = (f' xmlns="{NAMESPACE}"'.encode(), f" xmlns='{NAMESPACE}'".encode())
_CHUNK = "suphub-chunk"
_NOWHERE = "suphub-none"
_WITHIN = re.compile(r",? line \d+(, column \d+)?")  # places in the chunk, not in the file
MOSTLY = 4  # of so many cases one at most may be written otherwise, else the chunk is parsed at once
_USUAL = Limits()
MAX_LINES = 60_000  # libxml2 counts lines in 16 bits
MAX_VIOLATIONS = 50  # of one case; a case with more is not mended by a longer list


@dataclass(slots=True)
class ParsedCase:
    """One case: what it says, its first line in the file, and what the schema says of it.

    `plain` is there if the case was read plainly; then it is valid, and its element is made from `later` when wanted.
    """

    ordinal: int
    element: etree._Element | None
    line: int
    shift: int  # add to a node's sourceline to get the line in the original file
    violations: list[Violation] = field(default_factory=list)
    plain: PlainCase | None = None
    later: Callable[[], etree._Element] | None = None

    @property
    def node(self) -> etree._Element | None:
        """The case's element; None if it is not well-formed."""
        if self.element is None and self.later is not None:
            self.element = self.later()
        return self.element

    def line_of(self, node: etree._Element) -> int:
        """The line of a node in the original file."""
        return (source_line(node) or 1) + self.shift

    def path_of(self, node: etree._Element) -> str:
        """The XPath of a node as the original file has it."""
        tree = node.getroottree()
        return original_path(tree.getpath(node), self.ordinal)


def original_path(path: str, ordinal: int) -> str:
    """A path within a chunk (`/Body/Case[3]/…`) as a path from the root of the package."""
    rest = path.split("/", 3)[3:]
    return "/".join([f"/ExchangePackage/Body/Case[{ordinal}]", *rest]).replace(f"{_NOWHERE}:", "")


@lru_cache
def plain_schema(version: str) -> etree.XMLSchema:
    """The structure schema of a version without its target namespace."""
    text = xsd_path(version, "structure").read_text(encoding="utf-8")
    text = text.replace(f'targetNamespace="{NAMESPACE}"', "").replace(f'xmlns="{NAMESPACE}"', "")
    return etree.XMLSchema(etree.fromstring(text.encode()))


@lru_cache
def _explainer(version: str) -> Explainer:
    return Explainer(load_contract(version))


class ChunkValidator:
    """Validates chunks of one package. Not for two threads at once."""

    def __init__(self, version: str, namespaces: bytes, limits: Limits = _USUAL) -> None:
        self._schema = plain_schema(version)
        self._limits, self._names = limits, Names(limits)
        self._namespaces = namespaces
        self._plain = namespaces in _PLAIN
        self._version = version

    def read(
        self, data: bytes, segments: Sequence[tuple[int, int]], first: int, line: int
    ) -> list[ParsedCase]:
        """Parse and validate the cases of a chunk; `first` is the first one's ordinal, `line` the chunk's first line."""
        if self._plain:
            plain = plain_reader(self._version).read(data, segments)
            if plain.count(None) <= len(segments) // MOSTLY:
                return list(self._each(plain, data, segments, first, line))
        return self._together(data, segments, first, line)

    def _each(
        self,
        plain: Sequence[PlainCase | None],
        data: bytes,
        segments: Sequence[tuple[int, int]],
        first: int,
        line: int,
    ) -> Iterator[ParsedCase]:
        """Cases of which nearly all are plain; the few that are not are parsed one by one."""
        counted = 0
        for ordinal, (case, (start, end)) in enumerate(zip(plain, segments, strict=True), first):
            line += data.count(b"\n", counted, start)
            counted = start
            if case is None:
                yield self._single(data[start:end], ordinal, line)
            else:
                yield ParsedCase(
                    ordinal, None, line, line - 1, [], case, partial(self._element, data, start, end)
                )

    def _element(self, data: bytes, start: int, end: int) -> etree._Element:
        return self._parse(data[start:end])[0]

    def _together(
        self, data: bytes, segments: Sequence[tuple[int, int]], first: int, line: int
    ) -> list[ParsedCase]:
        if data.count(b"\n") < MAX_LINES and not any(before(data, *each, self._limits) for each in segments):
            try:
                self._names.look(data)
                body = self._parse(data)
            except etree.XMLSyntaxError:
                pass  # one of them is not well-formed: taken one by one below
            else:
                if len(body) == len(segments):
                    cases = self._validate(body, first, line)
                    for case, (start, end) in zip(cases, segments, strict=True):
                        if case.violations:
                            self._look_again(case, data[start:end])
                    return cases
        return [
            self._single(data[start:end], first + index, line + data.count(b"\n", 0, start))
            for index, (start, end) in enumerate(segments)
        ]

    def _parse(self, cases: bytes) -> etree._Element:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
            remove_comments=True, remove_pis=True, remove_blank_text=True, collect_ids=False,
        )  # fmt: skip
        if self._plain and b"xmlns" not in cases:
            return etree.fromstring(b"<Body>" + cases + b"</Body>", parser)
        declared = f' xmlns:{_CHUNK}="{NAMESPACE}" xmlns:{_NOWHERE}="{NOWHERE}"'.encode() + self._namespaces
        wrapper = f"{_CHUNK}:Body".encode()
        body = etree.fromstring(b"<%s%s>%s</%s>" % (wrapper, declared, cases, wrapper), parser)
        ours = f"{{{NAMESPACE}}}"
        for node in body.iter(etree.Element):
            tag = str(node.tag)
            if tag.startswith(ours):
                node.tag = tag.removeprefix(ours)
            elif not tag.startswith("{"):
                # Without a namespace it is not ours, and must not pass for it.
                node.tag = f"{{{NOWHERE}}}{tag}"
        return body

    def _validate(self, body: etree._Element, first: int, line: int) -> list[ParsedCase]:
        shift = line - 1
        cases = [
            ParsedCase(first + i, node, (source_line(node) or 1) + shift, shift)
            for i, node in enumerate(body)
        ]
        if self._schema.validate(body):
            return cases
        seen: set[str] = set()
        for error in self._errors():
            found = _PATH.match(error.path or "")
            if found is None:
                return [self._alone(case) for case in cases]
            if error.path in seen:
                continue  # a value's facet and its type complain of the same place
            seen.add(error.path or "")
            self._complain(cases[int(found[1] or 1) - 1], error.path or "", error)
        return cases

    def _errors(self) -> Iterable[etree._LogEntry]:
        return cast("Iterable[etree._LogEntry]", self._schema.error_log)  # its type stubs do not say so

    def _alone(self, case: ParsedCase) -> ParsedCase:
        """Validate one case by itself: an error that names no place still belongs to this one."""
        assert case.node is not None
        case.violations.clear()
        if not self._schema.validate(case.node):
            own = case.node.getroottree().getpath(case.node)
            for error in self._errors():
                below = (error.path or "/").split("/", 2)[2:]  # the path begins at the case, as at a root
                self._complain(case, "/".join([own, *below]), error)
        return case

    def _complain(self, case: ParsedCase, path: str, error: etree._LogEntry) -> None:
        """`path` leads from the body to the node that is wrong."""
        if len(case.violations) >= MAX_VIOLATIONS:
            return
        assert case.node is not None
        # An XPath with the prefixes of foreign elements could not be evaluated here.
        node = _find(case.node, path.split("/")[3:])
        node = case.node if node is None else node
        place = original_path(path, case.ordinal)
        violation = _explainer(self._version).explain(
            node, error.type_name, error.message, case.line_of(node), place
        )
        case.violations.append(violation)

    def _look_again(self, case: ParsedCase, data: bytes) -> None:
        """What is wrong may come of there being too much: then that is said instead."""
        excess = walk(data, self._limits)
        if excess is not None:
            case.violations[:] = [_excessive(excess, case.ordinal, case.line)]

    def _single(self, data: bytes, ordinal: int, line: int) -> ParsedCase:
        excess = before(data, 0, len(data), self._limits)
        if excess is not None:
            return ParsedCase(ordinal, None, line, line - 1, [_excessive(excess, ordinal, line)])
        self._names.look(data)
        try:
            body = self._parse(data)
        except etree.XMLSyntaxError as error:
            excess = walk(data, self._limits)
            if excess is not None:
                return ParsedCase(ordinal, None, line, line - 1, [_excessive(excess, ordinal, line)])
            violation = Violation(
                "CASE_MALFORMED", line=line + (error.lineno or 1) - 1,
                xpath=f"/ExchangePackage/Body/Case[{ordinal}]", field="Case", params={"detail": _WITHIN.sub("", error.msg)},
            )  # fmt: skip
            return ParsedCase(ordinal, None, line, line - 1, [violation])
        if len(body) != 1:
            raise PackageRefused(
                "XML_MALFORMED", line=line, detail="办件界限不清 / the bounds of a case are not clear"
            )
        [case] = self._validate(body, ordinal, line)
        if case.violations:
            self._look_again(case, data)
        return case


def _excessive(excess: Excess, ordinal: int, line: int) -> Violation:
    place = f"/ExchangePackage/Body/Case[{ordinal}]"
    return Violation("CASE_LIMIT", line=line, xpath=place, field="Case", params=excess.params)


def _find(node: etree._Element, steps: Iterable[str]) -> etree._Element | None:
    """The node at the end of a path as libxml2 writes it, below `node`; `*` stands for names with a default namespace.

    Looked for step by step: to ask every node for its path takes the square of their number.
    """
    for step in steps:
        name, _, number = step.removesuffix("]").partition("[")
        fitting = (child for child in node.iterchildren(etree.Element) if name in ("*", _step(child)))
        found = next(islice(fitting, int(number or 1) - 1, None), None)
        if found is None:
            return None
        node = found
    return node


def _step(node: etree._Element) -> str:
    name = str(node.tag).rpartition("}")[2]
    return f"{node.prefix}:{name}" if node.prefix else name
