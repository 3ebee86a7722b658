"""A file that cannot be read whole is refused whole."""

from ..calc.errors import CalcError


class FormatError(CalcError):
    """`facts` hold the place where there is one: a line, a characteristic, an id."""
