"""Stands in for faas-cli where it is not installed: as much of it as docs/deploy-openfaas.md uses.

It reads the stack file as faas-cli does (variables are put into the text before it is read as YAML, values are
strings, unknown keys are skipped), sends the same requests to the gateway, and prints the same lines.
"""
import argparse
import base64
import fnmatch
import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.request

import yaml

DEFAULT_GATEWAY = "http://127.0.0.1:8080"


class Failure(Exception):
    pass


def substituted(text):
    """The text with ${NAME} and ${NAME:-default} replaced, in comments too."""

    def value(match):
        name, default = match.groups()
        return os.environ.get(name) or (default or "")

    result = re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}", value, text)
    if "${" in result:
        raise Failure("missing closing brace")
    return result


class Strings(yaml.SafeLoader):
    """Takes scalars as they are written: 010 is "010", and true "true"."""


Strings.yaml_implicit_resolvers = {}


def stack(path):
    text = pathlib.Path(path).read_text()
    document = yaml.load(substituted(text), Strings)
    if document.get("version", "1.0") != "1.0" or document["provider"]["name"] != "openfaas":
        raise Failure("['openfaas'] is the only valid \"provider.name\" for the OpenFaaS CLI")
    return document


def gateway(given=None, of_stack=None):
    """The option, else the stack's, else the environment's; a stack that names the default names none."""
    if given:
        return given.rstrip("/").lower()
    if of_stack and of_stack.rstrip("/") != DEFAULT_GATEWAY:
        return of_stack.rstrip("/").lower()
    return (os.environ.get("OPENFAAS_URL") or DEFAULT_GATEWAY).rstrip("/").lower()


def settings():
    return pathlib.Path(os.environ["HOME"]) / ".openfaas/config.yml"


def send(method, url, place, body=None):
    """The status and the text of the answer."""
    request = urllib.request.Request(f"{url}{place}", method=method)
    try:
        known = yaml.safe_load(settings().read_text())["auths"]
    except (OSError, TypeError, KeyError):
        known = []
    for entry in known:
        if entry["gateway"] == url:
            request.add_header("Authorization", f"Basic {entry['token']}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError as error:
        raise Failure(f"cannot connect to OpenFaaS on URL: {url}: {error.reason}") from None


UNAUTHORIZED = 'unauthorized access, run "faas-cli login" to setup authentication for this server'


def login(options):
    url = gateway(options.gateway)
    password = sys.stdin.read().strip()
    token = base64.b64encode(f"{options.username}:{password}".encode()).decode()
    print("Calling the OpenFaaS server to validate the credentials...")
    path = settings()
    path.parent.mkdir(parents=True, exist_ok=True)
    known = yaml.safe_load(path.read_text())["auths"] if path.is_file() else []
    known = [entry for entry in known if entry["gateway"] != url]
    known.append({"gateway": url, "auth": "basic", "token": token})
    path.write_text(yaml.safe_dump({"auths": known}))
    status, _ = send("GET", url, "/system/functions")
    if status == 401:
        raise Failure("unable to login, either username or password is incorrect")
    if status != 200:
        raise Failure(f"server returned unexpected status code: {status}")
    print(f"credentials saved for {options.username} {url}")


def create_secret(options):
    value = pathlib.Path(options.from_file).read_text().strip()
    print(f"Creating secret: {options.name}.")
    body = {"name": options.name, "value": value}
    status, text = send("POST", gateway(options.gateway), "/system/secrets", body)
    if status == 401:
        raise Failure(UNAUTHORIZED)
    if status not in (200, 201, 202):
        raise Failure(f"server returned unexpected status code: {status} - {text}")
    print(f"Created: {status} Accepted")


def service(name, function):
    """What is sent for a function; handler, builds and platforms are not."""
    # A language's template would name the process; the Dockerfile's has none.
    result = {
        "service": name, "image": function["image"],
        "envProcess": function.get("fprocess", ""),
        "envVars": {key: str(value or "") for key, value in
                    (function.get("environment") or {}).items()},
        "constraints": function.get("constraints"), "secrets": function.get("secrets"),
        "labels": function.get("labels") or {}, "annotations": function.get("annotations") or {},
        "limits": function.get("limits"), "requests": function.get("requests"),
        "readOnlyRootFilesystem": function.get("readonly_root_filesystem") == "true",
    }
    return {key: value for key, value in result.items() if value is not None}


def deploy(options):
    document = stack(options.yaml)
    url = gateway(options.gateway, document["provider"].get("gateway"))
    failed = []
    for name, function in document["functions"].items():
        if options.filter and not fnmatch.fnmatchcase(name, options.filter):
            continue
        print(f"Deploying: {name}.")
        body = service(name, function)
        status, text = send("PUT", url, "/system/functions", body)
        if status == 404:
            status, text = send("POST", url, "/system/functions", body)
        if status in (200, 202):
            print(f"\nDeployed. {status} {'Accepted' if status == 202 else 'OK'}.")
            print(f"URL: {url}/function/{name}\n")
        else:
            print(UNAUTHORIZED if status == 401 else f"Unexpected status: {status}, message: {text}")
            failed.append(f"Function '{name}' failed to deploy with status code: {status}")
    if failed:
        raise Failure("\n".join(failed))


def list_functions(options):
    status, text = send("GET", gateway(options.gateway), "/system/functions")
    if status != 200:
        raise Failure(UNAUTHORIZED if status == 401 else f"{status}: {text}")
    print(f"{'Function':<30}\t{'Invocations':<15}\tReplicas")
    for function in json.loads(text):
        print(f"{function['name']:<30}\t{function['invocationCount']:<15}\t{function['replicas']:<5}")


def generate(options):
    services = []
    for name, function in stack(options.yaml)["functions"].items():
        environment = [{"name": key, "value": str(value or "")}
                       for key, value in (function.get("environment") or {}).items()]
        secrets = function.get("secrets") or []
        services.append({
            "apiVersion": options.api, "kind": "Service",
            "metadata": {"name": name, "namespace": options.namespace},
            "spec": {"template": {"spec": {
                "containers": [{"image": function["image"], "env": environment, "volumeMounts": [
                    {"name": secret, "mountPath": f"/var/openfaas/secrets/{secret}",
                     "readOnly": True} for secret in secrets]}],
                "volumes": [{"name": secret, "secret": {"secretName": secret}}
                            for secret in secrets],
            }}},
        })
    print("---")
    print(yaml.safe_dump_all(services, sort_keys=False), end="")


def main(words):
    parser = argparse.ArgumentParser(prog="faas-cli")
    commands = parser.add_subparsers(required=True)

    def command(parent, name, action, *arguments):
        parsed = parent.add_parser(name)
        parsed.add_argument("--gateway", "-g")
        for names, more in arguments:
            parsed.add_argument(*names, **more)
        parsed.set_defaults(action=action)

    yaml_file = (("--yaml", "-f"), {"default": "stack.yaml"})
    command(commands, "login", login, (("--username", "-u"), {"default": "admin"}),
            (("--password-stdin",), {"action": "store_true", "required": True}))
    secret = commands.add_parser("secret").add_subparsers(required=True)
    command(secret, "create", create_secret, (("name",), {}), (("--from-file",), {"required": True}))
    command(commands, "deploy", deploy, yaml_file, (("--filter",), {}))
    command(commands, "list", list_functions)
    command(commands, "generate", generate, yaml_file,
            (("--api",), {"default": "openfaas.com/v1"}),
            (("--namespace", "-n"), {"default": "openfaas-fn"}))
    options = parser.parse_args(words)
    options.action(options)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
