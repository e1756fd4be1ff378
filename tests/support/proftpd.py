"""A real ProFTPD for tests: made from nothing in a temporary folder, on a free loopback port, stopped by its pid."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from tests.support.ftp_server import PASSWORD, USER, FtpServer, NotInstalled

PROGRAM = Path("/usr/sbin/proftpd")
MODULE = Path("/usr/lib/proftpd/mod_tls.so")


class ProFtpd(FtpServer):
    """`extra` are further lines of its configuration."""

    name = "proftpd"
    extra: tuple[str, ...] = ()

    def command(self) -> list[str]:
        if not PROGRAM.exists() or not MODULE.exists():
            raise NotInstalled(
                "ProFTPD is not installed, so this cannot be tested: `make test` installs it (proftpd-core, proftpd-mod-crypto)."
            )
        file, passwords = self.folder / "proftpd.conf", self.folder / "passwords"
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True
        ).stdout.strip()
        passwords.write_text(
            f"{USER}:{hashed}:{self.uid}:{self.gid}::{self.root}:/bin/sh\n", encoding="utf-8"
        )
        passwords.chmod(0o600)
        file.write_text("\n".join(self._lines(passwords)) + "\n", encoding="utf-8")
        return [str(PROGRAM), "--nodaemon", "--config", str(file)]

    def _lines(self, passwords: Path) -> list[str]:
        me = pwd.getpwuid(os.geteuid())
        options = [] if self.reuse else ["NoSessionReuseRequired"]
        options += ["UseImplicitSSL"] if self.implicit else []
        tls = [
            "LoadModule mod_tls.c", "TLSEngine on", "TLSRequired on", f"TLSLog {self.folder / 'tls.log'}",
            f"TLSECCertificateFile {self.certificate.file}", f"TLSECCertificateKeyFile {self.certificate.file}",
            "TLSProtocol TLSv1.2 TLSv1.3", *(f"TLSOptions {option}" for option in options),
        ]  # fmt: skip
        return [
            "ServerType standalone", "DefaultAddress 127.0.0.1", "SocketBindTight on", f"Port {self.port}", "UseIPv6 off",
            f"User {me.pw_name}", f"Group {me.pw_gid if os.geteuid() else 'root'}", "UseReverseDNS off",
            "RequireValidShell off", "AuthOrder mod_auth_file.c", f"AuthUserFile {passwords}", "DefaultRoot ~",
            f"PidFile {self.folder / 'pid'}", f"ScoreboardFile {self.folder / 'scoreboard'}", "DelayEngine off", "WtmpLog off",
            f"SystemLog {self.folder / 'system.log'}", "AllowOverwrite on", "AllowRetrieveRestart on", "MaxLoginAttempts 9",
            *(tls if self.tls else []), *self.extra,
        ]  # fmt: skip
