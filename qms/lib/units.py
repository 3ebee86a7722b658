"""Units of measurement with exact factors: length, angle, mass, force, torque, pressure, temperature, time, electricity, hardness.

A factor is a fraction, so that an inch is 25.4 mm and not nearly so. Units of one dimension convert into each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

# As many digits as a reading and its limits may have, and some to spare: a third of a minute of arc has no last digit.
DIGITS = Context(prec=40)


@dataclass(frozen=True)
class Unit:
    """`base = value × factor + offset`, of the dimension's base unit."""

    symbol: str
    dimension: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


INCH, POUND, GRAVITY = Fraction(254, 10_000), Fraction(45_359_237, 100_000_000), Fraction(980_665, 100_000)
FORCE = POUND * GRAVITY  # a pound-force in newton


def _row(dimension: str, factors: Mapping[str, str | int | Fraction]) -> dict[str, Unit]:
    return {symbol: Unit(symbol, dimension, Fraction(factor)) for symbol, factor in factors.items()}


UNITS: dict[str, Unit] = {
    **_row(
        "length", {"m": 1, "km": 1000, "dm": "0.1", "cm": "0.01", "mm": "0.001", "nm": "0.000000001", "µm": "0.000001"}
    ),
    "in": Unit("in", "length", INCH),
    "mil": Unit("mil", "length", INCH / 1000),
    "ft": Unit("ft", "length", INCH * 12),
    "°": Unit("°", "angle"),
    "′": Unit("′", "angle", Fraction(1, 60)),
    "″": Unit("″", "angle", Fraction(1, 3600)),
    **_row("plane angle in radian", {"rad": 1, "mrad": "0.001"}),
    **_row("mass", {"kg": 1, "g": "0.001", "mg": "0.000001", "t": 1000, "lb": POUND, "oz": POUND / 16}),
    **_row("force", {"N": 1, "mN": "0.001", "kN": 1000, "kgf": GRAVITY, "lbf": FORCE}),
    **{
        symbol: Unit(symbol, "torque", factor)
        for symbol, factor in (
            ("N·m", Fraction(1)),
            ("N·cm", Fraction(1, 100)),
            ("mN·m", Fraction(1, 1000)),
            ("kgf·cm", GRAVITY / 100),
            ("lbf·in", FORCE * INCH),
            ("lbf·ft", FORCE * INCH * 12),
        )
    },
    **_row(
        "pressure",
        {"Pa": 1, "hPa": 100, "kPa": 1000, "MPa": 1_000_000, "bar": 100_000, "mbar": 100, "psi": FORCE / INCH**2},
    ),
    "K": Unit("K", "temperature"),
    "°C": Unit("°C", "temperature", Fraction(1), Fraction(27_315, 100)),
    "°F": Unit("°F", "temperature", Fraction(5, 9), Fraction(45_967, 100) * Fraction(5, 9)),
    **_row("time", {"s": 1, "ms": "0.001", "min": 60, "h": 3600, "µs": "0.000001"}),
    **_row("current", {"A": 1, "mA": "0.001", "µA": "0.000001"}),
    **_row("voltage", {"V": 1, "mV": "0.001", "kV": 1000}),
    **_row("resistance", {"Ω": 1, "mΩ": "0.001", "kΩ": 1000, "MΩ": 1_000_000}),
    **_row("capacitance", {"F": 1, "nF": "0.000000001", "pF": "0.000000000001", "µF": "0.000001"}),
    **_row("power", {"W": 1, "mW": "0.001", "kW": 1000}),
    **_row("frequency", {"Hz": 1, "kHz": 1000, "MHz": 1_000_000}),
    **_row("volume", {"L": 1, "mL": "0.001", "cm³": "0.001", "m³": 1000}),
    **_row("area", {"mm²": 1, "cm²": 100, "m²": 1_000_000}),
    **_row("speed of rotation", {"1/min": 1, "1/s": 60}),
    **_row("flow", {"L/min": 1, "mL/min": "0.001"}),
    **{scale: Unit(scale, f"hardness {scale}") for scale in ("HRA", "HRB", "HRC", "HV", "HBW", "Shore A", "Shore D")},
    "%": Unit("%", "ratio", Fraction(1, 100)),
    "ppm": Unit("ppm", "ratio", Fraction(1, 1_000_000)),
    "dB": Unit("dB", "level"),
    "1": Unit("1", "count"),
    "pcs": Unit("pcs", "count"),
}
# Other spellings of keyboards, machines and drawings; μ is the Greek letter, µ the sign.
SPELLINGS = {
    "um": "µm", "μm": "µm", "micron": "µm", "MM": "mm", "inch": "in", "inches": "in", "thou": "mil", "deg": "°",
    "degC": "°C", "degF": "°F", "Nm": "N·m", "N*m": "N·m", "N.m": "N·m", "Ncm": "N·cm", "ohm": "Ω", "Ohm": "Ω", "kohm": "kΩ",
    "uA": "µA", "μA": "µA", "uF": "µF", "us": "µs", "l": "L", "ml": "mL", "ccm": "cm³", "mm2": "mm²", "rpm": "1/min", "HB": "HBW",
    "degree": "°", "radian": "rad", "millimeter": "mm", "micrometer": "µm", "pc": "pcs", "pce": "pcs", "C": "°C",
}  # fmt: skip


def find(text: str) -> Unit | None:
    """The unit of a symbol or of one of its other spellings."""
    told = text.strip()
    return UNITS.get(SPELLINGS.get(told, told))


def convert(value: Decimal, source: str, target: str) -> Decimal:
    """`value` of `source` in `target`, exact wherever it has a last digit (else 40 digits). Raises ValueError for units that are
    unknown or of two dimensions."""
    given, wanted = find(source), find(target)
    if given is None or wanted is None:
        raise ValueError(f"{(source if given is None else target)!r} is no known unit")
    if given.dimension != wanted.dimension:
        raise ValueError(f"{source!r} is a {given.dimension}, {target!r} a {wanted.dimension}")
    if given == wanted:
        return value
    told = (Fraction(value) * given.factor + given.offset - wanted.offset) / wanted.factor
    return DIGITS.divide(Decimal(told.numerator), Decimal(told.denominator))
