"""The source as data: its modules, what each imports and where, and the texts it holds; nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("connectors", "schemas", "mappings", "frontend_probe", "hub")
FOLDERS = (*PACKAGES, "dags", "plugins", "bench")


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One Python file of the checkout, read and parsed."""

    path: Path
    name: str
    tree: ast.Module
    text: str

    @property
    def place(self) -> str:
        """The file as a person would open it: relative to the checkout."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return self.text.count("\n")


@dataclass(frozen=True, slots=True)
class Import:
    """One import, at the top of a module or inside a function; `names` are all dotted names it may mean."""

    module: Module
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.module.place}:{self.line} imports {self.name}"


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The modules below folders of the checkout, by path."""
    paths = (path for folder in folders or FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(map(_module, paths))


@cache
def _module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, _name(path), ast.parse(text, str(path)), text)


@cache
def nodes(module: Module) -> tuple[ast.AST, ...]:
    """All nodes of a module's tree: to walk it costs as much as to read it."""
    return tuple(ast.walk(module.tree))


@cache
def imports(module: Module) -> tuple[Import, ...]:
    """All imports of a module, see `_imports`."""
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[Import]:
    """Everything a module imports, also inside functions, under TYPE_CHECKING, and by `import_module("…")`."""
    known = _names()
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(module, node.lineno, whole if whole in known else base)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"} and node.args:
            yield Import(module, node.lineno, _leading_text(node.args[0]))


@cache
def texts(module: Module) -> tuple[tuple[int, str], ...]:
    """Every text of a module with its line, docstrings included; the filled-in parts of f-strings are left out."""
    return tuple(
        (node.lineno, node.value)
        for node in nodes(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def markdown() -> Iterator[Path]:
    """The Markdown files of the checkout."""
    yield from sorted(ROOT.glob("*.md"))
    for folder in ("docs", *FOLDERS, "deploy", "systems", "tests"):
        found = sorted((ROOT / folder).rglob("*.md"))
        yield from (path for path in found if "node_modules" not in path.parts)


@cache
def _names() -> frozenset[str]:
    return frozenset(each.name for each in modules())


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if module.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _leading_text(node: ast.expr) -> str:
    """The fixed beginning of a text: `hub.cli.` of f"hub.cli.{family}"."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    value = first.value if isinstance(first, ast.Constant) else ""
    return str(value).rstrip(".")
