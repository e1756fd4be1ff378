"""What a department hands in is looked at before it is bound: certificates, SSH keys, requests; a private key is sent back."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.clock import DAY_US, from_us
from hub.envelope import trust
from hub.errors import StopError
from hub.nodes import authority, files
from hub.nodes.certificates import USES, read_certificate
from hub.nodes.ssh_keys import read_ssh_key
from tests.support.nodes import NOW
from tests.unit.nodes.conftest import certificate

FILE = Path("given.pem")
EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SPAN = (NOW, NOW + 100 * DAY_US)


def private(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public(key: Any, encoding: Encoding = Encoding.PEM) -> bytes:
    how = PublicFormat.OpenSSH if encoding is Encoding.OpenSSH else PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_key().public_bytes(encoding, how))


def stopped(work: Callable[[], object]) -> str:
    with pytest.raises(StopError) as caught:
        work()
    return caught.value.code


def test_a_certificate_is_known_by_the_sha256_of_its_der() -> None:
    der = certificate(key=EC, encoding=Encoding.DER)
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    chain = pem + certificate()
    for content in (der, pem, chain, b"Bag Attributes: x\n" + pem):
        found = read_certificate(content, "certificate", FILE, NOW)
        assert found.fingerprint == sha256(der).hexdigest()
        assert (found.public or "").encode() == pem
        assert (found.not_before, found.not_after) == (NOW - 10 * DAY_US, NOW + 300 * DAY_US)


def test_the_identity_number_that_some_authorities_write_into_a_name_is_masked() -> None:
    found = read_certificate(certificate(name="张三 430102198503174518"), "signing", FILE, NOW)
    assert found.subject == "CN=张三 430*************18"


def usage(*allowed: Any) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(list(allowed))


def key_usage(**allowed: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{**dict.fromkeys(names, False), **allowed})


GIVEN: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "P-256": (lambda: certificate(), "certificate", None),
    "RSA 2048": (lambda: certificate(key=RSA), "signing", None),
    "valid from next week": (lambda: certificate(days=(7, 90)), "certificate", None),
    "for TLS clients": (lambda: certificate(extensions=(usage(ExtendedKeyUsageOID.CLIENT_AUTH),)), "certificate", None),
    "for mail, to sign": (lambda: certificate(extensions=(usage(ExtendedKeyUsageOID.EMAIL_PROTECTION),)), "signing", None),
    "for mail, as TLS client": (
        lambda: certificate(extensions=(usage(ExtendedKeyUsageOID.EMAIL_PROTECTION),)), "certificate", "NODE_USAGE"),
    "for servers, to sign": (
        lambda: certificate(extensions=(usage(ExtendedKeyUsageOID.SERVER_AUTH),)), "signing", "NODE_USAGE"),
    "to encipher only": (lambda: certificate(extensions=(key_usage(key_encipherment=True),)), "signing", "NODE_USAGE"),
    "to commit": (lambda: certificate(extensions=(key_usage(content_commitment=True),)), "signing", None),
    "an authority": (
        lambda: certificate(extensions=(x509.BasicConstraints(ca=True, path_length=None),)), "signing", "NODE_USAGE"),
    "expired": (lambda: certificate(days=(-90, 0)), "certificate", "NODE_CERTIFICATE_EXPIRED"),
    "RSA 1024": (
        lambda: certificate(key=rsa.generate_private_key(public_exponent=65537, key_size=1024)), "signing", "NODE_WEAK_KEY"),
    "P-192": (lambda: certificate(key=ec.generate_private_key(ec.SECP192R1())), "certificate", "NODE_WEAK_KEY"),
    "DSA": (lambda: certificate(key=dsa.generate_private_key(2048)), "signing", "NODE_WEAK_KEY"),
    "private key": (lambda: private(EC), "certificate", "NODE_PRIVATE_KEY"),
    "private key beside it": (lambda: certificate(key=EC) + private(EC), "certificate", "NODE_PRIVATE_KEY"),
    "bare public key": (lambda: public(EC), "signing", "NODE_CERTIFICATE"),
    "bare key as client": (lambda: public(EC), "certificate", "NODE_CERTIFICATE"),
    "empty": (lambda: b"", "certificate", "NODE_CERTIFICATE"),
    "text": (lambda: "不是证书".encode(), "certificate", "NODE_CERTIFICATE"),
    "half": (lambda: certificate()[:200], "certificate", "NODE_CERTIFICATE"),
    "half DER": (lambda: certificate(encoding=Encoding.DER)[:-9], "certificate", "NODE_CERTIFICATE"),
    "broken base64": (
        lambda: b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n", "signing", "NODE_CERTIFICATE"),
    "broken bare key": (
        lambda: b"-----BEGIN PUBLIC KEY-----\nMFk\n-----END PUBLIC KEY-----\n", "signing", "NODE_CERTIFICATE"),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_a_certificate_is_taken_or_refused_for_what_it_is(name: str) -> None:
    make, kind, code = GIVEN[name]
    content = make()
    if code is None:
        assert read_certificate(content, kind, FILE, NOW).kind == kind
    else:
        assert stopped(lambda: read_certificate(content, kind, FILE, NOW)) == code


def test_a_signature_by_sha1_is_too_weak(tmp_path: Path) -> None:
    openssl(
        tmp_path, "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=x -sha1 -days 3650"
    )
    content = (tmp_path / "c.pem").read_bytes()
    assert stopped(lambda: read_certificate(content, "signing", FILE, NOW)) == "NODE_WEAK_KEY"


def openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)


def test_sm2_signs_and_does_not_log_in(tmp_path: Path) -> None:
    openssl(tmp_path, "ecparam -name SM2 -genkey -noout -out k.pem")
    openssl(
        tmp_path,
        "req -x509 -new -key k.pem -sm3 -subj /CN=x -addext basicConstraints=CA:FALSE -out c.pem -days 3650",
    )
    openssl(tmp_path, "ec -in k.pem -pubout -out p.pem")
    openssl(tmp_path, "x509 -in c.pem -outform DER -out c.der")
    openssl(tmp_path, "pkey -pubin -in p.pem -outform DER -out p.der")
    for pem, der in (("c.pem", "c.der"), ("p.pem", "p.der")):
        found = read_certificate((tmp_path / pem).read_bytes(), "signing", FILE, NOW)
        assert found.fingerprint == sha256((tmp_path / der).read_bytes()).hexdigest()
    assert (
        stopped(lambda: read_certificate((tmp_path / "c.pem").read_bytes(), "certificate", FILE, NOW))
        == "NODE_USAGE"
    )
    assert (
        stopped(lambda: read_certificate((tmp_path / "k.pem").read_bytes(), "signing", FILE, NOW))
        == "NODE_PRIVATE_KEY"
    )


# --- SSH keys ---------------------------------------------------------------------------------------------------------


def test_an_ssh_key_is_known_by_what_ssh_keygen_shows(tmp_path: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "wang@front", "-f", str(tmp_path / "k")],
        check=True,
    )
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "k.pub")], check=True, capture_output=True, text=True
    )
    found = read_ssh_key((tmp_path / "k.pub").read_bytes(), FILE)
    assert found.fingerprint == shown.stdout.split()[1]
    assert "wang" not in (found.public or "") + (found.subject or "")
    assert stopped(lambda: read_ssh_key((tmp_path / "k").read_bytes(), FILE)) == "NODE_PRIVATE_KEY"


GOOD = public(ed25519.Ed25519PrivateKey.generate(), Encoding.OpenSSH)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"# front machine\n\n" + GOOD + b" comment here\n", None),
     (b"", "NODE_SSH_KEY"), (GOOD + b"\n" + GOOD, "NODE_SSH_KEY"), (b"ssh-ed25519", "NODE_SSH_KEY"),
     (b'from="10.0.0.1" ' + GOOD, "NODE_SSH_KEY"), (b"ssh-ed25519 AAAA", "NODE_SSH_KEY"), ("密钥 钥匙".encode(), "NODE_SSH_KEY"),
     (certificate(), "NODE_SSH_KEY"),
     (public(rsa.generate_private_key(public_exponent=65537, key_size=1024), Encoding.OpenSSH), "NODE_WEAK_KEY"),
     (b"ssh-rsa " + b64encode(b"\0" * 40), "NODE_SSH_KEY")],
    ids=["good", "empty", "two", "cut off", "options", "short", "words", "certificate", "weak", "no key"],
)  # fmt: skip
def test_an_ssh_key_is_taken_or_refused_for_what_it_is(content: bytes, code: str | None) -> None:
    if code is None:
        assert read_ssh_key(content, FILE).subject == "ssh-ed25519"
    else:
        assert stopped(lambda: read_ssh_key(content, FILE)) == code


# --- The hub's own authority ------------------------------------------------------------------------------------------


def test_the_authority_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, again = authority.authority(folder, NOW), authority.authority(folder, NOW)
    assert first.certificate == again.certificate
    assert (folder / authority.AUTHORITY_FILE).stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in first.file.read_bytes()
    (folder / authority.AUTHORITY_FILE).chmod(0o640)
    assert stopped(lambda: authority.authority(folder, NOW)) == "NODE_AUTHORITY"


@pytest.mark.parametrize(
    "damage", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", private(EC)]
)
def test_an_authority_that_cannot_be_used_stops_with_a_remedy(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / authority.AUTHORITY_FILE
    file.write_bytes(damage)
    file.chmod(0o600)
    assert stopped(lambda: authority.authority(tmp_path, NOW)) == "NODE_AUTHORITY"


@pytest.mark.parametrize(("kind", "purpose"), [("certificate", "sslclient"), ("signing", "smimesign")])
def test_openssl_trusts_what_the_authority_issues_for_its_purpose(
    tmp_path: Path, kind: str, purpose: str
) -> None:
    issuer = authority.authority(tmp_path, NOW)
    (tmp_path / "c.pem").write_bytes(
        issuer.issue(EC.public_key(), "land-bureau/front-1", "国土资源局", kind, SPAN)
    )
    openssl(tmp_path, f"verify -CAfile {issuer.file} -purpose {purpose} -attime {NOW // 1_000_000} c.pem")
    other = "smimesign" if purpose == "sslclient" else "sslclient"
    with pytest.raises(subprocess.CalledProcessError):
        openssl(tmp_path, f"verify -CAfile {issuer.file} -purpose {other} -attime {NOW // 1_000_000} c.pem")
    read_certificate((tmp_path / "c.pem").read_bytes(), kind, FILE, NOW)


def test_nothing_that_is_issued_outlives_the_authority(tmp_path: Path) -> None:
    issuer = authority.authority(tmp_path, NOW)
    late = NOW + (365 * authority.YEARS - 2) * DAY_US
    pem = issuer.issue(EC.public_key(), "a/b", None, "signing", (late, late + 300 * DAY_US))
    end = x509.load_pem_x509_certificate(pem).not_valid_after_utc
    assert end == issuer.certificate.not_valid_after_utc
    assert stopped(lambda: authority.authority(tmp_path, late + 9 * DAY_US)) == "NODE_AUTHORITY"
    assert from_us(late) < end


def request(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another department")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM)


def test_a_request_gives_its_key_and_not_its_names() -> None:
    key = authority.requested_key(request(EC), FILE)
    assert key == EC.public_key()


def tampered() -> bytes:
    der = bytearray(x509.load_pem_x509_csr(request(RSA)).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return bytes(der)


@pytest.mark.parametrize(
    ("make", "code"),
    [(lambda: private(EC), "NODE_PRIVATE_KEY"), (lambda: b"", "NODE_REQUEST"), (lambda: b"-----BEGIN X", "NODE_REQUEST"),
     (tampered, "NODE_REQUEST"), (lambda: request(ec.generate_private_key(ec.SECP192R1())), "NODE_WEAK_KEY")],
)  # fmt: skip
def test_a_request_that_cannot_be_signed_is_refused(make: Callable[[], bytes], code: str) -> None:
    content = make()
    assert stopped(lambda: authority.requested_key(content, FILE)) == code


def test_new_keys_are_strong_and_readable() -> None:
    assert authority.new_key("rsa").key_size >= 3072
    again = load_pem_private_key(authority.private_pem(authority.new_key("ec")), None)
    assert isinstance(again, ec.EllipticCurvePrivateKey)


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_placed_whole_once_and_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "k.pem"
    files.place(file, b"key", 0o600)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"key", 0o600)
    assert stopped(lambda: files.place(file, b"other", 0o600)) == "NODE_FILE"
    assert stopped(lambda: files.place(tmp_path / "no" / "k.pem", b"key", 0o600)) == "NODE_FILE"
    assert [path.name for path in tmp_path.iterdir()] == ["k.pem"]
    assert file.read_bytes() == b"key"


@pytest.mark.parametrize("name", ["missing.pem", "folder", "large.pem"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "large.pem").write_bytes(b"x" * (files.LARGEST + 1))
    assert stopped(lambda: files.read(tmp_path / name)) == "NODE_FILE"


def test_what_may_be_bound_to_sign_is_what_packages_are_believed_from() -> None:
    assert USES["signing"] == set(trust._USES)
