"""What the sample store sells: a fictional app, its story, and the texts that people wrote of it.

Pure: everything follows from a seed and a date. `docs/sample-store.md` tells how.
"""
