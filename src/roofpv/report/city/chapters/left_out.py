"""What was excluded or quarantined, with counts that close, and what was found in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.city.content import City
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Grid, Heading, Lines, Section

_COUNTED = ("in", "assessed", "excluded", "quarantined")
_EXEMPT = "exempt: "  # how ``siting`` begins the reason of a building that is exempt
_MOST = 30


def left_out(city: City, language: str) -> Section:
    """
    Buildings that were not assessed by reason, and the repairs and doubts in the rows.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    run = city.result.run
    counts = run["counts"]
    blocks: list[Block] = [
        Lines((tell.say("counts", {name: tell.count(counts[name]) for name in _COUNTED}),)),
        tell.table("counts", ("what", *_COUNTED), list(_counts(city, tell)), numbers=4),
    ]
    for name, rows in (("excluded", _excluded(city, tell)), ("quarantined", _lost(city, tell))):
        blocks.append(Heading(tell.say(f"left_out.{name}")))
        blocks.append(rows or Lines((tell.say("left_out.none"),)))
    found = _findings(city, tell)
    if found is not None:
        blocks += [Heading(tell.say("left_out.findings")), found]
    else:
        blocks.append(Lines((tell.say("left_out.clean"),)))
    return Section(tell.say("section.left_out"), tuple(blocks), "left_out")


def _counts(city: City, tell: Teller) -> Iterator[tuple[str, ...]]:
    counts = city.result.run["counts"]
    for name, told in (("buildings", counts), ("planes", counts.get("planes"))):
        if told:
            yield tell.say(f"left_out.{name}"), *(tell.count(told[key]) for key in _COUNTED)


def _grouped(name: str, heads: tuple[str, ...], found: Counter[tuple[str, ...]], tell: Teller,
             ) -> Grid | None:  # fmt: skip
    """Groups with their counts, the largest first, the rest together, and their sum."""
    if not found:
        return None
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [(*key, tell.count(count)) for key, count in ordered[:_MOST]]
    blank = ("",) * (len(heads) - 2)
    rest = sum(count for _, count in ordered[_MOST:])
    if rest:
        rows.append((tell.say("left_out.others"), *blank, tell.count(rest)))
    rows.append((tell.say("left_out.sum"), *blank, tell.count(sum(found.values()))))
    made = tell.table(name, heads, rows, numbers=1)
    return Grid(made.name, made.header, made.rows, made.numbers, total=True)


def _excluded(city: City, tell: Teller) -> Grid | None:
    table = city.result.buildings
    mine = table[table["status"] == "excluded"]
    kinds = mine["exemption_kind"] if "exemption_kind" in mine else pd.Series(index=mine.index)
    found: Counter[tuple[str, ...]] = Counter()
    for reason, kind in zip(mine["status_reason"], kinds, strict=True):
        said = "" if pd.isna(reason) else str(reason).removeprefix(_EXEMPT)
        key = f"exemptions.{kind}"
        word = say(key, tell.language) if has_text(key) else tell.say("left_out.other")
        found[word, tell.told(said)] += 1
    return _grouped("excluded", ("kind", "stated", "buildings"), found, tell)


def _lost(city: City, tell: Teller) -> Grid | None:
    lost = city.result.quarantine
    found: Counter[tuple[str, ...]] = Counter()
    for (column, reason), count in _alike(lost, ("column", "reason")):
        found[_column(column, tell), tell.told(reason)] += count
    return _grouped("quarantined", ("column", "why", "rows"), found, tell)


def _findings(city: City, tell: Teller) -> Grid | None:
    lines = city.result.findings
    lines = lines[lines["kind"] != "quarantined"] if "kind" in lines else lines
    if lines.empty:
        return None
    found: Counter[tuple[str, ...]] = Counter()
    for (kind, column, reason), count in _alike(lines, ("kind", "column", "reason")):
        word = f"findings.kinds.{kind}"
        told = say(word, tell.language) if has_text(word) else tell.name(kind)
        found[told, _column(column, tell), tell.told(reason)] += count
    return _grouped("findings", ("taken_as", "column", "why", "rows"), found, tell)


def _alike(lines: pd.DataFrame, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """What stands in some columns and how often, so that each is told once; none without them."""
    if set(names) <= set(lines):
        columns = (lines[name].astype(str).tolist() for name in names)
        yield from Counter(zip(*columns, strict=True)).items()


def _column(name: str, tell: Teller) -> str:
    return tell.name(tell.column(str(name).partition("#")[0]))
