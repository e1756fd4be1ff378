"""The registration (登记) for a simulated department: its exchange directory is the folder that was written."""

from __future__ import annotations

import json

from hub.simulate.world import Options


def registration(options: Options) -> str:
    """YAML of a live system that reads DIR/out and is answered in DIR/receipts; paths are absolute."""
    base = options.out.absolute()
    own = options.organization
    lines = [
        "# 模拟部门的登记 / registration of a simulated department",
        f"code: {options.code}",
        f"name: {_quoted(own.name + '审批系统(模拟)')}",
        f"organization: {_quoted(own.uscc)}",
        f"region: {_quoted(own.region)}",
        'contact: {name: "信息中心", phone: "0731-80000000"}',
        "connector:",
        "  kind: directory",
        f"  inbox: {_quoted(str(base / 'out'))}",
        f"  receipts: {_quoted(str(base / 'receipts'))}",
        f"  refused: {_quoted(str(base / 'refused'))}",
        "  ready: {marker: .ok}",
        "dialect: canonical",
        f"codes: {options.codes}",
        'schema: "1.0"',
        "serial: source",
        'schedule: "*/10 * * * *"',
        "silent_after: 2d",
        "status: live",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
