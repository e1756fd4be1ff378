"""What a registration may say of a Web Service that the hub calls (`kind: soap-pull`)."""

from __future__ import annotations

from hub.register.options import Option

NAME = r"[A-Za-z_\u4e00-\u9fff][\w.\-]{0,99}"
PATH = r"\.|[A-Za-z_\u4e00-\u9fff][\w.\-]*(/[A-Za-z_\u4e00-\u9fff][\w.\-]*){0,9}"

_ARGUMENTS = Option(
    "arguments",
    "参数名和值;可分层;{login}、{password} 取自连接",
    "arguments and their values, nested where the service wants it; {login} and {password} come from the connection",
    "any",
    example="{xtbm: JSJ, yhm: '{login}', mm: '{password}'}",
)

PAGE = (
    Option("argument", "页号参数(可写 a/b)", "argument that takes the page number (a/b where nested)",
           required=True, pattern=PATH, example="pageNo"),
    Option("first", "第一页的页号", "number of the first page", "whole", default="1"),
    Option("size", "每页条数的参数和值", "argument and value of the page's size", "mapping", inner=(
        Option("argument", "每页条数参数", "argument that takes the size", required=True, pattern=PATH),
        Option("value", "每页条数", "the size", "whole", required=True, low=1, high=100_000),
    ), example="{argument: pageSize, value: 100}"),
    Option("more", "应答中“还有下一页”的字段(true/1 为有)", "field of the reply that is true (or 1) while pages follow",
           pattern=PATH, example="hasMore"),
    Option("count", "应答中本页条数的字段;少于每页条数即为末页",
           "field of the reply with the records of this page; fewer than the size: the last page",
           pattern=PATH, example="recordCount"),
)  # fmt: skip

CURSOR = (
    Option("argument", "游标参数", "argument that takes the cursor", required=True, pattern=PATH, example="since"),
    Option("from", "应答中下一游标的字段", "field of the reply with the next cursor", required=True, pattern=PATH,
           example="nextCursor"),
    Option("first", "首次调用的游标", "cursor of the very first call", pattern=r"[\s\S]*", default="空 · empty"),
)  # fmt: skip

RECEIPT = (
    Option("operation", "接收回执的操作", "operation that takes the receipt", required=True, pattern=NAME,
           example="PutReceipt"),
    Option("arguments", "参数;{receipt} 为回执 XML,{name} 为报文名,{login}、{password} 取自连接",
           "its arguments; {receipt} is the receipt's XML, {name} the package's name, {login} and {password} come "
           "from the connection", "any", required=True, example="{name: '{name}', receipt: '{receipt}'}"),
)  # fmt: skip

FAULTS = (
    Option("retry", "视为暂时的故障码", "codes of faults that pass: ask again later", "list", example="[BUSY]"),
    Option("stop", "视为配置错误的故障码", "codes of faults that somebody must mend: stop", "list",
           example="[E_NO_RIGHT]"),
)  # fmt: skip

SOAP_PULL = (
    Option("connection", "Airflow 连接名:主机、端口、路径、用户、密码",
           "name of the Airflow Connection: host, port, path, login, password", required=True,
           pattern=r"[A-Za-z0-9_.\-]{1,100}", example="construction_bureau"),
    Option("wsdl", "WSDL:登记旁的文件,或 ?wsdl(从服务读)", "the WSDL: a file beside the registration, or ?wsdl (from the service)",
           required=True, example="construction.wsdl"),
    Option("soap", "SOAP 版本", "version of SOAP", "word", words=("1.1", "1.2"), default="WSDL 中的第一个 · first in the WSDL"),
    Option("service", "WSDL 中的服务名", "service in the WSDL", pattern=NAME, default="第一个 · the first"),
    Option("port", "WSDL 中的端口名", "port in the WSDL", pattern=NAME, default="按 soap · by soap"),
    Option("operation", "取数操作", "operation that gives data", required=True, pattern=NAME, example="QueryBatch"),
    _ARGUMENTS,
    Option("timeout", "一次调用的时限", "time limit of one call", "duration", default="60s"),
    Option("security", "登录方式:basic、token(WS-Security 口令)、token-digest、none",
           "how the hub logs in: basic, token (WS-Security, password as text), token-digest, none", "word",
           words=("basic", "token", "token-digest", "none"), default="basic(连接有用户时) · where the connection has a login"),
    Option("page", "按页取", "read page by page", "mapping", inner=PAGE,
           example="{argument: pageNo, size: {argument: pageSize, value: 100}}"),
    Option("cursor", "按游标取", "read by cursor", "mapping", inner=CURSOR,
           example="{argument: since, from: nextCursor}"),
    Option("reply", "应答中报文所在(字段路径;. 为应答本身)",
           "where the document lies in the reply (a path of fields; . is the reply itself)", pattern=PATH,
           default="应答的第一个字段 · the reply's first field", example="QueryBatchResult/data"),
    Option("charset", "应答的字符集;auto 按声明", "character set of replies; auto: as declared", "word",
           words=("auto", "utf-8", "gb18030"), default="auto"),
    Option("receipt", "送回执的操作", "operation that takes receipts", "mapping", inner=RECEIPT),
    Option("faults", "按码分类的故障", "faults sorted by code", "mapping", inner=FAULTS),
)  # fmt: skip
