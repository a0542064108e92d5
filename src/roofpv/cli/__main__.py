"""``python -m roofpv.cli``."""

from roofpv.cli import main

main()
