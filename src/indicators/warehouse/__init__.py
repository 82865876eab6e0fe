"""The DuckDB warehouse: built whole from every release, replaced in one step, opened read-only.

Each fact table has a macro ``<fact>_asof(day)`` with its rows as published on a day: for every part (a fiscal year, an
instrument, a status) the whole of the newest release published by then, without the rows that an agency removed.
"""
