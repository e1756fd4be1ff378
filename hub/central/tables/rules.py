"""监察规则库: rules by version with their parameters, and the working calendar."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, SmallInteger, String, Table, Text

from hub.central.tables.columns import BigId, instant, metadata, number, text

rule_version = Table(
    "rule_version",
    metadata,
    Column("rule", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),  # JSON: names, kind, level, basis, parameters
    text("reason", 500, nullable=False),
    instant("valid_from", nullable=False),
)

# Whose levels the rules have: the newest row counts (default 华亭/湖南, qinhuangdao 秦皇岛); without one, the default.
rule_profile = Table(
    "rule_profile",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    text("profile", 20, nullable=False),
    text("reason", 500, nullable=False),
    instant("valid_from", nullable=False),
)

# A change that one person proposed: in force only once another one activates it.
rule_proposal = Table(
    "rule_proposal",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    text("rule", 20),  # null: another profile
    Column("base_version", Integer),  # the version that it would follow
    text("profile", 20),
    Column("change", Text),  # JSON: {values: {parameter: value}, levels: {profile: level}}
    text("state", 10, nullable=False),  # proposed, active, rejected
    text("reason", 500, nullable=False),
    text("proposed_by", 100, nullable=False),
    instant("proposed_at", nullable=False),
    text("decided_by", 100),
    text("decision", 500),  # the reason of whoever decided
    instant("decided_at"),
)

# What was imported, never changed: the days that a notice names.
calendar_day = Table(
    "calendar_day",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),  # the import; rises by one
    text("region", 12, nullable=False),  # GB/T 2260 prefix, '' for the whole country
    Column("day", Date, nullable=False),
    Column("is_workday", SmallInteger, nullable=False),
    text("source", 200, nullable=False),
    text("notice_no", 200),
    instant("imported_at", nullable=False),
)
Index(None, calendar_day.c.region, calendar_day.c.day)

# The three month columns let SQL add months without date functions, which every database spells differently.
# The calendar that is judged with, made anew from calendar_day at each import: one full run of days per scope.
work_calendar = Table(
    "work_calendar",
    metadata,
    Column("scope", String(12), primary_key=True),  # region prefix with days of its own, '' for the rest
    Column("day", Date, primary_key=True),
    Column("day_number", Integer, nullable=False),  # days since 1970-01-01
    Column("is_workday", SmallInteger, nullable=False),
    Column("workday_number", Integer, nullable=False),  # working days up to and with this day
    Column("published", SmallInteger, nullable=False),  # 0: no notice yet, Monday to Friday presumed working
    Column(
        "strict_workday", SmallInteger, nullable=False
    ),  # is_workday, were every unpublished day a rest day
    Column("strict_number", Integer, nullable=False),  # the running count of strict_workday
    Column("month_number", Integer, nullable=False),  # year * 12 + month - 1
    Column("month_day", SmallInteger, nullable=False),  # 1..31
    Column("month_last", SmallInteger, nullable=False),  # 1 on the last day of the month
    Column("version", BigInteger, nullable=False),
)
Index(None, work_calendar.c.scope, work_calendar.c.day_number)
Index(None, work_calendar.c.scope, work_calendar.c.month_number)
Index(None, work_calendar.c.scope, work_calendar.c.workday_number)
Index(None, work_calendar.c.scope, work_calendar.c.strict_number)

# The years whose holiday notice is known for the whole country.
calendar_year = Table(
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    text("source", 200, nullable=False),
    number("version", nullable=False),
)
