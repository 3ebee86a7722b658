"""The way to a provider and back, and its administration."""
