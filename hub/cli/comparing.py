"""`suphub log compare`: is every row of the database still as the log, and the stored bytes, say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from hub.cli.instants import instant
from hub.cli.output import print_json, print_table, say
from hub.errors import Place, StopError

if TYPE_CHECKING:
    from hub.audit.findings import Difference, Tally

REMEDY = (
    "处理 · remedy: 先用 suphub log verify 确认日志本身可信；保全数据库和 raw/，与备份、检查点和各单位的回执比对；查明何人何时改动，再从备份恢复",
    "See first that the log itself is whole (suphub log verify); secure database and raw/; compare with backups, checkpoints and the"
    " departments' receipts; find out who changed it and when, then restore from a backup",
)


def compare(
    system: str | None = typer.Option(None, help="只比对一个系统 · one system only"),
    since: str | None = typer.Option(
        None,
        "--from",
        help="起，日期或时间：只比对日志在此期间所记的事项 · what the log tells of from then on",
    ),
    until: str | None = typer.Option(
        None, "--to", help="止，日期（含当日）或时间 · to the end of this day, or before this time"
    ),
    read_bytes: bool = typer.Option(
        True,
        "--bytes/--no-bytes",
        help="重算已存文件的摘要，并重读日志未记内容摘要的报文包 · hash the stored files, read packages whose contents the log does not hold",
    ),
    mapped: bool = typer.Option(
        False, "--mapped", help="每个报文包都由原始报文重新映射再比对 · map every package anew from its bytes"
    ),
    limit: int = typer.Option(
        1000, min=1, help="最多列出几处；全部计数 · how many are listed; all are counted"
    ),
    json: bool = typer.Option(False, "--json", help="机器可读 · machine-readable"),
) -> None:
    """库中各行、原始字节是否仍如日志所记；不符则退出码为 1 · Are rows and stored bytes still as the log says; exit 1 if not."""
    from hub.audit.findings import Bounds
    from hub.wiring import auditing

    bounds = Bounds(system, instant(since, "--from"), instant(until, "--to", end_of_day=True))
    if bounds.since is not None and bounds.until is not None and bounds.since >= bounds.until:
        raise typer.BadParameter("起不早于止 · --from is not before --to", param_hint="--from")
    kept: list[Difference] = []
    count = 0

    def take(found: Difference) -> None:
        nonlocal count
        count += 1
        if count <= limit:
            kept.append(found)

    try:
        tally = auditing.compare(take, bounds=bounds, bytes_too=read_bytes, all_mapped=mapped)
    except OSError as error:
        raise _no_scratch(error) from error
    if json:
        print_json(_document(kept, count, tally))
    else:
        _tell(kept, count, tally)
    if count:
        raise typer.Exit(1)


def _document(kept: list[Difference], count: int, tally: Tally) -> dict[str, Any]:
    return {
        "ok": count == 0,
        "count": count,
        "differences": [each.as_dict() for each in kept],
        **tally.as_dict(),
    }


def _tell(kept: list[Difference], count: int, tally: Tally) -> None:
    if kept:
        rows = []
        for each in kept:
            told = each.as_dict()
            rows.append(
                (
                    each.table,
                    each.key,
                    each.column,
                    each.logged,
                    each.found,
                    f"{told['message_zh']} · {told['message_en']}",
                )
            )
        columns = ("表 table", "键 key", "列 column", "应为 logged", "现为 found", "说明 why")
        print_table(f"{count} 处与日志不符 · differ from the log", columns, rows)
        if count > len(kept):
            say(
                f"只列出前 {len(kept)} 处，用 --limit 列出更多 · the first {len(kept)} are listed; see more with --limit"
            )
    else:
        say("所比对的各行均与日志一致 · what was compared is as the log says")
    compared = "，".join(f"{name} {number}" for name, number in sorted(tally.compared.items()))
    say(f"已比对 · compared (rows): {compared or '0'}")
    for (kind, zh, en), number in sorted(tally.not_held.items()):
        say(f"未能核对 · not held by the log: {kind} {number}  {zh} · {en}")
    if kept:
        for line in REMEDY:
            say(line)


def _no_scratch(error: OSError) -> StopError:
    return StopError(
        "FILE_UNWRITABLE",
        zh=f"比对所需的临时文件不能建立或写入：{error}",
        en=f"The scratch file of the comparison cannot be made or written: {error}",
        remedy_zh="检查 SUPHUB_HOME/work 的权限和磁盘空间(约为日志大小的一半)",
        remedy_en="Check permissions and disk space of SUPHUB_HOME/work (about half the size of the log)",
        place=Place(field="work"),
    )
