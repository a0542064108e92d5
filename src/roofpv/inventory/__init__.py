"""Inventory: a file of buildings or planes -> a checked table, and what could not be used."""

from __future__ import annotations

from roofpv.inventory.additions import against_context, with_footprints, with_uses
from roofpv.inventory.check import Checked, check_inventory, is_plane_table
from roofpv.inventory.read import read_inventory
from roofpv.inventory.zones import CheckedZones, check_zones, read_zones

__all__ = [
    "Checked",
    "CheckedZones",
    "against_context",
    "check_inventory",
    "check_zones",
    "is_plane_table",
    "read_inventory",
    "read_zones",
    "with_footprints",
    "with_uses",
]
