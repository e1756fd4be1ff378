"""When front-end machines are probed: hourly, all systems that are not paused, some in each mapped task."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub import airflow_edge as edge

with DAG(
    "probe",
    schedule=edge.cron("17 * * * *"),
    doc_md="探测前置机:可达、权限、时钟、磁盘、积压、样本、静默;告警一次,恢复一次 · Probes all front-end machines; one alert"
    " when something begins, one when it is over (docs/probe.md).",
    tags=["probe 探测"],
    **edge.HOUSE,
):
    slices = task(task_id="systems")(edge.probe_slices)()
    task(task_id="probe", map_index_template="{{ slice_name }}", max_active_tis_per_dagrun=2)(
        edge.probe
    ).expand(codes=slices)
