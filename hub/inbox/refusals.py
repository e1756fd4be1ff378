"""What is wrong with a package as it was sent, told to the sender before the hub has taken anything."""

from __future__ import annotations

from connectors.names import shown
from hub.errors import RefusedError


def name(given: str) -> RefusedError:
    """A name that no file of the spool may have."""
    return RefusedError(
        "PUSH_NAME",
        zh=f"报文名不可用：{shown(given)[:100]}",
        en=f"The name cannot be used: {shown(given)[:100]}",
        remedy_zh="名称为 UTF-8，至多 200 字节，不以点开头，不以 .part 结尾，不含斜杠和控制字符",
        remedy_en="A name is UTF-8, at most 200 bytes, does not begin with a dot or end in .part, and has no slash or control character",
    )


def empty() -> RefusedError:
    """Nothing was sent."""
    return RefusedError(
        "PUSH_EMPTY",
        zh="报文是空的",
        en="The package is empty",
        remedy_zh="把报文的内容作为请求体发送（curl 用 --upload-file）",
        remedy_en="Send the package as the request's body (curl: --upload-file)",
    )


def length(said: int, came: int) -> RefusedError:
    """Other than Content-Length says."""
    return RefusedError(
        "PUSH_LENGTH",
        zh=f"Content-Length 为 {said}，实收 {came} 字节",
        en=f"Content-Length says {said}, {came} bytes came",
        remedy_zh="原样重发；检查中间的代理是否改动了内容",
        remedy_en="Send it again; see whether a proxy in between changes what is sent",
    )


def length_form() -> RefusedError:
    """Content-Length that is no number."""
    return RefusedError(
        "PUSH_LENGTH",
        zh="Content-Length 不是数字",
        en="Content-Length is no number",
        remedy_zh="写字节数，或用分块传输",
        remedy_en="Give the number of bytes, or send in chunks",
    )


def too_large(limit: int) -> RefusedError:
    """Above the limit of packages."""
    return RefusedError(
        "PUSH_TOO_LARGE",
        zh=f"报文超过 {limit} 字节",
        en=f"The package has more than {limit} bytes",
        remedy_zh="压缩，或分成几个报文包",
        remedy_en="Compress it, or split it into several packages",
    )


def encoding(said: str) -> RefusedError:
    """Content-Encoding: the bytes would not be the package's."""
    return RefusedError(
        "PUSH_ENCODING",
        zh=f"不接受 Content-Encoding: {shown(said)[:50]}",
        en=f"Content-Encoding {shown(said)[:50]} is not taken",
        remedy_zh="原样发送；压缩的报文（zip、gzip、zstd）本身就是报文，不写此头",
        remedy_en="Send it as it is; a packed package (zip, gzip, zstd) is itself the package, without that header",
    )


def digest_form() -> RefusedError:
    """Content-Digest that cannot be read."""
    return RefusedError(
        "PUSH_DIGEST_FORM",
        zh="Content-Digest 的写法不对",
        en="Content-Digest cannot be read",
        remedy_zh="写成 sha-256=:BASE64:（RFC 9530）",
        remedy_en="Write it as sha-256=:BASE64: (RFC 9530)",
    )


def digest(came: str) -> RefusedError:
    """The bytes are not those that Content-Digest is of."""
    return RefusedError(
        "PUSH_DIGEST",
        zh=f"内容与 Content-Digest 不符；实收内容的 SHA-256 为 {came}",
        en=f"The content is not that of Content-Digest; what came has the SHA-256 {came}",
        remedy_zh="重新计算摘要并重发；检查传输是否改动了内容",
        remedy_en="Compute the digest anew and send again; see whether the content was changed on its way",
    )


def name_waits() -> RefusedError:
    """Other bytes under a name whose package has no receipt yet."""
    return RefusedError(
        "PUSH_NAME_WAITS",
        zh="同名的另一报文尚未办结",
        en="Another package of this name has not been answered yet",
        remedy_zh="换一个名称，或等它的回执出来后再发",
        remedy_en="Take another name, or wait for its receipt",
    )


def slow() -> RefusedError:
    """A sender who stops, or all but stops."""
    return RefusedError(
        "PUSH_SLOW",
        zh="发送中断或过慢，报文没有收下",
        en="The sender stopped or is too slow; the package was not taken",
        remedy_zh="检查网络后原样重发",
        remedy_en="See to the network and send the same again",
    )


def unknown() -> RefusedError:
    """Nothing of that name was ever pushed (by this node)."""
    return RefusedError(
        "PUSH_UNKNOWN",
        zh="没有这个名称的报文或文书",
        en="There is no package or document of this name",
        remedy_zh="核对名称；报文要先推送",
        remedy_en="Check the name; a package has to be pushed first",
    )


def cleared() -> RefusedError:
    """The receipt lay there long enough, and was removed."""
    return RefusedError(
        "PUSH_CLEARED",
        zh="这份回执已过保留期，枢纽已删除",
        en="The receipt has been removed: it lay here for as long as receipts are kept",
        remedy_zh="把同一报文原样重新推送，会得到同样的回执；不会重复办理",
        remedy_en="Push the same package again: it gets the same receipt and is not processed twice",
    )


def since(given: str) -> RefusedError:
    """`since` that is no day and no instant."""
    return RefusedError(
        "PUSH_SINCE",
        zh=f"since 的写法不对：{shown(given)[:50]}",
        en=f"since cannot be read: {shown(given)[:50]}",
        remedy_zh="写成 2026-12-01 或 2026-12-01T08:00:00+08:00（加号按百分号编码为 %2B）",
        remedy_en="Write it as 2026-12-01 or 2026-12-01T08:00:00+08:00 (the plus sign percent-encoded, %2B)",
    )


def unsigned() -> RefusedError:
    """The receipt has no signature."""
    return RefusedError(
        "PUSH_UNSIGNED",
        zh="此回执没有签名",
        en="This receipt is not signed",
        remedy_zh="请监察中心为回执配置签名密钥",
        remedy_en="Have the centre set up a key that receipts are signed with",
    )
