"""Well-known schemas that WSDLs import by address, answered from here so that nothing is fetched."""

from __future__ import annotations

from importlib.resources import files

FILES = {
    "schemas.xmlsoap.org/soap/encoding": "soap-encoding-1.1.xsd",
    "www.w3.org/2003/05/soap-encoding": "soap-encoding-1.2.xsd",
    "schemas.xmlsoap.org/wsdl": "wsdl-array-type.xsd",
    "www.w3.org/2001/xml.xsd": "xml.xsd",
    "www.w3.org/2009/01/xml.xsd": "xml.xsd",
    "www.w3.org/XML/1998/namespace": "xml.xsd",
    "www.w3.org/2001/XMLSchema": "xml-schema.xsd",
    "www.w3.org/2001/XMLSchema.xsd": "xml-schema.xsd",
    "www.w3.org/2005/05/xmlmime": "xml-mime.xsd",
    "www.w3.org/2004/11/xmlmime": "xml-mime-2004.xsd",
    "www.w3.org/2004/08/xop/include": "xop-include.xsd",
    "ws-i.org/profiles/basic/1.1/xsd": "swa-ref.xsd",
    "ws-i.org/profiles/basic/1.1/swaref.xsd": "swa-ref.xsd",
}
"""Address without scheme and closing slash → file beside this module."""


def find(url: str) -> bytes | None:
    """The declaration for an address (http or https), None if it is not one of FILES."""
    scheme, colon, rest = url.partition("://")
    name = FILES.get(rest.rstrip("/#")) if colon and scheme in ("http", "https") else None
    return files(__package__).joinpath(name).read_bytes() if name else None
