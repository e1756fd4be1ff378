"""Every variant of CMS that the stock openssl command makes is opened, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hub.envelope.keys import keys_in
from tests.support.sealing import ec_key, encrypted, holder, openssl, signed
from tests.support.sealing_house import CONTENT, House, Opens, known

OAEP = ("-keyopt", "rsa_padding_mode:oaep")
SIGNERS = {
    "RSA PKCS#1 v1.5, SHA-256": ("land", ("-md", "sha256")),
    "RSA PKCS#1 v1.5, SHA-384": ("land", ("-md", "sha384")),
    "RSA PKCS#1 v1.5, SHA-512": ("land", ("-md", "sha512")),
    "RSA PSS, SHA-256": ("land", ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss")),
    "RSA PSS, SHA-512": ("land", ("-md", "sha512", "-keyopt", "rsa_padding_mode:pss")),
    "RSA PSS, salt of 20 bytes": (
        "land",
        ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"),
    ),
    "ECDSA, SHA-256": ("land_ec", ("-md", "sha256")),
    "ECDSA, SHA-384": ("land_ec", ("-md", "sha384")),
    "ECDSA, SHA-512": ("land_ec", ("-md", "sha512")),
    "without signed attributes": ("land", ("-noattr",)),
    "ECDSA without signed attributes": ("land_ec", ("-noattr",)),
    "named by key identifier": ("land", ("-keyid",)),
    "without its certificate": ("land", ("-nocerts",)),
    "streamed": ("land", ("-stream",)),
    "without capabilities": ("land", ("-nosmimecap",)),
}
CIPHERS = {
    "AES-128-CBC": "-aes-128-cbc", "AES-192-CBC": "-aes-192-cbc", "AES-256-CBC": "-aes-256-cbc", "SM4-CBC": "-sm4-cbc",
    "AES-128-GCM": "-aes-128-gcm", "AES-192-GCM": "-aes-192-gcm", "AES-256-GCM": "-aes-256-gcm",
}  # fmt: skip
TRANSPORTS = {
    "PKCS#1 v1.5": ("hub", ()),
    "OAEP": ("hub", OAEP),
    "OAEP with SHA-256": ("hub", (*OAEP, "-keyopt", "rsa_oaep_md:sha256")),
    "OAEP with two digests": ("hub", (*OAEP, "-keyopt", "rsa_oaep_md:sha512", "-keyopt", "rsa_mgf1_md:sha1")),
    "OAEP with a label": ("hub", (*OAEP, "-keyopt", "rsa_oaep_label:61626364")),
    "named by key identifier": ("hub", ("-keyid",)),
    "ECDH": ("hub_ec", ()),
    "ECDH with SHA-256": ("hub_ec", ("-keyopt", "ecdh_kdf_md:sha256")),
}
FORMS = {
    "DER": ("DER", ()), "PEM": ("PEM", ()), "streamed BER": ("DER", ("-stream",)), "streamed PEM": ("PEM", ("-stream",)),
}  # fmt: skip


@pytest.mark.parametrize("way", SIGNERS)
def test_a_signature_is_verified_inside_the_encryption(
    way: str, house: House, opens: Opens, content: Path
) -> None:
    name, options = SIGNERS[way]
    signer = getattr(house, name)
    opened = opens(encrypted(signed(content, signer, *options), house.hub))
    assert opened.file.read_bytes() == CONTENT
    assert opened.seal is not None
    assert (opened.seal.cipher, opened.seal.signer) == ("AES-256-CBC", f"CN={signer.name}")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_content_key_is_found_in_every_transport(
    cipher: str, transport: str, house: House, opens: Opens, content: Path
) -> None:
    name, options = TRANSPORTS[transport]
    sealed = encrypted(signed(content, house.land), getattr(house, name), *options, cipher=CIPHERS[cipher])
    opened = opens(sealed)
    assert opened.file.read_bytes() == CONTENT
    assert opened.seal is not None
    assert opened.seal.cipher == cipher


@pytest.mark.parametrize("outer", FORMS)
@pytest.mark.parametrize("inner", FORMS)
@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-256-gcm"])
def test_every_form_within_every_form(
    cipher: str, inner: str, outer: str, house: House, opens: Opens, content: Path
) -> None:
    form, options = FORMS[inner]
    within = signed(content, house.land, *options, form=form)
    form, options = FORMS[outer]
    assert (
        opens(encrypted(within, house.hub, *options, cipher=cipher, form=form)).file.read_bytes() == CONTENT
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 15, 16, 17, 4095, 4096, 4097, 1 << 20, (3 << 20) + 5])
def test_content_of_any_length_comes_out_as_it_went_in(
    form: str, size: int, house: House, opens: Opens, content: Path
) -> None:
    content.write_bytes((b"0123456789abcde" * (size // 15 + 1))[:size])
    written, options = FORMS[form]
    opened = opens(encrypted(signed(content, house.land, *options), house.hub, *options, form=written))
    assert opened.file.read_bytes() == content.read_bytes()


@pytest.mark.parametrize("curve", ["secp384r1", "secp521r1"])
def test_signers_and_recipients_on_larger_curves(
    curve: str, house: House, opens: Opens, content: Path, tmp_path: Path
) -> None:
    kind = {"secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1}[curve]
    land, hub = (
        holder(tmp_path, "land", ec_key(kind())),
        holder(tmp_path / "keys", "hub", ec_key(kind()), signs=False),
    )
    opened = opens(
        encrypted(signed(content, land), hub),
        house.policy(certificates=known(land)),
        keys=keys_in(tmp_path / "keys"),
    )
    assert opened.file.read_bytes() == CONTENT


def test_several_recipients_and_several_signers(house: House, opens: Opens, content: Path) -> None:
    twice = signed(content, house.land, "-signer", house.land_ec.file, "-inkey", house.land_ec.key_file)
    opened = opens(encrypted(twice, house.water, house.authority.file, house.hub_ec.file))
    assert opened.file.read_bytes() == CONTENT


def test_signed_only_and_encrypted_only_where_the_policy_allows_it(
    house: House, opens: Opens, content: Path
) -> None:
    only_signed = opens(signed(content, house.land), house.policy(encrypted="allowed"))
    assert only_signed.file.read_bytes() == CONTENT
    assert only_signed.seal is not None
    assert only_signed.seal.cipher is None
    assert only_signed.seal.signed
    only_encrypted = opens(encrypted(content, house.hub), house.policy(signed="allowed"))
    assert only_encrypted.file.read_bytes() == CONTENT
    assert only_encrypted.seal is not None
    assert not only_encrypted.seal.signed


def test_three_des_opens_where_the_registration_allows_it(house: House, opens: Opens, content: Path) -> None:
    sealed = encrypted(signed(content, house.land), house.hub, cipher="-des3")
    assert opens(sealed, house.policy(triple_des=True)).file.read_bytes() == CONTENT


def test_what_is_not_sealed_passes_untouched(house: House, opens: Opens, content: Path) -> None:
    opened = opens(content, house.policy(signed="allowed", encrypted="allowed"))
    assert (opened.file, opened.seal) == (content, None)


def test_openssl_itself_agrees_that_these_are_sealed(house: House, content: Path) -> None:
    sealed = encrypted(signed(content, house.land), house.hub)
    plain = content.with_name("plain")
    openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", sealed, "-out", plain, "-recip", house.hub.file,
            "-inkey", house.hub.key_file)  # fmt: skip
    out = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", plain, "-CAfile", house.authority.file
    )
    assert out == CONTENT
