"""Faults as data: which ones a reference program has, drawn by weight from a seed. No file, no faults.

The file that `RETOUR_DEMO_FAULTS` names is YAML: `seed`, then for each program (`payments`, `supplier`) the weights of
what happens to a `call` and to an `event`. The same seed, key and try meet the same fault, in whatever order they come;
which try it is, the program knows from its own state, or every life of it would begin with the same faults.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

FILE = "RETOUR_DEMO_FAULTS"
NONE = "ok"


@dataclass
class FaultPlan:
    """The faults of one program. `weights` are by kind and name of the fault."""

    seed: int = 0
    weights: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def load(cls, program: str, environ: Mapping[str, str] = os.environ) -> FaultPlan:
        """The plan of this program, empty when no file is named."""
        path = environ.get(FILE)
        if not path:
            return cls()
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return cls(int(content["seed"]), content.get(program, {}))

    def fate(self, kind: str, key: str) -> str:
        """The fault of this key, the same whenever it is asked."""
        weights = self.weights.get(kind)
        if not weights:
            return NONE
        chance = random.Random(f"{self.seed}:{kind}:{key}")
        return chance.choices(list(weights), weights=list(weights.values()))[0]
