"""When departments are handed cards and letters and their answers are fetched: every ten minutes, one mapped task per system."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "returning",
    schedule=edge.cron("5-55/10 * * * *"),
    doc_md="把牌、督办单、文书交给部门,取回答复 · Hands cards, orders and letters to the departments and fetches their"
    " answers (docs/departments/cards.md).",
    tags=["returning 反馈"],
    **edge.HOUSE,
):
    systems = task(task_id="systems")(edge.returning_systems)()
    task(task_id="hand_over", map_index_template="{{ slice_name }}", max_active_tis_per_dagrun=2)(
        edge.hand_over
    ).expand(code=systems)
