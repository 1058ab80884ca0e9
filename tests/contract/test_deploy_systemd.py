"""The systemd units: systemd itself finds nothing wrong, they are shut in, and they wait for what they stop."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from worker.run import deliver, ingest, scheduler

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PROGRAM = "/opt/wirewatch/bin/wirewatch"
SERVICES = sorted(UNITS.glob("*.service"))
# Tenths of the scale of `systemd-analyze security`, on which 0 is the best and 100 the worst; deploy/systemd/README.md.
EXPOSURE = 14
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def service(path):
    # Keys that stand twice add to one another, which is of no interest here.
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(path.read_text("utf-8"))
    return parser["Service"]


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """The units, starting a program that is there."""
    folder = tmp_path_factory.mktemp("units")
    for path in [*SERVICES, *UNITS.glob("*.target")]:
        (folder / path.name).write_text(path.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return folder


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_finds_nothing_wrong(units):
    done = analyze("verify", "--man=no", *map(str, sorted(units.iterdir())))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_service_is_shut_in(units, path):
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", str(units / path.name))
    assert done.returncode == 0, done.stdout.strip().splitlines()[-1]
    assert f"**{EXPOSURE / 10}**" in (UNITS / "README.md").read_text("utf-8"), "the score that people are told"


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_service_starts_a_command_that_exists(path, cli):
    program, *arguments = service(path)["ExecStart"].split()
    assert program == PROGRAM
    assert cli(*arguments, "--help")[0] == 0


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("wirewatch-scheduler", scheduler.DRAIN_SECONDS),
        ("wirewatch-ingest@", ingest.DRAIN_SECONDS),
        ("wirewatch-deliver@", deliver.DRAIN_SECONDS),
        ("wirewatch", 25),
    ],
)
def test_no_service_is_killed_while_it_finishes_what_it_has_in_hand(name, seconds):
    assert int(service(UNITS / f"{name}.service")["TimeoutStopSec"]) >= seconds + 5


def test_the_target_starts_every_kind_of_process():
    wanted = re.search(r"^Wants=(.*)$", (UNITS / "wirewatch.target").read_text("utf-8"), re.MULTILINE)[1].split()
    kinds = {name.replace("@1", "@") for name in wanted}
    assert kinds == {path.name for path in SERVICES} - {"wirewatch.service"}
