"""What a node may send: the registration, narrowed to the organisations and regions of the node that sent a package."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from hub.errors import PackageRefused, Place, StopError
from hub.nodes.shapes import Node
from hub.register import Registration
from schemas.numbers import region_within


def narrow(registration: Registration, node: Node | None) -> Registration:
    """The registration as it holds for what `node` sent; without a node, or for one without bounds, as it is.

    Raises StopError: NODE_FOREIGN (a node of another system), NODE_BOUNDS (nothing of what the node is bound to is
    the registration's any more: an empty list would allow everything).
    """
    if node is None:
        return registration
    if node.system != registration.code:
        raise StopError(
            "NODE_FOREIGN",
            zh=f"节点 {node} 不属于系统 {registration.code}",
            en=f"The node {node} is not one of the system {registration.code}",
            remedy_zh="用 suphub node list 查看该系统的节点；由所属系统的节点报送",
            remedy_en="See the system's nodes with: suphub node list; send from a node of the system itself",
            place=Place(system=registration.code),
        )
    found = registration
    if node.organizations:
        kept = tuple(each for each in registration.organizations if each in node.organizations)
        if not kept:
            raise _outside(registration, node, "organization", registration.organizations)
        found = replace(found, organizations=kept)
    if node.regions:
        inside = tuple(each for each in node.regions if region_within(each, registration.region))
        if not inside:
            raise _outside(registration, node, "region", (registration.region,))
        # One region takes the registration's place: it is also what a case without a region is given.
        found = replace(found, region=inside[0]) if len(inside) == 1 else replace(found, regions=inside)
    return found


def met(signed: Node | None, sent: Node | None) -> Node | None:
    """What may be in a package that one node signed and one sent: what both may. Raises PackageRefused NODE_APART: nothing."""
    if signed is None or sent is None or signed == sent:
        return signed or sent
    organizations = _both(
        signed.organizations, sent.organizations, lambda one, other: one if one == other else None
    )
    regions = _both(signed.regions, sent.regions, _narrower)
    if organizations is None or regions is None:
        raise PackageRefused("NODE_APART", signed=str(signed), sent=str(sent))
    return replace(signed, organizations=organizations, regions=regions)


def _both(
    one: tuple[str, ...], other: tuple[str, ...], meet: Callable[[str, str], str | None]
) -> tuple[str, ...] | None:
    """What two bounds have in common; none of them bounds nothing. None: they have nothing in common."""
    if not one or not other:
        return one or other
    found = (meet(each, against) for each in one for against in other)
    return tuple(dict.fromkeys(each for each in found if each is not None)) or None


def _narrower(one: str, other: str) -> str | None:
    if region_within(one, other):
        return one
    return other if region_within(other, one) else None


def _outside(registration: Registration, node: Node, field: str, registered: Iterable[str]) -> StopError:
    bound = node.organizations if field == "organization" else node.regions
    return StopError(
        "NODE_BOUNDS",
        zh=f"节点 {node} 所绑定的 {field}（{'、'.join(bound)}）已不在登记之内（{'、'.join(registered)}）",
        en=f"What the node {node} is bound to ({field}: {', '.join(bound)}) is no longer within the registration "
        f"({', '.join(registered)})",
        remedy_zh=f"用 suphub node rotate {node} 重新绑定，或改正登记",
        remedy_en=f"Bind it anew with: suphub node rotate {node}; or mend the registration",
        place=Place(system=registration.code, file=registration.path or None, field=field),
    )
