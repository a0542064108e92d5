"""The story of a report, taken apart."""

from __future__ import annotations

import dataclasses

from roofpv.report.document import Facts, Grid, Heading, Lines


def section(document, key):
    return next(one for one in document.sections if one.key == key)


def grid(document, key, name):
    blocks = section(document, key).blocks
    return next(b for b in blocks if isinstance(b, Grid) and b.name == name)


def lines(document, key):
    blocks = section(document, key).blocks
    return [text for b in blocks if isinstance(b, Lines) for text in b.texts]


def words(document):
    """Everything that a document says."""
    said = [document.title, *document.head]
    for one in document.sections:
        said.append(one.title)
        for block in one.blocks:
            if isinstance(block, Lines):
                said += block.texts
            elif isinstance(block, Heading):
                said.append(block.text)
            elif isinstance(block, Facts):
                said += [cell for row in block.rows for cell in row]
            elif isinstance(block, Grid):
                said += [*block.header, *(cell for row in block.rows for cell in row)]
    return said


def of_run(city, **parts):
    result = dataclasses.replace(city.result, run=city.result.run | parts)
    return dataclasses.replace(city, result=result)


def with_buildings(city, **columns):
    table = city.result.buildings.assign(**columns)
    return dataclasses.replace(city, result=dataclasses.replace(city.result, buildings=table))


def with_targets(city, **parts):
    entries = [entry | parts for entry in city.result.targets]
    return dataclasses.replace(city, result=dataclasses.replace(city.result, targets=entries))
