"""English that stands in a Chinese text."""

from __future__ import annotations

import re

# Addresses, numbers of documents, options of the command line, names of files, keys and columns.
SIGNS = re.compile(
    r"doi:\S+|[\w.-]+\.(?:com|cn|jp|de|org|html|shtml|htm|csv|json|nc|py|md|toml|geojson|parquet)"
    r"[\w/.-]*|--[a-z-]+|[A-Za-z]*[\w-]*_\w+|[a-z]+\.[a-z_*]+|[A-Z]{2,}[\w./-]*\d[\w./-]*"
    r"|[a-z]+-[a-z0-9-]+|\b[a-z]+/[\w./-]+|\bload\.|\bareas\b|\b[A-D]\d?(?:/N\d)?\b|\bN\d\b|\bP\d\d\b",
)
UNITS = frozenset(
    re.findall(
        r"\S+",
        "m mm cm km kg kt t W kW kWp MWp MW kWh MWh GWh Wp a d h deg K kN g μg nm Pa CO CO₂",
    )
)
# People who published a model, models and data sets, programs, standards and places of work.
NAMES = frozenset(
    re.findall(
        r"\S+",
        """
        Hay Davies De Soto King SAND pvlib ModelChain PVWatts PVsyst SAM Simulation Core Version
        Manual NREL ASHRAE Transactions Perez Kimber Coello Boyle Marion Townsend Powers Shepard
        Lee Panchula Caballero Mikofski Anderson Jensen Martinez Moreno Konarska Thevenard Pelland
        Jordan Solar Energy Sustainability Deru ICAO ISO GB CDSRD SARA Title EPBD HE PV CSV TOML
        TMY v Asia Shanghai GitHub GudaoStudio Basic Database LBT On roofpv explain run SHA
        haydavies physical dirint pvwatts lump constant none nearest mono portrait linear martinez
        sapm close mount glass stated flat generic ningxia northwest average energy coverage npv
        then kimber hsu nrel townsend monthly parts blend coated desoto caballero premium first
        solar graph china fossil dawukou huinong pingluo shizuishan CNY USE KEY VALUE
        """,
    )
)
WORD = re.compile("[A-Za-zµμ]+")


def english(text):
    """Latin words of a text that are no sign, unit or name."""
    bare = SIGNS.sub(" ", text)
    return {word for word in WORD.findall(bare) if word not in NAMES | UNITS and len(word) > 1}
