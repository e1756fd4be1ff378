"""H2 in its Oracle mode: one Java process, asked through its shell, behind the few methods of a connection that are needed."""

from __future__ import annotations

import csv
import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.engine import Dialect
from sqlalchemy.types import Date, DateTime, LargeBinary, Numeric, TypeEngine

from tests.support.dialect_tables import Result, literal

JAR = Path("/usr/share/java/h2.jar")


class Refused(Exception):
    """What the database said."""


class Oracle:
    """A session. Statements are compiled for Oracle with their values written in; rows come back by way of a CSV file."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.dialect: Dialect = OracleDialect_oracledb()
        self._folder, self._process = folder, process
        self._numbers = itertools.count(1)
        self.said: list[str] = []

    def run(self, sql: str) -> None:
        """Send one statement. Raises Refused."""
        mark = f"answered-{next(self._numbers)}"
        to, answers = self._process.stdin, self._process.stdout
        assert to is not None
        assert answers is not None
        to.write(f"{sql};\nCALL '{mark}';\n")
        to.flush()
        wrong = []
        for line in answers:
            if "Error:" in line:
                wrong.append(line.strip())
            if mark in line and "CALL" not in line:
                break
        if wrong:
            raise Refused("\n".join(wrong))

    def execute(self, statement: Any, values: Any = None) -> Result:
        if isinstance(statement, Select):
            return self._rows(statement)
        for each in values or [None]:
            self.said.append(literal(statement if each is None else statement.values(each), self.dialect))
            self.run(self.said[-1])
        return Result()

    def scalars(self, statement: Any) -> list[Any]:
        return [row[0] for row in self.execute(statement)]

    def scalar(self, statement: Any) -> Any:
        found = self.execute(statement)
        return found[0][0] if found else None

    def _rows(self, statement: Any) -> Result:
        self.said.append(literal(statement, self.dialect))
        file = self._folder / f"{next(self._numbers)}.csv"
        asked = self.said[-1].replace("'", "''")
        self.run(f"CALL CSVWRITE('{file}', '{asked}', 'charset=UTF-8 null=~')")
        with file.open(encoding="utf-8", newline="") as lines:
            _, *rows = csv.reader(lines)
        kinds = [column.type for column in statement.selected_columns]
        return Result([tuple(map(_read, row, kinds)) for row in rows])


def _read(text: str, kind: TypeEngine[Any]) -> Any:
    if text == "~":
        return None
    if isinstance(kind, DateTime | Date):
        return datetime.fromisoformat(text[:26])
    if isinstance(kind, Numeric):
        return Decimal(text)
    return bytes.fromhex(text) if isinstance(kind, LargeBinary) or "RAW" in type(kind).__name__ else text


@contextmanager
def oracle_mode(folder: Path) -> Iterator[Oracle]:
    """A fresh database in memory for the length of the block. Raises AssertionError where H2 is not installed."""
    assert JAR.exists(), (
        "H2 is not installed: `make test` installs it (apt-get install libh2-java default-jre-headless)."
    )
    command = ["java", "-Xmx128m", "-Dfile.encoding=UTF-8", "-cp", str(JAR), "org.h2.tools.Shell"]
    command += ["-url", "jdbc:h2:mem:x;MODE=Oracle;DATABASE_TO_UPPER=TRUE", "-user", "sa", "-password", "sa"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:  # fmt: skip
        try:
            yield Oracle(folder, process)
        finally:
            process.kill()
