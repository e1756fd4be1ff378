"""What an administrator types so that the hub's account may do what it must and nothing else; here for folders and SFTP."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.folders import answers_folder, folders_of
from connectors.names import text_of

GROUP = "suphub-exchange"
WRITER = "<部门账号 writer>"
KEYS = "/etc/ssh/suphub-keys"


@dataclass(frozen=True, slots=True)
class Step:
    """One statement or command, and what it is for."""

    statement: str
    zh: str
    en: str


def folder_steps(
    system: str, options: Mapping[str, Any], user: str, writer: str = WRITER
) -> tuple[Step, ...]:
    """Commands (as root, Linux) for a folder on this machine or a mounted one. Raises StopError for wrong options."""
    return _shared(_folders(system, options), user, writer)


def sftp_steps(system: str, options: Mapping[str, Any], user: str, writer: str = WRITER) -> tuple[Step, ...]:
    """Commands (as root, Linux with OpenSSH) for the department's machine: an account that sees its three folders only.

    The folders of the registration are as the account sees them, below `/srv/suphub/<system>`. Raises StopError.
    """
    root = f"/srv/suphub/{system}"
    key, conf = f"{KEYS}/{user}", f"/etc/ssh/sshd_config.d/suphub-{system}.conf"
    block = "\n".join(
        [
            f"Match User {user}",
            f"    ChrootDirectory {root}",
            "    ForceCommand internal-sftp -u 0007",
            f"    AuthorizedKeysFile {KEYS}/%u",
            "    AuthenticationMethods publickey",
            *(f"    {what} no" for what in ("AllowTcpForwarding", "AllowAgentForwarding", "X11Forwarding", "PermitTTY", "PermitTunnel")),
        ]
    )  # fmt: skip
    return (
        Step(
            f"useradd --system --no-create-home --home-dir / --shell /usr/sbin/nologin {shlex.quote(user)}",
            "枢纽的账号,没有命令行",
            "the hub's account, without a shell",
        ),
        Step(f"install -d -m 755 -o root -g root {shlex.quote(root)}", "根目录须归 root,否则 sshd 拒绝", "the root must belong to root, or sshd refuses it"),
        *_shared([root + each for each in _folders(system, options)], user, writer),
        Step(f"install -d -m 755 -o root -g root {KEYS}", "公钥所在", "where its public key lies"),
        Step(f"install -m 644 -o root -g root <hub.pub> {shlex.quote(key)}", "枢纽给的公钥", "the public key that the hub gives out"),
        Step(f"cat > {shlex.quote(conf)} <<'END'\n{block}\nEND", "只许 SFTP,只见这个根目录", "SFTP only, and nothing above that folder"),
        Step("sshd -t && systemctl reload ssh", "检查配置,生效", "check the configuration, put it into force"),
    )  # fmt: skip


def _folders(system: str, options: Mapping[str, Any]) -> list[str]:
    found = folders_of(system, options)
    answers = (answers_folder(system, options),) if options.get("answers") else ()
    return [text_of(each) for each in (found.inbox, found.receipts, found.refused, *answers)]


def _shared(folders: list[str], user: str, writer: str) -> tuple[Step, ...]:
    """Folders that the department and the hub share: both write, nobody else looks in."""
    places = " ".join(map(shlex.quote, folders))
    by = writer if writer.startswith("<") else shlex.quote(writer)
    return (
        Step(f"groupadd --system --force {GROUP}", "共用的组", "the group that both belong to"),
        Step(f"usermod -aG {GROUP} {shlex.quote(user)}", "枢纽入组", "the hub is in it"),
        Step(f"usermod -aG {GROUP} {by}", "写报文的账号入组", "the account that writes packages is in it"),
        Step(
            f"install -d -m 2770 -o {by} -g {GROUP} {places}",
            "收件、回执、被拒(、答复)目录",
            "inbox, receipts, refused (and answers)",
        ),
        Step(
            f"setfacl -m d:g:{GROUP}:rwx,d:o::- {places}",
            "新文件不论 umask 双方都能读、改名",
            "both can read and rename a new file, whatever the umask",
        ),
    )
