"""Synthesizers compared on real tables, and the benchmarks of this project."""

from sdv_fair4free.benchmark.compare import SynthesizerComparison, compare_synthesizers
from sdv_fair4free.benchmark.entries import FittedOnce

__all__ = ['FittedOnce', 'SynthesizerComparison', 'compare_synthesizers']
