"""Small cities to report on, assessed once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import comparemaker

import roofpv
from roofpv.report.city import City
from roofpv.reporting import gather

LIST = comparemaker.LIST + (
    "G,kept,大武口区,school,public,1990,3,3000,106.36,39.01,\n"
    "H,hall,平罗县,government,public,2001,2,1500,106.54,38.91,\n"
)
HEAD = comparemaker.HEAD
EXEMPT = LIST.replace(HEAD, f"{HEAD},exemption").replace(
    "G,kept,大武口区,school,public,1990,3,3000,106.36,39.01,",
    "G,kept,大武口区,school,public,1990,3,3000,106.36,39.01,,文物",
)
NOTHING = f"{HEAD}\nA,a,大武口区,school,public,1998,,,106.37,39.01,\n"
# What a name may hold and a report must show as text.
HOSTILE = (
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0",
    "\u202egnp.exe", "a\u200fb", "😀🏫", "x" * 500, "龘𠮷㐀", "' onmouseover='x", "${title}",
    "-->", "]]>", "&amp;", "@SUM(A1)", "tab\tname",
)  # fmt: skip


@cache
def folder(text: str = EXEMPT) -> Path:
    """Result folder of a list; it must not be changed."""
    made = comparemaker.made(text)
    return roofpv.write_results(made, Path(tempfile.mkdtemp()) / "out")


@cache
def city(text: str = EXEMPT) -> City:
    """The city of a list, with its plans."""
    return gather(folder(text))


def hostile() -> str:
    """A list with one building of each hostile name."""
    rows = [
        f'X{n},"{name}",大武口区,school,public,1998,3,3000,106.37,39.0{n % 10},'
        for n, name in enumerate(HOSTILE)
    ]
    return "\n".join([HEAD, *rows]) + "\n"
