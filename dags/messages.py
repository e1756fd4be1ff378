"""When messages leave: every five minutes; alerts try to leave at once, this is for what could not or had to wait."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "messages",
    schedule=edge.cron("*/5 * * * *"),
    doc_md="发送消息:邮件、群机器人、短信 · Sends what waits in the outbox: e-mail, chat, text messages (docs/messages.md).",
    tags=["messages 消息"],
    **edge.HOUSE,
):
    task(task_id="send")(edge.send_messages)()
