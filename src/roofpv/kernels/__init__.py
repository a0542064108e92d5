"""Numba kernels; every file stands alone, for Numba's cache hashes only the calling file."""
