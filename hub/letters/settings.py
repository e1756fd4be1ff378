"""Settings of letters: who issues them, which go out by themselves, and within how many working days they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from hub import yaml_files
from hub.errors import StopError
from hub.letters.kinds import ACCOUNTABILITY, CORRECTION, INQUIRY, SUPERVISION
from hub.letters.template import place, shipped
from hub.register.options import Option, check
from hub.register.reader import Reader

FILE = "letters"
BY_THEMSELVES = (INQUIRY, ACCOUNTABILITY, SUPERVISION, CORRECTION)
OPTIONS = (
    Option("issuer", "发文机关", "the organisation that issues letters", "mapping", required=True, inner=(
        Option("code", "机关代码,编号按它分开", "its code; numbers are counted by it", required=True, pattern=r"[0-9A-Za-z_-]{1,64}"),
        Option("name", "机关名称,印在文头和落款", "its name, as head and signature", required=True, pattern=r"[^\r\n]{1,100}"),
    )),
    Option("automatic", "自动发出的文书", "letters that go out by themselves", "list", pattern="|".join(BY_THEMSELVES)),
    Option("answer_within", "几个工作日内反馈;0 为即日", "working days for the answer; 0 is the same day", "whole", high=365),
)  # fmt: skip
"""What letters.yaml may say."""


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """`answer_within`: working days after the letter's date, 0 means the same day (即日)."""

    issuer: str
    issuer_name: str
    automatic: tuple[str, ...] = BY_THEMSELVES
    answer_within: int = 0


def load_letter_settings(folder: Path) -> LetterSettings:
    """The settings of `folder`/letters.yaml, else the shipped ones. Raises StopError LETTER_SETTINGS with line and column."""
    path = folder / f"{FILE}.yaml"
    reader = _Reader(path)
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        source = shipped(FILE)
    except OSError as error:
        raise reader.stop(
            None, f"读不到({error.strerror})", f"cannot be read ({error.strerror})", "检查权限", "Check its permissions"
        ) from error  # fmt: skip
    try:
        root = yaml_files.compose(source.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise reader.stop(
            getattr(error, "problem_mark", None), f"不是 UTF-8 的 YAML({error})", f"not YAML in UTF-8 ({error})",
            "检查编码、缩进和冒号", "Check encoding, indentation and colons",
        ) from error  # fmt: skip
    if root is None:
        raise reader.stop(None, "文件为空", "the file is empty", "至少写 issuer", "Write issuer at least")
    check(reader, root, "letters", OPTIONS)
    said = reader.plain(root)
    return LetterSettings(
        said["issuer"]["code"],
        said["issuer"]["name"],
        tuple(said.get("automatic", BY_THEMSELVES)),
        int(said.get("answer_within", 0)),
    )


class _Reader(Reader):
    """Complains of letters.yaml under a code of its own."""

    def stop(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        return StopError(
            "LETTER_SETTINGS",
            zh=f"文书设置有误:{zh}",
            en=f"Settings of letters: {en}",
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
            place=place(self.path, mark),
        )
