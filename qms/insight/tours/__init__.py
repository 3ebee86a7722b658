"""Guided tours: per role a few stops on real pages, in order. Where a reader stands is kept in their session."""

from .stops import TOURS, Stop, Tour
from .walk import Bar, bar, begin, end, offered, step

__all__ = ["TOURS", "Bar", "Stop", "Tour", "bar", "begin", "end", "offered", "step"]
