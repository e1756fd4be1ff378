"""Builds a registration from its file, field by field; nothing that is not understood is passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from hub import yaml_files
from hub.register.cards import BY_KINDS, CARDS
from hub.register.envelope import ENVELOPE
from hub.register.fields import CONTACT, OPTIONAL, REQUIRED
from hub.register.kinds import CONNECTOR_KINDS, OPTIONS
from hub.register.options import Option, check
from hub.register.reader import Reader
from hub.register.shape import CONTINUOUS, EXPECTED, SERIALS, STATUSES, Registration, duration


def load_registration(path: Path) -> Registration:
    """Read one registration. Raises StopError with file, line, column and the allowed words."""
    reader = Reader(path)
    content, root = _composed(reader, path)
    nodes = reader.mapping(root, path.name)
    _check_names(reader, root, nodes)
    try:
        return _build(reader, {name: value for name, (_, value) in nodes.items()}, path, content)
    except RecursionError as error:
        raise reader.stop(
            root.start_mark,
            "嵌套过深,或 YAML 别名指向自己",
            "nested too deeply, or a YAML alias that points at itself",
            "去掉别名(* 和 &),直接写出内容",
            "Leave out aliases (* and &); write the content itself",
        ) from error


def _composed(reader: Reader, path: Path) -> tuple[bytes, yaml.Node]:
    """The file's bytes, and what YAML makes of them."""
    try:
        content = path.read_bytes()
        root = yaml_files.compose(content.decode("utf-8"))
    except OSError as error:
        raise reader.stop(
            None,
            f"读不到文件({error.strerror})",
            f"cannot be read ({error.strerror})",
            "检查路径和权限",
            "Check the path and its permissions",
        ) from error
    except UnicodeDecodeError as error:
        raise reader.stop(
            None,
            f"不是 UTF-8(第 {error.start} 字节)",
            f"not UTF-8 (byte {error.start})",
            "另存为 UTF-8",
            "Save the file as UTF-8",
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", str(error))
        raise reader.stop(
            mark,
            f"不是 YAML:{problem}",
            f"not YAML: {problem}",
            "检查缩进、冒号和引号",
            "Check indentation, colons and quotes",
        ) from error
    if root is None:
        raise reader.stop(
            None,
            "文件为空",
            "the file is empty",
            f"至少写:{'、'.join(REQUIRED)}",
            f"Write at least: {', '.join(REQUIRED)}",
        )
    return content, root


def _check_names(reader: Reader, root: yaml.Node, nodes: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> None:
    """Every field is known, and none is missing that must be there."""
    for name, (key, _) in nodes.items():
        if name not in REQUIRED + OPTIONAL:
            raise reader.wrong_word(key, "登记/registration", name, REQUIRED + OPTIONAL)
    for name in REQUIRED:
        if name not in nodes:
            raise reader.stop(
                root.start_mark,
                f"缺 {name}",
                f"{name} is missing",
                f"补上 {name}: …(见 docs/register-a-system.md)",
                f"Add {name}: … (see docs/register-a-system.md)",
            )


def _build(reader: Reader, nodes: Mapping[str, yaml.Node], path: Path, content: bytes) -> Registration:
    code = reader.text(
        nodes["code"],
        "code",
        r"[a-z0-9][a-z0-9-]{0,62}",
        "小写字母、数字和连字符",
        "Lower-case letters, digits and hyphens",
    )
    if code != path.stem:
        raise reader.stop(
            nodes["code"].start_mark,
            f"code {code} 与文件名 {path.stem} 不同",
            f"code {code} differs from the file name {path.stem}",
            f"把文件改名为 {code}.yaml,或改 code",
            f"Rename the file to {code}.yaml, or change code",
        )
    if code == "hub":
        raise reader.stop(
            nodes["code"].start_mark,
            "hub 是枢纽自己的日志链",
            "hub names the hub's own log chain",
            "换一个 code",
            "Choose another code",
        )
    return Registration(
        code=code,
        name=reader.text(nodes["name"], "name", r"[\s\S]*\S[\s\S]*", "写系统名称", "Write the system's name"),
        organizations=_organizations(reader, nodes["organization"]),
        region=reader.text(
            nodes["region"],
            "region",
            r"\d{6}(\d{3}){0,2}",
            "6、9 或 12 位行政区划代码(加引号)",
            "A GB/T 2260 code of 6, 9 or 12 digits (in quotes)",
        ),
        connector=_connector(reader, nodes["connector"]),
        dialect=reader.text(
            nodes["dialect"],
            "dialect",
            r"[a-z0-9-]+",
            "mappings/ 下的方言名",
            "The name of a dialect in mappings/",
        ),
        codes=reader.text(
            nodes["codes"],
            "codes",
            r"[a-z0-9-]+",
            "mappings/crosswalks/ 下的名称,或 canonical",
            "A name in mappings/crosswalks/, or canonical",
        ),
        schema=reader.text(
            nodes["schema"], "schema", r"\d+\.\d+", '报文版本,如 "1.0"', 'The schema version, e.g. "1.0"'
        ),
        status=reader.word(nodes["status"], "status", STATUSES),
        digest=hashlib.sha256(content).hexdigest(),
        path=str(path),
        **_optional(reader, nodes),
    )


def _optional(reader: Reader, nodes: Mapping[str, yaml.Node]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "serial" in nodes:
        found["serial"] = reader.word(nodes["serial"], "serial", SERIALS)
    if "schedule" in nodes:
        found["schedule"] = reader.text(
            nodes["schedule"],
            "schedule",
            rf"(\S+ ){{4}}\S+|{CONTINUOUS}",
            f"五段 cron,如 */10 * * * *,或 {CONTINUOUS}",
            f"Five cron fields, e.g. */10 * * * *, or {CONTINUOUS}",
        )
    if "trigger" in nodes:
        found["trigger"] = reader.word(nodes["trigger"], "trigger", ("queue",))
    if "supervise_from" in nodes:
        found["supervise_from"] = reader.parsed(
            nodes["supervise_from"],
            "supervise_from",
            date.fromisoformat,
            "写成 2026-12-01",
            "Write it as 2026-12-01",
        )
    if "silent_after" in nodes:
        found["silent_after"] = reader.parsed(
            nodes["silent_after"],
            "silent_after",
            duration,
            "写成 30m、12h 或 2d",
            "Write it as 30m, 12h or 2d",
        )
    if "envelope" in nodes:
        found["envelope"] = _envelope(reader, nodes["envelope"])
    if "checks" in nodes:
        found["checks"] = {
            name: reader.word(value, f"checks.{name}", ("warning", "error"))
            for name, (_, value) in reader.mapping(nodes["checks"], "checks").items()
        }
    if "cards" in nodes:
        found["cards"] = _cards(reader, nodes["cards"], nodes["connector"])
    if "contact" in nodes:
        found["contact"] = _contact(reader, nodes["contact"])
    if "expect" in nodes:
        found["expect"] = _expect(reader, nodes["expect"])
    return found


def _expect(reader: Reader, node: yaml.Node) -> dict[str, dict[str, str]]:
    """The usual number of cases a day: `min` and `max` are whole numbers, `why` is said to whoever is told."""
    found: dict[str, dict[str, str]] = {}
    for name, (key, value) in reader.mapping(node, "expect").items():
        if name not in EXPECTED:
            raise reader.wrong_word(key, "expect", name, EXPECTED)
        limits = found[name] = {}
        for word, (place, limit) in reader.mapping(value, f"expect.{name}").items():
            if word not in EXPECTED[name]:
                raise reader.wrong_word(place, f"expect.{name}", word, EXPECTED[name])
            pattern = r"[\s\S]*\S[\s\S]*" if word == "why" else r"[0-9]{1,9}"
            limits[word] = reader.text(
                limit,
                f"expect.{name}.{word}",
                pattern,
                "min、max 写整数,why 写文字",
                "min, max: whole numbers; why: text",
            )
        if int(limits.get("min", 0)) > int(limits.get("max", 10**9)):
            raise reader.stop(
                value.start_mark,
                f"expect.{name}:min 大于 max", f"expect.{name}: min is greater than max",
                "对调或改正", "Exchange or correct them",
            )  # fmt: skip
    return found


def _cards(reader: Reader, node: yaml.Node, connector: yaml.Node) -> dict[str, Any]:
    """The way back, for a connector that can carry it."""
    check(reader, node, "cards", CARDS)
    nodes, said = reader.mapping(node, "cards"), reader.plain(node)
    kind = reader.plain(connector)
    if kind["kind"] not in BY_KINDS or (kind["kind"] == "database" and "cards" not in kind):
        raise reader.stop(
            node.start_mark,
            f"{kind['kind']} 方式没有(或未写明)交付牌的办法", f"a connector of kind {kind['kind']} has no way to carry cards, or none is given",
            "可用 directory、sftp、ftp;database 须写 connector.cards: {table: …, answers: …}",
            "directory, sftp and ftp can; database needs connector.cards: {table: …, answers: …}",
        )  # fmt: skip
    since = None
    if "from" in nodes:
        since = reader.parsed(
            nodes["from"][1], "cards.from", date.fromisoformat, "写成 2026-12-01", "Write it as 2026-12-01"
        )
    return {"deliver": tuple(dict.fromkeys(said["deliver"])), "since": since}


def _contact(reader: Reader, node: yaml.Node) -> dict[str, str]:
    found = {}
    for name, (key, value) in reader.mapping(node, "contact").items():
        if name not in CONTACT:
            raise reader.wrong_word(key, "contact", name, CONTACT)
        found[name] = reader.text(value, f"contact.{name}", r"[\s\S]*", "写成文字", "Write plain text")
    return found


def _organizations(reader: Reader, node: yaml.Node) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not items:
        raise reader.stop(
            node.start_mark,
            "organization 至少写一个机构",
            "organization must name at least one organisation",
            "写 18 位统一社会信用代码:该系统只能报送这些机构的办件",
            "Write a USCC of 18 characters: the system may send the cases of these organisations only",
        )
    return tuple(
        reader.text(
            item,
            "organization",
            r"[0-9A-HJ-NPQRTUWXY]{18}",
            "18 位统一社会信用代码",
            "A USCC of 18 characters",
        )
        for item in items
    )


def _envelope(reader: Reader, node: yaml.Node) -> dict[str, Any]:
    check(reader, node, "envelope", ENVELOPE)
    return dict(reader.plain(node))


def _connector(reader: Reader, node: yaml.Node) -> dict[str, Any]:
    nodes = reader.mapping(node, "connector")
    if "kind" not in nodes:
        raise reader.stop(
            node.start_mark,
            "connector 缺 kind",
            "connector lacks kind",
            f"可用:{'、'.join(CONNECTOR_KINDS)}",
            f"Allowed: {', '.join(CONNECTOR_KINDS)}",
        )
    kind = reader.word(nodes["kind"][1], "connector.kind", CONNECTOR_KINDS)
    check(reader, node, "connector", (_KIND, *OPTIONS[kind]))
    return dict(reader.plain(node))


_KIND = Option("kind", "报送方式", "the way to reach the system", "word", words=CONNECTOR_KINDS)
