"""What commands write where they are told to: whole files, devices and pipes as they are, full disks told with a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hub.cli.files import put
from hub.errors import StopError
from tests.support.command import Suphub

MAIN = "import sys; from hub.cli import main; main()"


def test_a_file_is_put_in_place_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    for data in (b"first", b"second"):
        put(file, data)
        assert file.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reading = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reading.start()
    put(pipe, b"all of it")
    reading.join()
    assert read == [b"all of it"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["no-such-folder/x.pdf", "."])
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(StopError) as refused:
        put(tmp_path / name, b"x")
    assert refused.value.code == "OUT_UNWRITABLE"
    assert list(tmp_path.iterdir()) == []


def run(*words: str, out: Path, env: dict[str, str]) -> tuple[int, str]:
    with out.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *words], stdout=stream, stderr=subprocess.PIPE, env=env, check=False
        )
    return done.returncode, done.stderr.decode("utf-8")


@pytest.mark.parametrize("words", [("rule", "list", "--json"), ("rule", "list")])
def test_an_output_without_room_is_told_without_a_traceback(
    suphub: Suphub, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert suphub("db", "upgrade").code == 0
    code, err = run(*words, out=Path("/dev/full"), env=dict(os.environ))
    assert (code, "Traceback" in err) == (3, False), err
    assert "SYSTEM_REFUSED" in err
    assert "Remedy" in err


def test_a_reader_that_leaves_early_hears_no_complaint(suphub: Suphub) -> None:
    assert suphub("db", "upgrade").code == 0
    done = subprocess.Popen(
        [sys.executable, "-c", MAIN, "rule", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.close()
    err = done.stderr.read().decode("utf-8")
    assert (done.wait() in (0, 1), err) == (True, "")
