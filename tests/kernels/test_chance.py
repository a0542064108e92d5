"""The numbers that the draws of a target rest on."""

from __future__ import annotations

import numpy as np
import pytest

from roofpv.compiled import load_kernels

STEP = 0x9E3779B97F4A7C15


def test_scrambled_counters_are_those_of_splitmix64():
    mixed = load_kernels("chance").mixed
    state = 1234567
    # The reference implementation's first numbers from this seed.
    for wanted in (6457827717110365317, 3203168211198807973, 9817491932198370423):
        state = (state + STEP) % 2**64
        assert int(mixed(np.uint64(state))) == wanted


@pytest.mark.parametrize("first", [0, 12, 24, 36, 48])
def test_no_part_of_the_bits_prefers_a_level(first):
    mixed = load_kernels("chance").mixed
    count = 1 << 16
    bits = np.array([int(mixed(np.uint64((k * STEP) % 2**64))) for k in range(count)], dtype=object)
    levels = np.array([(one >> first) & 15 for one in bits])
    found = np.bincount(levels, minlength=16) - count / 16.0
    # Chi square with 15 degrees of freedom: above 44 in one of 10,000 cases.
    assert float((found**2).sum() / (count / 16.0)) < 44.0
