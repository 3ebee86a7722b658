"""Measurement systems: is the gauge, with the people who use it, good enough for the tolerance or for the process."""
