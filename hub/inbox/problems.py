"""What the door says when it does not do what was asked: application/problem+json (RFC 9457), in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from hub.errors import HubError, RefusedError, RetryError

STATUS: Mapping[str, int] = {
    "NODE_REFUSED": 401, "NODE_EXPIRED": 401, "NODE_PENDING": 401, "NODE_REVOKED": 401, "NODE_ELSEWHERE": 403,
    "NODE_THROTTLED": 429, "PUSH_CREDENTIAL": 403, "PUSH_PROXY": 400, "PUSH_BOUNDS": 403, "PUSH_PATH": 404, "PUSH_METHOD": 405,
    "PUSH_SYSTEM": 404, "PUSH_NAME": 400, "PUSH_EMPTY": 400, "PUSH_LENGTH": 400, "PUSH_TOO_LARGE": 413, "PUSH_ENCODING": 415,
    "PUSH_DIGEST_FORM": 400, "PUSH_DIGEST": 400, "PUSH_NAME_WAITS": 409, "PUSH_SLOW": 408, "PUSH_UNKNOWN": 404, "PUSH_CLEARED": 410, "PUSH_SINCE": 400,
    "PUSH_UNSIGNED": 404, "PUSH_BUSY": 503, "PUSH_FULL": 507, "PUSH_UNAVAILABLE": 503,
}  # fmt: skip
"""Code → status of HTTP. Errors with another code say too much of the hub's insides, and are told as PUSH_UNAVAILABLE."""
AGAIN = {"NODE_THROTTLED": 60, "PUSH_BUSY": 5, "PUSH_FULL": 300, "PUSH_UNAVAILABLE": 30}
"""Code → seconds after which to try again."""
QUIET = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer."""


def problem(error: HubError) -> JSONResponse:
    """The answer to who asked. The connection is closed: of a package that is refused the rest is not read."""
    told = error if error.code in STATUS else unavailable()
    status = STATUS[told.code]
    headers = {**QUIET, "Connection": "close"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="supervision-hub"'
    if told.code in AGAIN:
        headers["Retry-After"] = str(AGAIN[told.code])
    body = {
        "type": "about:blank", "status": status, "code": told.code, "title": told.message_en,
        "zh": told.message_zh, "en": told.message_en, "remedy_zh": told.remedy_zh, "remedy_en": told.remedy_en,
    }  # fmt: skip
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def unavailable() -> RetryError:
    """For what went wrong within the hub; its log says what."""
    return RetryError(
        "PUSH_UNAVAILABLE",
        zh="枢纽暂时不能接收",
        en="The hub cannot take anything for now",
        remedy_zh="稍后原样重发；同样的内容重发不会重复",
        remedy_en="Send the same again later; the same bytes are never taken twice",
    )


def busy() -> RetryError:
    """Too many packages at once."""
    return RetryError(
        "PUSH_BUSY",
        zh="同时接收的报文过多",
        en="Too many packages are being received at once",
        remedy_zh="几秒后原样重发",
        remedy_en="Send the same again in a few seconds",
    )


def full() -> RetryError:
    """The spool's disk has no room left."""
    return RetryError(
        "PUSH_FULL",
        zh="枢纽的磁盘空间不足，报文没有收下",
        en="The hub's disk has no room left; the package was not taken",
        remedy_zh="稍后原样重发；监察中心须为 SUPHUB_HOME/spool 腾出空间",
        remedy_en="Send the same again later; the centre has to free space for SUPHUB_HOME/spool",
    )


def wrong_path(status: int) -> RefusedError:
    """No such address, or not by this method (405)."""
    if status == 405:
        return RefusedError(
            "PUSH_METHOD",
            zh="此地址不接受该方法",
            en="This address does not take that method",
            remedy_zh="报文用 PUT，回执和牌用 GET",
            remedy_en="PUT packages and answers, GET receipts and cards",
        )
    return RefusedError(
        "PUSH_PATH",
        zh="没有这个地址",
        en="There is no such address",
        remedy_zh="报文：PUT /v1/systems/系统代码/packages/报文名；名称中的特殊字符须按百分号编码，不得含斜杠",
        remedy_en="Packages: PUT /v1/systems/CODE/packages/NAME; a name holds no slash, its special characters are percent-encoded",
    )


def not_pushed_to() -> RefusedError:
    """The node's system is not one that pushes."""
    return RefusedError(
        "PUSH_SYSTEM",
        zh="此系统没有登记为推送方式",
        en="This system is not registered as one that pushes",
        remedy_zh="请监察中心在登记中写 connector: {kind: push}",
        remedy_en="Have the centre write connector: {kind: push} into its registration",
    )


def wrong_credential(kinds: str) -> RefusedError:
    """The system takes other kinds of credentials."""
    return RefusedError(
        "PUSH_CREDENTIAL",
        zh=f"此系统只接受这种凭据：{kinds}",
        en=f"This system takes credentials of this kind only: {kinds}",
        remedy_zh="改用该种凭据，或请监察中心改登记的 connector.credentials",
        remedy_en="Use one of that kind, or have the centre change connector.credentials of the registration",
    )


def header_of_a_stranger() -> RefusedError:
    """Somebody who is no proxy of the hub's says which certificate was shown."""
    return RefusedError(
        "PUSH_PROXY",
        zh="请求带有只有受信任代理才可给出的证书头",
        en="The request has a header for certificates, which trusted proxies alone may set",
        remedy_zh="去掉 X-Client-Certificate-SHA256；若确是枢纽前的代理，请监察中心以 --trusted-proxy 登记其地址",
        remedy_en="Leave out X-Client-Certificate-SHA256; if this is the hub's own proxy, have its address named by --trusted-proxy",
    )


def bounded() -> RefusedError:
    """Cards are of the whole system."""
    return RefusedError(
        "PUSH_BOUNDS",
        zh="此节点限定了机构或区划，不能取整个系统的牌和文书，也不能答复",
        en="This node is bound to some organisations or regions: cards and letters of the whole system are not for it, nor are answers",
        remedy_zh="用没有另限范围的节点",
        remedy_en="Use a node without bounds of its own",
    )
