"""How fast the hub is by SFTP, on the OpenSSH server that the tests start: small packages, a large one, a long listing."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import inputs
from bench.children import run, wrong
from bench.postgres import Databases, support
from connectors.base import Access, Surroundings
from connectors.state import MemoryState

PACKAGES = 10_000
LARGE_MB = 200
ROUNDS = 5
FILES = 200_000
CONNECTION = "bench_sftp"

Tell = Callable[[str], None]


def measure(
    folder: Path, databases: Databases, tell: Tell, *, packages: int = PACKAGES, files: int = FILES
) -> dict[str, list[float]]:
    """All figures by name. Raises StopError where a result is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    with support("sshd").running_server() as server:
        rate = small(folder / "small", server, databases, packages)
        tell(f"  SFTP: {packages} 个小包 · small packages, {rate:.0f}/s")
        ratios = large(folder / "large", server)
        tell(f"  SFTP: {LARGE_MB} MB, {', '.join(f'{ratio:.2f}' for ratio in ratios)} x sftp")
        added = listing(server, files)
        tell(f"  SFTP: {files} 个文件的目录 · a directory of so many files, {added:.0f} MB")
    return {"sftp_small_packages": [rate], "sftp_large_vs_sftp": ratios, "sftp_listing_200000": [added]}


def small(folder: Path, server: Any, databases: Databases, packages: int) -> float:
    """Packages a second, from the listing of the inbox to the last receipt, in one process into PostgreSQL."""
    from hub.simulate import Options, simulate
    from hub.simulate.registration import registration

    options = Options(
        cases=packages, out=folder, today=inputs.TODAY, seed=inputs.SEED, code=inputs.SYSTEM, package_size=1, clean=True
    )  # fmt: skip
    simulate(options)
    sent = len(list((folder / "out").glob("*.xml")))
    with _department(server, "small") as root:
        for path in (folder / "out").iterdir():
            target = root / "out" / path.name
            shutil.move(path, target)
            server.own(target)
        systems = folder / "systems"
        systems.mkdir(exist_ok=True)
        text = registration(options).replace(str(folder.absolute()), str(root))
        text = text.replace("kind: directory", f"kind: sftp\n  connection: {CONNECTION}")
        (systems / f"{inputs.SYSTEM}.yaml").write_text(text, encoding="utf-8")
        with databases.fresh() as url:
            environment = {
                "SUPHUB_DATABASE_URL": url, "SUPHUB_HOME": str(folder / "var"), "SUPHUB_SYSTEMS": str(systems),
                f"AIRFLOW_CONN_{CONNECTION.upper()}": _written(server.access()),
            }  # fmt: skip
            result = run("exchange", {"code": inputs.SYSTEM}, environment)
        receipts = len(list((root / "receipts").glob("*.receipt.xml")))
        left = len(list((root / "out").glob("*.xml")))
    done = result["packages"]
    good = sum(package["state"] == "closed" and package["rejected"] == 0 for package in done)
    if (good, receipts, left) != (sent, sent, 0):
        raise wrong("sftp_small_packages", f"{good} closed, {receipts} receipts, {left} left of {sent}")
    shutil.rmtree(folder)
    return float(sent / result["wall"])


def large(folder: Path, server: Any) -> list[float]:
    """Bytes a second of the hub (claimed, read, digested, in the raw store) over those of `sftp get -f`, in turn."""
    with _department(server, "large") as root:
        path = root / "big"
        block = random.Random(inputs.SEED).randbytes(1 << 20)  # does not compress
        with path.open("wb") as file:
            for _ in range(LARGE_MB):
                file.write(block)
        server.own(path)
        args = {"root": str(root), "folder": str(folder), "access": _written(server.access()), "key": str(server.folder / "client")}  # fmt: skip
        ratios: list[float] = run("take_large", args, {})["ratios"]
    return ratios


def measure_large(args: dict[str, Any]) -> list[float]:
    """In the child: each round one transfer by `sftp`, one by the hub; both end with the bytes synced to the same disk."""
    from hub.rawstore import RawStore

    root, folder, access = Path(args["root"]), Path(args["folder"]), _read(args["access"])
    folder.mkdir(parents=True, exist_ok=True)
    digest, ratios = inputs.sha256(root / "big"), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        _by_sftp(access, args["key"], root / "big", folder / "got")
        theirs = time.perf_counter() - begun
        (folder / "got").unlink()
        os.link(root / "big", root / "out" / "big.xml")
        (root / "out" / "big.xml.ok").touch()
        begun = time.perf_counter()
        connector = _connector(root, access, folder)
        claim = connector.claim(next(connector.ready()))
        with connector.read(claim) as stream:
            found, _ = RawStore(folder / "raw").put(stream, 1 << 40)
        connector.acknowledge(claim)
        connector.close()
        ours = time.perf_counter() - begun
        if found != digest:
            raise wrong("sftp_large_vs_sftp", f"digest {found} instead of {digest}")
        shutil.rmtree(folder / "raw")
        ratios.append(theirs / ours)
    return ratios


def listing(server: Any, files: int) -> float:
    """What listing so many files adds to the memory of a process, in MB."""
    with _department(server, "many") as root:
        inbox = os.fsencode(root / "out") + b"/"
        for number in range(files):
            os.close(os.open(b"%s%07d.xml" % (inbox, number), os.O_CREAT | os.O_WRONLY))
        args = {"root": str(root), "folder": str(root.parent / "work"), "access": _written(server.access())}
        found = run("list_many", args, {})
        if found["listed"] != min(files, 20_000):
            raise wrong("sftp_listing_200000", f"{found['listed']} listed")
    return float(found["added"])


def measure_listing(args: dict[str, Any]) -> int:
    """In the child: how many packages one look names."""
    connector = _connector(
        Path(args["root"]), _read(args["access"]), Path(args["folder"]), ready={"rename": ".part"}
    )
    try:
        return sum(1 for _ in connector.ready())
    finally:
        connector.close()


@contextmanager
def _department(server: Any, name: str) -> Iterator[Path]:
    root = server.root / name
    for folder in (root, root / "out", root / "receipts", root / "refused"):
        folder.mkdir()
        server.own(folder)
    try:
        yield root
    finally:
        shutil.rmtree(root)


def _connector(root: Path, access: Access, work: Path, ready: dict[str, str] | None = None) -> Any:
    from connectors.sftp.connector import SftpConnector

    options = {"connection": CONNECTION, "inbox": str(root / "out"), "ready": ready or {"marker": ".ok"}}
    return SftpConnector("bench", options, Surroundings(MemoryState(), lambda _: access, work))


def _by_sftp(access: Access, key: str, source: Path, target: Path) -> None:
    options = [f"-oIdentityFile={key}", "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"]
    command = ["sftp", "-q", "-b", "-", "-P", str(access.port), *options, f"{access.login}@{access.host}"]
    subprocess.run(command, input=f"get -f {source} {target}\n".encode(), check=True, capture_output=True)


def _written(access: Access) -> str:
    """A connection as Airflow's variables hold it."""
    return json.dumps(
        {
            "conn_type": access.kind, "host": access.host, "port": access.port, "login": access.login,
            "extra": dict(access.extra),
        }
    )  # fmt: skip


def _read(text: str) -> Access:
    given = json.loads(text)
    return Access(
        CONNECTION, given["conn_type"], given["host"], given["port"], given["login"], None, None, given["extra"]
    )  # fmt: skip
