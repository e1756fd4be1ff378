"""The cases of a run, judged and acted on chunk by chunk; on PostgreSQL two chunks side by side where everything is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, text

from hub.supervision import judge as judging_sql
from hub.supervision import touched, units
from hub.supervision.acting import NOW, REVIEW, Acting, act
from hub.supervision.cards import Change
from hub.supervision.judge import Judging, scope_table
from hub.supervision.library import declared
from hub.supervision.narrowed import narrowed, suit
from hub.supervision.regions import Deadlines
from hub.supervision.touched import Todo

HANDS = 2
"""Chunks that are judged at a time. A chunk keeps one core of the database busy, and cards are written by one at a time."""
Chunk = tuple[int, int]
Job = Callable[[Acting], None]


def judge_cases(acting: Acting, judging: Judging, todo: Todo, beside: Job) -> None:
    """Judge the cases of the run and the open cards of them, act, and note when each must be judged again.

    `beside` is judged at the same time, or behind them.
    """
    chunks = list(todo.chunks(acting.connection))
    jobs: list[Job] = [partial(_judge_chunk, judging=judging, todo=todo, chunk=chunk) for chunk in chunks]
    if len(chunks) > 1 and todo.everything and acting.connection.dialect.name == "postgresql":
        _side_by_side(acting, [beside, *jobs])
        return
    for job in [*jobs, beside]:
        job(acting)


def _side_by_side(acting: Acting, jobs: Sequence[Job]) -> None:
    """Each by a connection of its own; the first failure ends the run when the others have done theirs."""

    def one(job: Job) -> Acting:
        with acting.connection.engine.connect() as connection:
            deadlines, summary = Deadlines(connection), acting.summary.empty()
            own = replace(acting, connection=connection, deadlines=deadlines, summary=summary)
            try:
                job(own)
            finally:
                connection.rollback()
                forget(connection)
        return own

    with ThreadPoolExecutor(HANDS) as pool:
        try:
            for done in pool.map(one, jobs):
                acting.summary.add(done.summary)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def forget(connection: Connection) -> None:
    """Drop the temporary tables of judging, in a transaction of its own."""
    writes(connection)
    with connection.begin():
        for prefix in (NOW, REVIEW):
            judging_sql.forget(connection, prefix)
            units.forget(connection, prefix)


def among(codes: Iterable[str], scope: str, *, after_cards: bool) -> list[str]:
    """The rules of a scope that are judged before, or after, the cards of the others stand."""
    rules = declared()
    return [c for c in codes if rules[c].scope == scope and rules[c].after_cards == after_cards]


def snapshot_reads(connection: Connection) -> None:
    """Let the next transaction read one snapshot of the database, and hold up no writer."""
    if connection.dialect.name == "sqlite":
        # Temporary tables lie in a file of their own: filling them needs no write lock on the database.
        connection.execution_options(suphub_begin="BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def writes(connection: Connection) -> None:
    """Let the next transaction write."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(suphub_begin="BEGIN IMMEDIATE")
    else:
        connection.execution_options(isolation_level="READ COMMITTED")


def _judge_chunk(acting: Acting, judging: Judging, todo: Todo, chunk: Chunk) -> None:
    connection = acting.connection
    codes = among(acting.codes, "case", after_cards=False)
    later = among(acting.codes, "case", after_cards=True)
    # The ids of all cases lie side by side; those that changed lie anywhere.
    side_by_side = chunk if todo.everything else None
    snapshot_reads(connection)
    with connection.begin(), narrowed(connection, side_by_side):
        scope_table(connection, NOW)
        acting.summary.cases += todo.fill(connection, NOW, chunk, acting.as_of)
        judging_sql.judge(connection, NOW, judging, codes)
        _review_scope(connection, [*codes, *later])
        judging_sql.judge(connection, REVIEW, judging, codes)
        found = judging_sql.counts(connection, NOW, judging, [*codes, *later])
        acting.summary.count(found.judged, found.not_judged)
    writes(connection)
    act(replace(acting, codes=codes))
    # What rests on cards is judged once these stand.
    snapshot_reads(connection)
    with connection.begin(), narrowed(connection, side_by_side):
        suit(connection)
        for prefix in (NOW, REVIEW):
            judging_sql.find(connection, prefix, judging, later)
        judging_sql.watch(connection, NOW, judging, [*codes, *later])
    writes(connection)
    act(replace(acting, codes=later))
    with connection.begin():
        Change(connection, acting.at).lock()
        touched.rewatch(connection, NOW, todo, chunk, acting.as_of, acting.at)


def _review_scope(connection: Connection, codes: list[str]) -> None:
    """The open cards of the cases at hand, each as of its issue and by its own rule."""
    scope_table(connection, REVIEW)
    listed = ", ".join(f"'{code}'" for code in codes) or "''"
    connection.execute(
        text(
            f"INSERT INTO {REVIEW}scope SELECT c.card_id, c.case_id, c.judged_as_of, c.raised_on, c.rule"
            f" FROM {NOW}scope s JOIN card c ON c.case_id = s.case_id"
            f" WHERE c.open_key IS NOT NULL AND c.unit_key IS NULL AND c.rule IN ({listed})"
        )
    )
