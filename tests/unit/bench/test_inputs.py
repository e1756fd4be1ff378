"""What the benchmark reads is always the same, and a wrong result is never taken for a fast one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import inputs, reading
from bench.inputs import QUICK_CASES, SYSTEM
from bench.run import Bench
from hub.errors import StopError
from hub.register import Registration, find_registration

CASES = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="module")
def clean(folder: Path) -> Path:
    inputs.make_base(folder / "clean.xml", CASES)
    return folder / "clean.xml"


@pytest.fixture(scope="module")
def registration(folder: Path) -> Registration:
    return find_registration(inputs.department(folder / "department"), SYSTEM)


def test_package_schema_and_rows_are_those_that_are_pinned(folder: Path, registration: Registration) -> None:
    inputs.schema()
    package = inputs.base(folder, QUICK_CASES)
    timing, rows = reading.read_whole(registration, package)
    inputs.held(f"rows_{QUICK_CASES}", rows)
    assert (timing.accepted, timing.rejected) == (QUICK_CASES, 0)


def test_an_older_package_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / f"clean-{QUICK_CASES}.xml"
    path.write_text("<ExchangePackage/>")
    assert inputs.base(tmp_path, QUICK_CASES) == path
    assert inputs.sha256(path) == inputs.pins()[f"input_{QUICK_CASES}"]


def test_another_package_than_the_pinned_one_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a simulator that has changed makes another package than the one that was measured before
    monkeypatch.setattr(inputs, "make_base", lambda path, cases: path.write_text("<ExchangePackage/>"))
    path = tmp_path / f"clean-{QUICK_CASES}.xml"
    with pytest.raises(StopError, match="BENCH_PIN") as refused:
        inputs.base(tmp_path, QUICK_CASES)
    assert str(path) in str(refused.value)
    assert "python -m bench.pin" in refused.value.remedy_en


def test_the_bare_way_and_the_hub_read_the_same_rows(clean: Path, registration: Registration) -> None:
    bare, bare_rows = reading.read_bare(registration, clean)
    whole, whole_rows = reading.read_whole(registration, clean)
    assert bare_rows == whole_rows
    assert (bare.accepted, whole.accepted) == (CASES, CASES)
    assert bare.cpu > 0


def test_one_changed_character_changes_the_digest_of_the_rows(
    clean: Path, registration: Registration, tmp_path: Path
) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(clean.read_bytes().replace(b"<ReceiptNo>SB", b"<ReceiptNo>SC", 1))
    assert reading.read_bare(registration, clean)[1] != reading.read_bare(registration, other)[1]


def test_one_case_in_a_hundred_is_spoilt_and_no_other(
    clean: Path, registration: Registration, tmp_path: Path
) -> None:
    bad = inputs.spoilt(clean, tmp_path / "bad.xml")
    timing, _ = reading.read_whole(registration, tmp_path / "bad.xml")
    assert bad == CASES // 100
    assert (timing.accepted, timing.rejected) == (CASES - bad, bad)


def test_the_same_cases_come_again_byte_for_byte_in_another_package(clean: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xml"
    inputs.again(clean, again)
    first, second = (path.read_bytes().partition(b"<Body>") for path in (clean, again))
    assert first[2] == second[2]
    assert first[0] != second[0]
    assert b"<Serial>2</Serial>" in second[0]


def test_copies_have_numbers_of_their_own(clean: Path, registration: Registration, tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    total = inputs.copies(clean, path, 3)
    numbers = re.findall(rb"<CaseNo>([^<]+)<", path.read_bytes())
    assert total == len(numbers) == len(set(numbers)) == 3 * CASES
    assert reading.read_whole(registration, path)[0].accepted == total


@pytest.mark.parametrize(("accepted", "rejected"), [(CASES - 1, 0), (CASES, 1), (0, CASES)])
def test_a_fast_run_with_wrong_counts_is_a_failure(accepted: int, rejected: int) -> None:
    bench = object.__new__(Bench)
    bench.cases = CASES
    with pytest.raises(StopError, match="BENCH_WRONG"):
        bench._gate("read", {"accepted": accepted, "rejected": rejected})


def test_a_fast_run_with_wrong_rows_is_a_failure() -> None:
    bench = object.__new__(Bench)
    good, other = {"tables": {"step": (10, "1")}}, {"tables": {"step": (10, "2")}}
    bench._same_rows("again", good, good)
    with pytest.raises(StopError, match="table step"):
        bench._same_rows("again", good, other)
