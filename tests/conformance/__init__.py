"""What SDV lets its users expect of a synthesizer, as small checks that any synthesizer can take.

Every check is a function of a factory, ``make(metadata, **parameters)``. The test-suite runs all of
them for ours; ``python -m tests.conformance`` runs them for ours and for SDV's TVAE, as a control,
and writes ``docs/conformance.md``.
"""
