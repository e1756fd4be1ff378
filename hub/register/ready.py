"""How a file in an exchange folder is known to be complete: the same words for every connector that takes files."""

from __future__ import annotations

from hub.register.options import Option

SUFFIX = r"\.[A-Za-z0-9_-]{1,20}"

READY = (
    Option("marker", "标志文件的后缀:x.xml.ok 在 x.xml 旁", "suffix of the marker: x.xml.ok beside x.xml", pattern=SUFFIX),
    Option("rename", "写入时所用的后缀,写完改名", "suffix while it is written; renamed when done", pattern=SUFFIX),
    Option("stable_for", "大小和时间多久不变才算写完", "how long size and time must not change", "duration"),
)  # fmt: skip

FOLDERS = (
    Option("inbox", "报文所在目录", "folder that packages arrive in", required=True, example="/data/land/out"),
    Option("receipts", "回执目录", "folder for receipts", default="inbox 旁的 receipts · beside inbox"),
    Option("refused", "被拒报文退回的目录", "folder for refused packages", default="inbox 旁的 refused · beside inbox"),
    Option("answers", "部门放答复的目录(登记写有 cards 时)", "folder for the department's answers (where the registration has `cards`)",
           default="inbox 旁的 answers · beside inbox"),
    Option("ready", "怎样知道文件已写完", "how a file is known to be complete", "mapping", inner=READY, one=True,
           default="{stable_for: 60s}", example="{marker: .ok}"),
)  # fmt: skip
"""The three folders and the way of being ready, of `directory` and of its kin on other machines."""
