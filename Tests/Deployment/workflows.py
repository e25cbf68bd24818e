"""The workflows of GitHub, as far as that can be judged from here."""
import itertools
import json
import re
import shlex

import jsonschema
import yaml

from support import ROOT

FOLDER = ROOT / ".github/workflows"
SCHEMA = ROOT / "Tests/Deployment/schemas/github-workflow.json"
# A container has no make; nothing else is done by hand.
BOOTSTRAP = "apt-get update && apt-get install --yes --no-install-recommends make git python3"


class Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `on` is a word."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def load():
    """The workflows by their files' names."""
    return {path.name: yaml.load(path.read_text(), Loader) for path in sorted(FOLDER.glob("*.yml"))}


def violations(workflow):
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in validator.iter_errors(workflow)]


def expanded(text, values):
    """The text with its expressions replaced by `values`, by their names."""
    return re.sub(r"\$\{\{ *([^} ]+) *\}\}", lambda match: values[match.group(1)], text)


def matrix(job):
    """The values of each run of a job.

    Every combination of the lists; an entry of `include` extends those whose values it leaves as they
    are, and is a run of its own where there is none.
    """
    lists = dict((job.get("strategy") or {}).get("matrix") or {})
    entries = lists.pop("include", [])
    combinations = [dict(zip(lists, values)) for values in itertools.product(*lists.values())]
    if entries and not lists:
        return entries
    runs = [dict(values) for values in combinations]
    for entry in entries:
        extended = [run for run, values in zip(runs, combinations)
                    if all(values.get(name, value) == value for name, value in entry.items())]
        for run in extended:
            run.update(entry)
        if not extended:
            runs.append(dict(entry))
    return runs


def commands(job):
    """The commands of a job's steps, in their order, but for what makes the container fit.

    A job that is a workflow of its own has none.
    """
    return [step["run"] for step in job.get("steps", []) if "run" in step and step["run"] != BOOTSTRAP]


def targets(command):
    """The targets that a command gives to make; an error where it is anything else."""
    words = shlex.split(command)
    if not words or words[0] != "make":
        raise ValueError(f"not a make target: {command}")
    return [word for word in words[1:] if "=" not in word]


def known_targets():
    text = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    return set(re.search(r"^\.PHONY:(.*)$", text, re.MULTILINE).group(1).split())
