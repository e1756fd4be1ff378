"""Verifies the log from its records, trusting nobody: shares no code with the writer and needs nothing else of the hub.

Every rule here is read off docs/ledger.md. An auditor may run this one file by itself, with Python and, for the
signatures of checkpoints, the `cryptography` package:  python verify.py EXPORT.jsonl --key checkpoint.pub
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OUTCOMES = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
LINE_LIMIT = 64 * 1024 * 1024  # bytes; no honest record comes near it


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the log is not what was written.

    `chain` and `seq` are null where no entry is concerned; `what` is one of: format, sequence, previous, hash, body,
    package, outcome, root, counts, receipt, head, closed, checkpoint, signature.
    """

    chain: str | None
    seq: int | None
    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified: entries read up to the break or the end, chains, and checkpoints whose signatures were good."""

    ok: bool
    entries: int
    chains: int
    first_break: Break | None
    checkpoints: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Broken(Exception):
    """Ends the walk at the first break."""

    def __init__(self, found: Break) -> None:
        super().__init__(found)
        self.found = found


def verify_file(file: Path, trusted: Iterable[str] = (), kept: Iterable[Mapping[str, Any]] = ()) -> Report:
    """Verify an export. OSError when the file cannot be read; anything wrong with its content is a finding."""
    with file.open("rb") as stream:
        return verify_records(read_lines(stream), trusted, kept)


def verify_records(
    records: Iterable[Mapping[str, Any]],
    trusted: Iterable[str] = (),
    kept: Iterable[Mapping[str, Any]] = (),
) -> Report:
    """Walk over the records of an export. `trusted` are public keys (hex; none given: any key is believed), `kept`
    are checkpoints that had been taken elsewhere."""
    walk = Walk(frozenset(trusted))
    try:
        for record in kept:
            walk.take_checkpoint(record)
        for record in records:
            walk.take(record)
        walk.finish()
    except Broken as broken:
        return Report(False, walk.entries, len(walk.chains), broken.found, len(walk.checkpoints))
    except (RecursionError, UnicodeEncodeError) as error:  # values nested or encoded as no honest writer does
        found = _format("values that the log can hold", str(error)[:200]).found
        return Report(False, walk.entries, len(walk.chains), found, len(walk.checkpoints))
    return Report(True, walk.entries, len(walk.chains), None, len(walk.checkpoints))


def read_lines(stream: Any) -> Iterator[dict[str, Any]]:
    """The records of a binary stream of JSON Lines; raises Broken for what is none."""
    number = 0
    while raw := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(raw) > LINE_LIMIT or not raw.endswith(b"\n"):
            raise Broken(Break(None, None, "format", "a whole line", f"line {number} is cut off or too long"))
        yield _parse(raw, f"line {number}")


@dataclass(slots=True)
class Closing:
    """An entry that ends a package, while its evidence is being read."""

    chain: str
    seq: int
    body: Mapping[str, Any]
    refused: bool
    known: bool = False
    receipt: str | None = None
    last_ordinal: int | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    peaks: list[tuple[int, bytes]] = field(default_factory=list)  # (height, hash) of full Merkle subtrees


@dataclass(slots=True)
class Walk:
    """What has been seen so far."""

    trusted: frozenset[str]
    entries: int = 0
    chains: set[str] = field(default_factory=set)
    begun: bool = False
    ended: bool = False
    lines: int = 0
    chain: str | None = None  # the chain being read; None between chains
    seq: int = 0
    hash: str = "0" * 64
    digests: set[str] = field(default_factory=set)  # of the packages closed or refused in this chain
    closing: Closing | None = None
    heads: dict[str, dict[int, str]] = field(default_factory=dict)  # what checkpoints say: chain → seq → hash
    checkpoints: set[str] = field(default_factory=set)  # SHA-256 of their bodies

    def take(self, record: Mapping[str, Any]) -> None:
        kind = record.get("type")
        if not self.begun or self.ended or kind == "export":
            self._border(kind, record)
        elif kind == "outcome":
            self._outcome(record)
        elif kind == "package":
            self._package(record)
        else:
            self._settle()
            if kind == "entry":
                self._entry(record)
            elif kind == "head":
                self._head(record)
            elif kind == "checkpoint" and not self.chains:
                self.take_checkpoint(record)
            elif kind == "end":
                self._end(record)
            else:
                raise _format("a record in its place", f"type {kind!r}")
        self.lines += 1

    def finish(self) -> None:
        """Everything that should have come has come."""
        if not self.ended:
            raise _format("the end record", f"the export stops after {self.lines} records")
        for chain in sorted(self.heads.keys() - self.chains):
            raise Broken(
                Break(chain, 1, "checkpoint", f"entries up to {max(self.heads[chain])}", "no such chain")
            )

    def take_checkpoint(self, record: Mapping[str, Any]) -> None:
        """Check the signature; remember which entry must have which hash."""
        body, key, signature = _text(record, "body"), _text(record, "public_key"), _text(record, "signature")
        if self.trusted and key not in self.trusted:
            raise Broken(
                Break(None, None, "signature", "a trusted key: " + ", ".join(sorted(self.trusted)), key)
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(bytes.fromhex(signature), b"suphub/checkpoint/1\n" + body.encode())
        except (InvalidSignature, ValueError) as error:
            found = f"{signature[:16]}… ({type(error).__name__})"
            raise Broken(Break(None, None, "signature", f"a signature by {key}", found)) from error
        data = _parse(body.encode(), "checkpoint body")
        if data.get("format") != "suphub-checkpoint/1" or not isinstance(data.get("heads"), dict):
            raise _format("a body of suphub-checkpoint/1", body[:80])
        self.checkpoints.add(hashlib.sha256(body.encode()).hexdigest())
        for chain, head in data["heads"].items():
            if not isinstance(head, dict):
                raise _format("a head as an object", repr(head)[:80])
            seq, digest = _whole(head, "seq"), _text(head, "hash")
            if self.heads.setdefault(chain, {}).setdefault(seq, digest) != digest:
                raise Broken(Break(chain, seq, "checkpoint", self.heads[chain][seq], digest))

    def _border(self, kind: object, record: Mapping[str, Any]) -> None:
        if self.begun or kind != "export":
            raise _format(
                "one export record at the beginning, nothing after the end record", f"type {kind!r}"
            )
        if record.get("format") != "suphub-log/1":
            raise _format("suphub-log/1", repr(record.get("format"))[:80])
        self.begun = True

    def _entry(self, record: Mapping[str, Any]) -> None:
        chain, seq, event = _text(record, "chain"), _whole(record, "seq"), _text(record, "event")
        body, previous, digest = _text(record, "body"), _text(record, "previous"), _text(record, "hash")
        if self.chain is None:
            self._begin(chain)
        if chain != self.chain:
            raise Broken(
                Break(self.chain, self.seq + 1, "head", "the head of the chain", f"an entry of {chain!r}")
            )
        self.entries += 1
        self._same("sequence", self.seq + 1, self.seq + 1, seq)
        self._same("previous", seq, self.hash, previous)
        self._same("hash", seq, _entry_hash(chain, seq, _whole(record, "at"), event, body, previous), digest)
        expected = self.heads.get(chain, {}).get(seq, digest)
        self._same("checkpoint", seq, expected, digest)
        self.seq, self.hash = seq, digest
        if event in {"package.closed", "package.refused"}:
            self.closing = Closing(chain, seq, self._body(body), refused=event == "package.refused")
        elif event == "checkpoint.made" and (made := self._body(body).get("digest")) not in self.checkpoints:
            raise Broken(Break(chain, seq, "checkpoint", f"the checkpoint {made}", "it is missing"))

    def _begin(self, chain: str) -> None:
        if chain in self.chains:
            raise Broken(Break(chain, None, "sequence", "each chain once and in one piece", "it comes again"))
        self.chains.add(chain)
        self.chain, self.seq, self.hash, self.digests = chain, 0, "0" * 64, set()

    def _head(self, record: Mapping[str, Any]) -> None:
        chain = _text(record, "chain")
        if self.chain is None:
            self._begin(chain)
        if chain != self.chain:
            raise Broken(
                Break(self.chain, self.seq + 1, "head", "the head of the chain", f"that of {chain!r}")
            )
        seq: Any = record.get("seq")
        if (seq, record.get("hash")) != (self.seq, self.hash):
            apart = type(seq) is int and seq != self.seq
            first = min(self.seq, seq) + 1 if apart else self.seq  # where head and entries begin to differ
            expected = f"{seq} {record.get('hash')}"
            raise Broken(Break(chain, first or None, "head", expected, f"{self.seq} {self.hash}"))
        beyond = max(self.heads.get(chain, {}), default=0)
        if beyond > self.seq:
            raise Broken(
                Break(chain, self.seq + 1, "checkpoint", f"entries up to {beyond}", f"up to {self.seq}")
            )
        closed = _whole(record, "closed")
        if closed > len(self.digests):
            expected = f"an entry for each of {closed} finished packages"
            raise Broken(Break(chain, None, "closed", expected, f"{len(self.digests)}"))
        self.chain = None

    def _end(self, record: Mapping[str, Any]) -> None:
        if self.chain is not None:
            raise Broken(Break(self.chain, self.seq + 1, "head", "the head of the chain", "the end"))
        if record.get("lines") != self.lines:
            raise _format(f"{record.get('lines')!r} records", f"{self.lines}")
        self.ended = True

    def _package(self, record: Mapping[str, Any]) -> None:
        closing = self.closing
        if closing is None or closing.known:
            raise _format("a package after the entry that ends it", repr(record.get("digest"))[:80])
        self._same("package", closing.seq, str(closing.body.get("digest")), _text(record, "digest"))
        closing.known = True
        closing.receipt = None if record.get("receipt") is None else _text(record, "receipt")

    def _outcome(self, record: Mapping[str, Any]) -> None:
        closing = self.closing
        if closing is None or not closing.known or closing.refused:
            raise _format("an outcome after its closed package", repr(record.get("ordinal"))[:80])
        ordinal, outcome = _whole(record, "ordinal"), _text(record, "outcome")
        if closing.last_ordinal is not None and ordinal <= closing.last_ordinal:
            raise Broken(Break(closing.chain, closing.seq, "outcome", "rising ordinals", str(ordinal)))
        if outcome not in closing.counts:
            raise Broken(Break(closing.chain, closing.seq, "outcome", " ".join(OUTCOMES), outcome))
        closing.last_ordinal = ordinal
        closing.counts[outcome] += 1
        case_no = None if record.get("case_no") is None else _text(record, "case_no")
        version = None if record.get("version") is None else _whole(record, "version")
        digest = str(closing.body.get("digest"))
        data = _fields(digest, ordinal, case_no, outcome, _text(record, "codes"), version)
        _add_leaf(closing.peaks, b"suphub/outcome/1\n" + data)

    def _settle(self) -> None:
        """The evidence of a package is complete: does it bear out what the entry says?"""
        closing, self.closing = self.closing, None
        if closing is None:
            return
        body = closing.body
        if not closing.known:
            raise Broken(
                Break(
                    closing.chain,
                    closing.seq,
                    "package",
                    f"the package {body.get('digest')}",
                    "it is missing",
                )
            )
        if not closing.refused:
            counts = {"received": sum(closing.counts.values()), **closing.counts}
            self._same("counts", closing.seq, _sorted_json(body.get("counts")), _sorted_json(counts))
            self._same("root", closing.seq, str(body.get("root")), _tree_head(closing.peaks))
        self._same("receipt", closing.seq, str(body.get("receipt")), str(closing.receipt))
        self.digests.add(str(body.get("digest")))

    def _body(self, text: str) -> dict[str, Any]:
        try:
            return _parse(text.encode(), "body")
        except Broken as broken:
            raise Broken(Break(self.chain, self.seq, "body", "a JSON object", text[:80])) from broken

    def _same(self, what: str, seq: int, expected: object, found: object) -> None:
        if expected != found:
            raise Broken(Break(self.chain, seq, what, str(expected), str(found)))


def _fields(*values: str | int | None) -> bytes:
    """docs/ledger.md, Fields: `<length in bytes>:<UTF-8>` and a line feed; `-` and a line feed for null."""
    encoded = b""
    for value in values:
        if value is None:
            encoded += b"-\n"
        else:
            content = f"{value}".encode()
            encoded += f"{len(content)}:".encode() + content + b"\n"
    return encoded


def _entry_hash(chain: str, seq: int, at: int, event: str, body: str, previous: str) -> str:
    return hashlib.sha256(b"suphub/log/1\n" + _fields(chain, seq, at, event, body, previous)).hexdigest()


def _add_leaf(peaks: list[tuple[int, bytes]], data: bytes) -> None:
    """Append a leaf; two subtrees of one height become one (RFC 6962, 2.1)."""
    height, digest = 0, hashlib.sha256(b"\0" + data).digest()
    while peaks and peaks[-1][0] == height:
        digest = hashlib.sha256(b"\1" + peaks.pop()[1] + digest).digest()
        height += 1
    peaks.append((height, digest))


def _tree_head(peaks: list[tuple[int, bytes]]) -> str:
    if not peaks:
        return hashlib.sha256().hexdigest()
    *rest, (_, digest) = peaks
    for _, left in reversed(rest):
        digest = hashlib.sha256(b"\1" + left + digest).digest()
    return digest.hex()


def _parse(raw: bytes, where: str) -> dict[str, Any]:
    """A JSON object without doubled keys; everything else is a break of the format."""
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise _format("a JSON object in UTF-8", f"{where}: {str(error)[:200]}") from error
    if not isinstance(data, dict):
        raise _format("a JSON object", f"{where}: {type(data).__name__}")
    return data


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key comes twice")
    return data


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    try:
        if isinstance(value, str) and value.encode("utf-8") is not None:
            return value
    except UnicodeEncodeError as error:
        raise _format(f"{key}: text", "half a surrogate pair") from error
    raise _format(f"{key}: text", repr(value)[:80])


def _whole(record: Mapping[str, Any], key: str) -> int:
    value = record.get(key)
    if type(value) is not int:
        raise _format(f"{key}: a whole number", repr(value)[:80])
    return value


def _sorted_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _format(expected: str, found: str) -> Broken:
    return Broken(Break(None, None, "format", expected, found))


def main(arguments: list[str]) -> int:
    """Without the hub: print the report on the export named; 0 when all is well, 1 at a break, 3 when it cannot look."""
    parser = argparse.ArgumentParser(
        description="校验导出的日志 · verify an exported log: 0 whole, 1 broken, 3 unreadable"
    )
    parser.add_argument("export", type=Path, help="suphub log export 所写 · written by `suphub log export`")
    parser.add_argument(
        "--key", type=Path, action="append", default=[], help="另行取得的公钥 · a public key (.pub), got by another way; repeatable"
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint", type=Path, action="append", default=[], help="异地保管的检查点 · a checkpoint kept elsewhere; repeatable"
    )  # fmt: skip
    given = parser.parse_args(arguments)
    try:
        kept = [json.loads(file.read_text(encoding="utf-8")) for file in given.checkpoint]
        trusted = [file.read_text(encoding="ascii").strip().lower() for file in given.key]
        report = verify_file(given.export, trusted, kept)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"文件不能读 · a file cannot be read: {error}\n")
        return 3
    sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n")
    if not given.key:
        sys.stderr.write(
            "未给 --key:检查点的公钥未经核实 · without --key whose key signed the checkpoints is not proven\n"
        )
    elif report.ok and not report.checkpoints:
        sys.stderr.write(
            "没有检查点,公钥无从证明什么:用 --checkpoint 给出 · no checkpoint, so the key proves nothing: give one with --checkpoint\n"
        )
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
