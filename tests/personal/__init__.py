"""Invented texts with invented personal numbers, and the search for traces of them in a data folder.

Nothing here asks the gate how it reads: what a number looks like in other forms is said a second time, so
that a form the gate forgets is found.
"""
