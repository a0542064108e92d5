"""The exact sum of long arrays is that of ``math.fsum``, to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from roofpv.exactly import exact_sum


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 5000])
@pytest.mark.parametrize("decades", [0, 3, 40, 300])
def test_it_is_the_rounded_sum_of_all(count, decades):
    rng = np.random.default_rng([count, decades])
    values = rng.normal(size=count) * 10.0 ** rng.uniform(-decades, decades / 2.0, count)
    for terms in (values, np.abs(values), np.concatenate([values, -values[::-1]])):
        assert exact_sum(terms) == math.fsum(terms.tolist())


def test_what_cancels_leaves_the_smallest_term():
    values = np.concatenate([np.full(500, 1e16), [1.0, 2.0**-60], np.full(500, -1e16)])
    assert exact_sum(values) == 1.0
    assert exact_sum(values - [1.0 if at == 500 else 0.0 for at in range(1002)]) == 2.0**-60


@pytest.mark.parametrize("odd", [1e308, 5e-324, math.inf, math.nan])
def test_numbers_at_the_ends_of_the_range_are_summed_as_well(odd):
    values = np.append(np.zeros(300), odd)
    assert exact_sum(values) == odd or (math.isnan(odd) and math.isnan(exact_sum(values)))


def test_a_column_that_is_no_block_in_memory():
    table = np.random.default_rng(3).normal(size=(1000, 3))
    assert exact_sum(table[:, 1]) == math.fsum(table[:, 1].tolist())
