"""Quantities: numeric(20,6), never binary floats."""

from decimal import Decimal, InvalidOperation

DIGITS, PLACES = 20, 6
STEP = Decimal(1).scaleb(-PLACES)


def parse(text: object) -> Decimal:
    """Text or number to Decimal, with a dot or one comma as the decimal sign. Raises ValueError."""
    try:
        value = Decimal(str(text).strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not value.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    if value != value.quantize(STEP):
        raise ValueError(f"{text!r} has more than {PLACES} decimal places")
    return value


def show(value: Decimal) -> str:
    """Shortest exact text: 12.500000 reads 12.5, 1000 stays 1000."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
