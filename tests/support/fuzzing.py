"""Mutates good packages with an eye for their structure; `python -m tests.support.fuzzing SECONDS [SEED]` goes on for long.

Whatever comes of it may be taken or refused, but nothing else may escape.
"""

from __future__ import annotations

import gzip
import random
import sys
import time
from functools import lru_cache

import zstandard

from tests.support.corpus import Hostile, between, document
from tests.support.corpus_archives import aes_zip
from tests.support.corpus_seals import sealed, signed_only
from tests.support.dialects import message, messages
from tests.support.forge import Part, member_of_tar, pax, tar_of, zip_of
from tests.support.hostile_run import Verdict, judge
from tests.support.message import case

PASSWORD = b"secret"
SMALL = {
    "package_bytes": 4 << 20,
    "document_bytes": 4 << 20,
    "total_bytes": 8 << 20,
    "ratio_from": 1 << 20,
    "case_bytes": 1 << 20,
}
TOKENS = (
    b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"?>", b"<!DOCTYPE a>", b"&", b"&#xD800;", b"&#0;", b"=", b"'", b'"',
    b"<Case>", b"</Case>", b"<Body>", b"</Body>", b"<BW LX='0'>", b"</BW>", b"xmlns:a='urn:x'", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"\xc0\x80", b"\r", b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"ustar", b"../",
    b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"GNU.sparse", b"99999999999",
    b"\x30\x80", b"\x24\x80", b"\x04\x84\x7f\xff\xff\xff", b"\x31\x82\xff\xff", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"-----END CMS-----",
)  # fmt: skip


@lru_cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Good packages of every form: the form of the document, and the bytes."""
    good = document()
    odd = between(case("x").replace("<Case>", "<Case><!-- c -->").replace("同意。", "<![CDATA[同意]]>"))
    stages = messages([message("0"), "<!-- c -->", message("9")])
    tar = tar_of(pax(path=b"p.xml"), member_of_tar(b"p", good), member_of_tar(b"a/b.pdf", b"x" * 700))
    parts = [Part(b"p.xml", good), Part("附件.pdf".encode("gbk"), b"x" * 300), Part(b"d/")]
    return (
        ("exchange", good), ("exchange", odd), ("exchange", good.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        ("exchange", good.decode().replace("UTF-8", "GBK").encode("gb18030")), ("exchange", zip_of(parts)),
        ("exchange", zip_of([Part(b"p.zip", zip_of(parts))])), ("exchange", gzip.compress(good)), ("exchange", zstandard.compress(good)),
        ("exchange", gzip.compress(tar)), ("exchange", tar), ("exchange", aes_zip({"p.xml": good})), ("messages", stages),
        ("messages", messages([message("0"), message("9")])), ("messages", zip_of([Part(b"p.xml", stages)])),
        ("sealed", signed_only(good)), ("sealed", signed_only(good, "-stream", "-outform", "PEM")), ("sealed", sealed(good)),
        ("sealed", sealed(good, "-stream", cipher="-aes-256-gcm")), ("sealed", sealed(zip_of(parts), signs=False)),
    )  # fmt: skip


def mutated(rng: random.Random) -> tuple[str, bytes]:
    """One of the seeds after one to six changes."""
    form, data = rng.choice(seeds())
    body = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = _place(rng, body)
        what = rng.randrange(7)
        if what == 0:
            body[at : at + 1] = bytes([rng.randrange(256)])
        elif what == 1:
            body[at : at + 1] = bytes([body[at] ^ 1 << rng.randrange(8)]) if at < len(body) else b""
        elif what == 2:
            del body[at : at + rng.choice((1, 2, 4, 30, 400))]
        elif what == 3:
            body[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 3, 200))
        elif what == 4:
            token = rng.choice(TOKENS)
            body[at : at + len(token)] = token
        elif what == 5:
            start = _place(rng, body)
            body[at:at] = body[start : start + rng.choice((4, 46, 300))] * rng.choice((1, 2, 9))
        else:
            del body[max(at, 1) :]
    return form, bytes(body)


def _place(rng: random.Random, body: bytearray) -> int:
    """Anywhere; as often near the beginning or the end, where archives keep what they say of themselves."""
    size = len(body)
    near = rng.randrange(min(size, 700) + 1)
    return rng.choice((near, max(size - near, 0), rng.randrange(size + 1)))


def tried(seed: int) -> Verdict:
    """One mutation, taken as a package. Raises whatever escapes."""
    form, data = mutated(random.Random(seed))
    hostile = Hostile(f"fuzz {seed}", lambda rng: data, "", form=form, limits=SMALL)
    verdict = judge(hostile, password=PASSWORD)
    assert verdict.left == [], (seed, verdict.left)
    return verdict


def main(seconds: float, seed: int) -> None:
    """Try one seed after the other; tells how many were taken and refused, and which code how often."""
    until, counts, slowest = time.monotonic() + seconds, dict[str, int](), (0.0, 0)
    first = seed
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            verdict = tried(seed)
        except Exception:
            print(f"seed {seed}")
            raise
        slowest = max(slowest, (time.monotonic() - begun, seed))
        code = verdict.refused.code if verdict.refused else "taken"
        counts[code] = counts.get(code, 0) + 1
        seed += 1
    print(f"{seed - first} packages from seed {first}; slowest {slowest[0]:.2f} s (seed {slowest[1]})")
    print(", ".join(f"{code} {count}" for code, count in sorted(counts.items(), key=lambda each: -each[1])))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
