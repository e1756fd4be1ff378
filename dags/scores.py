"""When scores are worked out: on the second of each month, for the month, quarter and year that have just ended."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, task

from hub import airflow_edge as edge

with DAG(
    "scores",
    schedule=CronTriggerTimetable("30 2 2 * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=edge.TASKS,
    doc_md="计算刚结束的月、季、年的指标和得分,存为草稿,公布由人决定 · Works out the indicators and scores of what has just ended,"
    " as drafts; publishing is somebody's decision (docs/scores.md).",
    tags=["scores 绩效"],
):
    task(task_id="compute")(edge.compute_scores)()
