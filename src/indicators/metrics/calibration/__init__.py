"""How often the intervals hold the truth and the rules tell it, on series whose truth is known.

``python -m indicators.metrics.calibration [FOLDER]`` simulates, runs what it made through the functions that make the
report, prints the tables, and writes them in both languages into docs/methods, with the seed that makes them again.
"""
