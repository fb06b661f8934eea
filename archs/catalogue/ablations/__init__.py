"""One-change variants of the published networks, as data: parent, what changed, what is held equal.

`options` is the change itself, one keyword of the builder; `equal` beside it asks for the search
for the width at which the variant costs what its parent costs.
"""

from archs.catalogue.ablations import nin, others, widths

__all__ = ["nin", "others", "widths"]
