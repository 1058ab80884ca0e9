"""wirewatch: know within seconds, once and with reasons, that a story you watch has broken.

The flow, and the package that owns each step:

    feeds --poll--> entries --fetch--> pages --clean--> articles --dedupe--> --match--> matches
                                                                                         |
    people <--deliver-- alerts <--decide (alerts)-- stories <--group (stories)-----------+

`model` holds the records that travel, `ports` what the flow needs from the world, `pipeline` the flow itself,
`edge` the world, and `run` the processes and commands.
"""

import os
from importlib.metadata import version

# numpy's linear algebra, which nothing here uses, would start threads when it is imported: processes fork before that.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = version("wirewatch")
