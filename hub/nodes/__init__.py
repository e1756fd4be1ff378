"""节点身份: who may deliver for a system. Credentials of nodes (client certificate, token, SSH key, signing certificate),
bound to a system, its organisations and regions; doors ask here, and whoever is turned away is written down.
"""

from hub.nodes.binding import narrow
from hub.nodes.doors import by_certificate, by_ssh_key, by_token
from hub.nodes.refusals import settle
from hub.nodes.shapes import Credential, Node
from hub.nodes.store import expiring, listed, node_of_signer, signing_certificates

__all__ = [
    "Credential",
    "Node",
    "by_certificate",
    "by_ssh_key",
    "by_token",
    "expiring",
    "listed",
    "narrow",
    "node_of_signer",
    "settle",
    "signing_certificates",
]
