"""What is swept daily: scratch that a killed worker left behind, receipts that were pushed for long enough, and the summaries of
refused log-ins that are still open."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from connectors.push.clearing import clear
from hub import wiring
from hub.clock import now_us
from hub.nodes import settle
from hub.watch.history import days_of

DAY_SECONDS = 86_400.0


def run() -> int:
    """Remove temporary files older than a day, raw packages stay; write the last summaries. How many scratch entries went.

    Raises StopError HISTORY_DAYS for what is no number of days.
    """
    here = wiring.settings()
    wiring.raw_store().sweep()
    removed = sweep_scratch(here.work, time.time() - DAY_SECONDS)
    settle(wiring.engine(), now_us())
    days = days_of(here.spool_days, "SUPHUB_SPOOL_DAYS")
    wiring.log.info(
        "%s receipts and refused originals cleared", clear(here.spool, time.time() - days * DAY_SECONDS)
    )
    return removed


def sweep_scratch(folder: Path, before: float) -> int:
    """Remove entries of the scratch folder last changed before an instant (Unix seconds); how many there were."""
    stale = [path for path in folder.iterdir() if path.lstat().st_mtime < before] if folder.is_dir() else []
    for path in stale:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(stale)
