"""Whatever is done to a sealed file: it is refused with a code, never accepted, and nothing else is raised."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.clock import now_us
from hub.envelope import Limits
from hub.envelope.trust import Policy
from hub.envelope.unsealing import unseal
from hub.errors import PackageRefused
from schemas.catalogue import describe
from tests.support.sealing import encrypted, signed
from tests.support.sealing_house import House

CONTENT = b"<a>one</a>\n" * 30
PSS = ("-keyopt", "rsa_padding_mode:pss")
OAEP = ("-keyopt", "rsa_padding_mode:oaep")


@dataclass(repr=False)
class Target:
    data: bytes
    policy: Policy
    house: House
    folder: Path

    def opened(self, data: bytes) -> bytes:
        """The content, or PackageRefused; nothing is left behind."""
        file, work = self.folder / "tampered", self.folder / "work"
        file.write_bytes(data)
        try:
            return unseal(
                file, work, self.policy, lambda: self.house.keys, now_us(), Limits()
            ).file.read_bytes()
        finally:
            shutil.rmtree(work, ignore_errors=True)


Makes = dict[str, Callable[[House, Path], Path]]
VARIANTS: Makes = {
    "signed": lambda h, f: signed(f, h.land),
    "signed, streamed": lambda h, f: signed(f, h.land, "-stream"),
    "signed with PSS": lambda h, f: signed(f, h.land, *PSS),
    "signed with ECDSA, no attributes": lambda h, f: signed(f, h.land_ec, "-noattr", "-keyid"),
    "CBC": lambda h, f: encrypted(signed(f, h.land), h.hub),
    "CBC, OAEP": lambda h, f: encrypted(signed(f, h.land), h.hub, *OAEP),
    "GCM": lambda h, f: encrypted(signed(f, h.land), h.hub, cipher="-aes-256-gcm"),
    "GCM, ECDH, streamed": lambda h, f: encrypted(signed(f, h.land_ec), h.hub_ec, "-stream", cipher="-aes-128-gcm"),
}  # fmt: skip


@pytest.fixture(scope="module", params=VARIANTS)
def target(request: pytest.FixtureRequest, house: House, tmp_path_factory: pytest.TempPathFactory) -> Target:
    folder = tmp_path_factory.mktemp("tampering")
    plain = folder / "x.xml"
    plain.write_bytes(CONTENT)
    policy = house.policy(encrypted="allowed")
    made = Target(VARIANTS[request.param](house, plain).read_bytes(), policy, house, folder)
    assert made.opened(made.data) == CONTENT
    return made


MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(data=st.data())
def test_any_byte_that_is_changed_refuses_the_package(target: Target, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(target.data) - 1))
    change = data.draw(st.integers(1, 255))
    changed = bytearray(target.data)
    changed[position] ^= change
    with pytest.raises(PackageRefused) as told:
        target.opened(bytes(changed))
    assert describe(told.value.code, None, None, told.value.params).remedy_zh


@MANY
@given(data=st.data())
def test_a_file_that_is_cut_refuses_the_package(target: Target, data: st.DataObject) -> None:
    with pytest.raises(PackageRefused):
        target.opened(target.data[: data.draw(st.integers(1, len(target.data) - 1))])


@MANY
@given(data=st.data())
def test_bytes_put_in_or_left_out_refuse_the_package(target: Target, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(target.data) - 1))
    end = data.draw(st.integers(start, min(start + 40, len(target.data))))
    more = data.draw(st.binary(max_size=40).filter(lambda found: found != target.data[start:end]))
    with pytest.raises(PackageRefused):
        target.opened(target.data[:start] + more + target.data[end:])


@pytest.mark.parametrize("more", [b"\n", b"\0", b"\0\0", b"x" * 5000])
def test_nothing_may_follow_the_end(target: Target, more: bytes) -> None:
    with pytest.raises(PackageRefused):
        target.opened(target.data + more)


def test_damage_and_a_wrong_key_sound_the_same_where_the_cipher_proves_nothing(
    house: House, tmp_path: Path
) -> None:
    """CBC: padding, structure, digest and signature fail in one sentence, or changed copies would decrypt themselves."""
    plain = tmp_path / "x.xml"
    plain.write_bytes(CONTENT)
    data = encrypted(signed(plain, house.land), house.hub).read_bytes()
    target = Target(data, house.policy(), house, tmp_path)
    content = data.rindex(b"\x80\x82")  # [0] encryptedContent
    at_the_end = {_code(target, len(data) - 1 - back, change) for back in range(64) for change in (1, 0x80)}
    in_the_content = {_code(target, content + 100 + at, 1) for at in range(0, 250, 7)}
    encrypted_key = data.index(b"\x04\x82\x01\x00")
    in_the_key = {_code(target, encrypted_key + 4 + at, 1) for at in range(0, 256, 5)}
    assert at_the_end == {"CMS_DECRYPT"}
    assert in_the_content == {"CMS_DECRYPT"}
    assert in_the_key <= {"CMS_DECRYPT", "ENVELOPE_UNSIGNED"}


def _code(target: Target, position: int, change: int) -> str:
    changed = bytearray(target.data)
    changed[position] ^= change
    with pytest.raises(PackageRefused) as told:
        target.opened(bytes(changed))
    return told.value.code
