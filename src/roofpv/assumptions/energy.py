"""Assumptions on light, modules and losses."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import PVWATTS, UNKNOWN, choice, count, number
from roofpv.assumptions.lists import days, months
from roofpv.assumptions.modules import MODULES
from roofpv.assumptions.money import of_costs

TRANSPOSITIONS = ("haydavies", "perez", "isotropic")
IAMS = ("physical", "martin_ruiz", "none", "coated")
IAM_DIFFUSES = ("none", "coated")
SPECTRUMS = ("none", "desoto", "first_solar", "caballero")
SYSTEMS = ("lump", "parts")
SOILINGS = ("constant", "monthly", "kimber", "hsu")
SNOWS = ("constant", "nrel", "townsend")
KIMBER = "Kimber et al. 2006, doi:10.1109/WCPEC.2006.279690"
INVERTERS = ("pvwatts", "linear")
TEMPERATURES = (
    "sapm/close_mount_glass_glass",
    "sapm/open_rack_glass_glass",
    "sapm/open_rack_glass_polymer",
    "sapm/insulated_back_glass_polymer",
    "faiman",
    "pvsyst/freestanding",
    "pvsyst/semi_integrated",
    "pvsyst/insulated",
    "noct/roof_mount",
    "noct/open_rack",
)
DECOMPOSITIONS = ("erbs", "erbs_driesse", "disc", "dirint")
WEATHER_SITES = ("nearest", "blend")
ROW_SHADINGS = ("beam_diffuse", "beam", "none")
ELECTRICAL_SHADINGS = ("linear", "martinez")


@dataclass(frozen=True)
class Models:
    """Which published model does each step; names as in pvlib."""

    transposition: str = choice(
        "haydavies", TRANSPOSITIONS, "Hay and Davies 1980; smooth in time, needs no bins"
    )
    iam: str = choice("physical", IAMS, "De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010")
    temperature: str = choice(
        "sapm/close_mount_glass_glass",
        TEMPERATURES,
        "King et al., SAND2004-3535; the close mount is the warmer, cautious case for racks",
    )
    iam_diffuse: str = choice(
        "none", IAM_DIFFUSES, "as in pvlib's ModelChain; coated: SAM Simulation Core, PVWatts v8"
    )
    spectrum: str = choice(
        "none",
        SPECTRUMS,
        "desoto: De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010; by water vapour too, of "
        "monocrystalline silicon: first_solar: Lee and Panchula 2016, "
        "doi:10.1109/PVSC.2016.7749836; caballero: Caballero et al. 2018, "
        "doi:10.1109/jphotov.2017.2787019",
    )
    inverter: str = choice(
        "pvwatts", INVERTERS, f"{PVWATTS}; linear: SAM Simulation Core, PVWatts v8"
    )
    decomposition: str = choice(
        "dirint",
        DECOMPOSITIONS,
        "Perez et al. 1992, ASHRAE Transactions 98 (1): nearest to the split of 7 real files "
        "(benchmarks/decomposition.py)",
    )


@dataclass(frozen=True)
class Losses:
    """
    Shares of the DC energy lost; they multiply.

    ``soiling`` and ``snow`` count where their model is constant; other models go hour by hour.
    """

    system: float = number(
        0.054, "1", 0, 0.9, f"mismatch 2, wiring 2, connections 0.5, nameplate 1 %: {PVWATTS}"
    )
    soiling: float = number(
        0.045, "1", 0, 0.9, f"3-6 % a year with 4-6 cleanings, no local measurement; {UNKNOWN}"
    )
    snow: float = number(0.01, "1", 0, 0.9, f"snow is rare, below 1-2 %; {UNKNOWN}")
    availability: float = number(0.03, "1", 0, 0.9, PVWATTS)
    first_year: float = number(0.015, "1", 0, 0.9, f"light-induced degradation, {PVWATTS}")
    system_by: str = choice(
        "lump",
        SYSTEMS,
        "lump: losses.system, told in parts in proportion to the four below; parts: these instead "
        f"of it: {PVWATTS}",
    )
    mismatch: float = number(0.02, "1", 0, 0.9, f"part of the system's: {PVWATTS}")
    wiring: float = number(0.02, "1", 0, 0.9, f"part of the system's: {PVWATTS}")
    connections: float = number(0.005, "1", 0, 0.9, f"part of the system's: {PVWATTS}")
    nameplate: float = number(0.01, "1", 0, 0.9, f"part of the system's: {PVWATTS}")
    soiling_model: str = choice(
        "constant",
        SOILINGS,
        f"monthly: losses.soiling_monthly; kimber: {KIMBER}; hsu: Coello and Boyle 2019, "
        "doi:10.1109/JPHOTOV.2019.2919628",
    )
    soiling_monthly: str = months(
        "0.03 0.04 0.06 0.08 0.08 0.06 0.04 0.03 0.03 0.03 0.03 0.03",
        "1",
        0,
        0.9,
        f"dust from March to June, 4.5 % in the mean as losses.soiling; {UNKNOWN}",
    )
    soiling_per_day: float = number(
        0.002, "1/d", 0, 0.1, f"kimber; 0.001-0.003 in {KIMBER}; {UNKNOWN}"
    )
    soiling_most: float = number(0.3, "1", 0, 0.9, f"kimber; {KIMBER}")
    soiling_grace_days: int = count(
        14, 1, 365, f"kimber; days after rain on which the ground is damp: {KIMBER}"
    )
    rain_cleans_mm: float = number(6.0, "mm", 0.1, 100, f"in 24 h; {KIMBER}")
    rain_days: str = months(
        "",
        "d",
        0,
        31,
        "days of each month with rain that cleans, spread evenly, where the weather has no "
        f"precipitation; {UNKNOWN}",
    )
    cleaning_dates: str = days(
        "", "on which modules are washed, from 0 h on; none unless somebody is known to do it"
    )
    cleaning_every_days: int = count(
        0, 0, 3650, "days from washing to washing, from 1 January on; 0 is never"
    )
    pm2_5_ug_per_m3: float = number(35.0, "ug/m3", 0, 10000, f"hsu; {UNKNOWN}")
    pm10_ug_per_m3: float = number(80.0, "ug/m3", 0, 10000, f"hsu; {UNKNOWN}")
    snow_model: str = choice(
        "constant",
        SNOWS,
        "nrel: Marion et al. 2013, doi:10.1016/j.solener.2013.07.029; NREL/TP-6A20-68705; "
        "townsend: by the month, Townsend and Powers 2011, doi:10.1109/PVSC.2011.6186627",
    )
    snow_strings: int = count(
        1, 1, 100, f"nrel, townsend; strings above each other up the slope of a row; {UNKNOWN}"
    )
    snow_monthly_cm: str = months(
        "",
        "cm",
        0,
        1000,
        f"townsend; fresh snow of each month, instead of the weather's; {UNKNOWN}",
    )
    snow_days: str = months(
        "", "d", 0, 31, f"townsend; days of each month with more than 2.54 cm of it; {UNKNOWN}"
    )
    humidity_monthly: str = months(
        "", "%", 0, 100, f"townsend; relative humidity, where the weather has none; {UNKNOWN}"
    )
    snow_cm_per_mm: float = number(
        1.0,
        "cm/mm",
        0.1,
        5,
        "nrel; fresh snow from precipitation at or below 0 degC, where the weather has no snow; "
        f"{UNKNOWN}",
    )
    degradation_per_year: float | None = of_costs("degradation_per_year")


@dataclass(frozen=True)
class Site:
    """The surroundings."""

    albedo: float = number(0.2, "1", 0, 1, "pvlib.albedo: grass and weathered roofs")
    aod500: float = number(
        0.084, "1", 0, 5, "models.spectrum = caballero; aerosol optical depth at 500 nm of its "
        f"reference; {UNKNOWN}",
    )  # fmt: skip
    weather_reach_km: float = number(
        50.0, "km", 1, 1000, "a bundled site is used up to this distance, and beyond it a warning"
    )
    wind_speed: float = number(
        2.0,
        "m/s",
        0,
        30,
        f"where the weather has none; a weak wind keeps modules rather too warm; {UNKNOWN}",
    )
    weather_sites: str = choice(
        "nearest",
        WEATHER_SITES,
        "nearest: each roof takes its nearest weather site; blend: Shepard 1968, "
        "doi:10.1145/800186.810616, on the energy of several",
    )
    blend_sites: int = count(3, 1, 50, f"nearest weather sites in a blend; {UNKNOWN}")
    blend_power: float = number(2.0, "1", 0.1, 20, "weight by distance to this power: Shepard 1968")
    blend_reach_km: float = number(
        100.0, "km", 1, 2000, f"sites beyond it are blended in only if nearest; {UNKNOWN}"
    )
    lapse_rate: float = number(
        -6.5,
        "K/km",
        -15,
        15,
        "ICAO standard atmosphere, ISO 2533:1975; by altitude_m of the roof over that of the site",
    )


@dataclass(frozen=True)
class Module:
    """The PV module; a preset sets its power, size, weight and temperature coefficient at once."""

    preset: str = choice(
        "mono-580", tuple(MODULES), f"class of the module (assumptions/modules.py); {UNKNOWN}"
    )
    power_w: float = number(580.0, "W", 1, 2000, f"224 W/m2 class of 2025; {UNKNOWN}")
    length_m: float = number(2.278, "m", 0.1, 5, f"182 mm cells, 72 pairs; {UNKNOWN}")
    width_m: float = number(1.134, "m", 0.1, 3, f"182 mm cells, 72 pairs; {UNKNOWN}")
    weight_kg: float = number(
        28.0, "kg", 1, 200, f"10-20 kg/m2 (m.soonm.com/news/21832); {UNKNOWN}"
    )
    gamma_pdc: float = number(-0.0035, "1/K", -0.01, 0, f"premium module, {PVWATTS}")
    efficiency: float = number(
        0.1, "1", 0, 0.5, "pvlib's default, used by the PVsyst cell temperature only"
    )
    low_light_k: float = number(
        0.0, "1", -0.1, 0.1, "Marion 2008, doi:10.1109/PVSC.2008.4922586; 0 is PVWatts v5"
    )


@dataclass(frozen=True)
class Inverter:
    """The inverter."""

    efficiency: float = number(0.96, "1", 0.5, 1, PVWATTS)
    dc_ac_ratio: float = number(1.2, "1", 0.5, 3, PVWATTS)


@dataclass(frozen=True)
class Shading:
    """What hides the sun and the sky."""

    rows: str = choice(
        "beam_diffuse",
        ROW_SHADINGS,
        "infinite rows, in proportion to the light: Mikofski et al. 2019, "
        "doi:10.1109/PVSC40753.2019.8980572; Anderson and Jensen 2024, doi:10.1063/5.0202220; "
        "Anderson et al. 2026, doi:10.1109/JPHOTOV.2026.3677506",
    )
    surface_reach_m: float = number(
        500.0, "m", 1, 2000, f"a 60 m tower is 7 deg high there; terrain shades beyond; {UNKNOWN}"
    )
    surface_pixels: int = count(
        64, 1, 100000, f"most pixels of a plane that are looked at, spread evenly; {UNKNOWN}"
    )
    surface_eye_m: float = number(
        0.1,
        "m",
        0,
        5,
        "modules above the surface model, whose noise of a few cm would hide low suns from its "
        f"own roof; {UNKNOWN}",
    )
    canopy_leaf_on: float = number(
        0.03, "1", 0, 1, "sun through crowns in leaf, 0.013-0.053: Konarska et al. 2014, "
        "doi:10.1007/s00704-013-1000-3",
    )  # fmt: skip
    canopy_leaf_off: float = number(
        0.46, "1", 0, 1, "sun through bare crowns, 0.40-0.52: Konarska et al. 2014, "
        "doi:10.1007/s00704-013-1000-3",
    )  # fmt: skip
    leaf_on_from: int = count(
        4, 1, 12, f"first month in leaf, six months later in the south; {UNKNOWN}"
    )
    leaf_on_to: int = count(
        10, 1, 12, f"last month in leaf, six months later in the south; {UNKNOWN}"
    )
    terrain_reach_km: float = number(
        50.0, "km", 1, 300, f"a ridge 1,000 m above is 1 deg high there; {UNKNOWN}"
    )
    refraction: float = number(
        0.13, "1", -1, 0.9, "curvature of light over that of the Earth: Gauss's value, usual in "
        "surveying; it varies with the air",
    )  # fmt: skip
    electrical: str = choice(
        "linear",
        ELECTRICAL_SHADINGS,
        "of an array partly in the shade of its skyline; linear: the loss is that of the light; "
        "martinez: Martinez-Moreno et al. 2010, doi:10.1016/j.solmat.2010.07.029",
    )
    blocks: int = count(
        3, 1, 1000, f"of cells that a shadow takes one by one, martinez only; {UNKNOWN}"
    )
    reach_m: float = number(
        200.0,
        "m",
        1,
        5000,
        "a building 20 m above the roof stands 5.7 deg high there; those farther away are left to "
        f"a surface model and the terrain; {UNKNOWN}",
    )


_THEVENARD = "Thevenard and Pelland, Solar Energy, online 31 May 2011"


@dataclass(frozen=True)
class Uncertainty:
    """
    One standard deviation of what the energy rests on, besides the years and the roofs.

    That of a year to the next comes with the weather, those of a roof from ``Certainty`` and
    ``Areas``.
    """

    transposition: float = number(
        0.03, "1", 0, 0.5, f"irradiation on the plane from that on the ground: {_THEVENARD}"
    )
    model: float = number(
        0.03, "1", 0, 0.5, f"temperature, reflection and inverter models; {UNKNOWN}"
    )
    module: float = number(0.03, "1", 0, 0.5, f"rated power of the modules: {_THEVENARD}")
    soiling: float = number(0.02, "1", 0, 0.5, f"dust and cleaning: {_THEVENARD}; {UNKNOWN}")
    losses: float = number(
        0.03, "1", 0, 0.5, f"snow (1.5 % in {_THEVENARD}), wiring, availability; {UNKNOWN}"
    )
    degradation_per_year: float = number(
        0.003,
        "1/a",
        0,
        0.05,
        "rate of ageing, of the life only: published medians 0.5-0.6, means 0.8-0.9 %: Jordan et "
        "al. 2016, doi:10.1002/pip.2744",
    )
    site_correlation: float = number(
        0.9,
        "1",
        0,
        1,
        "share of the variance of the weather's errors that all weather sites have in common; of "
        f"the years, where there are enough, they tell it themselves; {UNKNOWN}",
    )
    irradiation: float = number(
        0.05,
        "1",
        0,
        0.5,
        "long-term error of annual GHI where several years of weather state none; modelled "
        f"irradiation carries 5-8 %; {UNKNOWN}",
    )
