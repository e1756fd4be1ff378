"""When the house is swept: daily, scratch files and half-written raw files that a killed worker left behind, and old histories."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "housekeeping",
    schedule=edge.cron("30 3 * * *"),
    doc_md="清扫:一天前遗留的临时文件,过期的探测报告、告警和消息 · Removes temporary files that are older than a day, and old"
    " reports of probes, alerts and messages; never raw packages.",
    tags=["housekeeping 清扫"],
    **edge.HOUSE,
):
    task(task_id="sweep")(edge.sweep)()
    task(task_id="history")(edge.forget_history)()
