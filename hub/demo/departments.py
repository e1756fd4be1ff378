"""The demonstration's departments: simulated packages in exchange directories, some held back for Airflow to find."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hub.errors import Place, StopError
from hub.simulate import Options, simulate

DEPARTMENTS = {
    "land-bureau": ("canonical", "utf-8"),
    "hrss-bureau": ("hunan-2011", "gb18030"),
}
"""System code → the code crosswalk and the encoding that the department sends in; both by exchange directory."""
HELD_FROM = "land-bureau"
HELD = 3
"""So many files of HELD_FROM, the last ones, arrive only when Airflow runs: it shall have real work."""
MARKER = ".ok"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demonstration folder was made with; `today` is the day that everything is judged at."""

    cases: int
    seed: int
    today: str


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

    def department(self, code: str) -> Path:
        return self.folder / "departments" / code

    def truth(self, code: str) -> dict[str, Any]:
        """What the simulator says must become of the department's packages, cases and limits."""
        found: dict[str, Any] = json.loads((self.department(code) / "truth.json").read_text(encoding="utf-8"))
        return found

    def held(self) -> list[Path]:
        """The files that have not been sent yet, in their order."""
        folder = self.department(HELD_FROM) / "held"
        return sorted(_packages(folder)) if folder.is_dir() else []

    def send_held(self) -> int:
        """Send what was held back, each file before its marker; returns how many files."""
        files = self.held()
        for path in files:
            _move(path, self.department(HELD_FROM) / "out")
        return len(files)


def set_up(folder: Path, cases: int, seed: int, today: date) -> Scene:
    """Simulate the departments, once per folder; a folder that is set up keeps its day. Raises StopError."""
    note = folder / "demo.json"
    if note.is_file():
        stage = Stage(**json.loads(note.read_text(encoding="utf-8")))
        if (stage.cases, stage.seed) != (cases, seed):
            raise _other_stage(folder, stage)
        return Scene(folder, stage, fresh=False)
    scene = Scene(folder, Stage(cases, seed, today.isoformat()), fresh=True)
    _refuse_strangers(folder)
    shutil.rmtree(folder / "departments", ignore_errors=True)  # of a set-up that was interrupted
    scene.systems.mkdir(parents=True, exist_ok=True)
    for code, (codes, encoding) in DEPARTMENTS.items():
        out = scene.department(code)
        simulate(Options(cases, out, today, seed, code, codes, encoding))
        shutil.copyfile(out / f"{code}.yaml", scene.systems / f"{code}.yaml")
    held = scene.department(HELD_FROM) / "held"
    held.mkdir()
    for path in sorted(_packages(scene.department(HELD_FROM) / "out"))[-HELD:]:
        _move(path, held)
    part = note.with_suffix(".part")
    part.write_text(json.dumps(asdict(scene.stage)) + "\n", encoding="utf-8")
    part.replace(note)
    return scene


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
    return StopError(
        "DEMO_OTHER",
        zh=f"{folder} 的演示是以 --cases {stage.cases} --seed {stage.seed} 建立的",
        en=f"The demonstration in {folder} was made with --cases {stage.cases} --seed {stage.seed}",
        remedy_zh="用同样的选项,或换目录(--home),或删除该目录后重来",
        remedy_en="Use the same options, choose another folder (--home), or delete the folder and begin anew",
        place=Place(file=str(folder)),
    )
