"""WSDLs in the manner of the stacks found in the field, each with one operation `query(xtbm, page)` that returns a text.

Written for these tests after the habits of Axis 1.4, ASP.NET, JAX-WS and WCF; none of them is a copy.
"""

from __future__ import annotations

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:bureau" targetNamespace="urn:bureau" {more}>
"""
PORT_TYPE = """<wsdl:portType name="Exchange"><wsdl:operation name="query">
  <wsdl:input message="tns:queryRequest"/><wsdl:output message="tns:queryResponse"/>
</wsdl:operation></wsdl:portType>
"""
ELEMENTS = """<xs:element name="query"><xs:complexType><xs:sequence>
    <xs:element name="xtbm" type="xs:string" minOccurs="0"/><xs:element name="page" type="xs:int"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="queryResponse"><xs:complexType><xs:sequence>
    <xs:element name="return" type="xs:string" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
"""
WRAPPED = """<wsdl:message name="queryRequest"><wsdl:part name="parameters" element="tns:query"/></wsdl:message>
<wsdl:message name="queryResponse"><wsdl:part name="parameters" element="tns:queryResponse"/></wsdl:message>
"""


def binding(style: str = "document", body: str = '<soap:body use="literal"/>', name: str = "Binding") -> str:
    """A SOAP 1.1 binding of the operation."""
    return f"""<wsdl:binding name="{name}" type="tns:Exchange">
  <soap:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="query"><soap:operation soapAction=""/>
    <wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output>
  </wsdl:operation>
</wsdl:binding>
"""


def service(*ports: tuple[str, str]) -> str:
    """The service with its ports: name and SOAP namespace prefix."""
    lines = [
        f'<wsdl:port name="{name}" binding="tns:{name}"><{prefix}:address location="http://intern:8080/ws/{name}"/></wsdl:port>'
        for name, prefix in ports
    ]
    return '<wsdl:service name="ExchangeService">' + "".join(lines) + "</wsdl:service>\n</wsdl:definitions>\n"


def jax_ws() -> str:
    """The schema is a document of its own, `?xsd=1`."""
    types = '<xs:schema><xs:import namespace="urn:bureau" schemaLocation="?xsd=1"/></xs:schema>'
    return (
        HEAD.format(more="")
        + f"<wsdl:types>{types}</wsdl:types>"
        + WRAPPED
        + PORT_TYPE
        + binding()
        + service(("Binding", "soap"))
    )


def jax_ws_schema() -> str:
    """What `?xsd=1` gives; JAX-WS leaves elements unqualified."""
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:bureau" targetNamespace="urn:bureau">{ELEMENTS}</xs:schema>'


def asp_net() -> str:
    """Five ports, of which GET and POST are no SOAP; qualified elements, results named after the operation."""
    schema = ELEMENTS.replace('name="return"', 'name="queryResult"')
    types = f'<xs:schema targetNamespace="urn:bureau" elementFormDefault="qualified">{schema}</xs:schema>'
    get = """<wsdl:message name="queryHttpGetIn"><wsdl:part name="xtbm" type="xs:string"/></wsdl:message>
<wsdl:message name="queryHttpGetOut"><wsdl:part name="Body" element="tns:queryResponse"/></wsdl:message>
<wsdl:portType name="ExchangeHttpGet"><wsdl:operation name="query">
  <wsdl:input message="tns:queryHttpGetIn"/><wsdl:output message="tns:queryHttpGetOut"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="ExchangeHttpGet" type="tns:ExchangeHttpGet"><http:binding verb="GET"/>
  <wsdl:operation name="query"><http:operation location="/query"/>
    <wsdl:input><http:urlEncoded/></wsdl:input>
    <wsdl:output><mime:mimeXml part="Body" xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/"/></wsdl:output>
  </wsdl:operation></wsdl:binding>
"""
    soap12 = binding(name="ExchangeSoap12").replace("<soap:", "<soap12:")
    ports = service(("ExchangeHttpGet", "http"), ("ExchangeSoap", "soap"), ("ExchangeSoap12", "soap12"))
    return (
        HEAD.format(more="") + f"<wsdl:types>{types}</wsdl:types>" + WRAPPED + PORT_TYPE + get
        + binding(name="ExchangeSoap") + soap12 + ports
    )  # fmt: skip


def axis_1_4() -> str:
    """rpc/encoded, with an array type that needs the schema of the SOAP encoding."""
    encoding = "http://schemas.xmlsoap.org/soap/encoding/"
    types = f"""<xs:schema targetNamespace="urn:bureau"><xs:import namespace="{encoding}"/>
  <xs:complexType name="ArrayOf_string"><xs:complexContent><xs:restriction base="soapenc:Array">
    <xs:attribute ref="soapenc:arrayType" wsdl:arrayType="xs:string[]"/>
  </xs:restriction></xs:complexContent></xs:complexType></xs:schema>"""
    messages = """<wsdl:message name="queryRequest"><wsdl:part name="xtbm" type="soapenc:string"/><wsdl:part name="page" type="xs:int"/></wsdl:message>
<wsdl:message name="queryResponse"><wsdl:part name="queryReturn" type="soapenc:string"/></wsdl:message>
"""
    body = f'<soap:body use="encoded" namespace="urn:bureau" encodingStyle="{encoding}"/>'
    head = HEAD.format(more=f'xmlns:soapenc="{encoding}"')
    return (
        head
        + f"<wsdl:types>{types}</wsdl:types>"
        + messages
        + PORT_TYPE
        + binding("rpc", body)
        + service(("Binding", "soap"))
    )


def wcf() -> str:
    """The port's WSDL imports the contract's, which imports its schemas; with a policy nobody reads."""
    more = 'xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"'
    policy = '<wsp:Policy><wsp:ExactlyOne><wsp:All/></wsp:ExactlyOne></wsp:Policy><wsdl:import namespace="urn:bureau" location="?wsdl=wsdl0"/>'
    return HEAD.format(more=more) + policy + binding() + service(("Binding", "soap"))


def wcf_contract() -> str:
    """What `?wsdl=wsdl0` gives."""
    types = '<xs:schema targetNamespace="urn:bureau/Imports"><xs:import schemaLocation="?xsd=xsd0" namespace="urn:bureau"/></xs:schema>'
    return (
        HEAD.format(more="")
        + f"<wsdl:types>{types}</wsdl:types>"
        + WRAPPED
        + PORT_TYPE
        + "</wsdl:definitions>"
    )


def bare() -> str:
    """document/literal, bare: the request is one text, the reply is one text."""
    types = """<xs:schema targetNamespace="urn:bureau"><xs:element name="query" type="xs:string"/>
  <xs:element name="queryResponse" type="xs:string"/></xs:schema>"""
    return (
        HEAD.format(more="")
        + f"<wsdl:types>{types}</wsdl:types>"
        + WRAPPED
        + PORT_TYPE
        + binding()
        + service(("Binding", "soap"))
    )


def open_reply() -> str:
    """The reply is any XML, and the request has an argument with parts of its own."""
    types = """<xs:schema targetNamespace="urn:bureau" elementFormDefault="qualified">
  <xs:element name="query"><xs:complexType><xs:sequence><xs:element name="request"><xs:complexType><xs:sequence>
    <xs:element name="xtbm" type="xs:string"/><xs:element name="page" type="xs:int"/>
  </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
  <xs:element name="queryResponse"><xs:complexType><xs:sequence>
    <xs:any minOccurs="0" processContents="skip"/>
  </xs:sequence></xs:complexType></xs:element></xs:schema>"""
    return (
        HEAD.format(more="")
        + f"<wsdl:types>{types}</wsdl:types>"
        + WRAPPED
        + PORT_TYPE
        + binding()
        + service(("Binding", "soap"))
    )
