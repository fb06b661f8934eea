"""Intervals and tests: how far a measured number can be trusted, and whether two of them differ.

One file for each kind of question; everything that others need can be imported from here.  The same
samples always give the same answer: what draws random numbers draws them from a fixed seed.  scipy and
numpy are imported inside the functions, since commands that need no statistics should not wait for them.
"""

from bench.stats.calibration import expected_calibration_error
from bench.stats.intervals import (
    Estimate,
    Spread,
    mean_interval,
    median_spread,
    proportion_interval,
    within_shares,
)
from bench.stats.multiple import holm
from bench.stats.next_value import next_rate, next_share, next_value
from bench.stats.paired import equivalent, paired_difference, paired_ratio
from bench.stats.predictions import mcnemar, paired_bootstrap
from bench.stats.rates import fisher, rate_against_chance, rate_below
from bench.stats.ratios import bootstrap_ratio
from bench.stats.repeats import Seen, repeats_to_decide
from bench.stats.survival import Survival, kaplan_meier, restricted_mean, restricted_mean_ratio
from bench.stats.tested import Tested
from bench.stats.timing import TypicalTime, across_processes
from bench.stats.unpaired import unpaired_difference, unpaired_ratio

__all__ = [
    "Estimate",
    "Seen",
    "Spread",
    "Survival",
    "Tested",
    "TypicalTime",
    "across_processes",
    "bootstrap_ratio",
    "equivalent",
    "expected_calibration_error",
    "fisher",
    "holm",
    "kaplan_meier",
    "mcnemar",
    "mean_interval",
    "median_spread",
    "next_rate",
    "next_share",
    "next_value",
    "paired_bootstrap",
    "paired_difference",
    "paired_ratio",
    "proportion_interval",
    "rate_against_chance",
    "rate_below",
    "repeats_to_decide",
    "restricted_mean",
    "restricted_mean_ratio",
    "unpaired_difference",
    "unpaired_ratio",
    "within_shares",
]
