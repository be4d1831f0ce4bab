"""``make bench``: the figures of docs/benchmarks.md, each from a command in this repository."""
