"""Answer imports of TensorFlow, and of services Retour never talks to through Rasa, with inert stand-ins.

Rasa imports TensorFlow in nearly every module, even for a pipeline that never computes with it, and the client
libraries of every channel, broker and database it knows, which cost a second and 40 MB. The stand-ins satisfy class
statements, decorators, annotations and except clauses; whoever tries to work with one gets a `StandInUsed`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NEURAL = frozenset(
    {"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_probability", "tensorflow_text", "keras"}
)
# rasa_sdk: Rasa only wants to print its version; the action server lives in the other environment.
SERVICES = frozenset(
    {
        "aiogram",
        "boto3",
        "botocore",
        "confluent_kafka",
        "fbmessenger",
        "mattermostwrapper",
        "pymongo",
        "rasa_sdk",
        "rocketchat_API",
        "slack_sdk",
        "twilio",
        "webexteamssdk",
    }
)
ROOTS = NEURAL | SERVICES


class StandInUsed(RuntimeError):
    """Something tried to work with a library that this environment leaves out on purpose."""


class StandIn(type):
    """Metaclass of every stand-in: any attribute is a further stand-in, calling one works as a decorator."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = make(f"{cls.__name__}.{name}")
        setattr(cls, name, made)
        return made

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not cls.__dict__.get("_inert"):
            # A class of Rasa's own that derives from a stand-in (a neural model or layer) is about to be built.
            raise StandInUsed(f"{cls.__module__}.{cls.__qualname__} needs a library that Retour leaves out of Rasa.")
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], StandIn):
            return args[0]
        return cls


def make(name: str) -> Any:
    """A fresh stand-in to subclass, annotate with, decorate with, or catch if it is named an error."""
    if name.endswith(("Error", "Exception", "Failure")):
        return type(name.rpartition(".")[2], (Exception,), {"__module__": "stand_in"})
    return StandIn(name.rpartition(".")[2], (), {"_inert": True, "__module__": "stand_in"})


class StandInModule(ModuleType):
    """A package without content whose every attribute is a stand-in."""

    __path__: Sequence[str] = []
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        submodule = sys.modules.get(f"{self.__name__}.{name}")
        value = submodule if submodule is not None else make(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class StandInFinder(MetaPathFinder, Loader):
    """Import finder for the names of `ROOTS` and everything below them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for what is left out, nothing for any other name."""
        if fullname.partition(".")[0] not in ROOTS:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty package that makes up its attributes."""
        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: attributes appear when asked for."""


def install() -> StandInFinder:
    """Put the finder in front of all others, once; a second call returns the first finder."""
    for finder in sys.meta_path:
        if isinstance(finder, StandInFinder):
            return finder
    finder = StandInFinder()
    sys.meta_path.insert(0, finder)
    return finder


__all__ = ["NEURAL", "ROOTS", "SERVICES", "StandIn", "StandInFinder", "StandInModule", "StandInUsed", "install", "make"]
