"""Answers to an analyst's own questions: the prompt of `hoshiyomi sql`, `hoshiyomi mcp`, and the bounds of
both.

The warehouse asks (`warehouse/questions.py`); nothing here opens a file of DuckDB's.
"""
