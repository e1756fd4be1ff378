"""What a break of the log means, and what to do then, in both languages, for whoever is not at home in docs/ledger.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Both = tuple[str, str]

_SECURE = (
    "保全数据库和导出文件，与备份、检查点和各单位的回执比对；见 docs/auditors.md",
    "Secure the database and exports; compare with backups, checkpoints and receipts (docs/auditors.md)",
)
_AGAIN = (
    "先重新导出或重新取得文件再校验：文件可能只是没有传完；仍然如此，再按断点处理(docs/auditors.md)",
    "Export or fetch the file again first: it may only be incomplete; if it stays so, treat it as a break (docs/auditors.md)",
)
_KEY = (
    "先确认 --key 的文件就是监察机关存档的那一把；换过密钥的，新旧公钥都用 --key 给出；确是他人所签，按断点处理",
    "Make sure first that --key is the one the authority keeps; after a change of keys give the old and the new one, each with --key; if somebody else signed, treat it as a break",
)
MEANINGS: Mapping[str, Both] = {
    "sequence": ("此处缺一条，或多一条，或换了次序", "an entry is missing here, or put in, or moved"),
    "previous": (
        "此条与前一条接不上：前面有改动",
        "this entry does not follow the one before: something was changed",
    ),
    "hash": ("此条的内容写入后被改", "this entry was changed after it was written"),
    "body": ("此条的内容不是枢纽所写的形式", "the content of this entry is none that the hub writes"),
    "head": (
        "链的末尾被截短或加长，或链头被改",
        "the end of the chain was cut off or added to, or its head was changed",
    ),
    "package": (
        "日志所记的报文包不在了，或是另一个",
        "the package that the entry speaks of is gone, or is another",
    ),
    "outcome": (
        "该包各办件的结论不是办结时的",
        "what became of the package's cases is not what it was when it was closed",
    ),
    "counts": (
        "该包各办件的结论数目与日志不符",
        "the numbers of the package's outcomes are not those of the log",
    ),
    "root": ("该包某一办件的结论被改", "what became of some case of the package was changed"),
    "receipt": ("库中的回执不是当时发出的那一份", "the stored receipt is not the one that was made"),
    "closed": ("库中有办结的报文包，日志没有其条目", "a finished package of which the log knows nothing"),
    "checkpoint": (
        "与签名时的日志不同：被重写、截短或整链删除；或者检查点、文件来自另一枢纽",
        "it is not the log that was signed: written anew, cut off, or a chain dropped; or checkpoint and file are of two hubs",
    ),
    "signature": (
        "检查点被改，或不是用所给公钥对应的私钥签的；另一枢纽的导出文件也会如此",
        "a checkpoint was changed, or was signed by another key than the one given; so is an export of another hub",
    ),
    "format": ("文件不完整，或不是日志的导出文件", "the file is incomplete, or is no export of the log"),
}
"""Word of a break → what it says."""
UNPROVEN = (
    "未给 --key：检查点由谁签名未经核实 · without --key it is not proven whose key signed the checkpoints"
)
UNSIGNED = (
    "日志中没有检查点，公钥无从证明什么：用 --checkpoint 给出异地保管的检查点"
    " · there is no checkpoint, so that the key proves nothing: give one that was kept elsewhere with --checkpoint"
)


def told(found: Mapping[str, Any]) -> list[str]:
    """The lines about a first break."""
    seq = "-" if found["seq"] is None else found["seq"]
    place = "-" if found["chain"] is None else f"{found['chain']}/{seq}"
    zh, en = MEANINGS[found["what"]]
    remedy = {"format": _AGAIN, "signature": _KEY}.get(found["what"], _SECURE)
    return [
        f"  首个断点 · first break   {place}  {found['what']}",
        f"  意思 · meaning          {zh} · {en}",
        f"  应为 · expected         {found['expected']}",
        f"  实为 · found            {found['found']}",
        f"  处理 · remedy: {remedy[0]}",
        f"  {remedy[1]}",
        "  断点之后的内容没有校验 · nothing behind the break was verified",
    ]
