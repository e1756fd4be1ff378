"""A real vsftpd for tests: on a free loopback port, stopped by its pid. Its accounts are the system's; one log-in with a password
of its own is the anonymous one with a list of passwords."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from tests.support.ftp_server import PASSWORD, FtpServer, NotInstalled

UNPACKED = Path(__file__).resolve().parents[1] / "servers" / "vsftpd" / "usr" / "sbin" / "vsftpd"


class Vsftpd(FtpServer):
    """`extra` are further lines of its configuration."""

    name = "vsftpd"
    login = "anonymous"
    extra: tuple[str, ...] = ()

    def command(self) -> list[str]:
        program = str(UNPACKED) if UNPACKED.exists() else shutil.which("vsftpd", path="/usr/sbin")
        if program is None:
            raise NotInstalled("vsftpd is not installed, so this cannot be tested: `make test` unpacks it.")
        (self.folder / "passwords").write_text(PASSWORD + "\n", encoding="utf-8")
        (self.folder / "empty").mkdir(exist_ok=True)
        file = self.folder / "vsftpd.conf"
        file.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        file.chmod(0o600)
        return [program, str(file)]

    def _lines(self) -> list[str]:
        tls = [
            "ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_logins_ssl=YES", "force_anon_data_ssl=YES", "ssl_tlsv1=YES", "ssl_ciphers=HIGH",
            f"require_ssl_reuse={'YES' if self.reuse else 'NO'}", f"implicit_ssl={'YES' if self.implicit else 'NO'}",
            f"rsa_cert_file={self.certificate.file}", f"rsa_private_key_file={self.certificate.file}",
        ]  # fmt: skip
        rights = [] if os.geteuid() == 0 else ["run_as_launching_user=YES"]
        return [
            "listen=YES", "background=NO", "listen_address=127.0.0.1", f"listen_port={self.port}", "anonymous_enable=YES",
            "local_enable=NO", "write_enable=YES", "anon_upload_enable=YES", "anon_mkdir_write_enable=YES",
            "anon_other_write_enable=YES", "anon_world_readable_only=NO", "anon_umask=022", f"anon_root={self.root}",
            f"ftp_username={pwd.getpwuid(self.uid).pw_name}", "secure_email_list_enable=YES",
            f"email_password_file={self.folder / 'passwords'}", f"secure_chroot_dir={self.folder / 'empty'}",
            "seccomp_sandbox=NO", "xferlog_enable=YES", "xferlog_std_format=NO", f"vsftpd_log_file={self.folder / 'vsftpd.log'}", "connect_from_port_20=NO",
            *rights, *(tls if self.tls else []), *self.extra,
        ]  # fmt: skip
