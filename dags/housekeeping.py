"""When the house is swept: daily, scratch files and half-written raw files that a killed worker left behind."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, task

from hub import airflow_edge as edge

with DAG(
    "housekeeping",
    schedule=CronTriggerTimetable("30 3 * * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=edge.TASKS,
    doc_md="清扫:一天前遗留的临时文件 · Removes temporary files that are older than a day; never raw packages.",
    tags=["housekeeping 清扫"],
):
    task(task_id="sweep")(edge.sweep)()
