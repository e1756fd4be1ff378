"""The demonstration's departments on a front-end machine, a database and a Web Service, some data held back for Airflow to find."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hub.demo.sealing import CERTIFICATE, can_seal, seal
from hub.errors import Place, StopError
from hub.simulate import Options, exchange_db, simulate
from hub.simulate.catalogue import FILE as CATALOGUE
from hub.simulate.exchange_db import write_later
from hub.simulate.words import CONSTRUCTION, HRSS, Organization


@dataclass(frozen=True, slots=True)
class Department:
    """How a department speaks: its dialect, the codes and character set of the canonical one, and its organisation."""

    dialect: str = "canonical"
    codes: str = "canonical"
    encoding: str = "utf-8"
    deliver: str = "directory"
    organization: Organization | None = None
    package_size: int | None = None


DEPARTMENTS: Mapping[str, Department] = {
    "land-bureau": Department(codes="hunan-2011", encoding="gb18030"),
    "hrss-bureau": Department("national-exchange-db", organization=HRSS),
    "construction-bureau": Department(
        "pinyin-stages", deliver="soap", organization=CONSTRUCTION, package_size=160
    ),
}
"""System code → department: by front-end machine, by exchange database, and by Web Service."""
DATABASE, SERVICE = "hrss-bureau", "construction-bureau"
HELD_FROM = "land-bureau"
HELD = 3
"""So many files of HELD_FROM, the last ones, arrive only when Airflow runs: it shall have real work. The other two
departments hold back what they wrote in so many days."""
MARKER = ".ok"
EXCHANGE_DATABASE = exchange_db.FILE
EDITION = "three departments, one of them sealed, complaints by all four terms, guides of items"
"""What a folder must have been made for; changes with what is simulated."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demonstration folder was made with; `today` is the day that everything is judged at."""

    cases: int
    seed: int
    today: str
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A demonstration folder that is set up."""

    folder: Path
    stage: Stage
    fresh: bool

    @property
    def systems(self) -> Path:
        return self.folder / "systems"

    @property
    def settings(self) -> dict[str, str]:
        """The hub's settings for this folder, as environment variables."""
        return {
            "SUPHUB_HOME": str(self.folder),
            "SUPHUB_DATABASE_URL": f"sqlite:///{self.folder / 'suphub.db'}",
            "SUPHUB_SYSTEMS": str(self.systems),
            "SUPHUB_TODAY": self.stage.today,
        }

    def write_settings(self) -> Path:
        """The same as a file for a shell: after `source`, `suphub` works on what the demonstration left behind."""
        path = self.folder / "settings.sh"
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in self.settings.items()]
        path.write_text("".join(lines), encoding="utf-8")
        return path

    @property
    def sealed(self) -> bool:
        """Whether HELD_FROM's packages are signed and encrypted."""
        return (self.systems / CERTIFICATE).is_file()

    def department(self, code: str) -> Path:
        return self.folder / "departments" / code

    def registration(self, code: str) -> Path:
        return self.systems / f"{code}.yaml"

    def truth(self, code: str) -> dict[str, Any]:
        """What the simulator says must become of the department's packages, cases and limits."""
        found: dict[str, Any] = json.loads((self.department(code) / "truth.json").read_text(encoding="utf-8"))
        return found

    def held(self) -> list[Path]:
        """The files of HELD_FROM that have not been sent yet, in their order."""
        return _waiting(self.department(HELD_FROM))

    def send_held(self) -> Sent:
        """Send what was held back: files before their markers, rows into the database, pages to the service."""
        files, pages = self.held(), _waiting(self.department(SERVICE))
        for path in files:
            _move(path, self.department(HELD_FROM) / "out")
        for path in pages:
            path.rename(self.department(SERVICE) / "replies" / path.name)
        return Sent(len(files), write_later(self.department(DATABASE)), len(pages))

    @property
    def exchange_database(self) -> tuple[str, str]:
        """The variable that holds the connection to the exchange database, and the connection."""
        path = self.department(DATABASE).absolute() / EXCHANGE_DATABASE
        return connection_variable(DATABASE), json.dumps({"conn_type": "sqlite", "host": str(path)})

    def catalogues(self) -> list[Path]:
        """The item catalogue of each department."""
        return [self.department(code) / CATALOGUE for code in DEPARTMENTS]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the departments send while Airflow runs."""

    files: int
    rows: int
    pages: int

    def __bool__(self) -> bool:
        return bool(self.files or self.rows or self.pages)


def set_up(folder: Path, cases: int, seed: int, today: date) -> Scene:
    """Simulate the departments, once per folder; a folder that is set up keeps its day. Raises StopError."""
    note = folder / "demo.json"
    if note.is_file():
        stage = Stage(**json.loads(note.read_text(encoding="utf-8")))
        if (stage.cases, stage.seed, stage.edition) != (cases, seed, EDITION):
            raise _other_stage(folder, stage)
        return Scene(folder, stage, fresh=False)
    scene = Scene(folder, Stage(cases, seed, today.isoformat(), EDITION), fresh=True)
    _refuse_strangers(folder)
    shutil.rmtree(folder / "departments", ignore_errors=True)  # of a set-up that was interrupted
    scene.systems.mkdir(parents=True, exist_ok=True)
    for code, department in DEPARTMENTS.items():
        out = scene.department(code)
        simulate(_options(code, department, cases, out, today, seed))
        shutil.copyfile(out / f"{code}.yaml", scene.registration(code))
    land = scene.department(HELD_FROM)
    if can_seal():
        seal(land, land / "out", scene.registration(HELD_FROM), folder / "keys", MARKER)
    held = land / "held"
    held.mkdir()
    for path in sorted(_packages(scene.department(HELD_FROM) / "out"))[-HELD:]:
        _move(path, held)
    part = note.with_suffix(".part")
    part.write_text(json.dumps(asdict(scene.stage)) + "\n", encoding="utf-8")
    part.replace(note)
    return scene


def connection_variable(code: str) -> str:
    """The environment variable of the connection that a simulated system's registration names."""
    return "AIRFLOW_CONN_" + code.replace("-", "_").upper()


def _options(code: str, department: Department, cases: int, out: Path, today: date, seed: int) -> Options:
    return Options(
        cases,
        out,
        today,
        seed,
        code,
        department.codes,
        department.encoding,
        department.package_size,
        dialect=department.dialect,
        deliver=department.deliver,
        held=0 if code == HELD_FROM else HELD,
        department=department.organization,
    )


def _waiting(department: Path) -> list[Path]:
    folder = department / "held"
    return sorted(_packages(folder)) if folder.is_dir() else []


def _packages(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.name.endswith(MARKER))


def _move(path: Path, folder: Path) -> None:
    marker = path.with_name(path.name + MARKER)
    path.rename(folder / path.name)
    marker.rename(folder / marker.name)


def _refuse_strangers(folder: Path) -> None:
    if (folder / "suphub.db").exists():
        raise StopError(
            "DEMO_FOLDER",
            zh=f"{folder} 里已有一个枢纽的数据,不是演示",
            en=f"{folder} holds the data of a hub that is not a demonstration",
            remedy_zh="换一个目录:suphub demo --home 目录",
            remedy_en="Choose another folder: suphub demo --home FOLDER",
            place=Place(file=str(folder)),
        )


def _other_stage(folder: Path, stage: Stage) -> StopError:
    older = ("", "") if stage.edition == EDITION else ("、由另一版本的枢纽", " by another version of the hub")
    return StopError(
        "DEMO_OTHER",
        zh=f"{folder} 的演示是以 --cases {stage.cases} --seed {stage.seed}{older[0]} 建立的",
        en=f"The demonstration in {folder} was made with --cases {stage.cases} --seed {stage.seed}{older[1]}",
        remedy_zh="用同样的选项,或换目录(--home),或删除该目录后重来",
        remedy_en="Use the same options, choose another folder (--home), or delete the folder and begin anew",
        place=Place(file=str(folder)),
    )
