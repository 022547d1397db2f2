"""The deployment files: well-formed, without default secrets, and speaking of settings that exist.

There is no Docker daemon where the tests run; what can be known without one is checked here.
"""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
ROLES = {"web", "ingest", "dispatch", "video", "public"}
ONCE = {"migrate"}
SERVICES = {"postgres", "redis", "mosquitto", "mediamtx", "caddy"} | ONCE | ROLES
WORDS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "networks", "ports",
    "profiles", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
CHECK_WORDS = {"test", "interval", "timeout", "retries", "start_period", "disable"}
SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|_AUTH$")
REFERENCE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<default>:-(?P<value>[^}]*)|:\?[^}]*)?\}")


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def product_services() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services().items() if "build" in service}


def environment_names() -> set[str]:
    """Every EOC_* variable that a container of the product is started with, in either deployment file."""
    named = {name for service in product_services().values() for name in service["environment"]}
    named |= set(re.findall(r"\bEOC_\w+", (ROOT / "Dockerfile").read_text("utf-8")))
    return {name for name in named if name.startswith("EOC_")}


def test_every_service_of_the_deployment_is_there() -> None:
    assert services().keys() == SERVICES
    assert product_services().keys() == ROLES | {"migrate"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_watched_pinned_and_restarted(name: str) -> None:
    service = services()[name]
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", service["image"]), "pinned by a full version"
    if name in ONCE:
        assert service["restart"] == "no"
        return
    check = service["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= check.keys()
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ROLES))
def test_each_role_runs_alone_without_rights_it_does_not_need(name: str) -> None:
    service = services()[name]
    assert service["command"][:3] == ["run", "--roles", name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    waits = {other: how["condition"] for other, how in service["depends_on"].items()}
    assert waits == {
        "migrate": "service_completed_successfully",
        "redis": "service_healthy",
        "mosquitto": "service_healthy",
    }


def test_what_is_waited_for_and_mounted_and_joined_exists() -> None:
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services(), f"{name} waits for {other}"
            has_check = not services()[other].get("healthcheck", {}).get("disable", False)
            assert how["condition"] == ("service_healthy" if has_check else "service_completed_successfully")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose()["volumes"]
        assert set(service["networks"]) <= compose()["networks"].keys()


def test_the_record_and_the_bus_are_out_of_reach_and_lose_nothing() -> None:
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]
    command = " ".join(services()["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_broker_runs_the_tested_script_and_the_product_its_administrator() -> None:
    broker = services()["mosquitto"]
    assert broker["command"][:2] == ["sh", "/mosquitto/config/start.sh"]
    assert "./deploy/mosquitto:/mosquitto/config:ro" in broker["volumes"]
    assert (ROOT / "deploy" / "mosquitto" / "start.sh").is_file()
    for service in product_services().values():
        assert service["environment"]["EOC_MQTT_URL"].startswith("mqtt://admin:${MQTT_ADMIN_PASSWORD:?")


def test_no_health_check_puts_a_password_on_its_command_line() -> None:
    checks = {name: str(service.get("healthcheck")) for name, service in services().items()}
    assert [name for name, check in checks.items() if SECRET.search(check)] == []


def test_ports_are_open_to_this_machine_only_unless_someone_says_otherwise() -> None:
    published = {port for name, service in services().items() if name != "caddy" for port in service.get("ports", [])}
    assert published
    assert all(re.match(r"\$\{\w+_BIND:-127\.0\.0\.1\}:", port) for port in published)


def test_no_secret_has_a_default() -> None:
    text = COMPOSE.read_text("utf-8")
    for reference in REFERENCE.finditer(text):
        if SECRET.search(reference["name"]):
            assert reference["default"] == ":?set it in .env", reference[0]
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name) and value is not None:
                assert REFERENCE.search(str(value)), f"{name} must come from .env"


def test_the_example_environment_names_every_variable_and_gives_no_value() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    entries = [match for line in lines if (match := re.fullmatch(r"(#?)([A-Z][A-Z0-9_]*)=(.*)", line))]
    assert all(entry[3] == "" for entry in entries)
    references = list(REFERENCE.finditer(COMPOSE.read_text("utf-8")))
    required = {reference["name"] for reference in references if (reference["default"] or "").startswith(":?")}
    optional = {reference["name"] for reference in references} - required
    optional |= {
        name for service in product_services().values() for name, v in service["environment"].items() if v is None
    }
    assert {entry[2] for entry in entries if not entry[1]} == required
    assert {entry[2] for entry in entries if entry[1]} == optional


def test_the_video_and_proxy_files_are_well_formed() -> None:
    mediamtx = yaml.safe_load((ROOT / "deploy/mediamtx/mediamtx.yml").read_text("utf-8"))
    assert [user["user"] for user in mediamtx["authInternalUsers"]] == ["eoc"], "no anonymous reader or publisher"
    caddy = (ROOT / "deploy/caddy/Caddyfile").read_text("utf-8")
    assert caddy.count("{") == caddy.count("}")
    targets = re.findall(r"reverse_proxy (\w+):8022", caddy)
    assert set(targets) <= ROLES


def test_the_image_is_built_from_hashed_requirements_and_runs_unprivileged() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    stages = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(stages) == 2
    assert len(set(stages)) == 1
    assert re.search(r":\d+\.\d+\.\d+-", stages[0])
    assert "--require-hashes" in dockerfile
    final = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d+$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert all((ROOT / source).exists() for source in sources)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert sources <= let_in


def test_the_file_uses_only_words_that_compose_knows(tmp_path: Path) -> None:
    """Compose refuses a word it does not know. Where its client is installed, it says so itself."""
    assert compose().keys() <= {"name", "services", "networks", "volumes"} | {k for k in compose() if k[:2] == "x-"}
    for name, service in services().items():
        assert service.keys() <= WORDS, name
        assert service.get("healthcheck", {}).keys() <= CHECK_WORDS, name
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        example = (ROOT / ".env.example").read_text("utf-8")
        filled = tmp_path / "env"
        filled.write_text(re.sub(r"^([A-Z_]+)=$", r"\1=abc123", example, flags=re.MULTILINE), "utf-8")
        config: list[str] = [docker, "compose", "-f", str(COMPOSE), "--env-file"]
        subprocess.run([*config, str(filled), "config", "--quiet"], check=True)
        empty = subprocess.run([*config, "/dev/null", "config", "--quiet"], capture_output=True, check=False)
        assert empty.returncode != 0, "without .env it must refuse to start"
