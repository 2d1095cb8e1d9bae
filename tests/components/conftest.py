"""Tests of the Rasa environment: everything Rasa imports goes through the launcher's stand-ins."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from components import lean

lean.prepare()
