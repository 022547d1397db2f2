"""The next hours of a river gauge, learnt from its own history: levels with an 80 % band, times to alarm levels.

Pure: numbers in, numbers out. It never opens a case; `eoc.engine.forecast` joins it to the store, and
`docs/decisions/0012-forecast.md` says what was chosen and what it is worth.
"""
