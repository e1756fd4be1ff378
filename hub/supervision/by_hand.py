"""人工发牌: a card that a supervisor issues, about a case, a system or an organisation, with the same snapshot as any other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.exchange import case_head, system
from hub.clock import local_day
from hub.errors import Place, StopError
from hub.plain_text import sayable
from hub.supervision import calendar as working_calendar
from hub.supervision import cards, regions, snapshot
from hub.supervision.cards import Ground, NewCard
from hub.supervision.change import Change, Log, acting, noted, said
from hub.supervision.figures import Figures
from hub.supervision.judge import AsOf
from hub.supervision.regions import Deadlines
from hub.supervision.rules import current_rules

RULE = "H"
"""What stands for the rule of a card that no rule raised."""
LEVELS = (1, 2, 3)
BASIS, PART, NAME = 500, 120, 200
"""Characters of the basis in law; of the words that tell one matter from another; of a name, a step, a person."""
_USCC = re.compile("[0-9A-Z]{18}")
_NOTHING = Figures(None, None, None, None, None, 0)


@dataclass(frozen=True, slots=True)
class About:
    """What a card by hand is about: a case of a system, a system, or (without a system) an organisation."""

    system: str = ""
    case_no: str | None = None
    subject: str = ""  # what of it, where several cards may stand side by side
    organization: str | None = None  # USCC; without it that of the case, or of the system
    organization_name: str | None = None
    step: str | None = None
    handler: str | None = None


def issue(
    connection: Connection,
    about: About,
    *,
    level: int,
    reason: str,
    basis: str,
    by: str,
    role: str = "supervisor",
    at: int,
    log: Log | None,
) -> int:
    """Issue a card; its id. It is 已发 at once, answers are due as for every card.

    Raises StopError CARD_LEVEL, CARD_ABOUT (nothing, or nothing known, that it could be about; a system on trial), CARD_OPEN
    (one about the same is open), CARD_ROLE, CARD_WHO, CARD_TEXT.
    """
    actor = acting(by, role)
    why, law = said(reason, "reason"), noted(said(basis, "basis"), "basis", BASIS) or ""
    about = _written(about)
    if level not in LEVELS:
        raise StopError(
            "CARD_LEVEL",
            zh=f"级别为 1(预警)、2(黄牌)、3(红牌)；得到 {level}",
            en=f"The level is 1 (warning), 2 (yellow) or 3 (red); got {level}",
            remedy_zh="写 --level 1、2 或 3",
            remedy_en="Write --level 1, 2 or 3",
            place=Place(field="level"),
        )
    change = Change(connection, at)
    change.lock()
    fact, seen, subject = _facts(connection, about, at)
    day = local_day(at)
    region, workdays = fact["region_code"], current_rules(connection)["T10"].value("workdays")
    new = NewCard(
        rule=Ground(RULE, 0, "人工发牌", "issued by hand", law),
        calendar_version=working_calendar.version(connection),
        case_id=fact.get("id"),
        fact=fact,
        handler=about.handler or fact.get("handler"),
        provisional=False,
        raised_on=day,
        judged_as_of=at,
        figures=_NOTHING,
        snapshot={**seen, "by_hand": {"by": actor.name, "role": actor.role, "reason": why}},
        level=level,
        region_code=region,
        feedback_workdays=workdays,
        feedback_due_on=Deadlines(connection).after(day, workdays, region),
        subject=subject,
        step=about.step,
        by_hand=True,
    )
    entered = cards.raise_cards(change, [new], actor, why)
    card_id = cards.open_ids(connection, [new.open_key])[new.open_key]
    if not entered:
        raise _open_already(card_id)
    change.log(log)
    return card_id


def _written(about: About) -> About:
    """What it is about in texts that fit the card's columns. Raises StopError CARD_TEXT, CARD_ABOUT."""
    if about.organization is not None and not _USCC.fullmatch(about.organization):
        raise _about(about.organization)
    return About(
        noted(about.system, "system", NAME) or "",
        noted(about.case_no, "case", NAME),
        noted(about.subject, "subject", PART) or "",
        about.organization,
        noted(about.organization_name, "name", NAME),
        noted(about.step, "step", NAME),
        noted(about.handler, "handler", NAME),
    )


def _facts(connection: Connection, about: About, at: int) -> tuple[dict[str, Any], dict[str, Any], str]:
    """What the card says of its case, system or organisation; its snapshot; its subject."""
    owner = _system(connection, about)
    if about.case_no is not None and owner:
        case_id = connection.execute(
            select(case_head.c.id).where(
                case_head.c.system == about.system, case_head.c.case_no == about.case_no
            )
        ).scalar()
        if case_id is None:
            raise _about(f"{about.system}/{about.case_no}")
        as_of = AsOf(at, local_day(at))
        fact = snapshot.load(connection, [case_id])[case_id]
        seen = snapshot.snapshot(fact, as_of)
        fact = {**fact, "handler": snapshot.handler(fact, as_of), **_named(connection, about)}
        return fact, seen, about.subject
    if about.case_no is not None or not (about.system or about.organization):
        raise _about(about.case_no or "-")
    what = about.system or about.organization or ""
    subject = f"{what} {about.subject}".strip()
    fact = {"system": about.system, "case_no": None, "version": None, **owner, **_named(connection, about)}
    return {**dict.fromkeys(("org_uscc", "org_name", "region_code")), **fact}, {"subject": subject}, subject


def _system(connection: Connection, about: About) -> dict[str, Any]:
    if not about.system:
        return {}
    row = connection.execute(select(system).where(system.c.code == about.system)).one_or_none()
    if row is None or row.status == "trial":
        raise _about(about.system)
    # A registration may name several organisations; the first answers for the system.
    first = (row.organization or "").split(",")[0].strip() or None
    return {"org_uscc": first, "org_name": row.name, "region_code": row.region}


def _named(connection: Connection, about: About) -> dict[str, Any]:
    if about.organization is None:
        return {}
    region = regions.of_organization(connection, about.organization)
    told = {"org_uscc": about.organization, "org_name": about.organization_name or about.organization}
    return told if region is None else {**told, "region_code": region}


def _about(what: str) -> StopError:
    named = sayable(what[:NAME])
    return StopError(
        "CARD_ABOUT",
        zh=f"不能就 {named} 发牌：没有这个办件、系统或机构，或系统处于试运行",
        en=f"No card can be issued about {named}: there is no such case, system or organisation, or the system is on trial",
        remedy_zh="用 suphub case list 或 suphub system list 查看；试运行的系统不发牌",
        remedy_en="See suphub case list or suphub system list; systems on trial get no cards",
        place=Place(field="ABOUT"),
    )


def _open_already(card_id: int) -> StopError:
    return StopError(
        "CARD_OPEN",
        zh=f"同一事由已有一张未了结的牌：{card_id}",
        en=f"A card about the same is open already: {card_id}",
        remedy_zh=f"在牌 {card_id} 上办理，或用 --subject 写明另一事由",
        remedy_en=f"Go on with card {card_id}, or name another matter with --subject",
        place=Place(field=f"card {card_id}"),
    )
