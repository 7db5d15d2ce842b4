"""All that the domain declares: facts, commands, refusals and kinds of streams of every subdomain."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import domain
from domain.kernel.commands import COMMANDS, CommandType
from domain.kernel.facts import FACTS, FactType
from domain.kernel.refusals import REFUSALS, Refusal

_NO_SUBDOMAINS = frozenset({"adr", "application", "effects", "log"})


def facts() -> dict[str, FactType]:
    """Return every kind of fact by its permanent name, in order of names."""
    _load()
    return {name: each for name, each in sorted(FACTS.items()) if _ours(each.cls)}


def commands() -> dict[str, CommandType]:
    """Return every command by its permanent name, in order of names."""
    _load()
    return {name: each for name, each in sorted(COMMANDS.items()) if _ours(each.cls)}


def refusals() -> dict[str, type[Refusal]]:
    """Return every refusal by its stable code, in order of codes."""
    _load()
    return {code: each for code, each in sorted(REFUSALS.items()) if _ours(each)}


def _load() -> None:
    """Import what declares: the registries know only what was imported."""
    for name in _modules():
        import_module(name)


def _modules() -> Iterator[str]:
    for package in pkgutil.iter_modules(domain.__path__, "domain."):
        if package.ispkg and package.name.removeprefix("domain.") not in _NO_SUBDOMAINS:
            inside = import_module(package.name)
            yield from (module.name for module in pkgutil.walk_packages(inside.__path__, f"{package.name}."))


def _ours(cls: type) -> bool:
    """Leave out what a test declares for itself."""
    return cls.__module__.startswith("domain.")
