"""Cells of a column as words: each distinct text once, written as the word lists write it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from roofpv.inventory.folding import plain_text, simplified

# Traditional characters that names and uses hold, beside those of the headers.
_TRADITIONAL = (
    "倉庫稅檢婦術礦銀飯賓購貨車員財華麗藝劇聯協強勞個獨職師廣給熱氣變換儲隊寵獸復殯儀級損壞賃種綠雙進補習"
    "組織戰聾啞歲濟準陳雜棄滲徵廢絕糧鍊製煉紡貿鋪錢創眾羅寧慶臺興陝"
)
_SIMPLIFIED = (
    "仓库税检妇术矿银饭宾购货车员财华丽艺剧联协强劳个独职师广给热气变换储队宠兽复殡仪级损坏赁种绿双进补习"
    "组织战聋哑岁济准陈杂弃渗征废绝粮炼制炼纺贸铺钱创众罗宁庆台兴陕"
)
_PLAIN = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_BLANK_IN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_FIRST, _LAST = 0x4E00, 0xA000


def plain(text: str) -> str:
    """Small letters, simplified characters, nothing invisible, no blanks in Chinese (学　校)."""
    if not _odd().search(text):
        return text
    return _BLANK_IN_CHINESE.sub("", plain_text(text).translate(_PLAIN))


def simple_characters(text: str) -> str:
    """Simplified characters for the traditional ones of names."""
    return simplified(text).translate(_PLAIN)


@functools.cache
def _odd() -> re.Pattern[str]:
    """What makes a text other than plain; few names have any of it, and the rest need no work."""
    chinese = "".join(map(chr, range(_FIRST, _LAST)))
    folded = simplified(chinese).translate(_PLAIN)
    traditional = "".join(c for c, plain in zip(chinese, folded, strict=True) if c != plain)
    return re.compile(rf"[^\u4e00-\u9fffa-z0-9()_.#-]|[{traditional}]")


def distinct_texts(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """
    Number of its text for each row, and the texts.

    Parameters
    ----------
    column : Series (row,)
        Cells of any kind.

    Returns
    -------
    (ndarray (row,), list of str)
        Empty cells have the number -1; texts are plain, and two writings of one text stay apart.
    """
    cells = column.astype(object)
    try:
        codes, found = pd.factorize(cells)
    except TypeError:  # lists and mappings of a nested column
        codes, found = pd.factorize(cells.map(_written, na_action="ignore"))
    texts = _texts(found)
    blank = np.array([text == "" for text in texts] + [True])
    return np.where(blank[codes], -1, codes), texts


def _texts(cells: Iterable[object]) -> list[str]:
    odd = _odd().search
    return [
        cell if type(cell) is str and not odd(cell) else plain(_written(cell)) for cell in cells
    ]


def _written(cell: object) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if whole else str(cell)  # type: ignore[call-overload]
