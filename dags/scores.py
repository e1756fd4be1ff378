"""When scores are worked out: on the second of each month, for the month, quarter and year that have just ended."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "scores",
    schedule=edge.cron("30 2 2 * *"),
    doc_md="计算刚结束的月、季、年的指标和得分,存为草稿,公布由人决定 · Works out the indicators and scores of what has just ended,"
    " as drafts; publishing is somebody's decision (docs/scores.md).",
    tags=["scores 绩效"],
    **edge.HOUSE,
):
    task(task_id="compute")(edge.compute_scores)()
