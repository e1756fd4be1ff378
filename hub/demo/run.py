"""The demonstration from beginning to end: set up, a first cycle in this process, Airflow, the truth, and staying up."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Connection

from hub.clock import now_us
from hub.demo.airflow_home import Deployment, prepare
from hub.demo.api import Api
from hub.demo.complaints import bring, print_complaints
from hub.demo.complaints import differences as complaint_differences
from hub.demo.complaints import truth as complaints_truth
from hub.demo.departments import (
    DATABASE,
    DEPARTMENTS,
    EXCHANGE_DATABASE,
    HELD_FROM,
    SERVICE,
    Scene,
    Sent,
    connection_variable,
    set_up,
)
from hub.demo.embedded import START, running
from hub.demo.launcher import end_children, ended_by_signals, make_pools, run_airflow
from hub.demo.measure import exact as measured_exactly
from hub.demo.measure import measured, print_families
from hub.demo.service import served
from hub.demo.sftp_server import CannotServe, reach, served_by_sftp
from hub.demo.summary import print_differences, print_summary, read_summary
from hub.demo.truth import Difference, differences, fingerprint
from hub.errors import Place, StopError
from hub.ledger import chain

RUN = 600.0
"""Seconds within which a run of a DAG must end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the demonstration was asked for."""

    home: Path
    cases: int = 400
    seed: int = 7
    once: bool = False
    port: int | None = None


def demonstrate(asked: Asked, today: date, console: Console) -> int:
    """Run the demonstration; 0 when everything equals the truth, else 1. Raises HubError where it cannot run."""
    began = time.monotonic()
    with ended_by_signals(), _alone(asked.home), ThreadPoolExecutor(1) as beside:
        try:
            return _demonstrate(asked, today, console, beside, began)
        except KeyboardInterrupt:
            console.print("\n已停止 · stopped")
            return 130
        finally:
            end_children()  # a command of Airflow that was still running beside


def _demonstrate(
    asked: Asked, today: date, console: Console, beside: ThreadPoolExecutor, began: float
) -> int:
    scene = set_up(asked.home, asked.cases, asked.seed, today)
    os.environ.update(scene.settings)
    scene.write_settings()
    with served(scene.department(SERVICE)) as service, ExitStack() as stack:
        # Connections reach this process, Airflow and its tasks alike: by the environment, the password in no file.
        os.environ.update([scene.exchange_database, (connection_variable(SERVICE), service)])
        way = _front_end_machine(scene, stack)
        return _play(asked, scene, console, beside, began, way)


def _front_end_machine(scene: Scene, stack: ExitStack) -> str:
    """Start the SFTP server of HELD_FROM, or take its folder as a directory of this machine; says which."""
    folder = scene.department(HELD_FROM)
    variable = connection_variable(HELD_FROM)
    try:
        os.environ[variable] = stack.enter_context(served_by_sftp(folder))
    except CannotServe as why:
        by_sftp, way = False, f"本机目录 · a directory of this machine (SFTP: {why})"
    else:
        by_sftp, way = True, "SFTP (OpenSSH)"
    reach(
        scene.registration(HELD_FROM), variable.removeprefix("AIRFLOW_CONN_").lower(), folder, by_sftp=by_sftp
    )
    sealed = ",报文签名并加密 · packages signed and encrypted" if scene.sealed else ""
    return f"{HELD_FROM}: {way}{sealed}"


def _play(
    asked: Asked, scene: Scene, console: Console, beside: ThreadPoolExecutor, began: float, way: str
) -> int:
    console.rule("监察数据交换枢纽演示 · Supervision Hub demonstration", align="left")
    what = "新建 · new" if scene.fresh else "沿用 · as it was"
    console.print(f"{scene.folder} ({what}), 判定日 · judged at {scene.stage.today}", soft_wrap=True)
    console.print(way, soft_wrap=True)
    deployment = prepare(scene.folder / "airflow", scene.settings, asked.port)
    ready = beside.submit(_prepare_airflow, deployment, scene)
    before = _first_cycle(scene)
    _report(console)
    console.print(
        f"在另一终端继续 · go on in another terminal:  source {scene.folder / 'settings.sh'}  (docs/walkthrough.md)",
        soft_wrap=True,
    )
    console.print(f"首轮完成 · first cycle done: {time.monotonic() - began:.0f} s\n")
    return _with_airflow(asked, scene, deployment, ready, before, console)


def _prepare_airflow(deployment: Deployment, scene: Scene) -> None:
    run_airflow(deployment, "db", "migrate")
    make_pools(deployment, scene.folder, DEPARTMENTS)


def _first_cycle(scene: Scene) -> str:
    """Import the catalogues, exchange and judge in this process; returns the fingerprint of what was there before."""
    from hub import wiring
    from hub.catalogue.importing import import_files
    from hub.wiring.complaints import desk

    wiring.upgrade()
    before = _fingerprint(scene)
    for path in scene.catalogues():
        import_files(wiring.engine(), [path], wiring.settings().work, by="suphub demo", log=_log)
    for code in DEPARTMENTS:
        wiring.exchange(code)
    bring(wiring.engine(), desk(), scene.department(HELD_FROM))
    wiring.supervise(date.fromisoformat(scene.stage.today))
    return before


def _log(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
    chain.append(connection, "hub", event, body, now_us())


def _fingerprint(scene: Scene) -> str:
    from hub import wiring
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        receipts = [scene.department(code) / "receipts" for code in DEPARTMENTS]
        return fingerprint(connection, receipts, scene.department(DATABASE) / EXCHANGE_DATABASE)


def _report(console: Console) -> None:
    from hub import wiring
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        print_summary(console, read_summary(connection))
        print_complaints(console, connection)


def _with_airflow(
    asked: Asked, scene: Scene, deployment: Deployment, ready: Future[None], before: str, console: Console
) -> int:
    console.print("启动 Airflow(约半分钟)· starting Airflow (about half a minute) …")
    ready.result()
    with running(deployment.folder, scene.settings, asked.port) as api:
        api.healthy(START)
        sent = scene.send_held()
        console.print(
            f"部门新送 {sent.files} 个文件、{sent.rows} 行、{sent.pages} 页,由 Airflow 交换 · "
            f"{sent.files} files, {sent.rows} rows and {sent.pages} pages sent for Airflow to exchange",
            soft_wrap=True,
        )
        failed = _run_dags(api)
        result = _judge(scene, failed, sent, before, console)
        if asked.once:
            return result
        console.print(f"\n页面 · pages: {api.deployment.address}", soft_wrap=True)
        console.print(f"登录 · log in: {api.deployment.user} / {api.deployment.password}")
        console.print("Ctrl-C 结束 · Ctrl-C ends it")
        try:
            while True:
                api.watch()
                time.sleep(1)
        except KeyboardInterrupt:
            console.print("\n正在停止 · stopping …")
            return result


def _run_dags(api: Api) -> list[str]:
    """Run the exchange of every department and the judging; returns the DAGs whose run was not a success."""
    exchanges = [f"exchange__{code}" for code in DEPARTMENTS]
    api.dags_known([*exchanges, "supervise"], START)
    runs = {dag_id: api.trigger(dag_id) for dag_id in exchanges}
    states = {dag_id: api.ended(dag_id, run, RUN) for dag_id, run in runs.items()}
    states["supervise"] = api.ended("supervise", api.trigger("supervise"), RUN)
    for dag_id in states:
        api.idle(dag_id, RUN)  # what a schedule or the asset began besides
    return [dag_id for dag_id, state in states.items() if state != "success"]


def _judge(scene: Scene, failed: list[str], sent: Sent, before: str, console: Console) -> int:
    from hub import wiring
    from hub.central.engine import reading
    from hub.ledger.verify_database import verify_database

    found = [Difference(f"Airflow {dag_id}", "success", "failed") for dag_id in failed]
    with reading(wiring.engine()) as connection:
        for code in DEPARTMENTS:
            found += differences(connection, scene.truth(code))
        found += complaint_differences(connection, complaints_truth(scene.department(HELD_FROM)))
        log = verify_database(connection)
    if not log.ok:
        found.append(Difference("log", "ok", str(log.first_break)))
    whole = (
        scene.folder / "whole"
    )  # a run has come to its end here; one that broke off leaves work to the next
    if not scene.fresh and not sent:
        if _fingerprint(scene) == before:
            console.print("再次运行,没有任何变化 · a second run: nothing has changed")
        elif not whole.exists():
            console.print("上次运行没有走完,这次已补上 · the last run had broken off: this one did the rest")
        else:
            found.append(Difference("再次运行 · second run", "unchanged", "changed"))
    if not found:
        whole.touch()
    console.print("Airflow 运行:交换、监察均成功 · exchange and supervise succeeded" if not failed else "")
    print_differences(console, found)
    exact = _measure(scene, console)
    return 0 if exact and not found else 1


def _measure(scene: Scene, console: Console) -> bool:
    """Precision and recall by families of rules; whether all are 1."""
    found = measured([scene.department(code) for code in DEPARTMENTS])
    print_families(console, found)
    console.print(
        "每条规则 per rule: suphub measure cards  ·  报送与答复 what arrives when, who answers (E1, E5-E7, T10, T11):"
        " suphub measure quarter DIR",
        soft_wrap=True,
    )
    return measured_exactly(found)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two demonstrations in one folder would disturb each other. Raises StopError for the second."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "demo.lock").open("w")
    except OSError as error:
        raise StopError(
            "DEMO_FOLDER",
            zh=f"不能写演示目录({error.strerror})",
            en=f"The demonstration folder cannot be written ({error.strerror})",
            remedy_zh="检查权限和磁盘,或用 --home 换一个目录",
            remedy_en="Check permissions and disk, or choose another folder with --home",
            place=Place(file=str(folder)),
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StopError(
                "DEMO_RUNNING",
                zh="同一目录已有演示在运行",
                en="A demonstration is already running in this folder",
                remedy_zh="先结束它(Ctrl-C),或用 --home 换一个目录",
                remedy_en="End it first (Ctrl-C), or choose another folder with --home",
                place=Place(file=str(folder)),
            ) from error
        yield
