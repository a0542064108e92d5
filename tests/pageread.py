"""What tests of the report's page read it with: packed columns, and a page in a browser."""

from __future__ import annotations

import base64
import contextlib
import gzip
import importlib.util
import json
from pathlib import Path

import numpy as np
from playwright.sync_api import Error


def unpacked(text):
    """What unpack.js makes of a packed text."""
    raw = gzip.decompress(base64.b64decode(text))
    size = int.from_bytes(raw[:4], "little")
    head, bodies = json.loads(raw[4 : 4 + size]), raw[4 + size :]
    return {name: _column(about, bodies) for name, about in head.items()}


def _column(about, bodies):
    body = bodies[about["at"] : about["at"] + about["size"]]
    if about["kind"] == "lines":
        return body.decode().split("\n") if about["rows"] else []
    planes = np.frombuffer(body, dtype=np.uint8).reshape(about["width"], about["rows"])
    values = sum(plane.astype(np.int64) << (8 * n) for n, plane in enumerate(planes))
    if about["kind"] == "numbers":
        return [None if one == 0 else int(one) - 1 + about["least"] for one in values]
    told = np.where(values % 2 == 1, -(values + 1) // 2, values // 2)
    return np.cumsum(told).tolist()


def axe():
    folder = Path(importlib.util.find_spec("axe_core_python").origin).parent
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def until(page, expression, argument=None):
    """Wait for an expression to come true; the policy of the page lets the driver not do it."""
    for _ in range(400):
        # Where the page is being left there is nothing to ask yet.
        with contextlib.suppress(Error):
            if page.evaluate(expression, argument):
                return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def rows(page):
    return page.locator("#table .line")
