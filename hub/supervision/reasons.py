"""Why a rule did not judge something, in words: what the library counts as not judged, neither good nor bad."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "applicants_alike": "申请人类型单一，证件相符 · one kind of applicant, whom the document fits",
    "before_first_package": "早于系统的第一个报文包 · of the time before the system's first package",
    "before_supervise_from": "受理早于监察起始日 · accepted before supervise_from",
    "catalogue_not_imported": "未导入该机构的事项 · no items of the organisation have been imported",
    "certificate_unknown": "目录未说明是否发证 · the catalogue does not say whether a certificate is issued",
    "charge_unknown": "目录未说明是否收费 · the catalogue does not say whether the item is charged",
    "exempt": "事项已豁免 · the item is exempt",
    "fee_not_named": "收费项目未写明 · the fee is not named",
    "hours_day_precise": "按小时计而只有日期 · limit in hours, times are days",
    "item_unknown": "事项目录中没有该事项 · the item is not in the catalogue",
    "item_without_flow": "目录中没有该事项的流程 · the catalogue has no flow of the item",
    "neither_serials_nor_interval": "报文无序号，也未约定静默间隔 · no package serials, and no interval of silence agreed",
    "no_fee_list": "目录未列收费项目 · the catalogue lists no fees of the item",
    "no_limit": "没有时限 · no limit known",
    "no_procedures": "当月没有特别程序开始 · no special procedure began",
    "no_required_materials": "目录未列必需材料 · the catalogue lists no required materials",
    "no_staff_list": "未导入人员名册 · no staff list",
    "no_standard": "没有收费标准 · no standard amount is known",
    "not_accepted": "未受理 · not accepted",
    "not_in_force": "事项版本不在有效期 · the version of the item is not in force",
    "not_published": "尚未公开 · not published yet",
    "not_reported": "所需数据没有报送 · what the rule needs is not reported",
    "not_told_where": "收费环节或时间未报 · neither step nor time of the charge is told",
    "nothing_received": "从未收到报文包 · no package was ever received",
    "outside_calendar": "超出工作日历 · outside the calendar",
    "package_id_taken": "报文包标识已被占用 · the package's id belongs to another package",
    "package_id_unknown": "报文包标识无法读出 · the package's id cannot be read",
    "receipt_not_told": "未说明材料是否收到 · nobody says whether a material was received",
    "reduction_not_told": "未说明是否减免 · nobody says whether it was reduced",
    "start_unknown": "事项版本的生效日期未知 · the day on which the version came into force is unknown",
    "step_type_unknown": "环节类型未知 · the type of a step is unknown",
    "step_without_start": "环节没有开始时间 · a step without a beginning",
    "steps_not_numbered": "环节顺序由枢纽按时间排定 · the hub numbered the steps by their times",
    "steps_told_when_ended": "环节结束后才报送 · steps are told only once they have ended",
    "system_on_trial": "系统试运行 · system on trial",
    "too_few_cases": "样本不足 · too few cases",
    "too_few_peers": "可比系统不足 · too few peers",
    "units_differ": "与目录的时限单位不同 · another unit than the catalogue's limit",
    "windows_unknown": "目录未说明是否设有窗口 · the catalogue tells no window",
}
"""Reason → Chinese and English."""
