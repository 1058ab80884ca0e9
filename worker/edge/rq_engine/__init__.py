"""The queue engine on rq: the one package that knows rq.

rq's storage format is kept, so that `rq info` works; its worker loop is replaced, because stock rq 3.0 loses or delays
jobs in the cases named in `worker` and `reaper`. rq reads its key prefix from the environment once, at import.
"""

import os

from worker.edge.keys import RQ_PREFIX

os.environ["RQ_KEY_PREFIX"] = RQ_PREFIX

from rq.defaults import RQ_KEY_PREFIX

if RQ_KEY_PREFIX != RQ_PREFIX:
    raise ImportError(f"rq was imported before worker.edge.rq_engine, so its keys lie below {RQ_KEY_PREFIX}")
