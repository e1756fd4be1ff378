"""What can be wrong between the rows of an import, or between them and the catalogue, in words."""

from __future__ import annotations

from hub.catalogue.columns import Kind
from hub.catalogue.faults import CellError, Where
from hub.catalogue.staging import key_text


def no_item(code: str) -> CellError:
    return CellError(
        "ITEM_MISSING",
        f"事项 {code} 既不在事项库中，也不在这次导入的文件中",
        f"the item {code} is neither in the catalogue nor in the files of this import",
        "一起导入事项文件，或先导入事项",
        "Import the file of items with it, or before it",
    )


def no_version(code: str, version: int | None) -> CellError:
    return CellError(
        "VERSION_MISSING",
        f"这次导入中没有事项 {code} 的第 {version} 版",
        f"this import has no version {version} of the item {code}",
        "版本号与事项文件一致，或留空",
        "Write the version as in the file of items, or leave it blank",
    )


def conflict(kind: Kind, key: tuple[str, ...], version: int) -> CellError:
    return CellError(
        "VERSION_CONFLICT",
        f"{kind.zh} {key_text(key)} 的第 {version} 版已有不同的内容，已有的版本不会改变",
        f"{key_text(key)} already has a version {version} with other content; a version never changes",
        "提高版本号；或把版本号留空，由枢纽编号",
        "Raise the version, or leave it blank and let the hub count",
    )


def same_key(key: tuple[str, ...], first: Where) -> CellError:
    return CellError(
        "TWICE",
        f"{key_text(key)} 在 {first.file} 第 {first.row} 行已写过",
        f"{key_text(key)} stands in {first.file}, row {first.row}, already",
        "删去其中一行，或写明不同的版本号",
        "Remove one of the rows, or give them different versions",
    )


def twice(column: str, value: str) -> CellError:
    return CellError(
        "TWICE",
        f"{column} {value} 在同一事项中出现两次",
        f"{column} {value} stands twice in one item",
        "编码在一个事项内必须唯一",
        "A code must be unique within an item",
    )
