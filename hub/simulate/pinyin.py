"""A life as the stage messages (申办 … 领取登记) of the pinyin message set, each with the time at which it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.simulate.days import day_of
from hub.simulate.elements import handler, material_name
from hub.simulate.life import Life, Limit, Special, Step
from hub.simulate.national import action, opinion, step_name
from hub.simulate.piece import Piece, Value
from hub.simulate.words import KINDS, MISSING
from hub.simulate.xml import written

APPLY, PREACCEPT, ACCEPT, STEP, COMPLETE, SPECIAL, ENDED, NOTICE, RECEIPT, DELIVER = map(str, range(10))
MESSAGES = {
    APPLY: "apply", PREACCEPT: "preaccept", ACCEPT: "accept", STEP: "step", COMPLETE: "complete", SPECIAL: "special",
    ENDED: "special-result", NOTICE: "notice", RECEIPT: "notice-receipt", DELIVER: "deliver",
}  # fmt: skip
"""Message number → kind of piece."""
UNITS: Mapping[str, str] = {"W": "G", "D": "Z"}
"""Units of limits that the messages know: working days and natural days."""
RESULTS = "0123456"
"""Results that the messages know; a refusal is told as a return."""
DOCUMENTS: Mapping[str, str] = {"111": "1", "001": "5", "002": "6"}
"""Identity document → its code in the messages."""
_LAG = 900
_PREACCEPTED = 6  # of so many cases one passes a pre-acceptance


def serial_number(life: Life) -> str:
    """The 29 digits of SBLSH: region, year, and the case's running number."""
    region, year, number = life.case_no.split("-")
    return f"{region}{year}{int(number):019d}"


def known_limit(limit: Limit | None) -> Limit | None:
    """A limit as far as the messages can say it; None where their units do not reach."""
    if limit is None or limit.amount is None or (limit.unit or "W") not in UNITS:
        return None
    return limit


def messages(life: Life, number: int) -> Iterator[Piece]:
    """All messages of a case, in the order of its life. A case that waits for materials is not accepted yet."""
    writer = _Writer(life, number)
    yield writer.apply()
    if life.salt % _PREACCEPTED == 0 and life.handled is not None:
        yield writer.preaccept(min(life.applied + 1200, life.handled))
    if life.handled is not None and life.status in ("1", "2"):
        yield writer.accept(life.handled)
    for step in life.steps:
        if step.kind != "1" and step.ended is not None:
            yield writer.step(step, step.ended)
    for seq, time in life.notices:
        yield writer.notice(seq, time)
    for seq in sorted({seq for seq, _ in life.receipts}):
        yield writer.receipt(seq, min(time for notice, time in life.receipts if notice == seq))
    for special in life.specials:
        yield writer.special(special)
    for seq in sorted({seq for seq, _ in life.results}):
        yield writer.ended(seq, min(time for special, time in life.results if special == seq))
    if life.completed is not None:
        yield writer.complete(life.completed)
    if life.delivered is not None:
        yield writer.deliver(life.delivered)


class _Writer:
    """Writes the messages of one life; holds what all of them need."""

    def __init__(self, life: Life, number: int) -> None:
        self.life = life
        self.number = number
        self.case_no = serial_number(life)

    def time(self, time: int) -> str:
        """YYYY-MM-DD HH:MM:SS, or the day alone where the department keeps days."""
        return written(time, "day" if self.life.times == "day" else "bare").replace("T", " ")

    def message(
        self, name: str, key: str, time: int, fields: dict[str, Value], facts: Mapping[str, object]
    ) -> Piece:
        """A message with what all messages have in common."""
        common: dict[str, Value] = {"SBLSH": self.case_no, "SXBM": self.item_code()}
        fields = {**common, **fields, "SJBBH": "1"}
        kind, sent = MESSAGES[name], time + _LAG
        return Piece(
            self.case_no, self.number, name, kind, key, 1, sent, fields, dict(facts), root=name == APPLY
        )

    def item_code(self) -> str:
        item = self.life.item
        catalog = f"43{int(item.item_type):02d}{self.life.item_index + 1:05d}001"
        return f"{self.life.organization.uscc}3{catalog}"

    def apply(self) -> Piece:
        life, who = self.life, self.life.applicant
        materials = [material_name(life, n) for n in range(1, life.materials + 1)]
        fields: dict[str, Value] = {
            "XZQHDM": life.region or life.organization.region,
            "SXMC": life.item.name,
            "SQRLX": who.kind,
            "SQRMC": who.name,
            "SQRZJLX": DOCUMENTS[who.id_type],
            "SQRZJHM": who.id_no,
            "LXRXM": who.contact,
            "LXRSJ": who.mobile,
            "SBXMMC": life.subject,
            "SBCLQD": "、".join(materials),
            "TJFS": life.channel,
            "SBHZH": f"SB{life.case_no[-7:]}",
            "SBSJ": self.time(life.applied),
        }
        return self.message(APPLY, "", life.applied, fields, {})

    def preaccept(self, time: int) -> Piece:
        name, number = handler(self.life.salt % 7)
        fields: dict[str, Value] = {
            "YSLBMMC": self.life.organization.name,
            "YSLBMZZJGDM": self.life.organization.uscc[8:17],
            "BLRXM": name,
            "BLRGH": number,
            "YSLZTDM": "1",
            "YSLSJ": self.time(time),
            "YSLJTDD": "政务服务中心",
        }
        return self.message(PREACCEPT, "", time, fields, {"examined": time})

    def accept(self, handled: int) -> Piece:
        life = self.life
        name, number = handler(life.salt % 7)
        limit = known_limit(life.stated or _of_item(life)[1])
        fields: dict[str, Value] = {
            "SLBMMC": life.organization.name,
            "SLBMZZJDDM": life.organization.uscc[8:17],
            "BLRXM": name,
            "BLRGH": number,
            "SLZTDM": life.status,
            "SLHZH": f"受理〔{life.case_no[7:11]}〕{life.case_no[-7:]}号",
            "SLSJ": self.time(handled),
        }
        facts: dict[str, object] = {"status": life.status, "handled": handled, "times": self.style()}
        if limit is not None and limit.amount is not None:
            fields |= {"GDBLSX": str(limit.amount), "GDBLSXDDW": UNITS[limit.unit or "W"]}
        if life.status == "2" and life.explained:
            fields["BSLYY"] = "申请事项不属于本机关职权范围"
        return self.message(ACCEPT, "", handled, fields, facts)

    def style(self) -> str:
        return "day" if self.life.times == "day" else "offset"

    def step(self, step: Step, ended: int) -> Piece:
        name, _ = handler(step.handler)
        last = step.kind == "3"
        fields: dict[str, Value] = {
            "YWLSH": f"{self.case_no}{step.seq:03d}",
            "SPHJDM": "3" if last else "2" if step_name(self.life, step) == "复核" else "1",
            "SPHJMC": step_name(self.life, step),
            "SPBMMC": "业务科",
            "SPRXM": name,
            "SPYJ": opinion(self.life, step),
            "SPSJ": self.time(ended),
            "SPHJZTDM": action(self.life, step),
        }
        return self.message(STEP, str(fields["YWLSH"]), ended, fields, {"step": step})

    def notice(self, seq: int, time: int) -> Piece:
        missing = MISSING[(self.life.salt + seq) % len(MISSING)]
        fields: dict[str, Value] = {
            "YWLSH": f"{self.case_no}{700 + seq}",
            "BZGZFCRXM": handler(self.life.salt % 7)[0],
            "BZGZYY": f"缺{missing}",
            "BZCLQD": missing,
            "BZGZSJ": self.time(time),
        }
        return self.message(NOTICE, str(fields["YWLSH"]), time, fields, {"notice": (seq, time)})

    def receipt(self, seq: int, time: int) -> Piece:
        """The receipt bears the number of its notice."""
        fields: dict[str, Value] = {
            "YWLSH": f"{self.case_no}{700 + seq}",
            "BZSLBLRXM": handler(self.life.salt % 7)[0],
            "BZSJ": self.time(time),
        }
        key = str(fields["YWLSH"])
        found = self.message(RECEIPT, key, time, fields, {"receipt": (seq, time)})
        found.needs = (MESSAGES[NOTICE], key)
        return found

    def special(self, special: Special) -> Piece:
        article = "四十二" if special.kind == "1" else "四十五"
        limit = known_limit(special.limit)
        fields: dict[str, Value] = {
            "XH": str(special.seq),
            "TBCXZL": "A" if special.kind == "1" else "B",
            "TBCXZLMC": KINDS[special.kind],
            "TBCXKSRQ": self.date(special.started),
            "TBCXPZR": handler(7)[0] if special.approved else None,
            "TBCXQDLY": f"《行政许可法》第{article}条" if special.approved else None,
        }
        if limit is not None:
            fields |= {"TBCXSX": str(limit.amount), "TBCXSXDW": UNITS[limit.unit or "W"]}
        kind = "1" if special.kind == "1" else "10"
        known = Special(special.seq, kind, special.started, limit or Limit(None, None), special.approved)
        return self.message(SPECIAL, str(special.seq), special.started, fields, {"special": known})

    def ended(self, seq: int, time: int) -> Piece:
        fields: dict[str, Value] = {"XH": str(seq), "TBCXJG": "已完成", "TBCXJSRQ": self.date(time)}
        found = self.message(ENDED, str(seq), time, fields, {"result": (seq, time)})
        found.needs = (MESSAGES[SPECIAL], str(seq))
        return found

    def date(self, time: int) -> str:
        """A day alone, but to the second where hours are counted."""
        hours = any(limit is not None and limit.unit == "H" for limit in _of_item(self.life))
        return self.time(time) if hours else written(day_of(time) * 86_400, "day")

    def complete(self, completed: int) -> Piece:
        life = self.life
        result = life.result if life.result in RESULTS else "1"
        fields: dict[str, Value] = {
            "BJBMMC": "局领导",
            "BJJGDM": result,
            "BJJGMS": "准予许可" if life.result == "0" else "不予许可" if life.result == "7" else "办结",
            "BJSJ": self.time(completed),
        }
        if life.result not in ("0", "6") and life.explained:
            fields["ZFHTHYY"] = "申请人撤回申请" if life.result == "2" else "不符合法定条件"
        if life.result == "0" and life.item.certificate and life.certified:
            fields["ZJGZMC"] = life.item.certificate
            fields["ZJBH"] = f"第{life.case_no.replace('-', '')}号"
        if life.fee is not None:
            fields |= _amount(life.fee)
        return self.message(
            COMPLETE, "", completed, fields, {"completed": completed, "fee": life.fee, "finished_as": result}
        )

    def deliver(self, delivered: int) -> Piece:
        fields: dict[str, Value] = {
            "LQRXM": self.life.applicant.contact,
            "LQRZJLX": DOCUMENTS["111"],
            "LQRSFZJHM": self.life.applicant.contact_id,
            "LQFS": "2" if self.life.salt % 3 == 0 else "1",
            "LQSJ": self.time(delivered),
        }
        return self.message(DELIVER, "", delivered, fields, {"delivered": delivered})


def _of_item(life: Life) -> tuple[Limit | None, Limit | None]:
    item = life.item
    return (
        Limit(*item.statutory) if item.statutory else None,
        Limit(*item.promised) if item.promised else None,
    )


def _amount(fen: int) -> dict[str, Value]:
    """Large sums in units of ten thousand yuan, as such systems do."""
    if fen >= 50_000:
        return {"SFJE": f"{fen // 1_000_000}.{fen % 1_000_000:06d}".rstrip("0"), "JEDWDM": "2"}
    return {"SFJE": f"{fen // 100}.{fen % 100:02d}", "JEDWDM": "1"}
