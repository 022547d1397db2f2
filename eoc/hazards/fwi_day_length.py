"""How long the day dries: the day-length factors of the Duff Moisture Code and of the Drought Code.

Sources: for 46° N and the drought code of Canada, Van Wagner (1987), Development and structure of the Canadian Forest
Fire Weather Index System, Forestry Technical Report 35, tables 1 and 2. For other latitudes, Lawson and Armitage
(2008), Weather Guide for the Canadian Forest Fire Danger Rating System, appendix 3 (reference latitudes 20° N, 20° S
and 40° S, and one constant near the equator). Which table a province uses is chosen in its pack.
"""

from dataclasses import dataclass

Months = tuple[float, ...]
"""One number for each month, January first."""

_EQUATOR_DMC = 9.0
_EQUATOR_DC = 1.4

#: Effective day length of the Duff Moisture Code, hours.
DMC_TABLES: dict[str, Months] = {
    "46n": (6.5, 7.5, 9.0, 12.8, 13.9, 13.9, 12.4, 10.9, 9.4, 8.0, 7.0, 6.0),
    "20n": (7.9, 8.4, 8.9, 9.5, 9.9, 10.2, 10.1, 9.7, 9.1, 8.6, 8.1, 7.8),
    "equator": (_EQUATOR_DMC,) * 12,
    "20s": (10.1, 9.6, 9.1, 8.5, 8.1, 7.8, 7.9, 8.3, 8.9, 9.4, 9.9, 10.2),
    "40s": (11.5, 10.5, 9.2, 7.9, 6.8, 6.2, 6.5, 7.4, 8.7, 10.0, 11.2, 11.8),
}

#: Day-length adjustment of the Drought Code's evaporation.
DC_TABLES: dict[str, Months] = {
    "north": (-1.6, -1.6, -1.6, 0.9, 3.8, 5.8, 6.4, 5.0, 2.4, 0.4, -1.6, -1.6),
    "equator": (_EQUATOR_DC,) * 12,
    "south": (6.4, 5.0, 2.4, 0.4, -1.6, -1.6, -1.6, -1.6, -1.6, 0.9, 3.8, 5.8),
}


def dmc_band(latitude_deg: float) -> str:
    """The published band of a latitude: 46n above 30°, 20n above 10°, equator, 20s from -10°, 40s from -30°."""
    if latitude_deg > 30:
        return "46n"
    if latitude_deg > 10:
        return "20n"
    if latitude_deg > -10:
        return "equator"
    return "20s" if latitude_deg > -30 else "40s"


def dc_band(latitude_deg: float) -> str:
    """The published band of a latitude: north above 20°, equator between, south from -20°."""
    if latitude_deg > 20:
        return "north"
    return "equator" if latitude_deg > -20 else "south"


@dataclass(frozen=True, slots=True)
class DayLengths:
    """The two tables in use, with the names they are shown under."""

    dmc_name: str
    dmc: Months
    dc_name: str
    dc: Months

    @classmethod
    def named(cls, dmc: str, dc: str) -> "DayLengths":
        """Published tables by name. Raises KeyError for an unknown one."""
        return cls(dmc, DMC_TABLES[dmc], dc, DC_TABLES[dc])

    @classmethod
    def at(cls, latitude_deg: float) -> "DayLengths":
        """The published tables of a latitude."""
        return cls.named(dmc_band(latitude_deg), dc_band(latitude_deg))


CANADA = DayLengths.named("46n", "north")
"""What the system was made for."""
