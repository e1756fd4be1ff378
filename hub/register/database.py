"""What a registration may say of an exchange database (`kind: database`)."""

from __future__ import annotations

from hub.register.options import Option

_TABLE = (
    Option("key", "标识一行的列", "column that names a row", required=True, example="row_guid"),
    Option("time", "写入或更新时间的列", "column of the time at which a row was written or changed", required=True,
           example="cd_time"),
)  # fmt: skip

_FLAG = (
    Option("column", "同步标志列", "column of the sync flag", required=True, example="sync_flag"),
    Option("new", "待取的值;\"\" 指空串或 NULL", "value of rows that wait; \"\" means empty or NULL", pattern=r"[\s\S]*", default='"0"'),
    Option("taken", "已取的值", "value of rows that were taken", default='"1"'),
    Option("refused", "被退回的值;不写则不回写", "value of refused rows; not written back without it", example='"2"'),
)  # fmt: skip

_WATERMARK = (
    Option("late", "行最多比其时间晚多久提交", "how much later than its time a row may be committed", "duration", default="15m"),
)  # fmt: skip

_TAKE = (
    Option("flag", "按同步标志取", "by a sync flag", "mapping", inner=_FLAG, example="{column: sync_flag, refused: \"2\"}"),
    Option("watermark", "按时间取,只需只读权限", "by time; needs no right to write", "mapping", inner=_WATERMARK,
           example="{late: 15m}"),
)  # fmt: skip

DATABASE = (
    Option("connection", "Airflow 连接的名称", "name of the Airflow Connection", required=True, example="land_exchange"),
    Option("schema", "表所在的模式(库)", "schema that the tables are in", default="连接的默认模式 · the connection's own"),
    Option("tables", "要读的表,按此顺序", "tables to read, in this order", "entries", required=True, inner=_TABLE,
           example="{up_pro_accept: {key: row_guid, time: cd_time}}"),
    Option("take", "怎样知道哪些行要取", "how rows that wait are known", "mapping", required=True, inner=_TAKE, one=True,
           example="{watermark: {late: 15m}}"),
    Option("batch", "一个数据包的行数", "rows of one package", "whole", low=1, high=100_000, default="5000"),
    Option("rejects", "退回数据写入的表", "table that refused rows are written to", "mapping",
           inner=(Option("table", "异常数据表", "exception table", required=True, example="dn_audit_abnormal"),),
           example="{table: dn_audit_abnormal}"),
    Option("cards", "交给部门的牌和文书写入的表,部门写答复的表", "tables for cards and letters, and for the department's answers",
           "mapping", inner=(
               Option("table", "牌、督办单、文书", "cards, orders and letters", required=True, example="suphub_card"),
               Option("answers", "答复", "answers", required=True, example="suphub_answer"),
           ), example="{table: suphub_card, answers: suphub_answer}"),
    Option("charset", "字符集存不下全部汉字的列:拒绝还是警告", "columns whose character set loses characters: refuse or warn",
           "word", words=("refuse", "warn"), default="退回表 refuse,来源表 warn · rejects refuse, sources warn"),
    Option("timeout", "一条语句最长时间", "longest time of one statement", "duration", default="60s"),
)  # fmt: skip
"""Options of `connector:` beside `kind`. The column names of a department differ; nothing is fixed to one city's tables."""
