"""Hazard rules: pure functions from readings to operational severity, with their source in the docstring.

A rule is a fold: `step(state, sample)` over a station's accepted readings in time order. Its state forgets within
the look-back, so the fold over the last 48 hours and the fold over everything end in the same state
(`eoc.hazards.fold`); a late reading is handled by folding the look-back again.
"""
