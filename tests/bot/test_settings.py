"""
Configuration: what is refused, all of it at once, and never a value repeated.
"""

import base64
import multiprocessing
import os
import re
import stat
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from bot.settings import KEYS, Settings, SettingsError, environment

SECRET = "s3cr3t-hunter2"
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
EXAMPLE = Path(__file__).parents[2] / ".env.example"


def problems_of(environ, folder, *, slack=True):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ, data_folder=folder, slack=slack)
    return caught.value.problems


def test_two_tokens_are_enough(tmp_path):
    settings = Settings.from_environ(SLACK, data_folder=tmp_path / "data")

    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'ht.db'}"
    assert len(base64.urlsafe_b64decode(settings.secret_key)) == 32
    assert settings.slack_api_url == "https://slack.com/api/"


def test_no_token_is_needed_where_no_slack_is(tmp_path):
    settings = Settings.from_environ({}, data_folder=tmp_path, slack=False)

    assert settings.slack_bot_token is None


def test_every_problem_is_named_at_once_and_no_value_is(tmp_path):
    wrong = dict.fromkeys(KEYS, SECRET)

    problems = problems_of(wrong, tmp_path)

    named = {
        word for problem in problems for word in re.findall(r"\b(?:SLACK|HT)_[A-Z_]+", problem)
    }
    # A signing secret, a host and a pack may be any word; that no pack is called so is found later.
    assert named == set(KEYS) - {"SLACK_SIGNING_SECRET", "HT_HOST", "HT_PACK"}
    assert SECRET not in " ".join(problems)


@pytest.mark.parametrize("key", KEYS)
def test_a_secret_in_any_variable_is_in_no_error_and_no_repr(key, tmp_path):
    try:
        settings = Settings.from_environ(SLACK | {key: SECRET}, data_folder=tmp_path)
    except SettingsError as error:
        told = f"{error}{error!r}{error.__cause__}{error.problems}"
    else:
        told = repr(settings) if key in {"SLACK_SIGNING_SECRET"} else ""

    assert SECRET not in told


def test_no_secret_is_in_the_repr(tmp_path):
    environ = {
        "SLACK_BOT_TOKEN": "xoxb-hidden",
        "SLACK_APP_TOKEN": "xapp-hidden",
        "SLACK_SIGNING_SECRET": "hidden",
        "HT_DATABASE_URL": "postgresql://u:hidden@h/n",
        "HT_SECRET_KEY": KEY,
    }
    settings = Settings.from_environ(environ, data_folder=tmp_path)

    assert "hidden" not in repr(settings)
    assert KEY not in repr(settings)


def test_missing_tokens_are_named(tmp_path):
    assert [problem.split()[0] for problem in problems_of({}, tmp_path)] == [
        "SLACK_BOT_TOKEN",
        "Set",
    ]
    assert "SLACK_SIGNING_SECRET" in problems_of({"SLACK_BOT_TOKEN": "xoxb-1"}, tmp_path)[0]


def test_an_empty_value_is_no_value(tmp_path):
    settings = Settings.from_environ(
        SLACK | {"HT_PORT": "", "HT_TIMEZONE": "  ", "SLACK_API_URL": ""}, data_folder=tmp_path
    )

    assert (settings.port, settings.timezone) == (3000, None)


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/api/",
        "https://slack-gov.com/api",
        "HTTPS://slack.com/api/",
        "http://127.0.0.1:8080/api/",
        "http://localhost/api/",
        "http://[::1]:80/api/",
    ],
)
def test_slack_is_asked_over_https_or_on_this_machine(url, tmp_path):
    settings = Settings.from_environ(SLACK | {"SLACK_API_URL": url}, data_folder=tmp_path)

    assert settings.slack_api_url == url.rstrip("/") + "/"


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api/",
        "http://127.0.0.1.evil.com/api/",
        "http://localhost.evil.com/api/",
        "http://localhost@evil.com/api/",
        "http://127.0.0.1:80@evil.com/api/",
        "http://evil.com#@localhost/",
        "http://evil.com?@localhost/",
        "http://localhost:80\\.evil.com/",
        "http://localhost\\@evil.com/",
        "http://127.1/api/",
        "http://0.0.0.0/api/",
        "http://[::1/api/",
        "http:///api/",
        "https://",
        "https:///api/",
        "https://slack.com:99999/api/",
        "https://slack.com/api/?x=",
        "https://slack.com/api/#x",
        "ftp://localhost/",
        "file:///etc/passwd",
        "slack.com/api/",
        "//localhost/",
        "localhost",
    ],
)
def test_any_other_slack_is_refused(url, tmp_path):
    [problem] = problems_of(SLACK | {"SLACK_API_URL": url}, tmp_path)

    assert problem == problems_of(SLACK | {"SLACK_API_URL": "http://other"}, tmp_path)[0]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://bot.example.org", "https://bot.example.org"),
        ("https://bot.example.org:8443/ht/", "https://bot.example.org:8443/ht"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_where_others_reach_it_is_an_address_without_a_slash_at_its_end(url, kept, tmp_path):
    settings = Settings.from_environ(SLACK | {"HT_PUBLIC_URL": url}, data_folder=tmp_path)

    assert settings.public_url == kept


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.org", "bot.example.org", "https://", "https://me:x@example.org",
     "https://example.org/?a=b", "https://example.org/#a", "https://example.org:x/"],
)  # fmt: skip
def test_an_address_that_others_cannot_safely_use_is_refused(url, tmp_path):
    [problem] = problems_of(SLACK | {"HT_PUBLIC_URL": url}, tmp_path)

    assert problem.startswith("HT_PUBLIC_URL must begin with https://")


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("HT_PORT", ["1", "65535"], ["0", "65536", "-1", "80.0", "８０", "x", "1 2", "1" * 5000]),
        ("HT_TICK_SECONDS", ["0.1", "1", "3600"], ["0", "0.09", "3600.1", "1e2", "nan", "inf"]),
        ("HT_METRICS_PORT", ["1", "65535"], ["0", "65536", "3000", "x"]),
        ("HT_ASKS_PER_MINUTE", ["0", "0.5", "1000"], ["-1", "1000.1", "many"]),
        ("HT_LOG_FORMAT", ["json", "TEXT"], ["xml", "0"]),
        ("HT_LOG_LEVEL", ["debug", "ERROR"], ["CRITICAL", "verbose", "0"]),
        ("HT_TIMEZONE", ["America/Los_Angeles", "UTC"], ["PST8", "../UTC", "Pacific Time", "/etc"]),
        ("HT_ADMINS", ["U123 W12, U9AB", "U12,U13"], ["ada", "U12;U13", "u123", "<@U12>", "U1"]),
        ("HT_SECRET_KEY", [KEY], [KEY[:-1], KEY + "A", "é" * 44, "A" * 40]),
        ("SLACK_BOT_TOKEN", ["xoxb-2", "xoxe.xoxb-2"], ["xoxp-2", "xapp-2"]),
        ("SLACK_APP_TOKEN", ["xapp-2"], ["xoxb-2"]),
        (
            "HT_DATABASE_URL",
            ["sqlite:////tmp/x.db", "postgresql://u:p@h/n", "postgres:///n"],
            ["sqlite://", "sqlite:///", "postgresql://", "mysql://h/n", "/tmp/x.db", "sqlite:x"],
        ),
    ],
)
def test_each_value_has_its_edges(key, good, bad, tmp_path):
    for value in good:
        Settings.from_environ(SLACK | {key: value}, data_folder=tmp_path)
    for value in bad:
        [problem] = problems_of(SLACK | {key: value}, tmp_path)
        assert problem.startswith(key), value


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    folder = tmp_path / "new" / "data"
    old = os.umask(0)
    try:
        first = Settings.from_environ({}, data_folder=folder, slack=False)
    finally:
        os.umask(old)
    again = Settings.from_environ({}, data_folder=folder, slack=False)

    assert first.secret_key == again.secret_key
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_no_folder_is_made_where_none_is_needed(tmp_path):
    folder = tmp_path / "data"
    environ = {"HT_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "HT_SECRET_KEY": KEY}
    Settings.from_environ(environ, data_folder=folder, slack=False)

    assert not folder.exists()


def key_of(folder: str) -> str:
    return Settings.from_environ({}, data_folder=Path(folder), slack=False).secret_key


def test_processes_that_start_together_have_one_key(tmp_path):
    with multiprocessing.get_context("forkserver").Pool(4) as pool:
        keys = pool.map(key_of, [str(tmp_path / "data")] * 16, chunksize=1)

    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\x00", KEY.encode()[:-4]])
def test_a_damaged_key_file_is_refused_and_left_alone(content, tmp_path):
    (tmp_path / "secret.key").write_bytes(content)

    [problem] = problems_of({}, tmp_path, slack=False)

    assert "key file" in problem
    assert "HT_SECRET_KEY" in problem
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    [problem] = problems_of({}, tmp_path / "file" / "data", slack=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").mkdir()
    [other] = problems_of({}, tmp_path / "data", slack=False)

    assert problem.startswith("The data folder cannot be made")
    assert other.startswith("The key file in the data folder cannot be used")
    assert str(tmp_path) not in problem + other


def test_the_example_file_has_every_key_in_order_with_its_default():
    lines = re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    attribute = {each.name: each for each in fields(Settings)}

    assert tuple(key for key, _ in lines) == KEYS
    for key, value in lines:
        if value:
            default = attribute[key.removeprefix("HT_").lower()].default
            assert default is not MISSING
            assert value == str(default) or float(value) == default


def test_the_example_file_says_all_there_is_to_say(tmp_path):
    (tmp_path / ".env").write_text(EXAMPLE.read_text())

    settings = Settings.from_environ(environment(tmp_path), data_folder=tmp_path, slack=False)

    assert (settings.host, settings.port, settings.pack) == ("127.0.0.1", 3000, "contra_costa")


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("HT_PORT=1111\nHT_PACK='some pack'  # a remark\nHT_ADMINS=\n")
    monkeypatch.setenv("HT_PORT", "2222")
    monkeypatch.delenv("HT_PACK", raising=False)

    found = environment(tmp_path)

    assert (found["HT_PORT"], found["HT_PACK"]) == ("2222", "some pack")


def test_without_a_file_the_environment_is_all(tmp_path, monkeypatch):
    monkeypatch.setenv("HT_PORT", "2222")

    assert environment(tmp_path) == dict(os.environ)


def test_a_file_that_cannot_be_read_is_a_problem_without_its_words(tmp_path):
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-\xff\xfe")

    with pytest.raises(SettingsError) as caught:
        environment(tmp_path)

    assert caught.value.problems == ("The .env file cannot be read (UnicodeDecodeError).",)


@pytest.mark.parametrize(
    ("lease", "taken"), [("19.9", False), ("20", True), ("600", True), ("601", False)]
)
def test_a_lease_is_longer_than_slack_may_take_to_answer(lease, taken, tmp_path):
    def settings():
        environ = {"HT_LEASE_SECONDS": lease}
        return Settings.from_environ(environ, data_folder=tmp_path, slack=False)

    if taken:
        assert settings().lease_seconds == float(lease)
    else:
        with pytest.raises(SettingsError, match="from 20 to 600"):
            settings()


@pytest.mark.parametrize(
    ("days", "taken"),
    [("0", False), ("1", True), ("3650", True), ("3651", False), ("1.5", False), ("x", False)],
)
def test_counts_are_kept_for_a_whole_number_of_days(days, taken, tmp_path):
    def settings():
        environ = {"HT_KEEP_COUNTS_DAYS": days}
        return Settings.from_environ(environ, data_folder=tmp_path, slack=False)

    if taken:
        assert settings().keep_counts_days == int(days)
    else:
        with pytest.raises(SettingsError, match="HT_KEEP_COUNTS_DAYS must be a whole number"):
            settings()
