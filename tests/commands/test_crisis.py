import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.crisis import Crisis, find_crisis

ENGLISH = (
    "help me",
    "HELP ME PLEASE",
    "please help",
    "pls help me",
    "i need help now",
    "helpppp me",
    "h e l p  m e",
    "heeelp me",
    "help!!!",
    "there is an emergency",
    "emergancy",
    "she is in danger",
    "hes going to kill me",
    "he is going to kill her",
    "i want to kill myself",
    "suicide",
    "suicidal client",
    "sucidal",
    "she is being held at a motel",
    "I can't leave",
    "i cant leave the house",
    "they wont let me leave",
    "girl being trafficked right now",
    "kidnapped",
    "kidnaped",
    "traficked now",
    "she was raped",
    "my client got raped last night",
    "she is bleeding",
    "he has a gun",
    "he's outside with a knife",
    "i am scared for my life",
    "need police now",
    "client overdosed",
    "he beat me up",
    "my pimp found me",
    "trapped in a hotel room",
    "she ran away and someone is following her",
    "i dont feel safe",
    "im being held against my will",
    "he locked me in",
    "someone is selling my daughter",
    "he took my daughter",
    "i want to die",
    "she cut her wrists",
    "they have my passport and wont let me go",
    "my boyfriend is hurting me",
    "he choked me",
    "i think im going to die",
    "active shooter",
    "child missing",
    "hostage",
    "somebody pls help us",
    "he will find me",
    "hes gonna kill us",
    "not safe here",
    "call 911",
)
SPANISH = (
    "ayuda",
    "ayúdenme por favor",
    "auxilio",
    "socorro",
    "emergencia",
    "emerjencia",
    "estoy en peligro",
    "me quiere matar",
    "mi esposo me quiere matar",
    "suicidio",
    "me quiero morir",
    "quiero matarme",
    "estoy secuestrada",
    "me tienen encerrada",
    "la violaron",
    "fui violada",
    "no puedo salir",
    "no me deja salir",
    "no me dejan ir",
    "tengo miedo",
    "tengo mucho miedo",
    "me golpea",
    "me pega mi esposo",
    "está sangrando",
    "tiene una pistola",
    "tiene un arma",
    "me siguen",
    "me va a matar",
    "la van a matar",
    "nos van a matar",
    "me obligan a prostituirme",
    "se llevaron a mi hija",
    "mi hija desapareció",
    "llamen a la policia",
    "necesito ayuda urgente",
    "nececito ayuda",
    "alluda porfavor",
    "ayudaaaa",
    "sáquenme de aquí",
    "me esta amenazando",
    "me estan vendiendo",
    "no me siento segura",
    "temo por mi vida",
    "esta encerrado en un cuarto",
    "me quitaron mi pasaporte",
    "hay un hombre armado",
    "se esta desangrando",
    "violasion",
    "secuestrda",
)
USUAL = (
    "help",
    "hotline",
    "partners",
    "partner",
    "partner CVS",
    "collaboratives",
    "services",
    "services food",
    "services housing",
    "services legal",
    "funding",
    "funding 2024",
    "define",
    "define TVPA",
    "define victim",
    "prevention",
    "prevention primary",
    "models",
    "gaps",
    "gaps 3",
    "equity",
    "techsafety",
    "techsafety dangers",
    "roles",
    "roles DA",
    "sources",
    "about",
    "help hotline",
    "help partners",
    "hotline minor",
    "hotline español",
    "services menores",
    "socios",
    "fondos",
    "servicios comida",
    "definir víctima",
    "stats 2023",
    "stats",
    "partners housing",
    "services minor victims",
    "victim compensation",
    "define CSEC",
    "services mental health",
    "services shelter",
    "partners legal aid",
    "prevention community",
    "gaps funding",
    "models harm reduction",
    "services interpreter",
    "sources deck",
    "who leads the task force",
    "when is the next meeting",
    "family justice center concord",
    "restraining orders",
    "work permits",
    "substance use",
    "language access",
    "job training",
    "safety plan",
    "identify root causes",
    "capture rate",
    "comida",
    "refugio",
    "vivienda",
    "abogado",
    "prevención",
    "brechas",
    "equidad",
    "acerca de",
    "fuentes",
)
VERBS = (
    "help hotline partners partner collaboratives services funding define prevention models gaps "
    "equity techsafety roles sources about stats"
)


@pytest.mark.parametrize("text", ENGLISH)
def test_words_of_danger_in_english_are_found(text: str) -> None:
    assert find_crisis(text) == Crisis(language="en")


@pytest.mark.parametrize("text", SPANISH)
def test_words_of_danger_in_spanish_are_found(text: str) -> None:
    assert find_crisis(text) == Crisis(language="es")


@pytest.mark.parametrize("text", [*USUAL, *VERBS.split()])
def test_a_usual_command_text_calls_no_card(text: str) -> None:
    assert find_crisis(text) is None


@pytest.mark.parametrize(
    ("text", "found"), [("help", False), ("help!", False), ("help!!", True), ("help me", True)]
)
def test_help_alone_is_a_command_and_only_shouted_a_cry(text: str, found: bool) -> None:
    assert (find_crisis(text) is not None) is found


@given(
    st.sampled_from((*ENGLISH, *SPANISH)),
    st.sampled_from([str.upper, str.title, str.lower, "*{}*".format, "🆘 {} 🆘".format]),
    st.sampled_from(["", "services food ", "define victim. ", "hotline\n"]),
)
def test_words_of_danger_are_found_in_any_dress_and_place(text, dressed, before) -> None:
    assert find_crisis(before + dressed(text)) is not None


@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    find_crisis(text)


@pytest.mark.parametrize(
    "piece", ["help", "a ", "no me ", "i am being ", "h e ", "aaaaaa", "me la "]
)
def test_a_hostile_text_is_read_in_linear_time(piece: str) -> None:
    started = time.perf_counter()

    find_crisis((piece * 100_000)[:100_000])

    assert time.perf_counter() - started < 3  # seconds; a quadratic search takes minutes
