"""The table of limits as a page: docs/limits.md."""

from __future__ import annotations

from importlib import import_module

from hub.bounds import BOUNDS, Bound
from hub.limits import GIBI, KIBI, MEBI, Row, rows

HEAD = """\
<!-- 由程序中的表生成 / Made from the table in hub/limits.py -->
# 限制 · Limits

每个报文在解包和解析之前、之中都受这些限制；超过即拒，不占用更多内存和磁盘。整包被拒用 `ZIP_*`、`XML_LIMIT`、`PKG_TOO_LARGE`；只涉及一个办件的用
`CASE_LIMIT`，同一报文中的其他办件照常接收。拒绝时内存不超过 300 MB，不留下临时文件。

Every package is held to these limits before and while it is unpacked and parsed; what exceeds one is refused before it costs more
memory or disk. `CASE_LIMIT` refuses one case, its neighbours are taken. Refusing takes no more than 300 MB of memory and leaves no
temporary file.

改变一个限制：设环境变量（字节数可写 KiB、MiB、GiB），例如 `SUPHUB_LIMIT_RATIO=300`、`SUPHUB_LIMIT_ATTACHMENT_BYTES=1GiB`；写错时命令停止并说明
（`LIMIT_SETTING`）。To change one, set its variable; bytes may be written with KiB, MiB, GiB.

| 限制 Limit | 默认 Default | 计什么 What is counted | 原因 Reason | 代码 Code | 变量 Variable |
|---|---|---|---|---|---|
"""


MORE = """
## 其他界限 · Other bounds

不能设置；远大于实际所需，只为不让内存和时间无界。These are no settings; they are far beyond what is needed, and keep memory and time bounded.

| 界限 Bound | 值 Value | 计什么 What is counted | 超过时 Beyond it | 代码 Code |
|---|---|---|---|---|
"""


def limits_page() -> str:
    """The page."""
    return HEAD + "".join(map(_line, rows().values())) + MORE + "".join(map(_bound, BOUNDS))


def _bound(bound: Bound) -> str:
    value = getattr(import_module(bound.module), bound.name)
    told = f"`{bound.code}`" if bound.code else "-"
    cells = (
        f"`{bound.key}`",
        f"{value:,}",
        f"{bound.zh}<br>{bound.en}",
        f"{bound.then_zh}<br>{bound.then_en}",
        told,
    )
    return f"| {' | '.join(cells)} |\n"


def _line(row: Row) -> str:
    cells = (
        f"`{row.name}`", _shown(row), f"{row.zh}<br>{row.en}", f"{row.why_zh}<br>{row.why_en}", f"`{row.code}`",
        f"`{row.variable}`",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _shown(row: Row) -> str:
    for size, unit in ((GIBI, "GiB"), (MEBI, "MiB"), (KIBI, "KiB")):
        if row.bytes and row.default % size == 0:
            return f"{row.default // size} {unit}"
    return f"{row.default:,}"
