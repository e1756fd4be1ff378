"""Checks that the words of a registration mean something to this program, before anything is taken with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import StopError
from hub.pipeline.process import check_serial
from hub.rawstore import RawStore
from hub.register import Registration
from hub.register.place import placed
from mappings.crosswalk import load_crosswalk
from mappings.dialect import Dialect, load_dialect
from mappings.mapper import check_words
from schemas.contract import load_contract


def check_registration(found: Registration) -> Dialect:
    """The dialect of a registration whose words are all known.

    Raises StopError SCHEMA, DIALECT, CROSSWALK, REGISTRATION, REGISTRATION_SERIAL with file, line, column and what is
    allowed.
    """
    with standing(found, "schema"):
        load_contract(found.schema)
    with standing(found, "dialect"):
        dialect = load_dialect(found.dialect, schema=found.schema)
    with standing(found, "codes"):
        load_crosswalk(found.codes)
    with standing(found, "checks"):
        check_words(found)
    with standing(found, "serial"):
        check_serial(found, dialect)
    return dialect


def stored_registration(raw: RawStore, found: Registration) -> bool:
    """Keep the file of a registration among the raw bytes, under its digest; False where it has just been changed again.

    So every version that packages were read by can be read again. A registration holds no secrets.
    """
    try:
        content = Path(found.path).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == found.digest and raw.put_bytes(content)[0] == found.digest


@contextmanager
def standing(found: Registration, field: str) -> Iterator[None]:
    """A complaint about a field of a registration is told with the place at which that field stands in its file."""
    try:
        yield
    except StopError as error:
        raise placed(found, error, error.place.field or field) from error
