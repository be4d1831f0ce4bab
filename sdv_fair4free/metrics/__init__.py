"""Fairness of a synthetic table in figures, in SDMetrics' manner."""
