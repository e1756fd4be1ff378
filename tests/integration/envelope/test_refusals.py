"""Why a sealed package is refused: policy, recipients, algorithms, certificates; each under a code of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from hub.clock import now_us, to_us
from hub.envelope import Limits
from hub.envelope.keys import keys_in
from hub.envelope.policy import policy_of
from hub.envelope.trust import Policy
from hub.envelope.unsealing import unseal
from hub.errors import PackageRefused, RetryError, StopError
from schemas.catalogue import describe
from tests.support.message import registration
from tests.support.sealing import (
    DAY,
    NOW,
    Holder,
    ec_key,
    encrypted,
    holder,
    openssl,
    revocations,
    rsa_key,
    signed,
    usage_server,
)
from tests.support.sealing_house import CONTENT, House, Opens, known

Refused = Callable[..., PackageRefused]


@pytest.fixture
def refused(opens: Opens) -> Refused:
    """The refusal of a file, which can be told in both languages."""

    def run(file: Path, policy: Policy | None = None, **options: Any) -> PackageRefused:
        with pytest.raises(PackageRefused) as told:
            opens(file, policy, **options)
        describe(told.value.code, None, None, told.value.params)
        return told.value

    return run


# What the policy says


@pytest.mark.parametrize(
    ("sealing", "signs", "encrypts", "code"),
    [
        ("none", "required", "allowed", "ENVELOPE_UNSIGNED"),
        ("none", "allowed", "required", "ENVELOPE_UNENCRYPTED"),
        ("none", "required", "required", "ENVELOPE_UNENCRYPTED"),
        ("signed", "forbidden", "allowed", "ENVELOPE_SIGNED"),
        ("signed", "required", "required", "ENVELOPE_UNENCRYPTED"),
        ("encrypted", "allowed", "forbidden", "ENVELOPE_ENCRYPTED"),
        ("encrypted", "required", "required", "ENVELOPE_UNSIGNED"),
        ("both", "forbidden", "allowed", "ENVELOPE_SIGNED"),
        ("both", "allowed", "forbidden", "ENVELOPE_ENCRYPTED"),
    ],
)
def test_what_the_registration_does_not_allow_is_refused(
    sealing: str, signs: str, encrypts: str, code: str, house: House, content: Path, refused: Refused
) -> None:
    file = {
        "none": lambda: content,
        "signed": lambda: signed(content, house.land),
        "encrypted": lambda: encrypted(content, house.hub),
        "both": lambda: encrypted(signed(content, house.land), house.hub),
    }[sealing]()
    assert refused(file, house.policy(signed=signs, encrypted=encrypts)).code == code


def test_a_signature_that_is_allowed_must_be_right_all_the_same(
    house: House, content: Path, refused: Refused
) -> None:
    policy = house.policy(signed="allowed", encrypted="allowed")
    assert refused(signed(content, house.water), policy).code == "CERT_NOT_BOUND"


@pytest.mark.parametrize(
    "layers", ["encrypted, then signed", "signed twice", "encrypted twice", "signed, encrypted, signed"]
)
def test_other_orders_of_the_layers_are_refused(
    layers: str, house: House, content: Path, refused: Refused
) -> None:
    file = {
        "encrypted, then signed": lambda: signed(encrypted(content, house.hub), house.land),
        "signed twice": lambda: signed(signed(content, house.land), house.land),
        "encrypted twice": lambda: encrypted(encrypted(content, house.hub), house.hub),
        "signed, encrypted, signed": lambda: signed(
            encrypted(signed(content, house.land), house.hub), house.land
        ),
    }[layers]()
    assert refused(file, house.policy(encrypted="allowed")).code == "ENVELOPE_ORDER"


# Forms and structure


def test_smime_is_refused_with_the_option_that_is_missing(
    house: House, content: Path, refused: Refused
) -> None:
    error = refused(encrypted(content, house.hub, form="SMIME"))
    assert error.code == "ENVELOPE_SMIME"
    assert "-outform DER" in describe("ENVELOPE_SMIME").remedy_en


def test_a_detached_signature_is_no_package(house: House, content: Path, refused: Refused) -> None:
    target = content.with_name("detached")
    openssl("cms", "-sign", "-binary", "-in", content, "-signer", house.land.file, "-inkey", house.land.key_file,
            "-outform", "DER", "-out", target)  # fmt: skip
    assert refused(target, house.policy(encrypted="allowed")).code == "CMS_DETACHED"


@pytest.mark.parametrize("command", [("-data_create",), ("-digest_create",), ("-compress",)])
def test_other_kinds_of_cms_are_refused(
    command: tuple[str, ...], house: House, content: Path, refused: Refused
) -> None:
    target = content.with_name("other")
    try:
        openssl("cms", *command, "-binary", "-in", content, "-outform", "DER", "-out", target)
    except AssertionError:  # this openssl was built without compression
        assert command == ("-compress",)
        return
    error = refused(target, house.policy(encrypted="allowed"))
    assert error.code == "CMS_TYPE"
    assert re.search(r"[a-z_]+ \(1\.2\.840\.113549\.1\.[0-9.]+\)", str(error.params["found"]))


def test_certificates_alone_are_not_a_signature(house: House, tmp_path: Path, refused: Refused) -> None:
    target = tmp_path / "certificates"
    openssl("crl2pkcs7", "-nocrl", "-certfile", house.land.file, "-outform", "DER", "-out", target)
    assert refused(target, house.policy(encrypted="allowed")).code in (
        "CMS_DETACHED",
        "CMS_NO_SIGNER",
        "CMS_MALFORMED",
    )


@pytest.mark.parametrize("content_", [b"-----BEGIN CMS-----\n!!\n-----END CMS-----\n", b"-----BEGIN CMS-----\nMIIB\n",
                                      b"-----BEGIN CMS-----\n-----END CMS-----\n", b"-----BEGIN CMS-----\nMTIz\n-----END PKCS7-----\n"])  # fmt: skip
def test_pem_that_is_no_cms_is_malformed(
    content_: bytes, tmp_path: Path, house: House, refused: Refused
) -> None:
    file = tmp_path / "pem"
    file.write_bytes(content_)
    assert refused(file, house.policy(encrypted="allowed")).code == "CMS_MALFORMED"


def test_pem_of_another_kind_is_named(house: House, refused: Refused) -> None:
    error = refused(house.land.file, house.policy(encrypted="allowed"))
    assert (error.code, error.params["found"]) == ("CMS_TYPE", "PEM CERTIFICATE")


def test_very_many_pieces_are_a_limit_not_a_wait(tmp_path: Path, house: House, refused: Refused) -> None:
    """An octet string of millions of empty pieces would keep the hub busy for hours."""
    head = bytes.fromhex("3080 06092a864886f70d010702 a080 3080 020101 310d 300b 0609608648016503040201 3080"
                         "06092a864886f70d010701 a080 2480")  # fmt: skip
    file = tmp_path / "pieces"
    file.write_bytes(head + b"\x04\x00" * 200_000)
    assert refused(file, house.policy(encrypted="allowed")).code == "CMS_LIMIT"


def test_depth_is_a_limit_too(tmp_path: Path, house: House, refused: Refused) -> None:
    file = tmp_path / "deep"
    file.write_bytes(bytes.fromhex("3080 06092a864886f70d010702 a080") + b"\x30\x80" * 5000)
    assert refused(file, house.policy(encrypted="allowed")).code == "CMS_LIMIT"


# Recipients and algorithms


def test_a_package_for_others_names_their_serials_and_ours(
    house: House, content: Path, refused: Refused
) -> None:
    error = refused(encrypted(signed(content, house.land), house.water))
    assert error.code == "CMS_NOT_FOR_US"
    assert f"{house.water.certificate.serial_number:X}" in str(error.params["found"])
    assert f"{house.hub.certificate.serial_number:X}" in str(error.params["ours"])


@pytest.mark.parametrize("digest", ["sha1", "sha224", "md5"])
def test_a_weak_digest_is_refused_by_name(digest: str, house: House, content: Path, refused: Refused) -> None:
    error = refused(signed(content, house.land, "-md", digest), house.policy(encrypted="allowed"))
    assert error.code == "CMS_ALGORITHM"
    assert digest.upper().replace("SHA", "SHA-") in str(error.params["found"])


def test_three_des_is_refused_unless_the_registration_allows_it(
    house: House, content: Path, refused: Refused
) -> None:
    error = refused(encrypted(signed(content, house.land), house.hub, cipher="-des3"))
    assert error.code == "CMS_ALGORITHM"
    assert "3DES" in str(error.params["found"])


def test_a_signature_by_another_key_than_the_certificates_is_wrong(
    house: House, content: Path, tmp_path: Path, refused: Refused
) -> None:
    """A stranger who has the certificate but not the key: same issuer, serial and subject, another key."""
    forger = rsa_key()
    name = house.land.certificate
    forged = (
        x509.CertificateBuilder().subject_name(name.subject).issuer_name(name.issuer).public_key(forger.public_key())
        .serial_number(name.serial_number).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY).sign(forger, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "forged.crt").write_bytes(forged.public_bytes(Encoding.PEM))
    liar = replace(holder(tmp_path, "forger", forger), file=tmp_path / "forged.crt")
    policy = house.policy(encrypted="allowed")
    assert refused(signed(content, liar), policy).code == "CERT_NOT_BOUND"
    assert refused(signed(content, liar, "-nocerts"), policy).code == "CMS_SIGNATURE"


def test_a_signer_whose_certificate_nobody_has_is_unknown(
    house: House, content: Path, refused: Refused
) -> None:
    error = refused(signed(content, house.water, "-nocerts"), house.policy(encrypted="allowed"))
    assert error.code == "CMS_SIGNER_UNKNOWN"


# Certificates


@pytest.fixture
def signer(house: House, tmp_path: Path) -> Callable[..., Holder]:
    def make(**options: Any) -> Holder:
        key = options.pop("key", None) or rsa_key()
        return holder(tmp_path, "signer", key, house.authority, **options)

    return make


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"start": NOW - 9 * DAY, "end": NOW - DAY}, "CERT_EXPIRED"),
        ({"start": NOW + DAY, "end": NOW + 9 * DAY}, "CERT_NOT_YET"),
        ({"uses": usage_server()}, "CERT_USAGE"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_a_certificate_must_be_valid_and_meant_for_signing(
    options: dict[str, Any], code: str, listed: bool, house: House, content: Path, refused: Refused,
    signer: Callable[..., Holder],
) -> None:  # fmt: skip
    made = signer(**options)
    bound = known(made)[0].fingerprint
    policy = house.policy(
        encrypted="allowed", certificates=known(made) if listed else (), authorities=known(house.authority),
        bound=lambda at: frozenset({bound}),
    )  # fmt: skip
    assert refused(signed(content, made), policy).code == code


def test_validity_is_judged_as_of_the_day_on_which_the_package_came(
    house: House, content: Path, opens: Opens, refused: Refused, signer: Callable[..., Holder]
) -> None:
    made = signer(start=NOW - 9 * DAY, end=NOW - DAY)
    policy = house.policy(encrypted="allowed", certificates=known(made))
    sealed = signed(content, made)
    assert opens(sealed, policy, at=to_us(NOW - 5 * DAY)).file.read_bytes() == CONTENT
    assert refused(sealed, policy, at=now_us()).code == "CERT_EXPIRED"


def test_a_weak_key_is_refused(
    house: House, content: Path, refused: Refused, signer: Callable[..., Holder]
) -> None:
    made = signer(key=rsa_key(1024))
    error = refused(signed(content, made), house.policy(encrypted="allowed", certificates=known(made)))
    assert (error.code, error.params["key"]) == ("CERT_WEAK", "RSA 1024")


def issued(house: House, made: Holder, **changes: Any) -> Policy:
    """Trust by authority and binding."""
    fingerprint = known(made)[0].fingerprint
    basis = {"encrypted": "allowed", "certificates": (), "authorities": known(house.authority),
             "bound": lambda at: frozenset({fingerprint})}  # fmt: skip
    return house.policy(**(basis | changes))


def test_a_certificate_of_the_authority_counts_once_it_is_bound(
    house: House, content: Path, opens: Opens, refused: Refused
) -> None:
    sealed = signed(content, house.land)
    assert opens(sealed, issued(house, house.land)).file.read_bytes() == CONTENT
    error = refused(sealed, issued(house, house.water))
    assert error.code == "CERT_NOT_BOUND"
    assert "CN=land" in str(error.params["certificate"])


def test_a_bound_certificate_of_no_authority_is_not_trusted(
    house: House, content: Path, refused: Refused, tmp_path: Path
) -> None:
    alone = holder(tmp_path, "alone", rsa_key())
    assert refused(signed(content, alone), issued(house, alone)).code == "CERT_UNTRUSTED"


def test_a_chain_leads_over_authorities_in_between(
    house: House, content: Path, opens: Opens, refused: Refused, tmp_path: Path
) -> None:
    city = holder(tmp_path, "city", rsa_key(), house.authority, ca=True, path_length=0)
    made = holder(tmp_path, "signer", ec_key(), city)
    assert (
        opens(signed(content, made, "-certfile", city.file), issued(house, made)).file.read_bytes() == CONTENT
    )
    assert refused(signed(content, made), issued(house, made)).code == "CERT_UNTRUSTED"


def test_a_chain_of_more_than_five_certificates_is_not_followed(
    house: House, content: Path, opens: Opens, refused: Refused, tmp_path: Path
) -> None:
    above, files = house.authority, []
    for number in range(4):
        above = holder(tmp_path, f"office-{number}", ec_key(), above, ca=True)
        files.append(above.file.read_bytes())
        made = holder(tmp_path, f"signer-{number}", ec_key(), above)
        carried = tmp_path / "carried.pem"
        carried.write_bytes(b"".join(files))
        file = signed(content, made, "-certfile", carried)
        if number < 3:  # signer, three offices, authority
            assert opens(file, issued(house, made)).file.read_bytes() == CONTENT
        else:
            assert refused(file, issued(house, made)).code == "CERT_UNTRUSTED"


@pytest.mark.parametrize(
    "above",
    [
        {"ca": False},
        {"ca": True, "end": NOW - timedelta(hours=1)},
        {"ca": True, "critical": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")},
    ],
    ids=["no authority at all", "expired", "unknown critical extension"],
)
def test_a_chain_over_an_unfit_authority_is_not_trusted(
    above: dict[str, Any], house: House, content: Path, refused: Refused, tmp_path: Path
) -> None:
    city = holder(tmp_path, "city", rsa_key(), house.authority, **above)
    made = holder(tmp_path, "signer", rsa_key(), city)
    assert (
        refused(signed(content, made, "-certfile", city.file), issued(house, made)).code == "CERT_UNTRUSTED"
    )


def test_a_chain_that_rests_on_sha1_is_not_trusted(
    house: House, content: Path, refused: Refused, tmp_path: Path
) -> None:
    city = holder(tmp_path, "city", rsa_key(), house.authority, ca=True)
    request, rules = tmp_path / "city.csr", tmp_path / "rules"
    rules.write_text("basicConstraints=critical,CA:TRUE")
    openssl("req", "-new", "-key", city.key_file, "-subj", "/CN=city", "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", house.authority.file, "-CAkey", house.authority.key_file, "-sha1",
            "-set_serial", "77", "-days", "9", "-extfile", rules, "-out", city.file)  # fmt: skip
    made = holder(tmp_path, "signer", rsa_key(), city)
    assert (
        refused(signed(content, made, "-certfile", city.file), issued(house, made)).code == "CERT_UNTRUSTED"
    )


def test_a_path_longer_than_its_authority_allows_is_not_trusted(
    house: House, content: Path, refused: Refused, tmp_path: Path
) -> None:
    city = holder(tmp_path, "city", rsa_key(), house.authority, ca=True, path_length=0)
    district = holder(tmp_path, "district", rsa_key(), city, ca=True)
    made = holder(tmp_path, "signer", rsa_key(), district)
    both = tmp_path / "both.pem"
    both.write_bytes(city.file.read_bytes() + district.file.read_bytes())
    assert refused(signed(content, made, "-certfile", both), issued(house, made)).code == "CERT_UNTRUSTED"


# Revocation


def with_lists(house: House, folder: Path, *lists: Path) -> Policy:
    words = {"signed": "required", "certificates": [str(house.land.file)], "authorities": [str(house.authority.file)],
             "crls": [str(each) for each in lists]}  # fmt: skip
    return policy_of(registration(envelope=words), lambda system, at: ())


@pytest.mark.parametrize(("when", "accepted"), [(NOW - DAY, False), (NOW + DAY, True)])
def test_a_revoked_certificate_is_refused_from_its_day_on(
    when: datetime,
    accepted: bool,
    house: House,
    content: Path,
    tmp_path: Path,
    opens: Opens,
    refused: Refused,
) -> None:
    lists = revocations(tmp_path / "a.crl", house.authority, {house.land.certificate.serial_number: when})
    policy = with_lists(house, tmp_path, lists)
    sealed = signed(content, house.land)
    if accepted:
        assert opens(sealed, policy).file.read_bytes() == CONTENT
    else:
        assert refused(sealed, policy).code == "CERT_REVOKED"


def test_a_certificate_whose_authority_has_no_list_is_refused(
    house: House, content: Path, tmp_path: Path, refused: Refused
) -> None:
    lists = revocations(tmp_path / "a.crl", house.authority, {})
    other = holder(tmp_path, "other", rsa_key(), ca=True)
    made = holder(tmp_path, "signer", rsa_key(), other)
    policy = replace(
        with_lists(house, tmp_path, lists), certificates=(), authorities=known(other, house.authority)
    )
    assert refused(signed(content, made), policy).code == "CERT_NO_CRL"


def test_a_list_that_ran_out_or_is_a_strangers_stops_the_system(house: House, tmp_path: Path) -> None:
    old = revocations(tmp_path / "old.crl", house.authority, {}, until=NOW - DAY)
    strange = revocations(tmp_path / "strange.crl", house.water, {})
    for each in (old, strange):
        with pytest.raises(StopError) as told:
            with_lists(house, tmp_path, each)
        assert told.value.code == "ENVELOPE_CRL"


# The hub's own keys


def test_old_and_new_keys_of_the_hub_are_good_at_the_same_time(
    house: House, content: Path, opens: Opens, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    old, new = (holder(folder, name, rsa_key(), signs=False) for name in ("2025", "2026"))
    sealed = [encrypted(signed(content, house.land), each, to=tmp_path / each.name) for each in (old, new)]
    for each in sealed:
        assert opens(each, keys=keys_in(folder)).file.read_bytes() == CONTENT
    old.key_file.unlink()
    old.file.unlink()
    assert opens(sealed[1], keys=keys_in(folder)).file.read_bytes() == CONTENT
    with pytest.raises(PackageRefused) as told:
        opens(sealed[0], keys=keys_in(folder))
    assert told.value.code == "CMS_NOT_FOR_US"


@pytest.mark.parametrize(
    "fault",
    [
        "folder open",
        "key open",
        "key alone",
        "certificate alone",
        "no key at all",
        "with a password",
        "too weak",
    ],
)
def test_keys_that_cannot_be_trusted_or_used_stop_with_the_remedy(fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = holder(folder, "hub", rsa_key(1024) if fault == "too weak" else rsa_key(), signs=False)
    match fault:
        case "folder open":
            folder.chmod(0o755)
        case "key open":
            made.key_file.chmod(0o644)
        case "key alone":
            made.file.unlink()
        case "certificate alone":
            made.key_file.unlink()
        case "no key at all":
            made.key_file.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        case "with a password":
            openssl(
                "pkcs8", "-topk8", "-in", made.key_file, "-passout", "pass:x", "-out", folder / "locked.key"
            )
            (folder / "locked.key").chmod(0o600)
            made.key_file.unlink()
    with pytest.raises(StopError) as told:
        keys_in(folder)
    assert told.value.code == "ENVELOPE_KEY"
    assert str(folder) in told.value.message_en
    assert "chmod" in told.value.remedy_en


def test_a_disk_that_fails_is_tried_again(house: House, content: Path, opens: Opens, tmp_path: Path) -> None:
    (tmp_path / "work").write_bytes(b"in the way")
    with pytest.raises(RetryError) as told:
        opens(encrypted(signed(content, house.land), house.hub))
    assert told.value.code == "WORK_IO"


def test_a_package_larger_than_the_hub_may_take_is_refused_before_it_is_opened(
    house: House, content: Path, tmp_path: Path
) -> None:
    sealed = signed(content, house.land)
    with pytest.raises(PackageRefused) as told:
        unseal(
            sealed, tmp_path / "work", house.policy(), lambda: house.keys, now_us(), Limits(package_bytes=100)
        )
    assert told.value.code == "PKG_TOO_LARGE"
