"""The national exchange tables (up_pro_*, up_task_general_*, dn_audit_abnormal) as a department's database has them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, Index, MetaData, Numeric, String, Table, Text

metadata = MetaData()
LONG = 1000
KEY = "row_guid"


def _text(*names: str, size: int = 500) -> list[Column[str]]:
    return [Column(name, String(size)) for name in names]


def _long(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _times(*names: str) -> list[Column[datetime]]:
    return [Column(name, DateTime) for name in names]


def _table(name: str, *columns: object) -> Table:
    """A table with its key and the synchronisation envelope around it."""
    return Table(
        name,
        metadata,
        Column(KEY, String(64), primary_key=True),
        *columns,  # type: ignore[arg-type]
        Column("cd_operation", String(1), nullable=False),
        Column("cd_time", DateTime, nullable=False),
        Column("cd_batch", String(64)),
        Column("data_source", String(64)),
        Column("sync_flag", String(1), nullable=False, server_default="0"),
        Index(f"ix_{name}_sync", "sync_flag", "cd_time", KEY),
    )


ACCEPT = _table(
    "up_pro_accept",
    *_text("project_no", "catalog_code", "task_code", size=64),
    *_text("task_name"),
    *_text("task_version", size=32),
    *_text("applyer_name"),
    *_text("applyer_type", "applyer_page_type", size=16),
    *_text("applyer_page_code"),
    *_times("apply_date"),
    *_text("apply_type", size=16),
    *_text("legal", "contact_name", size=200),
    *_text("contact_type", size=16),
    *_text("contact_code"),
    *_text("contact_mobile", size=64),
    *_text("address", size=LONG),
    *_text("org_name", size=200),
    *_text("org_code", size=32),
    *_text("handle_user_name", size=200),
    *_times("accept_date"),
    *_text("accept_doc_no", size=200),
    *_long("project_name"),
    *_text("project_type", size=16),
    *_times("promise_date"),
)
PROCESS = _table(
    "up_pro_process",
    *_text("project_no", size=64),
    *_text("event_name", "process_name", "handle_user_name"),
    *_long("handle_explain"),
    *_times("event_start_time", "event_end_time"),
    *_long("remark"),
)
RESULT = _table(
    "up_pro_result",
    *_text("project_no", size=64),
    *_text("handle_user_name", size=200),
    *_text("result_type", size=16),
    *_times("result_date"),
    *_text("result_cetr_name"),
    *_long("result_cetr_no", "result_explain"),
    *_text("is_delivery_results", "satisfaction", size=16),
    *_long("remark"),
)
SPECIAL = _table(
    "up_pro_special_procedure",
    *_text("project_no", size=64),
    *_text("special_type", size=16),
    *_text("special_name"),
    *_times("special_time"),
    *_long("special_reason"),
    *_text("applyer_user_name", size=200),
    *_times("end_time"),
    *_long("result", "special_explain"),
    *_text("handle_user", size=200),
    *_long("remark"),
)
MATERIAL = _table(
    "up_pro_material",
    *_text("project_no", size=64),
    *_text("material_name", "material_attach_name"),
    *_text("get_type", size=16),
    *_text("get_name", size=200),
    *_long("remark"),
)
CASE_TABLES = (ACCEPT, PROCESS, RESULT, SPECIAL, MATERIAL)
"""In the order in which the registration reads them."""

ABNORMAL = Table(
    "dn_audit_abnormal",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("table_name", String(64), nullable=False),
    Column("row_guid", String(64), nullable=False),
    Column("cd_batch", String(64)),
    Column("abnormal_type", String(64)),
    Column("remark", Text),
    Column("created_time", DateTime),
)

TASK = _table(
    "up_task_general_basic",
    *_long("accept_condition"),
    Column("anticipate_day", Numeric(6, 0)),
    *_text("anticipate_explain"),
    *_text("anticipate_type", "app_is_single_login", size=16),
    *_long("by_law"),
    *_text("catalog_code", "dept_code", size=64),
    *_text("dept_name", size=200),
    *_text("dept_type", size=16),
    *_text("entrust_name", size=200),
    *_long("fee_basis", "handle_flow"),
    *_text("handle_type", "is_fee", "is_single_login", "limit_scene_num", size=16),
    *_text("link_addr", "link_way"),
    *_text("local_catalog_code", "local_task_code", size=64),
    *_text("mobile_terminal_url"),
    *_times("plan_cancel_date", "plan_effective_date"),
    *_text("power_source", "project_type", size=16),
    Column("promise_day", Numeric(6, 0)),
    *_text("promise_explain"),
    *_text("promise_type", "server_type", size=16),
    *_text("special_procedure", "supervise_way"),
    *_text("task_code", "task_handle_item", size=64),
    *_text("task_name"),
    *_text("task_state", "task_type", "task_version", size=16),
    *_text("transact_addr", "transact_time"),
    *_text("use_level", size=16),
)
TASK_MATERIAL = _table(
    "up_task_general_material",
    *_long("accept_stand", "by_law"),
    *_text("example_guid", size=64),
    *_long("fill_explain"),
    *_text("form_guid", size=64),
    *_text("is_need", "material_format", size=16),
    *_text("material_name"),
    *_text("material_type", "page_format", "page_num", size=16),
    *_text("source_explain"),
    *_text("source_type", size=16),
    *_text("task_code", "task_guid", "task_handle_item", size=64),
)
TASK_FEE = _table(
    "up_task_general_fee_project",
    *_long("by_law", "desc_explain"),
    *_text("fee_name", "fee_stand"),
    *_text("is_desc", size=16),
    *_text("task_code", "task_guid", "task_handle_item", size=64),
)
CATALOGUE_TABLES = (TASK, TASK_MATERIAL, TASK_FEE)
