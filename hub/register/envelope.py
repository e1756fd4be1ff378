"""What a registration may say of the envelope: whether packages are signed and encrypted, and whose signatures count."""

from __future__ import annotations

from hub.register.options import Option
from hub.register.shape import POLICIES

_FILE = r"[^\x00-\x1f]{1,500}"

ENVELOPE = (
    Option("signed", "签名:必须、可以、不得", "signature: required, allowed or forbidden", "word", words=POLICIES, default="allowed",
           example="required"),
    Option("encrypted", "加密:必须、可以、不得", "encryption: required, allowed or forbidden", "word", words=POLICIES,
           default="allowed", example="required"),
    Option("certificates", "该系统的签名证书文件(PEM、DER;SM2 可为公钥),相对登记所在目录;只认这些证书",
           "files of the system's own signing certificates (PEM, DER; of SM2 also public keys), beside the registration; exactly these are trusted",
           "list", pattern=_FILE, example="[land-bureau.pem]"),
    Option("authorities", "签发机构的证书文件;所签证书还须绑定到该系统", "certificates of authorities; what they issue counts "
           "only once it is bound to this system", "list", pattern=_FILE, example="[city-ca.pem]"),
    Option("crls", "吊销列表文件(PEM、DER);列出后,每个签发机构都要有一份未过期的",
           "files of revocation lists (PEM, DER); once there are any, each authority needs one that has not run out", "list",
           pattern=_FILE, example="[city-ca.crl]"),
    Option("triple_des", "允许 3DES 加密(只为无法升级的旧系统)", "accept 3DES (only for systems that cannot be updated)", "flag",
           default="false", example="true"),
    Option("password", "存有 zip 密码的 Airflow 连接名（AES；旧式 ZipCrypto 至多 64 MiB）",
           "name of the Airflow Connection whose password opens zip archives (AES; the old ZipCrypto up to 64 MiB)",
           example="land_zip"),
)  # fmt: skip
"""Options of `envelope:`."""
