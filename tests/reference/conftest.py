import sys
from pathlib import Path

# The peers and the oracle's comparison are shared with the benchmarks.
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
