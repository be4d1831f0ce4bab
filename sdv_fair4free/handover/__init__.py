"""Handing over a generator instead of the data it was fitted on."""
