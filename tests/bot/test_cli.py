"""
The command line: what it prints, and with which status it ends.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.workshop import KEY, write_locked

SECRET = "s3cr3t-hunter2"


@pytest.fixture
def environ(sqlite_url):
    return {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": KEY}


@pytest.fixture(autouse=True)
def quiet(logged):
    """
    `main` configures logging: undone after each test.
    """


def test_say_prints_an_answer(environ, capsys):
    status = main(["say", "/ht hotline child"], environ)

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert "1 (877) 881-1116" in out


def test_say_takes_words_without_quotes_and_a_role(environ, capsys):
    main(["say", "/ht", "funding", "--as", "guest"], environ)

    assert "full members" in capsys.readouterr().out


def test_say_prints_slacks_json(environ, capsys):
    main(["say", "gaps", "--json"], environ)

    assert json.loads(capsys.readouterr().out)["response_type"] == "ephemeral"


def test_say_saves_nothing_where_there_is_no_file(environ, tmp_path, capsys):
    status = main(["say", "gaps", "--save", str(tmp_path / "out")], environ)

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert "Written" not in out
    assert not (tmp_path / "out").exists()


def test_say_answers_while_another_writes(environ, sqlite_url, capsys):
    with write_locked(sqlite_url):
        status = main(["say", "gaps"], environ)

    out = capsys.readouterr().out
    assert status == 0
    assert "Trends" in out


def test_say_answers_hotline_without_a_database(tmp_path, capsys):
    (tmp_path / "ht.db").write_bytes(b"garbage")
    url = f"sqlite:///{tmp_path / 'ht.db'}"
    status = main(["say", "hotline"], {"HT_DATABASE_URL": url, "HT_SECRET_KEY": KEY})

    out = capsys.readouterr().out
    assert status == 0
    assert "911" in out
    assert "cannot be reached just now" in out


@pytest.mark.parametrize(
    "arguments", [["say", "hotline"], ["run"], ["pack", "load", "contra_costa"],
                  ["grant", "U123", "admin"]], ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    "wrong",
    [
        {"HT_PORT": SECRET, "HT_LOG_LEVEL": SECRET},
        {"HT_DATABASE_URL": f"postgresql://u:p@h:{SECRET}/x"},
        {"HT_DATABASE_URL": f"sqlite:///x.db?{SECRET}=1"},
        {"HT_SECRET_KEY": SECRET},
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_printed(wrong, arguments, environ, capsys):
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    status = main(arguments, environ | tokens | wrong)

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert SECRET not in err
    assert all(key in err for key in wrong)
    assert all(line.startswith("htbot: ") for line in err.splitlines())
    assert "Traceback" not in err
    assert "See .env.example." in err


@pytest.mark.parametrize("arguments", [["say", "hotline"], ["run"], ["grant", "U123", "admin"]])
def test_a_pack_setting_that_names_nothing_is_not_printed(arguments, environ, capsys):
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}

    assert main(arguments, environ | tokens | {"HT_PACK": SECRET}) == 2
    err = capsys.readouterr().err
    assert "HT_PACK names no built-in pack and no folder." in err
    assert SECRET not in err


def test_run_without_tokens_says_which_and_where(environ, capsys):
    status = main(["run"], environ)

    assert status == 2
    assert "SLACK_BOT_TOKEN is not set" in capsys.readouterr().err


def test_a_pack_in_order_is_said_so(capsys):
    status = main(["pack", "check", "contra_costa"], {})

    assert (status, capsys.readouterr().err) == (0, "")


@pytest.mark.parametrize("path", ["no_such_pack", "/no/such/folder"])
def test_a_pack_that_is_not_there_is_misuse(path, capsys):
    assert main(["pack", "check", path], {}) == 2
    assert path in capsys.readouterr().err


def test_a_broken_pack_lists_file_line_and_field(tmp_path, contra_costa, capsys):
    for file in contra_costa.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    with (tmp_path / "task_force.yaml").open("a") as file:
        file.write("nonsense: 1\n")
    status = main(["pack", "check", str(tmp_path)], {})

    err = capsys.readouterr().err
    assert status == 1
    assert "task_force.yaml:" in err


def test_a_pack_is_loaded_once(environ, capsys):
    first = main(["pack", "load", "contra_costa"], environ)
    second = main(["pack", "load", "contra_costa"], environ)

    assert (first, second) == (0, 0)
    assert capsys.readouterr().out.count("0 added, 0 changed, 0 retired") == 2


def test_a_pack_is_not_loaded_while_another_writes(environ, sqlite_url, capsys, monkeypatch):
    monkeypatch.setattr("storage.migrations.PATIENCE_SECONDS", 0.2)
    with write_locked(sqlite_url):
        status = main(["pack", "load", "contra_costa"], environ)

    assert status == 1
    assert "Nothing was changed" in capsys.readouterr().err


def test_a_role_is_given_and_taken(environ, capsys):
    arguments = ["grant", "U123", "coordinator", "--team", "T123"]
    assert main(arguments, environ) == 0
    assert main([*arguments, "--revoke"], environ) == 0
    assert main(["grant", "ada", "admin"], environ) == 2
    assert main(["grant", "U123", "admin"], environ) == 2

    out, err = capsys.readouterr()
    assert out.splitlines() == ["U123 is now coordinator.", "U123 is no longer coordinator."]
    assert "not a Slack member ID" in err
    assert "--team" in err


def test_a_role_cannot_be_given_without_a_database(tmp_path, capsys):
    (tmp_path / "ht.db").write_bytes(b"garbage")
    url = f"sqlite:///{tmp_path / 'ht.db'}"
    status = main(
        ["grant", "U123", "admin", "--team", "T123"], {"HT_DATABASE_URL": url, "HT_SECRET_KEY": KEY}
    )

    assert status == 1
    assert "Nothing was changed" in capsys.readouterr().err


def test_a_test_delivery_is_planned_though_no_bot_runs(environ, capsys):
    planned = main(["send", "--test", "--to", "U123"], environ)
    waited = main(["send", "--test", "--to", "U456", "--wait", "0.01"], environ)

    out = capsys.readouterr().out
    assert (planned, waited) == (0, 1)
    assert "Test delivery 1 is planned. A running bot sends it within seconds" in out
    assert out.splitlines()[-1] == "planned, waits for its turn"


def test_a_test_delivery_needs_an_id_and_a_database(environ, capsys, tmp_path):
    (tmp_path / "bad.db").write_bytes(b"garbage")
    assert main(["send", "--test", "--to", "ada"], environ) == 2
    url = f"sqlite:///{tmp_path / 'bad.db'}"
    status = main(["send", "--test", "--to", "U1A2"], environ | {"HT_DATABASE_URL": url})

    err = capsys.readouterr().err
    assert status == 1
    assert "not a Slack member or channel ID" in err
    assert "Nothing was changed" in err


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["send", "--to", "U1"], ["send", "--test"], ["say"], ["say", "x", "--as", "boss"], ["grant", "U1", "king"],
                  ["pack"], ["pack", "burn", "x"], ["demo", "--port", "x"]],
)  # fmt: skip
def test_misuse_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments, {})

    assert caught.value.code == 2
    assert "usage: htbot" in capsys.readouterr().err


def test_it_runs_as_a_module_in_any_folder_with_the_file_there(tmp_path, sqlite_url):
    (tmp_path / ".env").write_text(f"HT_DATABASE_URL={sqlite_url}\nHT_SECRET_KEY={KEY}\n")
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "bot", "say", "/ht hotline"],
        cwd=tmp_path,
        env={"PYTHONPATH": root, "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "911" in done.stdout
    assert done.stderr == ""
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db-wal") == sorted(
        {".env", "ht.db", *(p.name for p in tmp_path.glob("ht.db-shm"))}
    )


def test_an_unreadable_env_file_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    monkeypatch.chdir(tmp_path)

    assert main(["say", "x"]) == 2
    assert "The .env file cannot be read" in capsys.readouterr().err
