"""When each system is exchanged: one DAG `exchange__<code>` per registration file, and a red one for a bad file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, get_parsing_context, task

from hub import airflow_edge as edge
from hub.airflow_pools import DEFAULT_POOL, known_pools, pool_name
from hub.airflow_slices import dag_stem, slices_of
from hub.errors import HubError
from hub.register import CONTINUOUS, Registration, load_registrations
from hub.settings import load_settings

EVERY = "*/10 * * * *"
HOURLY = "0 * * * *"
START = datetime(2026, 1, 1, tzinfo=UTC)
"""Any day that is past: without one, @continuous gives its second run the date of its first, and there is no second."""
SETTINGS = load_settings()
POOLS = known_pools(SETTINGS.home)


def timetable(stem: str, schedule: str | None, about: str) -> DAG:
    """The DAG of one registration, without its tasks."""
    unceasing = schedule == CONTINUOUS
    cron = edge.cron(schedule) if schedule and not unceasing else None
    return DAG(
        f"exchange__{dag_stem(stem)}",
        schedule="@continuous" if unceasing else cron,
        start_date=START if unceasing else None,
        dagrun_timeout=timedelta(days=1),
        doc_md=about,
        tags=["exchange 交换"],
        **edge.HOUSE,  # a registration says itself whether it is paused
    )


def exchange(system: Registration) -> DAG:
    """take → slices → process (one mapped task per slice) → deliver; the last step is red where any other was."""
    code, own_pool = system.code, pool_name(system.code)
    pooled = own_pool in POOLS
    pool = own_pool if pooled else DEFAULT_POOL
    at_once = None if pooled else 1  # a pool of its own says how many slices run at a time
    schedule = None if system.status == "paused" else system.schedule or EVERY
    with timetable(code, schedule, f"**{system.name}** · {system.status} · {system.path}") as dag:
        taken = task(task_id="take", pool=pool)(edge.take)(code, watching=schedule == CONTINUOUS)
        sliced = task(task_id="slices", pool=pool)(slices_of)(taken)
        process = task(
            task_id="process",
            map_index_template="{{ slice_name }}",
            max_active_tis_per_dagrun=at_once,
            pool=pool,
        )(edge.process)
        deliver = task(task_id="deliver", trigger_rule="all_done", outlets=[edge.CASES], pool=pool)(
            edge.deliver
        )
        finished = task(task_id="all_finished", trigger_rule="none_failed", pool=pool)(edge.all_finished)
        processed, delivered = process.partial(code=code).expand(packages=sliced), deliver(code)
        processed >> delivered
        [taken, processed, delivered] >> finished(code)
    return dag


def refused(stem: str, error: HubError) -> DAG:
    """A registration that cannot be read: its own DAG says so, every hour, and the others live on."""
    with timetable(stem, HOURLY, f"登记有误 · bad registration\n\n```\n{error}\n```") as dag:
        task(task_id="registration")(edge.refuse_registration)(stem)
    return dag


wanted = get_parsing_context().dag_id  # a worker builds only the DAG that it runs
good, bad = load_registrations(SETTINGS.systems)
for stem, found in {**good, **bad}.items():
    if wanted in (None, f"exchange__{dag_stem(stem)}"):
        built = refused(stem, found) if isinstance(found, HubError) else exchange(found)
        globals()[built.dag_id] = built
