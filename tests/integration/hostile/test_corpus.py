"""Hostile packages are refused with the right code, within memory and time, and leave nothing behind."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hub.envelope import Limits, open_package
from hub.limits import rows
from schemas.catalogue import catalogue, describe
from tests.support.corpus import Hostile, corpus, document, groups
from tests.support.corpus_archives import aes_zip
from tests.support.hostile_group import judge_group
from tests.support.hostile_run import Verdict, judge

MEMORY_MB = 300
CPU_S = 30
"""Of one package; the slowest takes a tenth of it on a free machine."""
TEXTS = ("message_zh", "message_en", "remedy_zh", "remedy_en")


@pytest.mark.parametrize("hostile", corpus(), ids=lambda each: each.name)
def test_a_hostile_package_is_refused_and_its_neighbours_are_not(hostile: Hostile) -> None:
    verdict = judge_group(hostile.group).verdicts[hostile.name]
    assert verdict.left == []
    code, params, line = _refusal(hostile, verdict)
    assert code == hostile.code
    said = describe(code, params=params)
    assert all(getattr(said, name).strip() for name in TEXTS)
    assert said.message_zh != said.remedy_zh
    assert said.message_en != said.remedy_en
    told = f"{said.message_zh} {said.message_en}"
    assert hostile.said in told
    if hostile.limit and hostile.code not in ("PKG_TOO_LARGE", "ZIP_NAME"):
        assert rows()[hostile.limit].zh in told, f"another limit was exceeded: {told}"
        assert rows()[hostile.limit].code in (code, "CASE_LIMIT")
    assert len(told) < 2_000
    assert line is None or line >= 1


def _refusal(hostile: Hostile, verdict: Verdict) -> tuple[str, Mapping[str, object], int | None]:
    if hostile.level == "package":
        assert verdict.refused is not None, verdict.cases[:3]
        return verdict.refused.code, verdict.refused.params, verdict.refused.line
    assert verdict.refused is None, verdict.refused
    first, bad, last = verdict.cases
    assert first is None and last is None, "a neighbour was refused"  # noqa: PT018
    assert bad, "the hostile case was taken"
    return bad[0].code, bad[0].params, bad[0].line


def test_there_are_enough_of_them() -> None:
    assert len(corpus()) >= 120
    assert {each.level for each in corpus()} == {"package", "case"}
    assert {each.code for each in corpus()} <= set(catalogue())


@pytest.mark.parametrize("name", rows())
def test_every_limit_has_a_package_that_exceeds_it(name: str) -> None:
    exempt = {"ratio_from": "says from where the ratio counts", "legacy_bytes": "needs a password, see below"}
    assert name in exempt or any(each.limit == name for each in corpus())


def test_too_much_under_the_old_encryption_is_refused(tmp_path: Path) -> None:
    hostile = Hostile("old", lambda rng: _old_zip(tmp_path), "ZIP_LIMIT", limits={"legacy_bytes": 500})
    verdict = judge(hostile, password=b"secret")
    assert verdict.refused is not None
    assert verdict.refused.params["what"] == rows()["legacy_bytes"].what
    assert judge(Hostile("old", lambda rng: _old_zip(tmp_path), ""), password=b"secret").refused is None


def _old_zip(folder: Path) -> bytes:
    (folder / "p.xml").write_bytes(document())
    target = folder / "old.zip"
    target.unlink(missing_ok=True)
    command = ["7z", "a", "-tzip", "-psecret", "-mem=ZipCrypto", str(target), "p.xml"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return target.read_bytes()


@pytest.mark.parametrize(
    ("password", "code"), [(b"secret", None), (b"other", "ZIP_PASSWORD"), (None, "ZIP_ENCRYPTED")]
)
def test_an_encrypted_zip_opens_with_its_password_alone(password: bytes | None, code: str | None) -> None:
    verdict = judge(
        Hostile("aes", lambda rng: aes_zip({"p.xml": document(rng), "a.pdf": b"x" * 70_000}), ""),
        password=password,
    )
    assert (verdict.refused.code if verdict.refused else None) == code
    assert verdict.left == []


def test_every_byte_of_an_encrypted_zip_is_guarded(tmp_path: Path) -> None:
    body = aes_zip({"p.xml": document()})
    raw = tmp_path / "raw"
    start = 30 + 5 + 11 + 18  # header, name, extra field, salt and check of the password
    for at in range(start, body.index(b"PK\x01\x02"), 37):
        raw.write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
        with pytest.raises(Exception, match="ZIP_BROKEN"):
            open_package(raw, tmp_path / "work", Limits(), password=b"secret")
    assert list((tmp_path / "work").glob("*")) == []


@pytest.mark.parametrize("group", list(groups()))
def test_memory_and_time_stay_bounded_while_a_group_is_refused(group: str) -> None:
    found = judge_group(group)
    assert found.memory_mb <= MEMORY_MB, f"{found.memory_mb} MB; slowest {found.slowest} {found.cpu_s:.1f} s"
    assert found.cpu_s <= CPU_S, f"{found.slowest} took {found.cpu_s:.1f} s"
    print(f"{group}: {found.memory_mb} MB, slowest {found.slowest} {found.cpu_s:.1f} s")
