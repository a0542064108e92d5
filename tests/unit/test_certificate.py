"""The calculation report: a stranger with a pocket calculator finds every printed number."""

from __future__ import annotations

import dataclasses
import math
import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from certificatemaker import NAMES, all_rules, read_back, result

from roofpv import reopening, targets
from roofpv.catalogue import texts
from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.judging import verdicts_of
from roofpv.report import lettering
from roofpv.report.explain_rules import installed_text, rules_text


def page_of(tmp_path, building, lang="en", found=None):
    file = tmp_path / f"{building}_{lang}.html"
    reopening.certify(found or result(), building, file, lang)
    return file.read_text(encoding="utf-8")


def number(text):
    return Decimal(text.replace(",", ""))


def half_up(value, digits):
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def digits_of(text):
    return len(text.partition(".")[2])


def worked_out(formula):
    """What a pocket calculator makes of a printed formula."""
    said = re.sub(r"cos ([\d.]+)°", lambda m: f"math.cos(math.radians({m[1]}))", formula)
    said = re.sub(r"(?<=\d) (m2|m²|m|kWp|W)\b", "", said.replace("×", "*").replace("−", "-"))
    said = said.replace(",", "")
    assert re.fullmatch(r"(?:[\d.+\-*/() ]|math\.cos|math\.radians)+", said)
    return eval(said, {"math": math})


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("building", [n for n in NAMES if n != "exempt"])
def test_the_printed_arithmetic_closes(tmp_path, building, lang):
    tables, lines = read_back(page_of(tmp_path, building, lang))
    (areas,) = tables["areas"]
    sums = [Decimal(0)] * (len(areas[0]) - 1)
    for row in areas[1:-1]:
        gross, *taken, left = map(number, row[1:])
        assert gross - sum(taken) == left
        sums = [a + number(b) for a, b in zip(sums, row[1:], strict=True)]
    assert sums == [number(cell) for cell in areas[-1][1:]]
    (modules,) = tables["modules"]
    for column in range(5, 9):
        total = sum(number(row[column]) for row in modules[1:-1])
        assert total == number(modules[-1][column])
    for line in lines:
        for formula, shown in re.findall(r"[:：] ?([^:：=]*[×/][^:：=]*) = ([\d.,]+)", line):
            if "%" not in line:
                found = half_up(worked_out(formula), digits_of(shown))
                assert abs(found - number(shown)) <= Decimal("0.00"), line


def eased():
    """All rules, and something that eases some of them."""
    found = result()
    buildings = found.buildings.assign(
        solar_thermal_area_m2=12.34, green_roof_area_m2=55.5, carport_pv_area_m2=7.777,
        converted_facade_pv_area_m2=3.21, green_roof_duty=1.0, plot_roof_area_m2=1234.567,
    )  # fmt: skip
    return dataclasses.replace(
        found, buildings=buildings, run=found.run | {"rule_texts": all_rules()}
    )


@pytest.mark.parametrize("building", NAMES)
@pytest.mark.parametrize("with_eases", [False, True])
def test_a_stranger_finds_share_and_verdict(tmp_path, building, with_eases):
    found = dataclasses.replace(result(), run=result().run | {"rule_texts": all_rules()})
    found = eased() if with_eases else found
    tables, notes = read_back(page_of(tmp_path, building, "en", found))
    shares = [row[2] for table in tables.get("verdicts", []) for row in table[1:]]
    verdicts = [row[3] for table in tables.get("verdicts", []) for row in table[1:]]
    covers = [cell for table in tables.get("coverage", []) for row in table[1:] for cell in row[1:]]
    for said in (*shares, *covers):
        if "=" not in said:
            continue
        formula, shown = said.split(" = ")
        percent = shown.split(" %")[0]
        assert half_up(Decimal(repr(worked_out(formula))) * 100, digits_of(percent)) == number(
            percent
        ) or abs(worked_out(formula) * 100 - float(number(percent))) < 0.5 * 10 ** -digits_of(
            percent
        ) * (1 + 1e-9)
    judged = 0
    for said, verdict in zip(shares, verdicts, strict=True):
        compared = re.search(r"= ([\d.,]+) % ([≥<>≤]) ([\d.]+) %", said)
        if not compared or verdict == "no verdict":
            continue
        percent, sign, wanted = number(compared[1]), compared[2], number(compared[3])
        assert (percent >= wanted) == (sign in "≥>")
        assert (verdict == "met") == (sign in "≥>") or any("complies too" in n for n in notes)
        judged += 1
    assert judged or building in {"exempt", "undated", "tiny", "list"}


def test_verdicts_are_those_of_the_whole_list():
    texts = all_rules()
    found = dataclasses.replace(result(), run=result().run | {"rule_texts": texts})
    told = {name: verdicts_of(found, name) for name in NAMES}
    for rule, text in texts.items():
        table = targets.building_verdicts(found.buildings, targets.parse_rule(text, rule))
        for row in table.to_dict("records"):
            (target,) = [
                t for t in told[row["building_id"]]
                if (t["rule"], t["target"]) == (rule, row["target"])
            ]  # fmt: skip
            (reading,) = [r for r in target["readings"] if r["reading"] == row["reading"]]
            (case,) = [
                c for c in reading["cases"]
                if (c["numerator_variant"] or "", c["state"])
                == (row["numerator_variant"], row["state"])
            ]  # fmt: skip
            assert target["asked"] is True
            assert case["met"] is (None if row["met"] is None or row["met"] != row["met"]
                                   or str(row["met"]) == "<NA>" else bool(row["met"]))  # fmt: skip
            if case["numerator"] is not None:
                assert case["numerator"] == row["numerator"]
    asked = sum(t["asked"] is True for one in told.values() for t in one)
    assert asked > 20


def test_titles_tell_new_from_existing(tmp_path):
    assert "新建建筑光伏覆盖率计算书" in page_of(tmp_path, "slab", "zh")
    assert "既有建筑光伏覆盖率计算书" in page_of(tmp_path, "old", "zh")
    assert "竣工日期不详" in page_of(tmp_path, "undated", "zh")
    assert "of a new building" in page_of(tmp_path, "slab")


def test_a_hostile_name_is_text(tmp_path):
    page = page_of(tmp_path, "slab")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"(src|href)=", page)


def test_inputs_name_file_and_row_and_hashes_are_there(tmp_path):
    tables, lines = read_back(page_of(tmp_path, "wings"))
    (inputs,) = tables["inputs"]
    assert all(row[2] == "list.xlsx, row 2" for row in inputs[1:])
    assert any(row[0].endswith("(existing_pv_kwp)") and row[1] == "11.3 kWp" for row in inputs)
    (hashes,) = tables["sha256"]
    assert ["list.xlsx", "ab" * 32] in hashes
    assert hashes[-1][0] == "text of rule shizuishan-2025"
    assert len(hashes[-1][1]) == 64
    assert any("strive for: no obligation" in line for line in lines)
    (versions,) = tables["versions"]
    assert versions[0][0] == "roofpv"


def test_where_no_rule_was_judged_it_says_so(tmp_path):
    bare = dataclasses.replace(result(), run=result().run | {"rule_texts": {}, "rules": []})
    _, lines = read_back(page_of(tmp_path, "slab", "en", bare))
    assert any(line.startswith("No rule was judged") for line in lines)
    assert rules_text([])[1].startswith("  no rule was judged")


def test_an_exempt_building_says_why(tmp_path):
    page = page_of(tmp_path, "exempt", "zh")
    _, lines = read_back(page)
    assert any("文物保护" in line and "石政发〔2020〕1号" in line for line in lines)
    assert "不属于本目标的考核对象" in page
    assert "豁免（文物保护）" in page
    assert not {"exempt:", "excluded", "assessed"} & set(page.replace("<", " ").split())
    assert "No area of this roof was worked out." in page_of(tmp_path, "exempt", "en")


def test_what_every_run_lacks_is_told_in_chinese(tmp_path):
    # The texts of the record and those of the catalogue must stay the same.
    reasons = result().run["not_assessed"].values()
    known = {text["en"] for key, text in texts().items() if key.startswith("certificate.why.")}
    assert set(reasons) <= known
    assert "not assessed" not in page_of(tmp_path, "slab", "zh")


def test_an_empty_denominator_is_not_applicable(tmp_path):
    tables, _ = read_back(page_of(tmp_path, "tiny", "en"))
    rows = [row for table in tables["verdicts"] for row in table[1:] if "/ 0.00" in row[2]]
    assert rows
    assert {row[3] for row in rows} == {"not applicable"}


def test_substitutes_are_named(tmp_path):
    _, lines = read_back(page_of(tmp_path, "slab", "en", eased()))
    assert any("solar_thermal_area_m2 × 1 = 12.34" in line for line in lines)
    tables, _ = read_back(page_of(tmp_path, "slab", "en", eased()))
    said = [row[2] for table in tables["verdicts"] for row in table[1:]]
    assert any("+ 12.34" in one for one in said)


def test_an_estimated_roof_tells_how(tmp_path):
    _, lines = read_back(page_of(tmp_path, "list"))
    assert "gross area, estimated: floor area / storeys: 1,500 / 3 = 500.00 m²" in lines


def test_explain_tells_installed_and_verdicts_in_numbers():
    found = result()
    row = found.buildings.set_index("building_id", drop=False).loc["wings"]
    plane = found.planes[found.planes["building_id"] == "wings"].iloc[0]
    lines = installed_text(row, plane, found.run)
    assert lines[0] == "Installed now"
    formula, shown = lines[2].split(": ")[1].split(" = ")
    assert half_up(worked_out(formula), 2) == number(shown.removesuffix(" m2"))
    row = found.buildings.set_index("building_id", drop=False).loc["gable"]
    said = installed_text(row, None, found.run)
    assert said[1].startswith("  kWp: 40.37 m2 / (")
    assert len(said) == 3
    assert installed_text(found.buildings.iloc[0], None, found.run) == []
    text = rules_text(verdicts_of(found, "wings"))
    assert sum(re.search(r" = [\d.]+ % [≥<] 50 %: (not )?met$", line) is not None
               for line in text) == 12  # fmt: skip
    assert any("asks this building: no" in line for line in text)


def test_pdf_is_the_same_each_time_and_needs_no_font_of_this_computer(tmp_path, monkeypatch):
    monkeypatch.setattr(lettering, "_system_fonts", lambda: pytest.fail("asked"))
    files = [tmp_path / name for name in ("a.pdf", "b.pdf")]
    for file in files:
        reopening.certify(result(), "gable", file, "zh")
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(b"%PDF")
    assert b"/ToUnicode" in files[0].read_bytes()


def test_other_endings_and_folders_are_refused(tmp_path):
    with pytest.raises(InvalidConfig, match=r"\.html or \.pdf"):
        reopening.certify(result(), "slab", tmp_path / "a.docx", "en")
    with pytest.raises(InvalidConfig, match="there is no folder"):
        reopening.certify(result(), "slab", tmp_path / "no" / "a.html", "en")
    with pytest.raises(InvalidResult, match="no such building_id"):
        reopening.certify(result(), "nobody", tmp_path / "a.html", "en")


def test_who_is_asked_is_open_where_the_use_is_not_known():
    found = result()
    unknown = found.buildings.assign(use="unknown")
    told = verdicts_of(dataclasses.replace(found, buildings=unknown), "slab")
    assert [one["asked"] for one in told] == [None, False]
    assert told[0]["conditions"][0]["met"] is None
    text = rules_text(told)
    assert any("asks this building: not known: use unknown" in line for line in text)


def test_what_is_not_known_is_said(tmp_path):
    found = result()
    columns = ["area_m2", "installable_area_m2", "module_area_m2"]
    planes = found.planes.assign(**dict.fromkeys(columns, float("nan")))
    page = page_of(tmp_path, "old", "en", dataclasses.replace(found, planes=planes))
    _, lines = read_back(page)
    assert "No area of this roof was worked out." in lines
    assert "The result holds no outline of this roof, so nothing can be drawn." in lines


def test_only_what_this_building_lacks_is_a_limit_each_reason_once(tmp_path):
    lacking = dict.fromkeys(("own_use_kwh", "export_kwh"), "not assessed: of 1 of 3 buildings")
    found = result()
    some = found.buildings.assign(
        own_use_kwh=found.buildings["ac_kwh"].where(found.buildings["building_id"] == "slab"),
        export_kwh=0.0 * found.buildings["ac_kwh"].where(found.buildings["building_id"] == "slab"),
    )
    found = dataclasses.replace(found, buildings=some, run=found.run | {"not_assessed": lacking})
    assert "of 1 of 3 buildings" not in page_of(tmp_path, "slab", "en", found)
    other = next(name for name in NAMES if name not in {"slab", "exempt"})
    page = page_of(tmp_path, other, "en", found)
    assert page.count("of 1 of 3 buildings") == 1
    assert "own_use_kwh, export_kwh: not assessed" in page
