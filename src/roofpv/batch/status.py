"""How far a run in a folder is, by its manifest and its lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roofpv.batch.lock import holder_of
from roofpv.batch.manifest import FILE, is_whole, read_manifest
from roofpv.errors import InvalidResult


def status(out: Path) -> dict[str, Any]:
    """
    Tell how far a run is; every file that is done is held against its digest.

    Parameters
    ----------
    out : Path
        Folder of a run in parts.

    Returns
    -------
    dict
        ``state`` (``done``, ``running`` or ``stopped``), ``inventory``, ``rows``, ``parts``,
        ``parts_done``, ``rows_done``, ``parts_damaged`` (their numbers), ``parts_older`` (how many
        of an older list are still there) and ``held_by`` (``pid host time``, or None).

    Raises
    ------
    InvalidResult
        There is no run in parts in this folder.
    """
    found = read_manifest(out)
    if found.run is None:
        raise InvalidResult(
            str(out), f"no run in parts ({FILE} is missing)",
            "Give the folder of roofpv assess; lists of few rows are assessed in one piece",
        )  # fmt: skip
    whole = {number: is_whole(out, line) for number, line in sorted(found.parts.items())}
    done = [number for number, fine in whole.items() if fine]
    damaged = [number for number, fine in whole.items() if not fine]
    holder = holder_of(out)
    ended = found.done is not None and len(done) == found.run["parts"]
    stopped = "running" if holder is not None else "stopped"
    return {
        "state": "done" if ended and is_whole(out, found.done or {"files": {}}) else stopped,
        "inventory": found.run["inventory"],
        "rows": found.run["rows"],
        "rows_done": sum(found.parts[number]["counts"]["rows"] for number in done),
        "parts": found.run["parts"],
        "parts_done": len(done),
        "parts_damaged": damaged,
        "parts_older": len(found.older.keys() - found.parts.keys()),
        "held_by": holder,
    }


def status_lines(told: dict[str, Any]) -> list[str]:
    """The same for people."""
    said = [
        f"{told['state']}: {told['rows_done']:,} of {told['rows']:,} rows of {told['inventory']} "
        f"in {told['parts_done']:,} of {told['parts']:,} parts"
    ]
    if told["held_by"] is not None:
        said.append(f"process {told['held_by'].get('pid', '?')} works on it")
    if told["parts_damaged"]:
        numbers = ", ".join(map(str, told["parts_damaged"][:10]))
        said.append(f"{len(told['parts_damaged']):,} parts are damaged and done again: {numbers}")
    if told["parts_older"]:
        said.append(
            f"{told['parts_older']:,} parts of an older list are taken over where they hold"
        )
    if told["state"] == "stopped":
        said.append("give the same roofpv assess command to go on")
    return said
