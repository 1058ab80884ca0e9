"""The Kubernetes manifests: what no schema can say of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from worker.edge.keys import RQ_PREFIX
from worker.edge.rq_engine.queue import INGEST
from worker.run import deliver, ingest, scheduler

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
GUIDE = (FOLDER / "README.md").read_text("utf-8")


def objects():
    return [one for path in sorted(FOLDER.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text("utf-8"))]


OBJECTS = objects()
WORKLOADS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] in {"Deployment", "StatefulSet"}}


def of_kind(kind):
    return [one for one in OBJECTS if one["kind"] == kind]


def pod_of(name):
    return WORKLOADS[name]["spec"]["template"]["spec"]


def container_of(name):
    (container,) = pod_of(name)["containers"]
    return container


def test_every_file_is_applied():
    (kustomization,) = of_kind("Kustomization")
    assert set(kustomization["resources"]) == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_every_pod_keeps_to_the_restricted_standard(name):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod, container = pod_of(name)["securityContext"], container_of(name)["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["allowPrivilegeEscalation"] is False
    assert container["readOnlyRootFilesystem"] is True
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert pod_of(name)["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod_of(name).keys()
    assert container_of(name)["resources"]["limits"].keys() == {"memory"}, "a limit on CPU only slows down"


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_selectors_find_their_own_pods_alone(name):
    spec = WORKLOADS[name]["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"]["app.kubernetes.io/component"] == name


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("scheduler", scheduler.DRAIN_SECONDS),
        ("ingest", ingest.DRAIN_SECONDS),
        ("deliver", deliver.DRAIN_SECONDS),
    ],
)
def test_a_pod_has_time_to_finish_what_it_has_in_hand(name, seconds):
    assert pod_of(name)["terminationGracePeriodSeconds"] >= seconds + 10


@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - {"redis"}))
def test_every_pod_runs_a_command_that_exists(name, cli):
    container = container_of(name)
    assert container["image"] == "wirewatch"
    assert cli(*container["args"], "--help")[0] == 0


def test_the_queue_that_is_scaled_by_is_the_one_that_is_worked_on():
    (scaled,) = of_kind("ScaledObject")
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["type"] == "redis"
    assert trigger["metadata"]["listName"] == f"{RQ_PREFIX}:queue:{INGEST}"
    assert all(isinstance(value, str) for value in trigger["metadata"].values()), "the fields of a trigger are strings"
    assert "replicas" not in WORKLOADS[scaled["spec"]["scaleTargetRef"]["name"]]["spec"], "or each apply would reset it"
    host, _, port = trigger["metadata"]["address"].partition(":")
    (service,) = [one for one in of_kind("Service") if one["metadata"]["name"] == host.partition(".")[0]]
    assert service["spec"]["ports"][0]["port"] == int(port)
    named = [one["metadata"]["name"] for one in of_kind("TriggerAuthentication")]
    assert named == [trigger["authenticationRef"]["name"]]


def test_drains_take_one_of_a_kind_at_a_time():
    budgets = {one["metadata"]["name"]: one["spec"] for one in of_kind("PodDisruptionBudget")}
    assert budgets.keys() == WORKLOADS.keys() - {"redis"}
    for name, spec in budgets.items():
        assert spec["selector"] == WORKLOADS[name]["spec"]["selector"]
        assert spec["maxUnavailable"] == 1


def test_probes_ask_pages_that_are_there(newsroom, start):
    newsroom.publish()
    client = start()
    web = container_of("web")
    (port,) = web["ports"]
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        asked = web[probe]["httpGet"]
        assert asked["port"] == port["name"]
        assert client.get(asked["path"]).status_code == 200


def test_the_configuration_is_one_and_holds_no_secret(cli, monkeypatch):
    text = (FOLDER / "wirewatch.toml").read_text("utf-8")
    named = set(re.findall(r'"env:(\w+)"', text))
    assert named
    for key in ("password", "secret", "token"):
        assert all(value.startswith("env:") for value in re.findall(rf'^{key} = "(.*)"$', text, re.MULTILINE))
    for name in named:
        monkeypatch.setenv(name, {"HOOK_URL": "https://hooks.example/in"}.get(name, "whsec_c2FtcGxlc2FtcGxlc2FtcGxl"))
    assert cli("check", "--config", str(FOLDER / "wirewatch.toml"))[0] == 0
    # The guide creates what is asked for, and nothing that nobody asks for.
    asked = set(re.findall(r"key: (\w+)}", "".join(path.read_text("utf-8") for path in FOLDER.glob("*.yaml"))))
    assert set(re.findall(r"--from-literal=(\w+)=", GUIDE)) == asked | named
    assert not of_kind("Secret")
