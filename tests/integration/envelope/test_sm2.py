"""Detached SM2 signatures as `openssl dgst -sm3 -sign` makes them, in a zip beside the document."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from hub.clock import now_us
from hub.envelope import Limits
from hub.envelope.fitness import bound_faults
from hub.envelope.policy import policy_of
from hub.envelope.trust import Policy
from hub.errors import PackageRefused, StopError
from hub.pipeline.unseal import Seals, open_sealed
from tests.support.message import registration
from tests.support.sealing import encrypted, openssl
from tests.support.sealing_house import CONTENT, House, Opens

ID = "distid:1234567812345678"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two SM2 keys: of the department with public key and certificate, and a stranger's."""
    folder = tmp_path_factory.mktemp("sm2")
    for name in ("land", "water"):
        openssl(
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", folder / f"{name}.key"
        )
        openssl("pkey", "-in", folder / f"{name}.key", "-pubout", "-out", folder / f"{name}.pub")
        openssl("req", "-new", "-x509", "-key", folder / f"{name}.key", "-sm3", "-sigopt", ID, "-subj", f"/CN={name}", "-days",
                "30", "-out", folder / f"{name}.crt")  # fmt: skip
    return folder


def trusting(*files: Path, **words: str) -> Policy:
    envelope = {"signed": "required", "certificates": [str(file) for file in files], **words}
    return policy_of(registration(envelope=envelope), lambda system, at: ())


Packs = Callable[..., Path]


@pytest.fixture
def packs(keys: Path, tmp_path: Path) -> Packs:
    """A zip of the document and its signature."""

    def run(
        *options: str, key: str = "land", change: Callable[[bytes], bytes] = bytes, **more: bytes
    ) -> Path:
        document, signature, target = tmp_path / "x.xml", tmp_path / "x.xml.sm2", tmp_path / "x.zip"
        document.write_bytes(CONTENT)
        openssl("dgst", "-sm3", "-sign", keys / f"{key}.key", *options, "-out", signature, document)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.xml", CONTENT)
            archive.writestr("x.xml.sm2", change(signature.read_bytes()))
            for name, body in more.items():
                archive.writestr(name.replace("_", "."), body)
        return target

    return run


@pytest.mark.parametrize("options", [(), ("-sigopt", ID)], ids=["no id", "the standard's id"])
@pytest.mark.parametrize(
    "change", [bytes, base64.b64encode, base64.encodebytes], ids=["DER", "Base64", "lines"]
)
@pytest.mark.parametrize("form", ["pub", "crt"])
def test_a_signature_of_the_registered_key_is_accepted(
    form: str, change: Any, options: tuple[str, ...], keys: Path, packs: Packs, opens: Opens
) -> None:
    opened = opens(packs(*options, change=change), trusting(keys / f"land.{form}"))
    assert opened.seal is not None
    assert opened.seal.signed
    assert opened.seal.signer == ("CN=land" if form == "crt" else "SM2")


def test_keys_with_leading_zeros_and_fours_verify(
    packs: Packs, opens: Opens, keys: Path, tmp_path: Path
) -> None:
    """A library strips them off; any such key would never have verified."""
    for _ in range(400):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", keys / "odd.key")
        openssl("pkey", "-in", keys / "odd.key", "-pubout", "-outform", "DER", "-out", keys / "odd.der")
        if (keys / "odd.der").read_bytes()[-64] >> 4 in (0, 4):
            break
    openssl("pkey", "-in", keys / "odd.key", "-pubout", "-out", keys / "odd.pub")
    assert opens(packs(key="odd"), trusting(keys / "odd.pub")).seal is not None


def test_it_may_be_encrypted_around(house: House, keys: Path, packs: Packs, opens: Opens) -> None:
    sealed = encrypted(packs(), house.hub, cipher="-sm4-cbc")
    opened = opens(sealed, trusting(keys / "land.pub", encrypted="required"))
    assert opened.seal is not None
    assert (opened.seal.cipher, opened.seal.signer) == ("SM4-CBC", "SM2")


def altered(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    ("making", "code"),
    [
        ({"key": "water"}, "SM2_SIGNER"),
        ({"change": altered}, "SM2_SIGNER"),
        ({"change": lambda data: b"no signature"}, "SM2_SIGNATURE"),
        ({"change": lambda data: b"\x30\x06\x02\x01\x00\x02\x01\x00"}, "SM2_SIGNATURE"),
        ({"change": lambda data: data * 100}, "SM2_SIGNATURE"),
        ({"y_xml": b"<y/>"}, "SM2_DOCUMENT"),
        ({"z_xml_sm2": b""}, "SM2_DOCUMENT"),
    ],
)
def test_what_is_not_signed_by_the_registered_key_is_refused(
    making: dict[str, Any], code: str, keys: Path, packs: Packs, opens: Opens
) -> None:
    with pytest.raises(PackageRefused) as told:
        opens(packs(**making), trusting(keys / "land.pub"))
    assert told.value.code == code


@pytest.mark.parametrize(
    ("signs", "code"),
    [("allowed", "SM2_SIGNER"), ("required", "SM2_SIGNER"), ("forbidden", "ENVELOPE_SIGNED")],
)
def test_a_signature_is_looked_at_where_no_such_key_is_registered(
    signs: str, code: str, house: House, packs: Packs, opens: Opens
) -> None:
    policy = house.policy(signed=signs, encrypted="allowed")
    with pytest.raises(PackageRefused) as told:
        opens(packs(), policy)
    assert told.value.code == code
    with pytest.raises(PackageRefused) as told:
        opens(packs(change=lambda data: b"no signature"), policy)
    assert told.value.code == ("SM2_SIGNATURE" if code == "SM2_SIGNER" else code)


@pytest.mark.parametrize(
    ("cipher", "code"), [("-aes-256-cbc", "CMS_DECRYPT"), ("-aes-256-gcm", "SM2_SIGNER")]
)
def test_what_cbc_encrypted_tells_nothing_of_its_inside(
    cipher: str, code: str, house: House, keys: Path, packs: Packs, opens: Opens
) -> None:
    sealed = encrypted(packs(key="water"), house.hub, cipher=cipher)
    for policy in (trusting(keys / "land.pub"), house.policy(signed="allowed")):
        with pytest.raises(PackageRefused) as told:
            opens(sealed, policy)
        assert told.value.code == code


def test_a_zip_that_nobody_signed_is_let_through_where_that_is_allowed(
    house: House, tmp_path: Path, opens: Opens
) -> None:
    target = tmp_path / "x.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("x.xml", CONTENT)
        archive.writestr("attached/note.sm2", b"an attachment")
    assert opens(target, house.policy(signed="allowed", encrypted="allowed")).seal is None


def test_a_zip_without_a_signature_is_unsigned(keys: Path, tmp_path: Path, opens: Opens) -> None:
    target = tmp_path / "x.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("x.xml", CONTENT)
    with pytest.raises(PackageRefused) as told:
        opens(target, trusting(keys / "land.pub"))
    assert told.value.code == "ENVELOPE_UNSIGNED"


def test_a_bare_key_of_another_kind_is_told_at_once(house: House, tmp_path: Path) -> None:
    file = tmp_path / "rsa.pub"
    file.write_bytes(openssl("pkey", "-in", house.land.key_file, "-pubout"))
    with pytest.raises(StopError) as told:
        trusting(file)
    assert told.value.code == "ENVELOPE_FILE"


def zipped(inner: bytes, name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, inner)
    return buffer.getvalue()


def tarred(packed: bytes) -> bytes:
    """The same members as a tar."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, tarfile.open(fileobj=buffer, mode="w") as target:
        for name in source.namelist():
            info = tarfile.TarInfo(name)
            info.size = len(source.read(name))
            target.addfile(info, io.BytesIO(source.read(name)))
    return buffer.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "zip in zip": lambda packed: zipped(packed, "x.zip"),
    "zip in gzip": gzip.compress,
    "zip in zstd": zstandard.compress,
    "tar": tarred,
    "tar.gz": lambda packed: gzip.compress(tarred(packed)),
    "tar.gz in zip": lambda packed: zipped(gzip.compress(tarred(packed)), "x.tar.gz"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_signature_is_found_in_whatever_archive_the_document_lies(
    form: str, keys: Path, packs: Packs, opens: Opens, tmp_path: Path
) -> None:
    for signer, code in (("land", None), ("water", "SM2_SIGNER")):
        file = tmp_path / f"{signer}.packed"
        file.write_bytes(FORMS[form](packs(key=signer).read_bytes()))
        if code is None:
            opened = opens(file, trusting(keys / "land.pub"))
            assert opened.seal is not None
            assert opened.seal.signer == "SM2"
        else:
            with pytest.raises(PackageRefused) as told:
                opens(file, trusting(keys / "land.pub"))
            assert told.value.code == code
    assert not list(tmp_path.rglob("*.within"))


@pytest.mark.parametrize("form", FORMS)
def test_a_signature_deeper_inside_counts_for_no_package_of_a_system_without_such_keys(
    form: str, house: House, packs: Packs, tmp_path: Path
) -> None:
    file = tmp_path / "x.packed"
    file.write_bytes(FORMS[form](packs().read_bytes()))
    with pytest.raises(PackageRefused) as told:
        open_sealed(file, tmp_path / "work", registration(), Seals(), 0, Limits())
    assert told.value.code == "SM2_SIGNER"


@pytest.mark.parametrize("change", [bytes, base64.encodebytes], ids=["DER", "Base64"])
def test_a_signature_that_is_sent_beside_the_document_is_told_to_belong_into_a_zip_with_it(
    change: Callable[[bytes], bytes], packs: Packs, opens: Opens, keys: Path, tmp_path: Path, house: House
) -> None:
    packs()
    alone = tmp_path / "alone.sm2"
    alone.write_bytes(change((tmp_path / "x.xml.sm2").read_bytes()))
    for policy in (trusting(keys / "land.pub"), house.policy(signed="allowed", encrypted="allowed")):
        with pytest.raises(PackageRefused) as told:
            opens(alone, policy)
        assert told.value.code == "SM2_DOCUMENT"
        assert "a signature without its document" in str(told.value.params["found"])


@pytest.mark.parametrize("form", ["pub", "crt"])
def test_a_key_that_a_node_of_the_system_was_issued_signs_as_a_listed_one(
    form: str, keys: Path, packs: Packs, opens: Opens
) -> None:
    def bound(system: str, at: int) -> list[str]:
        return [(keys / f"land.{form}").read_text()]

    words = registration(envelope={"signed": "required"})
    policy = policy_of(words, lambda system, at: (), public=bound)
    opened = opens(packs(), policy)
    assert opened.seal is not None
    der = openssl("pkey", "-pubin", "-in", keys / "land.pub", "-outform", "DER")
    if form == "pub":
        assert opened.seal.fingerprint == hashlib.sha256(der).hexdigest()
    assert bound_faults(policy, bound("", 0), now_us()) == []
    with pytest.raises(PackageRefused, match="SM2_SIGNER"):
        opens(packs(key="water"), policy)
