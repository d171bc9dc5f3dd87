"""Settings."""

from pathlib import Path

import pytest

from outfeed.settings import Settings, described, env_name


def test_the_environment_changes_a_default_and_an_option_changes_both() -> None:
    env = {"OUTFEED_PORT": "99", "OUTFEED_DATA": "elsewhere", "OUTFEED_OPEN": "yes"}

    settings = Settings.from_env(env, port=1, host=None)

    assert (1, Path("elsewhere"), True, "127.0.0.1") == (settings.port, settings.data, settings.open, settings.host)


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("OPEN", "perhaps"), ("MAX_TRIANGLES", "1.5")])
def test_a_value_of_the_wrong_type_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=value):
        Settings.from_env({f"OUTFEED_{name}": value})


def test_open_mode_is_for_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Settings(open=True, host="0.0.0.0")  # noqa: S104 - the address that must be refused


def test_every_setting_has_a_sentence() -> None:
    assert all(about.endswith(".") or ":" in about for _, _, about in described())
    assert env_name("max_triangles") == "OUTFEED_MAX_TRIANGLES"
