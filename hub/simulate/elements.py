"""Puts a life into the 14 elements of the message, in the order of the contract."""

from __future__ import annotations

from collections.abc import Mapping

from hub.simulate.days import at, day_of
from hub.simulate.life import Life, Limit, Special, Step
from hub.simulate.numbers import uscc_of
from hub.simulate.words import FEE_BASIS, GIVEN, KINDS, MATERIALS, MISSING, SURNAMES
from hub.simulate.xml import Node, written

Codes = Mapping[str, Mapping[str, str]]

STEPS = ("受理", "初审", "审查", "现场核查", "复核", "决定")
REQUIRED = 2
"""So many materials, the first ones, are required of every item."""


def elements(life: Life, codes: Codes, style: str | None = None) -> list[Node]:
    """The elements that the case has reached. `style` writes the same times in another notation."""
    when = _Writer(life, codes, style or life.times)
    nodes: list[Node] = [
        ("Organization", when.organization()),
        ("ServiceItem", when.item()),
        ("Applicant", when.applicant()),
        ("Application", when.application()),
    ]
    if life.handled is not None:
        nodes.append(("Acceptance", when.acceptance(life.handled)))
    if life.materials:
        nodes.append(("Materials", [("Material", when.material(n)) for n in range(1, life.materials + 1)]))
    if life.steps:
        nodes.append(("Process", [("Step", when.step(step)) for step in life.steps]))
    nodes += [("CorrectionNotice", when.notice(*pair)) for pair in life.notices]
    nodes += [("CorrectionReceipt", when.receipt(*pair)) for pair in life.receipts]
    nodes += [("SpecialProcedure", when.special(special)) for special in life.specials]
    nodes += [("SpecialProcedureResult", when.outcome(*pair)) for pair in life.results]
    if life.fee is not None:
        nodes.append(("Fees", [("Fee", when.fee(life.fee))]))
    if life.completed is not None:
        nodes.append(("Completion", when.completion(life.completed)))
    if life.delivered is not None:
        nodes.append(("Delivery", when.delivery(life.delivered)))
    nodes += [("Evaluation", when.evaluation(n, *pair)) for n, pair in enumerate(life.evaluations, 1)]
    return nodes


def material_name(life: Life, number: int) -> str:
    """The name of a case's material, from 1 on: first those that every item requires, then others."""
    if number <= REQUIRED:
        return MATERIALS[number - 1]
    return MATERIALS[REQUIRED + (life.salt + number) % (len(MATERIALS) - REQUIRED)]


def handler(number: int) -> tuple[str, str]:
    """Name and number of one of the department's people."""
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number * 7 % len(GIVEN)], f"0731{number:03d}"


class _Writer:
    """Writes the elements of one life; holds what all of them need."""

    def __init__(self, life: Life, codes: Codes, style: str) -> None:
        self.life = life
        self.codes = codes
        self.style = style

    def time(self, time: int) -> str:
        return written(time, self.style)

    def exact(self, time: int) -> str:
        """Times of the application are known to the second even where the process has days only."""
        return written(time, "offset" if self.style == "day" else self.style)

    def code(self, code_list: str, value: str) -> str:
        table = self.codes.get(code_list)
        return value if table is None else table[value]

    def organization(self) -> list[Node]:
        life, own = self.life, self.life.organization
        return [
            ("Uscc", own.uscc[8:17] if life.by_code9 else own.uscc),
            ("Name", own.name),
            ("RegionCode", life.region or own.region),
            ("ParentUscc", own.parent),
            ("Level", "3"),
        ]

    def item(self) -> list[Node]:
        life, item = self.life, self.life.item
        catalog = f"43{int(item.item_type):02d}{life.item_index + 1:05d}001"
        nodes: list[Node] = [
            ("ItemCode", f"{life.organization.uscc}3{catalog}"),
            ("CatalogCode", catalog),
            ("Name", item.name),
            ("Version", str(life.version)),
            ("ItemType", item.item_type),
            ("CaseType", self.code("CASE_TYPE", life.case_type)),
        ]
        nodes += self.limit("StatutoryLimit", life.statutory) + self.limit(
            "PromisedLimit", life.stated or life.promised
        )
        nodes.append(("IsCharged", "true" if item.charged else "false"))
        return nodes + ([("ParallelProjectNo", life.parallel)] if life.parallel else [])

    def limit(self, name: str, limit: Limit | None) -> list[Node]:
        if limit is None:
            return []
        nodes: list[Node] = [] if limit.amount is None else [(name, str(limit.amount))]
        unit = limit.unit
        return nodes + ([] if unit is None else [(f"{name}Unit", self.code("LIMIT_UNIT", unit))])

    def applicant(self) -> list[Node]:
        who = self.life.applicant
        nodes: list[Node] = [
            ("Type", who.kind),
            ("Name", who.name),
            ("IdType", who.id_type),
            ("IdNo", who.id_no),
        ]
        if who.legal:
            nodes.append(("LegalRepresentative", who.legal))
        return [
            *nodes,
            ("ContactName", who.contact),
            ("ContactIdType", "111"),
            ("ContactIdNo", who.contact_id),
            ("Mobile", who.mobile),
            ("Address", who.address),
        ]

    def application(self) -> list[Node]:
        life = self.life
        return [
            ("AppliedAt", self.exact(life.applied)),
            ("Channel", life.channel),
            ("Subject", life.subject),
            ("ReceiptNo", f"SB{life.case_no[-7:]}"),
            ("EnteredAt", self.exact(life.applied + life.entered)),
            ("WrittenAt", self.exact(life.applied + life.written)),
        ]

    def acceptance(self, handled: int) -> list[Node]:
        life = self.life
        name, number = handler(life.salt % 7)
        nodes: list[Node] = [
            ("Status", self.code("ACCEPT_STATUS", life.status or "1")),
            ("HandledAt", self.time(handled)),
            ("HandlerName", name),
            ("HandlerNo", number),
            ("Department", "政务服务窗口"),
            ("DocumentNo", f"受理〔{life.case_no[7:11]}〕{life.case_no[-7:]}号"),
        ]
        if life.promised_at is not None:
            nodes.append(("PromisedAt", self.time(life.promised_at)))
        if life.status != "1" and life.explained:
            nodes.append(
                ("Reason", "申请事项不属于本机关职权范围" if life.status == "2" else "材料不齐,需补正")
            )
        return nodes

    def material(self, number: int) -> list[Node]:
        name = material_name(self.life, number)
        return [
            ("Seq", str(number)),
            ("Name", name),
            ("IsRequired", "true" if number < 3 else "false"),
            ("IsReceived", "false" if number in self.life.lacking else "true"),
            ("ReceiveMethod", str(1 + (self.life.salt + number) % 4)),
            ("Quantity", "1"),
        ]

    def step(self, step: Step) -> list[Node]:
        name, number = handler(step.handler)
        last = step.kind == "3"
        nodes: list[Node] = [
            ("Seq", str(step.seq)),
            ("StepCode", f"HJ{step.place + 1:02d}"),
            ("StepName", STEPS[step.place]),
            ("StepType", step.kind),
        ]
        if step.ended is not None:
            refused = last and self.life.result == "7"
            meant = "4" if step.kind == "1" else "0" if refused else "1"
            nodes.append(("Action", step.action or meant))
        nodes += [
            ("Status", "1" if step.ended is None else "2"),
            ("HandlerName", name),
            ("HandlerNo", number),
            ("Department", "政务服务窗口" if step.kind == "1" else "业务科"),
            ("StartedAt", self.time(step.started)),
        ]
        if step.ended is not None:
            nodes.append(("EndedAt", self.time(step.ended)))
        nodes += self.limit("Limit", step.limit)
        if step.ended is not None and step.kind != "1" and not (last and not self.life.decided):
            nodes.append(("Opinion", "同意。" if last else "材料齐全,符合法定条件。"))
        return nodes

    def notice(self, seq: int, time: int) -> list[Node]:
        missing = MISSING[(self.life.salt + seq) % len(MISSING)]
        return [
            ("Seq", str(seq)),
            ("NotifiedAt", self.time(time)),
            ("NotifierName", handler(self.life.salt % 7)[0]),
            ("Reason", f"缺{missing}"),
            ("MaterialList", missing),
        ]

    def receipt(self, seq: int, time: int) -> list[Node]:
        return [
            ("NoticeSeq", str(seq)),
            ("ReceivedAt", self.time(time)),
            ("HandlerName", handler(self.life.salt % 7)[0]),
        ]

    def special(self, special: Special) -> list[Node]:
        nodes: list[Node] = [
            ("Seq", str(special.seq)),
            ("Kind", self.code("SPECIAL_KIND", special.kind)),
            ("KindName", KINDS[special.kind]),
            ("StartedAt", self.time(special.started)),
        ]
        if special.approved:
            article = "四十二" if special.kind == "1" else "四十五"
            nodes += [
                ("Approver", " " if special.blank else handler(7)[0]),
                ("Basis", f"《行政许可法》第{article}条"),
            ]
        return nodes + self.limit("Limit", special.limit)

    def outcome(self, seq: int, time: int) -> list[Node]:
        fees = [("FeeAmount", _yuan(fee)) for number, fee in self.life.special_fees if number == seq]
        return [("ProcedureSeq", str(seq)), ("EndedAt", self.time(time)), ("Result", "已完成"), *fees]

    def fee(self, amount: int) -> list[Node]:
        terms = self.life.terms
        nodes: list[Node] = [("Seq", "1")]
        if terms.code is not None:
            nodes.append(("FeeItemCode", terms.code))
        nodes += [
            ("Name", terms.name),
            ("Basis", FEE_BASIS),
            ("StandardAmount", _yuan(amount if terms.standard is None else terms.standard)),
            ("ChargedAmount", _yuan(amount)),
        ]
        if terms.reduced is not None:
            nodes.append(("IsReduced", "true" if terms.reduced else "false"))
        if terms.basis is not None:
            nodes.append(("ReductionBasis", terms.basis))
        return [*nodes, ("StepSeq", str(terms.step))]

    def completion(self, completed: int) -> list[Node]:
        life = self.life
        name, number = handler(7)
        nodes: list[Node] = [
            ("Result", self.code("COMPLETION_RESULT", life.result)),
            ("CompletedAt", self.time(completed)),
            ("HandlerName", name),
            ("HandlerNo", number),
            ("Department", "局领导"),
            ("Opinion", "准予许可" if life.result == "0" else "不予许可" if life.result == "7" else "办结"),
        ]
        if life.result not in ("0", "6") and life.explained:
            nodes.append(("Explanation", "申请人撤回申请" if life.result == "2" else "不符合法定条件"))
        if life.result == "0" and life.item.certificate and life.certified:
            nodes += [
                ("CertificateName", life.item.certificate),
                ("CertificateNo", f"第{life.case_no.replace('-', '')}号"),
                ("CertificateValidTo", written(at(day_of(completed) + 1095, 0), "day")),
                ("IssuedBy", life.organization.name),
            ]
        return nodes

    def delivery(self, delivered: int) -> list[Node]:
        who = self.life.applicant
        nodes: list[Node] = [
            ("Method", "2" if self.life.salt % 3 == 0 else "1"),
            ("DeliveredAt", self.time(delivered)),
            ("RecipientName", who.contact),
        ]
        return nodes + ([("TrackingNo", f"EMS{self.life.salt:09d}")] if self.life.salt % 3 == 0 else [])

    def evaluation(self, number: int, grade: str, time: int) -> list[Node]:
        return [
            ("Seq", str(number)),
            ("Grade", self.code("SATISFACTION", grade)),
            ("EvaluatedAt", self.time(time)),
            ("Channel", str(1 + self.life.salt % 3)),
        ]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def department_code() -> str:
    """A right credit code of a neighbouring department, for fields that only have to be well formed."""
    return uscc_of("11", "430100", "00612299")
