"""Settings: read from the environment, checked, and told to people."""

from pathlib import Path
from uuid import UUID

import pytest

from api.addresses import vault_beside, without_password
from api.settings import TABLE, Settings, SettingsError
from projections.views import views_url


def test_without_any_variable_there_is_a_place_for_everything() -> None:
    settings = Settings.from_environment({})
    home = Path(".aftercare").absolute()
    assert settings.database_url == f"sqlite:///{home}/aftercare.db"
    assert settings.views_url == f"sqlite:///{home}/aftercare.views.db"
    assert settings.vault_url == f"sqlite:///{home}/aftercare.vault.db"
    assert (settings.host, settings.environment) == ("127.0.0.1", "development")
    assert settings.organisation == UUID(int=0)


def test_the_home_folder_moves_everything() -> None:
    settings = Settings.from_environment({"AFTERCARE_HOME": "/var/lib/aftercare"})
    assert settings.vault_url == "sqlite:////var/lib/aftercare/aftercare.vault.db"


@pytest.mark.parametrize(
    ("log", "views", "vault"),
    [
        ("sqlite:////a/one.db", "sqlite:////a/one.views.db", "sqlite:////a/one.vault.db"),
        ("postgresql+psycopg://u@h/one", "postgresql+psycopg://u@h/one", "postgresql+psycopg://u@h/one_vault"),
        (
            "postgresql+psycopg://u@/one?host=/run/pg",
            "postgresql+psycopg://u@/one?host=/run/pg",
            "postgresql+psycopg://u@/one_vault?host=/run/pg",
        ),
    ],
)
def test_views_and_vault_stand_beside_the_log(log: str, views: str, vault: str) -> None:
    assert (views_url(log), vault_beside(log)) == (views, vault)
    settings = Settings.from_environment({"DATABASE_URL": log})
    assert (settings.views_url, settings.vault_url) == (views, vault)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_may_be_written_as_others_write_it(scheme: str) -> None:
    settings = Settings.from_environment({"DATABASE_URL": f"{scheme}://u@h/one"})
    assert settings.database_url == "postgresql+psycopg://u@h/one"


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@h/one", "sqlite:///"),
        ("DATABASE_URL", "postgresql://u:hunter2@h/", "postgresql+psycopg://"),
        ("DATABASE_URL", "/var/hunter2.db", "sqlite:///"),
        ("DATABASE_URL", "host=db user=aftercare password=hunter2", "postgresql+psycopg://"),
        ("DATABASE_URL", "postgresql:/aftercare:hunter2@db/x", "postgresql+psycopg://"),
        ("DATABASE_URL", "postgresql://u:hunter2@h:abc/one", "postgresql+psycopg://"),
        ("DATABASE_URL", "postgresql://u:hunter2@h:99999/one", "postgresql+psycopg://"),
        ("AFTERCARE_VAULT_URL", "hunter2", "sqlite:///"),
        ("AFTERCARE_VIEWS_URL", "sqlite:////a/views?x.db", "sqlite:///"),
        ("AFTERCARE_HOME", "/var/what?", "a folder without ? and %"),
        ("AFTERCARE_HOME", "/var/100%", "a folder without ? and %"),
        ("AFTERCARE_THREADS", "3", "a whole number from 4 to 1000"),
        ("AFTERCARE_PORT", "0", "a whole number from 1 to 65535"),
        ("AFTERCARE_PORT", "65536", "a whole number from 1 to 65535"),
        ("AFTERCARE_PORT", "http", "a whole number from 1 to 65535"),
        ("AFTERCARE_PORT", "٣", "a whole number from 1 to 65535"),
        ("AFTERCARE_APPEND_TIMEOUT", "nan", "a number of seconds"),
        ("AFTERCARE_APPEND_TIMEOUT", "inf", "a number of seconds"),
        ("AFTERCARE_APPEND_TIMEOUT", "-1", "a number of seconds"),
        ("AFTERCARE_ENVIRONMENT", "Live!", "lower-case letters"),
        ("AFTERCARE_ORGANISATION", "us", "a UUID"),
        ("AFTERCARE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("AFTERCARE_METRICS", "open", "one of key, loopback"),
        ("AFTERCARE_CURSOR_SECRET", "hunter2", "32 characters"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_one_line(name: str, value: str, accepted: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    line = str(refused.value)
    assert "\n" not in line
    assert name in line
    assert accepted in line
    assert "hunter2" not in line
    assert (value in line) is not (name.endswith("_URL") or name == "AFTERCARE_CURSOR_SECRET")


def test_a_variable_that_is_no_setting_is_refused_with_what_was_perhaps_meant() -> None:
    with pytest.raises(SettingsError, match=r"^AFTERCARE_PROT is not a setting\. Did you mean AFTERCARE_PORT\?$"):
        Settings.from_environment({"AFTERCARE_PROT": "8000"})
    with pytest.raises(SettingsError, match=r"^AFTERCARE_DATABASE_URL is not a setting\. Did you mean DATABASE_URL\?$"):
        Settings.from_environment({"AFTERCARE_DATABASE_URL": "sqlite:///aftercare.db"})
    with pytest.raises(SettingsError, match="aftercare status"):
        Settings.from_environment({"AFTERCARE_XYZZY": ""})


def test_variables_of_others_are_left_alone() -> None:
    Settings.from_environment({"PATH": "/bin", "LANG": "C", "POSTGRES_DBNAME": "x"})


@pytest.mark.parametrize("value", ["1", "true", "y", "YES", "on", "t"])
def test_the_functions_of_the_store_library_are_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        Settings.from_environment({"POSTGRES_ENABLE_DB_FUNCTIONS": value})


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_switching_them_off_is_no_fault(value: str) -> None:
    Settings.from_environment({"POSTGRES_ENABLE_DB_FUNCTIONS": value})


def test_wrapping_keys_come_from_one_place() -> None:
    with pytest.raises(SettingsError, match="both"):
        Settings.from_environment({"AFTERCARE_VAULT_KEYS": "one:x", "AFTERCARE_VAULT_KEYS_FILE": "/run/keys"})


def test_every_setting_is_told_and_no_secret() -> None:
    settings = Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://u:hunter2@h/one",
            "AFTERCARE_PORT": "8000",
            "AFTERCARE_VAULT_KEYS": "hunter2",
            "AFTERCARE_CURSOR_SECRET": "hunter2" * 8,
        }
    )
    lines = dict(settings.lines())
    assert list(lines) == list(TABLE)
    assert "hunter2" not in repr(lines)
    told = {setting.name: text for setting, text in lines.items()}
    assert told["DATABASE_URL"] == "postgresql+psycopg://u:***@h/one"
    assert told["AFTERCARE_PORT"] == "8000"
    assert told["AFTERCARE_CURSOR_SECRET"] == "***"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://u@h/x?password=hunter2", "postgresql://u@h/x?password=***"),
        ("postgresql://u@h/x?a=b&PassWord=hunter2&c=d", "postgresql://u@h/x?a=b&PassWord=***&c=d"),
        ("postgresql://u@h/x?pass%77ord=hunt@er2&sslmode=require", "postgresql://u@h/x?pass%77ord=***&sslmode=require"),
        ("postgresql://u@h/x?sslpassword=hunter2&passfile=/hunter2", "postgresql://u@h/x?sslpassword=***&passfile=***"),
        ("postgresql://u:hun?ter2@h/x?password=hunter2", "postgresql://u:***@h/x?password=***"),
        ("postgresql://u:hunter2@h:5432/x?options=-c%20a=b", "postgresql://u:***@h:5432/x?options=-c%20a=b"),
        ("sqlite:////a/one.db", "sqlite:////a/one.db"),
        ("8080", "8080"),
    ],
)
def test_no_password_of_an_address_is_told(address: str, told: str) -> None:
    assert without_password(address) == told


def test_a_password_among_the_parameters_is_told_nowhere() -> None:
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://u@h/x?password=hunter2"})
    told = [text for setting, text in settings.lines() if setting.name.endswith("_URL")]
    assert [text.rpartition("?")[2] for text in told] == ["password=***"] * 3


def test_settings_do_not_show_secrets_when_printed() -> None:
    settings = Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://u:hunter2@h/one",
            "AFTERCARE_CURSOR_SECRET": "hunter2" * 8,
            "AFTERCARE_VAULT_KEYS": "hunter2",
        }
    )
    assert "hunter2" not in repr(settings)


def test_every_default_is_accepted_and_every_setting_says_what_it_means() -> None:
    for setting in TABLE:
        assert setting.meaning.endswith((".", ")."))
        if setting.default:
            setting.parse(setting.default)
