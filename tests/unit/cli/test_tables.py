"""What a terminal shows: whole words in tables and in help, whatever its width; a pipe gets a line for each row."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hub.cli.output import print_table, rarer, say_fields
from hub.cli.tables import least, lines_of, widths

COLUMNS = ("系统 system", "报文包 package", "拒收 rejected", "到达 received")
ROWS = [
    ("water-bureau", "water-bureau-20260904-000001", 0, "2026-11-22 23:27:14"),
    ("land", "3d77b073a02d…", None, ""),
]


def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int | None) -> str:
    if width is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", str(width))
    print_table("2 个报文包 · packages", COLUMNS, ROWS)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [20, 40, 62, 66, 80, 120, None])
def test_no_word_number_or_name_is_cut_at_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int | None
) -> None:
    shown = printed(capsys, monkeypatch, width).split()
    for word in ("water-bureau-20260904-000001", "3d77b073a02d…", "2026-11-22", "23:27:14"):
        assert word in shown


def test_a_row_is_one_line_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(capsys, monkeypatch, None).splitlines()
    assert [len(lines), lines[2].split()] == [
        4, ["water-bureau", "water-bureau-20260904-000001", "0", "2026-11-22", "23:27:14"],
    ]  # fmt: skip


def test_a_terminal_that_is_too_narrow_gets_lines_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printed(capsys, monkeypatch, 50).splitlines() == [
        "2 个报文包 · packages",
        "water-bureau  water-bureau-20260904-000001",
        "  拒收 rejected: 0",
        "  到达 received: 2026-11-22 23:27:14",
        "land  3d77b073a02d…",
    ]


@pytest.mark.parametrize(
    ("cells", "width"),
    [
        (("报文包 package", "x"), 7),
        (("办件",), 2),
        (("a b", "2026-11-22T23:27:14"), 19),
        (("自然资源和规划局审批系统",), 12),
        (("",), 1),
        ((), 1),
    ],
)
def test_the_least_width_holds_the_longest_piece_and_a_readable_text(
    cells: tuple[str, ...], width: int
) -> None:
    assert least(cells) == width


def test_a_long_text_does_not_squeeze_its_neighbours() -> None:
    assert widths([("code", "ab cd"), ("说明", "长" * 200)], 60) == [5, 53]


def test_what_is_empty_is_left_out_of_the_lines_of_a_row() -> None:
    assert list(lines_of(("a", "b", "c", "d", ""), ("1", "", "", "4", "late"), 40)) == ["1", "  d: 4  late"]


def test_rare_outcomes_are_named_only_where_there_are_any() -> None:
    none = {"pending": 0, "duplicate": 0, "stale": None, "conflict": 0}
    assert [rarer(none), rarer({**none, "pending": 2, "conflict": 1})] == [
        "", "待补齐 pending 2  冲突 conflict 1",
    ]  # fmt: skip


def test_help_folds_long_chinese_texts_instead_of_cutting_them() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['suphub', 'system', '--help']; import hub.cli; hub.cli.main()"],
        capture_output=True, text=True, check=True, env={"COLUMNS": "60", "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
    ).stdout  # fmt: skip
    assert "…" not in shown
    assert "exit code 1 if a check fails" in " ".join(shown.replace("│", " ").split())


def test_labels_and_values_stand_below_one_another_and_nothing_is_a_python_literal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from rich.cells import cell_len

    say_fields(
        (
            ("牌 · card", 7),
            ("被督办单位 · of", ["甲", "乙"]),
            ("x", {"a": None, "b": [1]}),
            ("y", None),
            ("z", ""),
        )
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].strip() for line in lines] == ["7", "甲, 乙", "a: -, b: 1", "-"]
    starts = {
        cell_len(line[: line.rindex(value)])
        for line, value in zip(lines, ("7", "甲", "a:", "-"), strict=True)
    }
    assert len(starts) == 1
