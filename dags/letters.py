"""When letters are written: after every judging. In a DAG of their own, so that hundreds of them hold up no next judging."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "letters",
    schedule=[edge.CARDS],
    doc_md="印发到期的监察文书 · Writes the letters that are due (as of now, or as of SUPHUB_TODAY; docs/letters.md).",
    tags=["letters 文书"],
    **edge.HOUSE,
):
    task(task_id="issue")(edge.issue_letters)()
