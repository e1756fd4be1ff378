"""What a registration may say of an exchange directory reached by SFTP (`kind: sftp`)."""

from __future__ import annotations

from hub.register.options import Option
from hub.register.ready import FOLDERS

SFTP = (
    Option("connection", "Airflow 连接的名称:主机、端口、登录名、口令或私钥", "name of the Airflow Connection: host, port, login, password or key",
           required=True, example="land_sftp"),
    Option("host_keys", "可信的主机密钥:公钥或 SHA-256 指纹(也可写在连接的 extra.host_key)",
           "host keys that are trusted: public keys or SHA-256 fingerprints (or host_key in the connection's extra)", "list",
           example='["SHA256:…"]'),
    Option("timeout", "等待服务器一次应答的最长时间", "longest wait for one answer of the server", "duration", default="30s"),
    *FOLDERS,
)  # fmt: skip
