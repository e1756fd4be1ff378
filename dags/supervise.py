"""When cases are judged: after every exchange that brought something, and daily, since time alone makes a limit pass."""

from __future__ import annotations

from airflow.sdk import DAG, AssetOrTimeSchedule, task

from hub import airflow_edge as edge

with DAG(
    "supervise",
    schedule=AssetOrTimeSchedule(timetable=edge.cron("5 0 * * *"), assets=[edge.CASES]),
    doc_md="监察判定:按规则库判定并发牌 · Judges by the rule library and raises cards (as of now, or as of SUPHUB_TODAY).",
    tags=["supervision 监察"],
    **edge.HOUSE,
):
    task(task_id="supervise", outlets=[edge.CARDS])(edge.supervise)()
