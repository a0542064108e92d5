"""Height rasters, read in windows: what they must be, and what is said of those that are not."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from roofpv.errors import InvalidRaster
from roofpv.shading.rasterfiles import Source, raster_source
from roofpv.shading.spikes import RIM, find_spikes, spike_height_m
from roofpv.text import plain

# The shore of the Dead Sea lies at -430 m, Mount Everest at 8,849 m. What is outside is no height.
LOWEST_M, HIGHEST_M = -500.0, 9000.0
# Heights that stand for none where no tag says so, and that could be some: with no height from
# there up to so much above, while the ground lies higher yet, they are none.
SENTINELS = tuple(
    float(np.float32(value)) for value in (0.0, -1.0, -99.0, -100.0, -128.0, -327.67, -327.68)
)
GAP_M = 50.0
_FEET = ("ft", "foot", "feet", "us-ft", "us survey foot", "ftus", "us_ft")
_LARGEST_STRETCH = 0.01
# Projections for whole countries stretch lengths by 2 to 3 %, and so the horizon of 5 deg by 0.1.
_LARGEST_OF_LAND = 0.05
_DEGREE_M = 111195.0


@dataclass(frozen=True)
class Raster:
    """
    Heights on a grid with rows from north to south.

    ``shape`` (rows, columns), ``left top`` of the upper left corner and ``step_x step_y`` of a
    pixel in the units of ``crs`` (None: metres), ``remarks`` for the user. ``heights`` holds the
    array, or ``path`` the file that windows are read from by ``driver``, with ``south_up``
    where its rows run from south to north. Pixels of the height ``fill`` are without data, though
    no tag says so.
    """

    name: str
    shape: tuple[int, int]
    left: float
    top: float
    step_x: float
    step_y: float
    crs: pyproj.CRS | None = None
    remarks: tuple[str, ...] = ()
    heights: np.ndarray | None = None
    path: str | None = None
    driver: str = "GTiff"
    south_up: bool = False
    fill: float | None = None

    @property
    def geographic(self) -> bool:
        """Whether the grid is one of longitude and latitude."""
        return self.crs is not None and bool(self.crs.is_geographic)

    def middle(self) -> tuple[float, float]:
        """Place of the middle of the grid, in the units of its CRS."""
        rows, columns = self.shape
        return self.left + 0.5 * columns * self.step_x, self.top - 0.5 * rows * self.step_y

    def window(self, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
        """
        Heights of the pixels from a row and a column up to others, which may lie outside.

        Returns
        -------
        ndarray (row, column) of float32
            [m]; NaN outside the raster, without data, where no height on Earth is so, and at
            spikes.
        """
        rim = (rows[0] - RIM, rows[1] + RIM), (columns[0] - RIM, columns[1] + RIM)
        out = self.raw_window(*rim)
        out[~self.is_height(out)] = np.nan
        out[find_spikes(out, self.spike_height_m)] = np.nan
        return np.ascontiguousarray(out[RIM:-RIM, RIM:-RIM])

    def raw_window(self, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
        """
        What the raster says of the pixels of a window, heights or not.

        Returns
        -------
        ndarray (row, column) of float32
            NaN outside the raster, and where it says that there is no data.
        """
        out = np.full((rows[1] - rows[0], columns[1] - columns[0]), np.nan, dtype=np.float32)
        top, bottom = max(rows[0], 0), min(rows[1], self.shape[0])
        left, right = max(columns[0], 0), min(columns[1], self.shape[1])
        if top < bottom and left < right:
            known = self._read(top, bottom, left, right)
            out[top - rows[0] : bottom - rows[0], left - columns[0] : right - columns[0]] = known
        return out

    def is_height(self, values: np.ndarray) -> np.ndarray:
        """Whether values are heights on Earth, and not the one that stands for none."""
        known = (values >= LOWEST_M) & (values <= HIGHEST_M)
        return known if self.fill is None else known & (values != np.float32(self.fill))

    @property
    def spike_height_m(self) -> float:
        """Height above the pixels around from which one is a spike. [m]."""
        return spike_height_m(self.step_y * (_DEGREE_M if self.geographic else 1.0))

    def _read(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        if self.heights is not None:
            return np.array(self.heights[top:bottom, left:right], dtype=np.float32)
        import rasterio  # noqa: PLC0415  GDAL is loaded where a raster is read, and only there

        if self.south_up:
            top, bottom = self.shape[0] - bottom, self.shape[0] - top
        window = rasterio.windows.Window(left, top, right - left, bottom - top)
        try:
            with rasterio.open(self.path, driver=self.driver) as file:
                band = file.read(1, window=window, masked=True)
                scale, offset = file.scales[0], file.offsets[0]
        except rasterio.errors.RasterioError as fault:
            raise InvalidRaster(
                self.name, f"rows {top} to {bottom} cannot be read", "Copy the file anew"
            ) from fault
        heights = np.ma.filled(band.astype(np.float64), np.nan) * scale + offset
        return np.asarray((heights[::-1] if self.south_up else heights), dtype=np.float32)


def array_raster(
    heights: np.ndarray, pixel_m: float, left: float = 0.0, top: float | None = None
) -> Raster:
    """
    Raster of an array in a metric plane with north up.

    Parameters
    ----------
    heights : ndarray (row, column)
        [m]; NaN where there is no data.
    pixel_m : float
        Side of a pixel. [m]
    left, top : float
        Upper left corner; without ``top``, the lower left corner lies at 0. [m]
    """
    rows, columns = heights.shape
    top = rows * pixel_m if top is None else top
    return Raster("array", (rows, columns), left, top, pixel_m, pixel_m, heights=heights)


def open_surface(path: str | Path) -> Raster:
    """
    Open a surface model: metres, square pixels, north up or south up.

    Parameters
    ----------
    path : str or Path
        GeoTIFF or another raster of one band; a .zip that holds one.

    Raises
    ------
    InvalidRaster
        No raster of heights; no CRS; degrees, feet, or a projection that stretches lengths by more
        than 1 % there; a turned or skewed grid; pixels that are not square.
    """
    raster = open_elevation(path)
    if raster.geographic:
        raise InvalidRaster(
            raster.name,
            "its grid is in degrees, a surface model needs square pixels in metres",
            "Warp it to the UTM zone of the place (gdalwarp -t_srs EPSG:326xx -tr 1 1)",
        )
    if abs(raster.step_x - raster.step_y) > 1e-6 * raster.step_x:
        raise InvalidRaster(
            raster.name,
            f"its pixels measure {raster.step_x:g} by {raster.step_y:g} m, expected squares",
            "Resample it to square pixels (gdalwarp -tr 1 1)",
        )
    _check_lengths(raster, _LARGEST_STRETCH)
    return raster


def open_canopy(path: str | Path, surface: Raster) -> Raster:
    """
    Open a layer of canopy heights above the ground, which may lack a CRS but not the grid.

    Raises
    ------
    InvalidRaster
        Another grid than that of ``surface``, or as for any raster.
    """
    raster = _open(path, surface.crs)
    moved = max(abs(raster.left - surface.left), abs(raster.top - surface.top)) / surface.step_x
    sized = max(abs(raster.step_x - surface.step_x), abs(raster.step_y - surface.step_y))
    same = raster.shape == surface.shape and moved < 1e-3 and sized * max(raster.shape) < 1e-3
    if raster.crs is not None and surface.crs is not None:
        same = same and raster.crs.to_2d().equals(surface.crs.to_2d(), ignore_axis_order=True)
    if not same:
        raise InvalidRaster(
            raster.name,
            f"its grid is not that of {surface.name}",
            "Warp it to the CRS, extent and pixels of the surface model",
        )
    return raster


def open_elevation(path: str | Path) -> Raster:
    """
    Open an elevation model, in metres or in degrees of longitude and latitude.

    Raises
    ------
    InvalidRaster
        As ``open_surface``, squares aside; lengths may be off by 5 %.
    """
    raster = _open(path, None)
    _check_lengths(raster, _LARGEST_OF_LAND)
    return raster


def _check_lengths(raster: Raster, most: float) -> None:
    """That a metre of the grid is one on the ground."""
    stretch = _stretch(raster)
    if not math.isfinite(stretch):
        raise InvalidRaster(
            raster.name,
            "it lies outside the area of its CRS",
            "State the true CRS (gdal_edit -a_srs EPSG:...)",
        )
    if abs(stretch - 1.0) > most:
        raise InvalidRaster(
            raster.name,
            f"a metre of its projection is {1.0 / stretch:.3f} m on the ground, expected 1 within "
            f"{most:.0%}",
            "Warp it to the UTM zone of the place (gdalwarp -t_srs EPSG:326xx -tr 1 1)",
        )


def _open(path: str | Path, crs: pyproj.CRS | None) -> Raster:
    import rasterio  # noqa: PLC0415

    source = raster_source(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        for driver in source.drivers:
            try:
                file = rasterio.open(source.path, driver=driver)
            except rasterio.errors.RasterioError:
                continue
            with file:
                return _described(file, source, crs)
    raise InvalidRaster(
        source.name, "cannot be read as a raster", "Give a GeoTIFF of heights in metres"
    )


def _described(file: Any, source: Source, crs: pyproj.CRS | None) -> Raster:
    name = source.name
    if file.count != 1 or np.dtype(file.dtypes[0]).kind not in "iuf":
        raise InvalidRaster(
            name, f"has {file.count} bands of {file.dtypes[0]}, expected one of heights",
            "Give the height band alone (gdal_translate -b 1)",
        )  # fmt: skip
    grid = file.transform
    if grid.is_identity or (grid.b, grid.d) != (0.0, 0.0) or grid.a <= 0.0:
        raise InvalidRaster(
            name,
            "has no georeference" if grid.is_identity else "its grid is turned or mirrored",
            "Warp it so that north is up (gdalwarp)",
        )
    if file.crs is not None:
        crs = _crs_of(name, file.crs)
    if crs is None:
        raise InvalidRaster(
            name, "states no CRS", "State it (gdal_edit -a_srs EPSG:...), with metres"
        )
    _check_units(name, crs, file.units[0] or "")
    south_up = grid.e > 0.0
    return Raster(
        name=name,
        shape=(file.height, file.width),
        left=grid.c,
        top=grid.f + grid.e * file.height if south_up else grid.f,
        step_x=grid.a,
        step_y=abs(grid.e),
        crs=crs,
        remarks=_remarks(name, crs, south_up),
        path=source.path,
        driver=file.driver,
        south_up=south_up,
    )


def _crs_of(name: str, stated: Any) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_wkt(stated.to_wkt())
        # Of a local grid, or one in space, nothing leads to longitude and latitude.
        known = crs.to_2d().is_projected or crs.to_2d().is_geographic
    except (pyproj.exceptions.CRSError, ValueError):
        known = False
    if not known:
        raise InvalidRaster(
            name,
            "its CRS has no place on a map of the Earth",
            "State the true one (gdal_edit -a_srs EPSG:...)",
        )
    return crs


def _check_units(name: str, crs: pyproj.CRS, heights_in: str) -> None:
    flat = [axis for axis in crs.axis_info if axis.direction not in {"up", "down"}]
    upward = [axis.unit_name for axis in crs.axis_info if axis.direction == "up"]
    if not (crs.is_geographic or all(axis.unit_conversion_factor == 1.0 for axis in flat)):
        raise InvalidRaster(
            name,
            f"its grid is in {flat[0].unit_name}, expected metres",
            "Warp it to a CRS in metres (gdalwarp -t_srs)",
        )
    if heights_in.strip().lower() in _FEET or any("metre" not in unit for unit in upward):
        raise InvalidRaster(
            name,
            f"its heights are in {plain(heights_in) or upward[0]}, expected metres",
            "Multiply by 0.3048 (gdal_calc) and state metres",
        )


def _remarks(name: str, crs: pyproj.CRS, south_up: bool) -> tuple[str, ...]:
    vertical = [part for part in crs.sub_crs_list if part.is_vertical]
    datum = (
        f"{name}: heights in {vertical[0].name}"
        if vertical
        else f"{name}: no vertical datum stated; heights are only compared with each other"
    )
    return (datum, f"{name}: rows run from south to north, taken so") if south_up else (datum,)


def north_of_grid(raster: Raster) -> float:
    """Azimuth of true north on the grid, at its middle [deg]; 0 without a CRS."""
    east, north = _step_north(raster)
    return float(np.degrees(np.arctan2(east, north)))


def _stretch(raster: Raster) -> float:
    """Length of a metre to the north on the grid."""
    return float(np.hypot(*_step_north(raster)))


def _step_north(raster: Raster) -> tuple[float, float]:
    """Where a metre to the north leads on the grid, at its middle."""
    if raster.crs is None or raster.geographic:
        return 0.0, 1.0
    flat = raster.crs.to_2d()
    to_grid = pyproj.Transformer.from_crs(flat.geodetic_crs, flat, always_xy=True)
    lon, lat = to_grid.transform(*raster.middle(), direction="INVERSE")
    far_lon, far_lat, _ = flat.get_geod().fwd(lon, lat, 0.0, 100.0)
    x0, y0 = to_grid.transform(lon, lat)
    x1, y1 = to_grid.transform(far_lon, far_lat)
    return (x1 - x0) / 100.0, (y1 - y0) / 100.0
