"""What the embedded Airflow runs with: its folder, environment, secrets, log-in and port; nothing is started here."""

from __future__ import annotations

import json
import os
import secrets
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import Place, StopError
from hub.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
USUAL_PORT = 8080
USER = "admin"
PARALLELISM = 4
OTHERS = ("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One embedded Airflow: where it lives, the environment of its processes, and how a person logs in."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    user: str
    password: str

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


def free_port(preferred: int = USUAL_PORT) -> int:
    """The preferred port if nobody listens there, else another free one of the loopback interface."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # As the server will bind it: a connection that is still fading away does not count as in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StopError(
        "NO_PORT",
        zh=f"本机 {HOST} 没有可用端口",
        en=f"No free port on {HOST}",
        remedy_zh="结束不用的程序后重试",
        remedy_en="End programs that are not needed and try again",
    )


def taken(port: int) -> bool:
    """Whether somebody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) == 0


def prepare(folder: Path, suphub: Mapping[str, str], port: int | None = None) -> Deployment:
    """Write the folder's secrets (once; 0600) and say what the processes run with.

    `suphub` are the hub's own settings (SUPHUB_HOME and so on) that the tasks see. Raises StopError when the folder
    cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = _secrets(folder / "secrets.json")
        passwords = folder / "passwords.json"
        _private(passwords, json.dumps({USER: known["password"]}) + "\n")
    except OSError as error:
        raise StopError(
            "AIRFLOW_FOLDER",
            zh=f"不能写 Airflow 目录({error.strerror})",
            en=f"The Airflow folder cannot be written ({error.strerror})",
            remedy_zh="检查目录权限和磁盘空间,或换 SUPHUB_HOME",
            remedy_en="Check its permissions and the free space, or choose another SUPHUB_HOME",
            place=Place(file=str(folder)),
        ) from error
    port = port or free_port()
    # Airflow's settings in the caller's shell belong to another installation; connections and variables are ours too.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    environment = {**kept, **suphub, **_airflow(folder, port, known, passwords)}
    return Deployment(folder, port, environment, USER, known["password"])


def as_environment(settings: Settings) -> dict[str, str]:
    """The hub's settings as the variables that tasks read them from; paths absolute, wherever a task is started."""
    found = {
        "SUPHUB_HOME": str(settings.home),
        "SUPHUB_DATABASE_URL": settings.database_url,
        "SUPHUB_SYSTEMS": str(settings.systems),
    }
    return found | ({"SUPHUB_TODAY": settings.today} if settings.today else {})


def of_this_shell() -> Deployment | None:
    """The Airflow that this shell's AIRFLOW_HOME names; None without one. Its servers are somebody else's affair."""
    home = os.environ.get("AIRFLOW_HOME")
    return Deployment(Path(home), 0, dict(os.environ), "", "") if home else None


def _secrets(path: Path) -> dict[str, str]:
    if path.is_file():
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = {
        "jwt": secrets.token_hex(32),
        "session": secrets.token_hex(32),
        "fernet": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "password": secrets.token_urlsafe(9),
    }
    _private(path, json.dumps(made) + "\n")
    return made


def _private(path: Path, content: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(content)


def _airflow(folder: Path, port: int, known: Mapping[str, str], passwords: Path) -> dict[str, str]:
    address = f"http://{HOST}:{port}"
    sections: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": REPOSITORY / "dags",
            "plugins_folder": REPOSITORY / "plugins",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": PARALLELISM,
            "execution_api_server_url": f"{address}/execution/",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": passwords,
            "fernet_key": known["fernet"],
        },
        # Airflow's servers share one SQLite file; five seconds, the default, are too short on a busy machine.
        "database": {"sql_alchemy_conn": f"sqlite:///{folder / 'airflow.db'}?timeout=60"},
        "api": {
            "host": HOST,
            "port": port,
            "base_url": address,
            "workers": 1,
            "secret_key": known["session"],
        },
        "api_auth": {"jwt_secret": known["jwt"]},
        "scheduler": {"scheduler_idle_sleep_time": 0.5, "enable_health_check": False},
        "usage_data_collection": {"enabled": False},  # nothing of an installation is told to anybody
    }
    named = {
        f"AIRFLOW__{section.upper()}__{name.upper()}": str(value)
        for section, values in sections.items()
        for name, value in values.items()
    }
    return {**named, "AIRFLOW_HOME": str(folder), "NO_PROXY": HOST, "no_proxy": HOST, "PYTHONUNBUFFERED": "1"}
