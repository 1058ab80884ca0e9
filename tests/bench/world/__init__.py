"""A simulator of the world's press, and what wirewatch makes of it. Run by hand from the root of the repository:

    python -m tests.bench.world --feeds 200 --articles 2000 --topics 100 --workers 4 --speed 600 --seed 1 [--json]
    python -m tests.bench.world report [day|feeds|topics|workers|compare ...]

The first makes one world and prints what came of it, with `--json` as an object on the last line. The second runs what
deploy/benchmark.md is made of, all steps or those that are named, and writes it anew; none takes more than 7 minutes.

    press.py     who publishes what and when, who watches what, which alerts are due: seeded, nothing else
    pages.py     feeds and pages made of it
    site.py      serves them, on an address of its own for each host, and takes the webhooks: one process, counted apart
    machine.py   the product: Redis, `wirewatch scheduler`, `wirewatch worker ingest` (--workers), `... deliver`
    run.py       one run, watched from outside: CPU and memory from /proc, queues and keys from Redis (kinds.py)
    figures.py   what its records say, tables.py as Markdown
    compare.py   others on the same press: reader, newsboat, a plain loop
    report.py    the steps of deploy/benchmark.md, picture.py its pictures

What `--speed` does. It makes the world's clock run quicker: articles come out at `speed` times their rate, and the day
curve with them. It does not touch the product's clocks: hosts still take 20 ms to 3 s to answer, a host still gets no
request sooner than it took to answer the one before, and leases, retries and put-backs last as long as ever. Bounds of
polling are compressed through the configuration, so that a feed gets about as many polls for each of its articles as at
speed 1 (machine.Pace). So at high speed:

- a host has `speed` times more articles for the same politeness: its pages wait longer than any would in the world;
- intervals below a second do not exist, and above a speed of 576 the base interval meets its upper bound;
- a feed's rhythm is learned by the hour of our clock, so the day curve is seen as a trend of minutes;
- delays until a poll (published -> seen) shrink with the speed; delays after it (seen -> alert) do not, and are real.

CPU per article and per poll, memory, and everything after a poll mean the same at any speed. At speed 1 nothing is
compressed. `--feeds F --speed X` is as much news a second as F * X feeds have in the world: 11.6
articles/s for 100,000.
"""
