"""Lists too long for one piece: in parts, by several processes, resumed when stopped."""

from roofpv.batch.folder import Run
from roofpv.batch.run import run_in_parts
from roofpv.batch.stop import Stopped

__all__ = ["Run", "Stopped", "run_in_parts"]
