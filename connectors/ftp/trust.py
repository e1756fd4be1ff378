"""Whether the server is the right one: its certificate against a CA and the host's name, or against pinned fingerprints."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass

from connectors.ftp.options import Address, fingerprint_shown
from hub.errors import Place, StopError


@dataclass(frozen=True, slots=True)
class Trust:
    """One context for all connections of a server, so that data connections may go on with the session of the control's."""

    context: ssl.SSLContext
    pins: tuple[str, ...]

    def holds(self, secured: ssl.SSLSocket) -> bool:
        """Whether the certificate that was shown is one of the pinned; without pins the handshake has checked it."""
        return not self.pins or secured.session_reused is True or seen(secured) in self.pins


def trust_of(system: str, address: Address) -> Trust:
    """How the server's certificate is checked. Raises StopError FTP_CA for a file that holds no certificates."""
    if address.fingerprints:
        return Trust(unchecked(), address.fingerprints)
    try:
        context = ssl.create_default_context(cafile=address.ca)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or str(error)
        raise StopError(
            "FTP_CA",
            zh=f"CA 证书文件 {address.ca} 不能用({why})",
            en=f"The CA file {address.ca} cannot be used ({why})",
            remedy_zh="把 PEM 格式的 CA 证书放在登记旁,并在 ca 中写它的文件名",
            remedy_en="Put the CA's certificate in PEM beside the registration and name the file in `ca`",
            place=Place(system=system, field="connector.ca"),
        ) from error
    return Trust(_modern(context), ())


def unchecked() -> ssl.SSLContext:
    """A context that takes any certificate: for one that is compared with pins, or only looked at, before anything is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _modern(context)


def seen(secured: ssl.SSLSocket) -> str:
    """The SHA-256 of the certificate that was shown, in hex."""
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


def not_trusted(system: str, address: Address, why: str, found: str) -> StopError:
    """The error for a certificate that does not verify while none is pinned."""
    shown = fingerprint_shown(found)
    return StopError(
        "FTP_CERTIFICATE",
        zh=f"{address}:服务器证书不能核验({why});没有发送用户和口令。所见指纹 {shown}",
        en=f"{address}: the server's certificate does not verify ({why}); neither login nor password was sent. Its fingerprint is {shown}",
        remedy_zh=f"请部门另行告知指纹;与所见相同时,在登记中写 fingerprints: ['{shown}'],或在 ca 中写签发它的 CA 证书",
        remedy_en=f"Ask the department for the fingerprint by another way. If it is the same, pin it: fingerprints: ['{shown}'], or name "
        "the CA's certificate in `ca`",
        place=Place(system=system, field="connector.fingerprints"),
    )


def changed(system: str, address: Address, pins: tuple[str, ...], found: str) -> StopError:
    """The error for a certificate other than the pinned."""
    shown, pinned = fingerprint_shown(found), ", ".join(fingerprint_shown(pin) for pin in pins)
    return StopError(
        "FTP_CERTIFICATE_CHANGED",
        zh=f"{address}:服务器证书变了,没有发送用户和口令。所见指纹 {shown},登记的是 {pinned}",
        en=f"{address}: the server's certificate has changed; neither login nor password was sent. Seen {shown}, pinned {pinned}",
        remedy_zh="请部门确认是否换了证书。确认后在 fingerprints 中加上新指纹,换完后删去旧的;未换则有人冒充服务器,请报告",
        remedy_en="Ask the department whether it was replaced. If so add the new fingerprint, and remove the old one later; "
        "if not, somebody poses as the server: report it",
        place=Place(system=system, field="connector.fingerprints"),
    )


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
