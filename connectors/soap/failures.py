"""The one place where what goes wrong in a call becomes an error of the hub: pass (retry) or stop, place and remedy.

a call fails
├── Passing   the service or the network: asked again later, nothing is lost
└── Stopping  registration, connection or WSDL: somebody must mend it
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.failures import Passing, Stopping
from hub.errors import Place, RetryError, StopError

SHOWN = 200
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f\s]+")


@dataclass(frozen=True, slots=True)
class At:
    """Where a call goes: the system, the address without secrets, and the operation."""

    system: str
    address: str
    operation: str = ""


FAULT = Passing(
    "SOAP_FAULT",
    "服务报告故障",
    "the service reports a fault",
    "把故障码和文字转告部门;若此码其实是配置问题,在登记 connector.faults.stop 中列出。枢纽自动再取",
    "Tell the department code and text; if this code means a wrong setting, list it in connector.faults.stop. "
    "The hub asks again by itself",
)
HTTP = Passing(
    "SOAP_HTTP",
    "服务暂时不能应答",
    "the service cannot answer for now",
    "请部门查看其服务器的日志。枢纽自动再取",
    "Let the department look into its server's log. The hub asks again by itself",
)
HTML = Passing(
    "SOAP_HTML",
    "服务返回网页而不是 SOAP",
    "the service answers with a web page instead of SOAP",
    "多半是登录页、维护页或代理的错误页:看标题,检查连接的路径和部门的网关。枢纽自动再取",
    "Usually a log-in, maintenance or proxy page: see its title, check the connection's path and the department's "
    "gateway. The hub asks again by itself",
)
FOREIGN = Passing(
    "SOAP_NO_ENVELOPE",
    "应答不是 SOAP",
    "the answer is no SOAP envelope",
    "看应答的开头:多半是网关或代理的话,或路径不对。没有收下任何内容,枢纽自动再取",
    "See how it begins: usually a gateway or proxy speaks, or the path is wrong. Nothing was taken; the hub asks again by itself",
)
UNREACHABLE = Passing(
    "SOAP_UNREACHABLE",
    "连不上服务",
    "the service cannot be reached",
    "检查连接的主机和端口、网络、防火墙,以及服务是否在运行。枢纽自动再取",
    "Check host and port of the connection, the network, the firewall, and that the service runs. "
    "The hub asks again by itself",
)
TIMEOUT = Passing(
    "SOAP_TIMEOUT",
    "服务没有在时限内答完",
    "the service did not finish its answer in time",
    "减小 page.size,或调大 connector.timeout;请部门查看服务为何慢。枢纽自动再取",
    "Lower page.size or raise connector.timeout; let the department see why it is slow. The hub asks again by itself",
)
TLS = Passing(
    "SOAP_TLS",
    "服务的证书未通过核验,或 TLS 握手失败",
    "the service's certificate does not verify, or the TLS handshake failed",
    "请部门更换过期或主机名不符的证书;自建 CA 的证书文件写在连接的 extra.ca。枢纽不会跳过核验",
    "Let the department renew a certificate that has expired or bears another name; name the file of a CA of their own "
    "in the connection's extra.ca. The hub never skips this check",
)
CUT = Passing(
    "SOAP_CUT",
    "应答传到一半连接中断",
    "the connection broke in the middle of the reply",
    "检查网络和部门的网关。没有收下任何内容,枢纽自动再取同一页",
    "Check the network and the department's gateway. Nothing was taken; the hub asks for the same page again",
)
STUCK = Passing(
    "SOAP_STUCK",
    "应答不是合格的 XML,从中读不出下一个游标;原文已入隔离区",
    "the reply is not well-formed and no next cursor can be read in it; it is kept in quarantine",
    "请部门改正这段数据;枢纽从同一游标再取,改正后自动继续",
    "Let the department mend these data; the hub asks again from the same cursor and goes on once they are mended",
)

FAULT_STOP = Stopping(
    "SOAP_FAULT_CALLER",
    "服务认为请求有误",
    "the service says that the request is wrong",
    "对照部门的接口文档检查 operation、arguments、soap 和连接的账号;若此码只是暂时的,在 connector.faults.retry 中列出",
    "Hold operation, arguments, soap and the connection's account against the department's manual; if this code passes "
    "by itself, list it in connector.faults.retry",
)
DENIED = Stopping(
    "SOAP_DENIED",
    "服务不认可账号或口令",
    "the service does not accept the login or password",
    "改连接的用户和口令,或登记中的 security;账号权限由部门授予",
    "Mend login and password of the connection, or security in the registration; the department grants rights",
)
NOT_THERE = Stopping(
    "SOAP_ADDRESS",
    "这个地址上没有该服务",
    "there is no such service at this address",
    "改连接的主机、端口、路径;路径留空时取自 WSDL",
    "Mend host, port and path of the connection; without a path the WSDL's is used",
)
REDIRECT = Stopping(
    "SOAP_REDIRECT",
    "服务要转到另一个地址",
    "the service redirects to another address",
    "枢纽不跟随跳转,以免把口令交给别处;确认后把连接改成该地址",
    "The hub follows no redirect, so that no password goes elsewhere; if it is right, put it into the connection",
)
REFUSED = Stopping(
    "SOAP_REFUSED",
    "服务拒绝这样的请求",
    "the service refuses such a request",
    "检查 SOAP 版本(soap)和操作;415 多半是版本不符",
    "Check the version of SOAP (soap) and the operation; 415 usually means the other version",
)
TOO_LARGE = Stopping(
    "SOAP_TOO_LARGE",
    "应答超过上限",
    "the reply is larger than allowed",
    "减小 page.size,或请部门分页",
    "Lower page.size, or let the department divide its answers into pages",
)
CONNECTION = Stopping(
    "SOAP_CONNECTION",
    "连接不能用",
    "the connection cannot be used",
    "连接类型写 http 或 https,填主机;登记用到的用户、口令要填;extra.ca、extra.cert、extra.key 须是读得到的 PEM 文件",
    "Make it of type http or https, with a host, and the login and password that the registration uses; extra.ca, "
    "extra.cert and extra.key must be PEM files that can be read",
)
WSDL = Stopping(
    "SOAP_WSDL",
    "WSDL 读不懂",
    "the WSDL cannot be understood",
    "请部门提供完整的 WSDL(1.1 版,document 或 rpc/literal),存为登记旁的文件",
    "Ask the department for a whole WSDL (version 1.1, document or rpc/literal), laid as a file beside the registration",
)
IMPORT = Stopping(
    "SOAP_WSDL_IMPORT",
    "WSDL 要引入别处的文件,枢纽不取",
    "the WSDL imports a document from elsewhere, which the hub does not fetch",
    "把该文件存到登记旁的 WSDL 边上,并把 location/schemaLocation 改为它的文件名",
    "Lay that document beside the WSDL and write its file name into location or schemaLocation",
)
OPERATION = Stopping(
    "SOAP_OPERATION",
    "WSDL 中没有登记所写的服务、端口或操作",
    "the WSDL has no such service, port or operation as the registration names",
    "从所列的名称中选一个",
    "Choose one of those listed",
)
ARGUMENT = Stopping(
    "SOAP_ARGUMENT",
    "参数与 WSDL 不符",
    "the arguments do not fit the WSDL",
    "按 WSDL 改登记中的参数名和值",
    "Mend names and values of the arguments by the WSDL",
)
FIELD = Stopping(
    "SOAP_FIELD",
    "WSDL 的应答中没有登记所写的字段",
    "the reply in the WSDL has no such field as the registration names",
    "从所列的字段中选一个,分层的写 a/b",
    "Choose one of those listed; write a/b where they are nested",
)


def passing(texts: Passing, at: At, reason: object = "") -> RetryError:
    """A RetryError that says what was called, where, and why it failed."""
    why = _why(reason)
    return RetryError(
        texts.code,
        zh=f"调用 {at.address} {at.operation} 时:{texts.zh}{why}",
        en=f"While calling {at.address} {at.operation}: {texts.en}{why}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=at.system, file=at.address, field=at.operation or None),
    )


def stopping(texts: Stopping, at: At, reason: object = "") -> StopError:
    """A StopError that says what was called, where, and what is wrong."""
    why = _why(reason)
    return StopError(
        texts.code,
        zh=f"调用 {at.address} {at.operation} 时:{texts.zh}{why}",
        en=f"While calling {at.address} {at.operation}: {texts.en}{why}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=at.system, file=at.address, field=at.operation or None),
    )


def shown(text: object) -> str:
    """A stranger's text for a message: on one line, without control characters, at most SHOWN characters."""
    plain = _UNSHOWN.sub(" ", str(text)).strip()
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"


def _why(reason: object) -> str:
    text = shown(reason)
    return f" ({text})" if text else ""
