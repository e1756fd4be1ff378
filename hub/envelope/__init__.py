"""Opens a package: unpacks it within limits and gives its XML document as UTF-8, with attachments beside it."""

from hub.envelope.opening import open_package
from hub.limits import Limits

__all__ = ["Limits", "open_package"]
