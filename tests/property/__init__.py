"""Any table at all: Hypothesis makes them up, and what it found is kept as plain tests."""
