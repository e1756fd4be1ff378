"""The catalogue as it is shown and compared: whole versions, what differs, personal data masked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from hub.catalogue.columns import KINDS
from hub.catalogue.documents import difference, document, key_of, listed, two_versions
from hub.central.engine import reading
from hub.errors import StopError
from tests.support.catalogue import CODE, USCC, WHOLE, bring

ITEM, STAFF = KINDS["item"], KINDS["staff"]


@pytest.fixture
def filled(engine: Engine, tmp_path: Path) -> Engine:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    changed = WHOLE.replace("promised_limit: 12", "promised_limit: 10").replace(
        "when: 材料不全", "when: 不全"
    )
    bring(engine, tmp_path, {"whole.yaml": changed.replace("{name: 批准文件, is_required: 否}", "{name: 身份证}")}, date(2026, 6, 1))  # fmt: skip
    return engine


def shown(engine: Engine, key: str, kind: str = "item", version: int | None = None) -> dict[str, Any]:
    with reading(engine) as connection:
        return document(connection, KINDS[kind], key_of(KINDS[kind], key), version)


def test_what_is_shown_is_what_came_in(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"whole.yaml": WHOLE})
    found = shown(engine, CODE)
    [versions] = found["versions"]
    assert (versions["version"], versions["by"], versions["valid_from"]) == (1, "测试", None)
    back = {name: value for name, value in found.items() if name not in {"versions", "version"}}
    again = bring(
        engine, tmp_path, {"again.yaml": yaml.safe_dump({"items": [_texts(back)]}, allow_unicode=True)}
    )
    assert again.change is None


def _texts(value: Any) -> Any:
    """A document as a person would write it into a file: flags as 是/否, everything else as text."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if isinstance(value, bool):
        return "是" if value else "否"
    return None if value is None else str(value)


def test_two_versions_are_compared_field_by_field(filled: Engine) -> None:
    with reading(filled) as connection:
        before, after = two_versions(connection, ITEM, (CODE,), None, None)
    found = {each["where"]: (each["before"], each["after"]) for each in difference(before, after)}
    assert found.pop("valid_from") == (None, "2026-06-01")
    assert found.pop("promised_limit") == (12, 10)
    assert found.pop("materials[批准文件]")[1] is None
    assert found.pop("materials[身份证]")[0] is None
    assert found.pop("steps[SL].next") == (
        ["SC", {"to": "BZ", "when": "材料不全"}],
        ["SC", {"to": "BZ", "when": "不全"}],
    )
    assert found == {}


def test_an_older_version_stays_to_be_shown(filled: Engine) -> None:
    assert shown(filled, CODE)["promised_limit"] == 10
    assert shown(filled, CODE, version=1)["promised_limit"] == 12


def test_the_mobile_of_a_person_is_masked(filled: Engine) -> None:
    assert shown(filled, f"{USCC}/0731001", "staff")["mobile"] == "138******00"
    with reading(filled) as connection:
        assert {row.get("mobile") for row in listed(connection, STAFF)} == {"138******00", None}


def test_a_list_has_the_newest_versions_and_can_be_searched(filled: Engine) -> None:
    with reading(filled) as connection:
        [row] = listed(connection, ITEM, organization=USCC, state="in_force", search="规划许可")
        assert (row["item_code"], row["version"]) == (CODE, 2)
        assert listed(connection, ITEM, search="没有") == []
        assert listed(connection, ITEM, search="%") == []
        assert len(listed(connection, STAFF, organization=USCC)) == 2


@pytest.mark.parametrize(
    ("key", "kind", "version"), [("没有", "item", None), (CODE, "item", 9), (USCC, "staff", None)]
)
def test_what_is_not_there_is_told_with_what_is(
    filled: Engine, key: str, kind: str, version: int | None
) -> None:
    with pytest.raises(StopError) as caught:
        shown(filled, key, kind, version)
    assert caught.value.code == "CATALOGUE_UNKNOWN"
    assert "1、2" in caught.value.message_zh if version else "list" in caught.value.remedy_en
