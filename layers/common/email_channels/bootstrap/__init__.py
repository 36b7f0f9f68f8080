"""Builds the use cases of each function, and wraps its handler.

While the modules of a function load, they make tens of thousands of objects, and none becomes garbage. Looking for
garbage among them would take a sixth of a cold start, so it begins when all are loaded.
"""

import gc

gc.disable()


def all_is_loaded() -> None:
    """Looks for garbage from now on, but never among what has been loaded. Each handler's wrapper calls this."""
    gc.freeze()
    gc.enable()
