"""`suphub bench --quick --json FILE` measures on a real PostgreSQL, with real xmllint and Airflow, and writes every figure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

METRICS = {
    "parse_validate_shred_vs_xmllint",
    "read_with_checks_vs_xmllint",
    "two_processes_vs_one_reading",
    "end_to_end_vs_bare_load",
    "end_to_end_rate",
    "same_cases_again_vs_first_load",
    "one_percent_bad_vs_clean",
    "national_rows_vs_canonical_reading",
    "pinyin_messages_vs_canonical_reading",
    "national_rows_vs_canonical_end_to_end",
    "pinyin_messages_vs_canonical_end_to_end",
    "peak_memory",
    "dag_folder_200_registrations",
}


def test_one_round_comes_to_right_results_and_all_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = subprocess.run(
        [Path(sys.executable).with_name("suphub"), "bench", "--quick", "--json", file],
        cwd=ROOT,
        env={**os.environ, "SUPHUB_HOME": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr  # 3 would be a wrong count, or rows that are not those expected
    figures = {row["metric"]: row for row in json.loads(file.read_text(encoding="utf-8"))}
    assert set(figures) == METRICS
    assert all(row["value"] > 0 and row["rounds"] == 1 for row in figures.values())
    assert figures["peak_memory"]["met"], figures[
        "peak_memory"
    ]  # the one figure that a busy machine leaves alone
    assert not list((tmp_path / "var" / "bench").glob("run-*"))
