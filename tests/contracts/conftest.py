"""The contract of channels runs on the same edge as the tests of bot/."""

from tests.bot.conftest import make_context, rasa  # noqa: F401
