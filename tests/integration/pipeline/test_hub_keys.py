"""The hub's own keys: receipts are signed with the newest valid one, the first is made by itself, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors import Access
from hub import connections
from hub.clock import now_us, to_us
from hub.errors import StopError
from hub.pipeline.hub_keys import HubKeys
from tests.support.sealing import DAY, NOW, ec_key, holder, openssl, rsa_key

BODY = b"<Receipt/>\r\n"


def nowhere(name: str) -> Access | None:
    return None


Verifies = Callable[[bytes, Path], bool]


@pytest.fixture
def verifies(tmp_path: Path) -> Verifies:
    """Whether openssl, knowing a certificate, believes a signature over BODY."""

    def run(signature: bytes, certificate: Path) -> bool:
        (tmp_path / "body").write_bytes(BODY)
        (tmp_path / "signature").write_bytes(signature)
        try:
            return openssl("cms", "-verify", "-binary", "-inform", "DER", "-content", tmp_path / "body", "-in",
                                   tmp_path / "signature", "-CAfile", certificate) == BODY  # fmt: skip
        except AssertionError:
            return False

    return run


def test_the_first_key_is_made_once_however_many_begin_at_the_same_time(
    tmp_path: Path, verifies: Verifies
) -> None:
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: HubKeys(folder, nowhere).sign(BODY, now_us()), range(8)))
    assert all(verifies(each, folder / "receipts.crt") for each in made)
    assert [path.name for path in (folder / "receipts").iterdir()] == ["receipts.pem"]
    assert (folder / "receipts" / "receipts.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "receipts").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_newest_valid_certificate_signs(kind: str, tmp_path: Path, verifies: Verifies) -> None:
    folder = tmp_path / "keys" / "receipts"
    key = rsa_key if kind == "rsa" else ec_key
    old, present, coming = (
        holder(folder, name, key(), start=start, end=end)
        for name, start, end in (
            ("old", NOW - 9 * DAY, NOW + DAY), ("present", NOW - DAY, NOW + 9 * DAY), ("coming", NOW + 2 * DAY, NOW + 9 * DAY),
        )
    )  # fmt: skip
    keys = HubKeys(tmp_path / "keys", nowhere)
    signature = keys.sign(BODY, now_us())
    assert verifies(signature, present.file)
    assert not verifies(signature, old.file)
    assert coming.der in keys.sign(BODY, to_us(NOW + 3 * DAY))


def test_without_a_valid_certificate_the_hub_stops(tmp_path: Path) -> None:
    holder(tmp_path / "receipts", "old", ec_key(), start=NOW - 9 * DAY, end=NOW - DAY)
    with pytest.raises(StopError) as told:
        HubKeys(tmp_path, nowhere).sign(BODY, now_us())
    assert told.value.code == "RECEIPT_KEY"


def test_a_key_that_is_put_beside_is_found_without_a_new_start(tmp_path: Path, verifies: Verifies) -> None:
    keys = HubKeys(tmp_path, nowhere)
    first = holder(tmp_path / "receipts", "first", ec_key(), start=NOW - 2 * DAY)
    assert verifies(keys.sign(BODY, now_us()), first.file)
    second = holder(tmp_path / "receipts", "second", ec_key(), start=NOW - DAY)
    assert verifies(keys.sign(BODY, now_us()), second.file)


def test_a_connection_holds_a_key_with_its_password(tmp_path: Path, verifies: Verifies) -> None:
    made = holder(tmp_path / "made", "receipts", ec_key())
    locked = openssl("pkcs8", "-topk8", "-in", made.key_file, "-passout", "pass:secret").decode()
    extra = json.dumps({"pem": locked + made.file.read_text()})
    environment = {
        "AIRFLOW_CONN_SUPHUB_RECEIPTS": json.dumps(
            {"conn_type": "generic", "password": "secret", "extra": extra}
        )
    }
    keys = HubKeys(tmp_path / "keys", lambda name: connections.from_environment(name, environment))
    assert verifies(keys.sign(BODY, now_us()), made.file)
    assert not (tmp_path / "keys").exists()


def test_where_there_is_no_key_to_open_with_the_remedy_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StopError) as told:
        HubKeys(tmp_path, nowhere).opening("land-bureau")
    assert told.value.code == "ENVELOPE_NO_KEY"
    assert "suphub_envelope" in told.value.remedy_en
    assert told.value.place.system == "land-bureau"
