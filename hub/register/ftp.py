"""What a registration may say of an FTP server (`kind: ftp`)."""

from __future__ import annotations

from hub.register.options import Option
from hub.register.ready import FOLDERS

FTP = (
    Option("connection", "Airflow 连接名:主机、端口、用户、口令", "name of the Airflow Connection: host, port, login, password",
           required=True, pattern=r"[A-Za-z0-9_.\-]{1,100}", example="land_bureau"),
    *FOLDERS,
    Option("tls", "explicit:先连后加密(AUTH TLS);implicit:一连上即加密(990);none:明文,仅限专网",
           "explicit: AUTH TLS; implicit: TLS from the first byte (990); none: in clear, for private networks only", "word",
           words=("explicit", "implicit", "none"), default="explicit"),
    Option("ca", "签发服务器证书的 CA 证书(PEM);登记旁的文件", "certificate of the CA of the server's certificate (PEM), a file beside the registration",
           default="系统信任的 CA · those the system trusts", example="land-ca.pem"),
    Option("fingerprints", "服务器证书的 SHA-256 指纹(自签证书);更换期间可写两个",
           "SHA-256 fingerprints of the server's certificate (self-signed ones); two while it is being replaced", "list",
           example="['SHA256:7A:…']"),
    Option("mode", "数据连接:passive 由枢纽连出;active 由服务器连回", "data connections: passive (the hub connects) or active (the server does)",
           "word", words=("passive", "active"), default="passive"),
    Option("names", "文件名:bytes 原样(含 GBK);utf-8 要求服务器用 UTF-8(OPTS UTF8 ON)",
           "file names: bytes as they are (GBK too); utf-8 asks the server for UTF-8 (OPTS UTF8 ON)", "word",
           words=("bytes", "utf-8"), default="bytes"),
    Option("listing", "列目录:auto 能用 MLSD 则用;list 只用 LIST", "how folders are listed: auto, MLSD where offered; list, LIST only",
           "word", words=("auto", "list"), default="auto"),
    Option("timeout", "服务器每次应答的时限", "time limit of each answer of the server", "duration", default="60s"),
)  # fmt: skip
"""Options of `connector:` beside `kind`."""
