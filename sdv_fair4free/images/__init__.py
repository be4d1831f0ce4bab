"""Pictures with attributes: the same fairness, the same hand-over."""
