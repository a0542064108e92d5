"""Workbooks changed in place: the bytes of a part stay as they are, but for what is put in."""
