"""Bounds of what comes from outside that are no settings: where each stands, what it counts, and what happens beyond it.

What a package may hold is `hub.limits`, whose every line is a setting. A bound here keeps memory and time within what a
machine has, far beyond what is ever sent; docs/limits.md shows both tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """The number `name` of a module. Beyond it comes the error or refusal `code`, or, without one, what `then` says."""

    module: str
    name: str
    zh: str
    en: str
    then_zh: str
    then_en: str
    code: str = ""

    @property
    def key(self) -> str:
        """`module:name`."""
        return f"{self.module}:{self.name}"


_REFUSED = ("拒收并说明", "refused with its reason")
_STOPS = ("停下并说明", "stops with its reason")
_LATER = ("其余下一轮取", "the rest comes with the next round")
_ENDS = ("断开，稍后再试", "hung up, tried again later")


def _of(module: str, name: str, counted: tuple[str, str], then: tuple[str, str], code: str = "") -> Bound:
    return Bound(module, name, *counted, *then, code)


BOUNDS = (
    _of("connectors.base", "LISTED_AT_MOST", ("一次列出的文件数", "files that one look lists"), _LATER),
    _of("connectors.looks", "AT_MOST", ("等待静止的文件中记住的个数", "files remembered while they come to rest"), _LATER),
    _of("connectors.sftp.requests", "LONGEST_ANSWER", ("SFTP 服务器一个应答的字节数", "bytes of one answer of an SFTP server"), _ENDS, "SFTP_LOST"),
    _of("connectors.ftp.wire", "LONGEST_LINE", ("FTP 服务器一行应答的字节数", "bytes of one line of an FTP server's reply"), _ENDS, "FTP_LOST"),
    _of("connectors.ftp.wire", "MOST_LINES", ("FTP 服务器一个应答的行数", "lines of one reply of an FTP server"), _ENDS, "FTP_LOST"),
    _of("connectors.database.batch", "LARGEST", ("一批行的字节数", "bytes of one batch of rows"), _LATER),
    _of("connectors.database.connector", "PACKAGES_AT_MOST", ("一轮的批数", "batches of one round"), _LATER),
    _of("connectors.soap.transport", "LARGEST", ("一个应答的字节数", "bytes of one reply of a service"), _STOPS, "SOAP_TOO_LARGE"),
    _of("connectors.soap.connector", "PAGES_AT_MOST", ("一轮的页数", "pages of one round"), _LATER),
    _of("connectors.soap.connector", "EMPTY_AT_MOST", ("连续的空页数", "empty pages in a row"), _LATER),
    _of("connectors.push.spool", "LONGEST", ("推送的报文包名的字节数", "bytes of a pushed package's name"), _REFUSED, "PUSH_NAME"),
    _of("hub.envelope.sm2", "MOST_BYTES", ("SM2 签名文件的字节数", "bytes of the file of an SM2 signature"), _REFUSED, "SM2_SIGNATURE"),
    _of("hub.envelope.trust", "LONGEST", ("证书链的长度", "certificates of a chain"), _REFUSED, "CERT_UNTRUSTED"),
    _of("hub.returning.answer_file", "LARGEST", ("一份答复的字节数，含附件", "bytes of an answer, attachments included"), _REFUSED, "ANSWER_INVALID"),
    _of("hub.returning.answer_file", "MOST_TAGS", ("一份答复的标签数", "tags of an answer"), _REFUSED, "ANSWER_INVALID"),
    _of("hub.returning.answer_file", "MOST_QUOTES", ("一份答复的引号数", "quotes in an answer"), _REFUSED, "ANSWER_INVALID"),
    _of("hub.returning.answer_file", "MOST_TEXT", ("答复的正文字数", "characters of an answer's text"), _REFUSED, "ANSWER_INVALID"),
    _of("hub.supervision.attachments", "LARGEST", ("牌和督办单附件的字节数", "bytes of an attachment to a card or order"), _REFUSED, "CARD_ATTACHMENT"),
    _of("hub.supervision.attachments", "MOST", ("一次提交的附件个数", "attachments given at once"), _REFUSED, "CARD_ATTACHMENT"),
    _of("hub.supervision.calendar_file", "MAX_BYTES", ("工作日历文件的字节数", "bytes of a file of the working calendar"), _REFUSED, "CALENDAR_FILE"),
    _of("hub.catalogue.xlsx_file", "UNPACKED_AT_MOST", ("工作簿解压后的字节数", "bytes of a workbook once unpacked"), _REFUSED, "TOO_LARGE"),
    _of("hub.catalogue.xlsx_file", "_MEMBERS_AT_MOST", ("工作簿的部件数", "parts of a workbook"), _REFUSED, "TOO_LARGE"),
    _of("hub.catalogue.yaml_file", "BYTES_AT_MOST", ("事项 YAML 文件的字节数", "bytes of a YAML file of items"), _REFUSED, "TOO_LARGE"),
    _of("hub.complaints.hotline", "LARGEST", ("热线文件的字节数", "bytes of a file of the hotline"), _REFUSED, "COMPLAINT_FILE"),
    _of("hub.complaints.hotline", "MOST_ROWS", ("热线文件的行数", "rows of a file of the hotline"), _REFUSED, "COMPLAINT_FILE"),
    _of("hub.nodes.files", "LARGEST", ("证书或公钥文件的字节数", "bytes of a file of a certificate or public key"), _REFUSED, "NODE_FILE"),
    _of("hub.messages.http", "LONGEST_REPLY", ("消息通道应答的字节数", "bytes of the reply of a message channel"),
        ("只看开头", "only the beginning is looked at")),
    _of("hub.ledger.verify", "LINE_LIMIT", ("导出日志一行的字节数", "bytes of one line of an exported log"),
        ("核验不通过，并指出该行", "does not verify, and that line is named")),
    _of("mappings.piece_head", "MAX_KEY", ("环节消息关键字的字数", "characters of a stage message's key"), _REFUSED, "VALUE_LENGTH"),
    _of("mappings.well_formed", "DEEP", ("环节消息文件的嵌套层数", "elements of a file of stage messages within one another"), _REFUSED, "XML_LIMIT"),
)  # fmt: skip
