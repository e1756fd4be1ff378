"""A message as the text of one `Case` element."""

from __future__ import annotations

from hub.simulate.elements import Codes, elements
from hub.simulate.story import Message
from hub.simulate.xml import Node, flat, pretty, written


def case_text(message: Message, codes: Codes) -> str:
    """The element with a line break at its end; laid out over many lines or in one."""
    life = message.life
    nodes: list[Node] = [("CaseNo", life.case_no)]
    if message.version is not None:
        nodes.append(("DataVersion", str(message.version)))
    if message.updated is not None:
        nodes.append(("UpdatedAt", written(message.updated, "offset")))
    if message.operation != "U" or life.salt % 2:
        nodes.append(("Operation", message.operation))
    body = elements(life, codes, message.style)
    if message.attachments:
        _attach(body, message)
    if message.defect is not None:
        message.defect.change(body)
    nodes += body
    if message.layout == "flat":
        return f"  <Case>{flat(nodes)}</Case>\n"
    return f"  <Case>\n{pretty(nodes)}  </Case>\n"


def _attach(body: list[Node], message: Message) -> None:
    """Names the attachments in the first materials."""
    [materials] = [value for name, value in body if name == "Materials"]
    for file, (_, fields) in zip(message.attachments, materials, strict=False):
        assert not isinstance(fields, str)
        fields += [
            ("AttachmentName", "证明材料"),
            ("AttachmentDigest", file.digest),
            ("AttachmentRef", file.name),
        ]
