"""What can go wrong, said in one line: where, what was expected, what was found, how to mend it."""

from __future__ import annotations


class RoofpvError(Exception):
    """
    A fault in what the user gave, told so that the user can mend it.

    Parameters
    ----------
    where : str
        File, row, column, key or option that is at fault.
    problem : str
        What was found and what was expected instead.
    mend : str
        What to do about it.
    """

    def __init__(self, where: str, problem: str, mend: str) -> None:
        super().__init__(f"{where}: {problem}. {mend}.")
        self.where = where
        self.problem = problem
        self.mend = mend

    def __reduce__(self) -> tuple[type[RoofpvError], tuple[str, str, str]]:
        """So that a worker's error reaches the process that asked it."""
        return type(self), (self.where, self.problem, self.mend)


class InvalidInventory(RoofpvError):
    """A building list that cannot be read as one."""


class InvalidWeather(RoofpvError):
    """A weather file that cannot be used for a year of energy."""


class InvalidRaster(RoofpvError):
    """A surface or elevation model, or a horizon, that cannot be used."""


class InvalidConfig(RoofpvError):
    """A setting with an unknown name or an impossible value."""


class InvalidRules(RoofpvError):
    """A rule file that does not say what it measures."""


class InvalidResult(RoofpvError):
    """A result directory that is missing, incomplete or not to be overwritten."""


class WorkerLost(RoofpvError):
    """Processes that worked at a part have ended, and no row is the reason."""
