"""The simulator: life-like packages with planted violations, and the truth of what must become of them beside it.

It imports nothing from the contract, the mappings or the judgement, so that its truth is independent of them.
"""

from __future__ import annotations

from hub.simulate.run import Summary, simulate
from hub.simulate.world import OptionError, Options

__all__ = ["OptionError", "Options", "Summary", "simulate"]
