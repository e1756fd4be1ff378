"""How YAML is read everywhere: by libyaml where it is built in, ten times faster, with the same marks for complaints."""

from __future__ import annotations

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Any:
    """Plain data out of YAML text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=LOADER)


def compose(text: str) -> yaml.Node | None:
    """The top node with its marks, None of an empty text. Raises yaml.YAMLError."""
    node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    return node
