"""What can go wrong with a model that a user can mend; shown without a traceback."""

from __future__ import annotations


class ModelError(Exception):
    """A model cannot be found, loaded or understood. The message names the remedy."""

    exit_code = 11
