"""What is judged of any exchange folder, wherever it lies: free space, the clock, the backlog and files that never get ready."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.directory import Seen
from connectors.names import shown
from frontend_probe.report import FAIL, OK, WARN, Finding

MEBI = 1 << 20
FREE_WARN, FREE_FAIL = 1024 * MEBI, 64 * MEBI
SKEW_WARN_S, SKEW_FAIL_S = 5.0, 300.0
WAITING_WARN_S = 86_400.0  # ready, yet not taken
UNREADY_WARN_S = 3_600.0  # its marker was probably forgotten


def free_space(free: int) -> Finding:
    """Of a disk with so many bytes left."""
    verdict = FAIL if free < FREE_FAIL else WARN if free < FREE_WARN else OK
    return Finding(
        verdict,
        f"{free // MEBI} MiB",
        f">= {FREE_WARN // MEBI} MiB",
        "清理磁盘或扩容;写满后回执无法写入 / Free or add space: on a full disk no receipt can be written",
    )


def clock(before: float, written: float, after: float) -> Finding:
    """Of a machine that gave a file the time `written` between two instants of the hub's clock, all in seconds."""
    skew = written - after if written > after else min(written - before, 0.0)
    verdict = FAIL if abs(skew) > SKEW_FAIL_S else WARN if abs(skew) > SKEW_WARN_S else OK
    return Finding(
        verdict,
        f"{skew:+.1f} s",
        f"<= {SKEW_WARN_S:.0f} s",
        "给前置机和枢纽配置时间同步(NTP) / Let both machines keep time by NTP",
    )


def backlog(files: Sequence[Seen], now: float) -> Finding:
    """What is ready and was not taken: number, bytes, the oldest."""
    ready = [seen for seen in files if seen.ready]
    return _aged(
        ready,
        now,
        WAITING_WARN_S,
        "查看该系统的交换任务是否在运行 / See whether the exchange of this system is running",
    )


def not_ready(files: Sequence[Seen], now: float) -> Finding:
    """What lies there and is not ready."""
    waiting = [seen for seen in files if not seen.ready]
    return _aged(
        waiting,
        now,
        UNREADY_WARN_S,
        "请来源系统补就绪标记,或删除残留文件 / Let the source set the marker, or remove leftovers",
    )


def _aged(files: Sequence[Seen], now: float, limit: float, remedy: str) -> Finding:
    expected = f"最早的不超过 {limit / 3600:.0f} 小时 / the oldest within {limit / 3600:.0f} h"
    if not files:
        return Finding(OK, "0", expected)
    oldest = min(files, key=lambda seen: seen.modified)
    age = now - oldest.modified
    size = sum(seen.size for seen in files)
    seen = f"{len(files)} 个文件 / files, {size} bytes, {shown(oldest.name)} {age / 3600:.1f} h"
    return Finding(WARN if age > limit else OK, seen, expected, remedy)
