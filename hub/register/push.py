"""What a registration may say of a department that pushes its packages to the hub (`kind: push`)."""

from __future__ import annotations

from hub.register.options import Option

PUSH = (
    Option("credentials", "接受的凭据种类:token 令牌,certificate 客户端证书",
           "kinds of credentials that open the door: token, certificate (TLS client)", "list", pattern="token|certificate",
           default="两种都接受 · both", example="[certificate]"),
)  # fmt: skip
