"""When messages leave: every five minutes; alerts try to leave at once, this is for what could not or had to wait."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, task

from hub import airflow_edge as edge

with DAG(
    "messages",
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=edge.TASKS,
    doc_md="发送消息:邮件、群机器人、短信 · Sends what waits in the outbox: e-mail, chat, text messages (docs/messages.md).",
    tags=["messages 消息"],
):
    task(task_id="send")(edge.send_messages)()
