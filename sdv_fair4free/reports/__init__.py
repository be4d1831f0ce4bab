"""One report on the fairness of a synthetic table, and the page, text and dictionary made of it."""
