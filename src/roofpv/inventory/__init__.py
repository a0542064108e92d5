"""Inventory: a file of buildings or planes -> a checked table, and what could not be used."""

from roofpv.inventory.check import Checked, check_inventory, is_plane_table
from roofpv.inventory.read import read_inventory

__all__ = ["Checked", "check_inventory", "is_plane_table", "read_inventory"]
