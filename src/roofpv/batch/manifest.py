"""The manifest of a run: what is done, a line each, every line with its digest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roofpv.batch.durable import put, sha256_of

FILE = "manifest.jsonl"
Body = dict[str, Any]
_OLDER = "older"


@dataclass(frozen=True)
class Manifest:
    """
    What stands in a manifest.

    ``run`` is its head (None where there is none), ``parts`` the last line of each part by its
    number, ``done`` the line of the end, ``older`` lines of parts that are still those of an older
    list.
    """

    run: Body | None = None
    parts: Mapping[int, Body] = field(default_factory=dict)
    done: Body | None = None
    older: Mapping[int, Body] = field(default_factory=dict)


def digest(value: Any) -> str:
    """Digest of a value as JSON, the same whatever the order of its keys."""
    return hashlib.sha256(_packed(value)).hexdigest()


def read_manifest(out: Path) -> Manifest:
    """
    Read the manifest of a folder; a line that is torn or damaged counts as not written.

    Parameters
    ----------
    out : Path
        One without a manifest has an empty one.
    """
    run: Body | None = None
    done: Body | None = None
    parts: dict[int, Body] = {}
    older: dict[int, Body] = {}
    path = out / FILE
    for body in _bodies(path.read_bytes() if path.is_file() else b""):
        if body["kind"] == "run":
            run = body
        elif body["kind"] == "part":
            parts[int(body["part"])] = body
        elif body["kind"] == _OLDER:
            older[int(body["part"])] = body
        elif body["kind"] == "done":
            done = body
    return Manifest(run, parts, done, older)


def begin(out: Path, run: Body, older: Iterable[Body] = ()) -> None:
    """
    Write the head of a manifest, and nothing else into it but parts of an older list.

    Parameters
    ----------
    out : Path
    run : dict
    older : iterable of dict
        Lines of parts that stand in the folder.
    """
    lines = [run, *({**one, "kind": _OLDER} for one in older)]
    put(out / FILE, b"".join(map(_line, lines)))


def append(out: Path, body: Body) -> None:
    """
    Add a line, on disk before this returns.

    Parameters
    ----------
    out : Path
    body : dict
        With ``kind``.
    """
    path = out / FILE
    whole = path.read_bytes()[-1:] == b"\n" if path.stat().st_size else True
    with path.open("ab") as opened:
        # What a torn line left must not take this one with it.
        opened.write((b"" if whole else b"\n") + _line(body))
        opened.flush()
        os.fsync(opened.fileno())


def finish(out: Path, bodies: Iterable[Body]) -> None:
    """Write the whole manifest anew, in the order given: that of the work leaves no trace."""
    put(out / FILE, b"".join(_line(body) for body in bodies))


def is_whole(out: Path, body: Body) -> bool:
    """Whether every file of a line is there with its digest."""
    return all(
        (out / name).is_file() and sha256_of(out / name) == known
        for name, known in body["files"].items()
    )


def _packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _line(body: Body) -> bytes:
    packed = _packed(body)
    return hashlib.sha256(packed).hexdigest().encode() + b" " + packed + b"\n"


def _bodies(content: bytes) -> Iterable[Body]:
    for line in content.split(b"\n"):
        known, _, packed = line.partition(b" ")
        if packed and hashlib.sha256(packed).hexdigest().encode() == known:
            yield json.loads(packed)
