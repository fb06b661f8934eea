"""The networks of this project, as data, so that they can be listed without torch.

The counts are for one image of 1 channel and 10 classes.  They are facts about the networks, not
results: the tests compute each from closed forms and from the built network.
"""

from archs.catalogue import ablations, listings, published

__all__ = ["ablations", "listings", "published"]
