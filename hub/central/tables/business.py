"""监察业务库: cards and what happened to them, orders (督办), the runs of supervision, and what the next run must look at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, Index, SmallInteger, Table, Text

from hub.central.tables.columns import BigId, digest, flag, instant, metadata, number, text

card = Table(
    "card",
    metadata,
    Column("card_id", BigId, primary_key=True, autoincrement=True),
    text("system", 64, nullable=False),
    Column("case_id", BigInteger),
    text("case_no", 50),
    text("subject", 200),
    text("rule", 20, nullable=False),
    number("rule_version", nullable=False),
    number("calendar_version", nullable=False),
    number("case_version"),
    Column("level", SmallInteger, nullable=False),
    text("state", 10, nullable=False),
    flag("provisional", nullable=False),
    Column("raised_on", Date, nullable=False),
    instant("judged_as_of", nullable=False),  # exclusive: business times before it were known
    Column("due_on", Date),
    Column("used_days", Float),
    Column("limit_days", Float),
    Column("excess_days", Float),
    text("unit", 1),
    text("org_uscc", 18),
    text("org_name", 200),
    text("handler", 200),
    text("basis", 500),
    Column("snapshot", Text, nullable=False),  # JSON: the case as it was judged
    text("open_key", 300),  # rule|case|subject while the card is open, null after: at most one open card
    Column("raised_at", BigInteger, nullable=False),
    text("step", 200),  # the step that is responsible
    text(
        "unit_key", 200
    ),  # what was judged, where that is no case: a system, an item version, a package, a card
    Column("issued_on", Date),  # the day of 已发; null while 待发
    Column("feedback_due_on", Date),  # the last day for an answer
    number("feedback_workdays"),  # working days from the issue to it; null: a letter has set the day
    text("region_code", 12),  # whose working days: of the case, else of the system or organisation
    Column("answered_on", Date),
    number("version", nullable=False, server_default="1"),  # the number of its newest event
    Column("judged_level", SmallInteger),  # the level by its rule; null: by hand, or of an earlier program
    Column("escalated", SmallInteger, nullable=False, server_default="0"),  # levels that people added to it
    flag(
        "standing", nullable=False, server_default="1"
    ),  # 0: the hub withdrew it, its finding may raise another
)
Index("uq_card_open_key", card.c.open_key, unique=True)
Index(None, card.c.case_id)
Index(None, card.c.rule, card.c.subject)

card_event = Table(
    "card_event",
    metadata,
    Column("card_id", BigInteger, primary_key=True, autoincrement=False),
    number("number", primary_key=True, autoincrement=False),
    instant("at", nullable=False),
    text("from_state", 10),
    text("to_state", 10, nullable=False),
    text("reason", 500, nullable=False),
    Column("before", Text),
    Column("after", Text),
    text("action", 20),  # as in hub.supervision.states; null: of an earlier program
    text("actor", 100),
    text("role", 20),
    Column("text", Text),  # an answer, an appeal in full
    Column("attachments", Text),  # JSON: [{name, digest, size}], the bytes in the raw store
)

# 处理: what followed for an organisation or a person.
card_consequence = Table(
    "card_consequence",
    metadata,
    Column("consequence_id", BigId, primary_key=True, autoincrement=True),
    Column("card_id", BigInteger, nullable=False),
    number("event", nullable=False),  # the card's event with which it was recorded
    text("kind", 20, nullable=False),  # 书面检查, 限期整改, 通报批评, 约谈, 诫勉谈话
    Column("due_on", Date),  # of 限期整改
    text("org_uscc", 18),
    text("org_name", 200),
    text("person", 200),
    flag("head", nullable=False),  # 1: the head of the organisation
    Column("text", Text, nullable=False),
    Column("recorded_on", Date, nullable=False),
)
Index(None, card_consequence.c.card_id)
Index(None, card_consequence.c.org_uscc, card_consequence.c.kind)

# 督办单. Its state is that of the hand that has it now: 待发起 (returned), 待审核, 待签收, 待反馈, 待办结; 已办结, 已撤销.
supervision_order = Table(
    "supervision_order",
    metadata,
    Column("order_id", BigId, primary_key=True, autoincrement=True),
    Column("card_id", BigInteger),  # null: begun by hand, without a card
    text("card_state", 10),  # the card's state before the order
    Column("level", SmallInteger, nullable=False),
    text("supervisor", 200, nullable=False),  # 监察部门
    text("org_uscc", 18),
    text("org_name", 200),  # 被督办单位
    text("region_code", 12),  # whose working days its hands are counted in
    text("system", 64),
    Column("case_id", BigInteger),
    text("case_no", 50),
    text("item_name", 500),  # 事项名称
    text("item_code", 64),  # 事项编码
    text("monitor", 100, nullable=False),  # 监察监控人员
    Column("reason", Text, nullable=False),
    text("basis", 500),
    instant("started_at", nullable=False),  # 督办发起时间
    Column("started_on", Date, nullable=False),
    instant("ended_at"),  # 督办结束时间
    Column("ended_on", Date),
    text("state", 10, nullable=False),  # 督办状态
    Column("result", Text),  # 督办结果
    number("version", nullable=False, server_default="1"),  # rises with every change
)
Index(None, supervision_order.c.card_id)
Index(None, supervision_order.c.state)

# The hands that an order goes through, in the order of their numbers; a returned one comes again as a new row.
order_hand = Table(
    "order_hand",
    metadata,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    number("number", primary_key=True, autoincrement=False),
    text("hand", 10, nullable=False),  # 发起, 审核, 签收, 反馈, 办结
    text("role", 20, nullable=False),  # whose hand it is: supervisor, department
    instant("opened_at", nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date),  # the last day; null beyond the calendar
    number("workdays"),  # from opened_on to it
    instant("done_at"),  # null: it has the order now
    Column("done_on", Date),
    text("action", 20),  # start, approve, sign, feedback, finish, return, recall, withdraw
    text("actor", 100),
    text("actor_role", 20),
    Column("opinion", Text),
    Column("attachments", Text),
)
Index(None, order_hand.c.done_on, order_hand.c.due_on)

# One row per run that came to its end. `basis` is a digest of all that every case is judged by (calendar, rules, catalogue,
# registrations): where it is another one than at the last run, every case is judged anew.
supervision_run = Table(
    "supervision_run",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    instant("started_at", nullable=False),
    instant("ended_at", nullable=False),
    instant("as_of_at", nullable=False),
    Column("as_of_day", Date, nullable=False),
    digest("basis", nullable=False),
    flag("everything", nullable=False),  # 1: all cases were judged
    Column("summary", Text, nullable=False),  # JSON
)

# Closed packages whose cases have been judged since.
judged_package = Table(
    "judged_package",
    metadata,
    Column("package", BigInteger, primary_key=True, autoincrement=False),
    Column("run", BigInteger, nullable=False),
)

# When a case must be judged again although nothing of it has changed: the instant from which a verdict could be another one.
case_watch = Table(
    "case_watch",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    instant("watch_at", nullable=False),
)
Index(None, case_watch.c.watch_at)
