"""The registration (登记) for a simulated department: where what was written is read, and in which dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from hub.simulate.national_tables import CASE_TABLES, KEY
from hub.simulate.piece_plants import NATIONAL, PINYIN
from hub.simulate.world import DIALECTS, Options

BATCH = 5000


def registration(options: Options) -> str:
    """YAML of a live system that reads what was simulated; paths are absolute."""
    own = options.organization
    codes = options.codes if options.dialect == "canonical" else DIALECTS[options.dialect]
    lines = [
        "# 模拟部门的登记 / registration of a simulated department",
        f"code: {options.code}",
        f"name: {_quoted(own.name + '审批系统(模拟)')}",
        f"organization: {_quoted(own.uscc)}",
        f"region: {_quoted(_region(options))}",
        'contact: {name: "信息中心", phone: "0731-80000000"}',
        "connector:",
        *(f"  {line}" for line in _connector(options)),
        f"dialect: {options.dialect}",
        f"codes: {codes}",
        f'schema: "{options.schema}"',
        f"serial: {'source' if options.dialect == 'canonical' else 'hub'}",
        'schedule: "*/10 * * * *"',
        "silent_after: 2d",
        "status: live",
    ]
    return "\n".join(lines) + "\n"


def _region(options: Options) -> str:
    """The department's own; a wide one lets in what lies elsewhere in the province."""
    own = options.organization.region
    return f"{own[:2]}0000" if "X11" in options.fabricate else own


def connection(options: Options) -> str:
    """The name of the connection that the registration names."""
    return options.code.replace("-", "_")


def _connector(options: Options) -> Iterable[str]:
    if options.dialect == NATIONAL:
        return _database(options)
    if options.dialect == PINYIN and options.deliver == "soap":
        return _soap(options)
    return _directory(options.out.absolute())


def _directory(base: Path) -> Iterable[str]:
    yield "kind: directory"
    yield f"inbox: {_quoted(str(base / 'out'))}"
    yield f"receipts: {_quoted(str(base / 'receipts'))}"
    yield f"refused: {_quoted(str(base / 'refused'))}"
    yield "ready: {marker: .ok}"


def _database(options: Options) -> Iterable[str]:
    yield "kind: database"
    yield f"connection: {connection(options)}"
    yield "tables:"
    for table in CASE_TABLES:
        yield f"  {table.name}: {{key: {KEY}, time: cd_time}}"
    yield 'take: {flag: {column: sync_flag, new: "0", taken: "1", refused: "2"}}'
    yield f"batch: {options.package_size or BATCH}"
    yield "rejects: {table: dn_audit_abnormal}"


def _soap(options: Options) -> Iterable[str]:
    yield "kind: soap-pull"
    yield f"connection: {connection(options)}"
    yield 'wsdl: "?wsdl"'
    yield 'soap: "1.1"'
    yield "operation: QueryBatch"
    yield "page: {argument: pageNo}"
    yield "receipt: {operation: PutReceipt, arguments: {name: '{name}', receipt: '{receipt}'}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
