"""
Numbers and codes that belong to one person: Social Security, A-number, case, plate and so on.
"""

from collections.abc import Iterator

from commands.clues.clue import (
    END,
    IS,
    NUMBERED,
    PHONE_MARK,
    SHUT,
    START,
    Clue,
    Kind,
    any_of,
    code,
    en,
    es,
)

_SKIP = r"(?:[ :=#,.()\"'/-]{0,3}(?:[a-z']{1,15}+)){0,3}?[ :=#,.()\"'/-]{0,4}"
_NINE = r"(?<!\d)\d{3}[ .-]?\d{2}[ .-]?\d{4}(?!\d)"
_MASKED = r"(?:[x*#][ .-]?){2,7}\d{4}(?!\d)"
_LAST_FOUR = any_of("last 4|last four|last4|ending|ends in|ultimos 4|ultimos cuatro|termina")


def _social_security() -> Iterator[Clue]:
    label_en = any_of("ssn|ss|social security|social|soc|soc sec|social sec|itin|tax id|tin")
    label_es = any_of("seguro social|nss|numero de seguro|seguro|numero de itin|su social")
    either = any_of("ssn|social|ss|seguro")
    yield en(Kind.SSN, r"(?<![\d-])\d{3}([ .-]{1,3})\d{2}\1\d{4}(?![\d-])")
    for clue, label in ((en, label_en), (es, label_es)):
        yield clue(Kind.SSN, rf"{START}{label}{END}{_SKIP}(?:{_NINE}|{_MASKED})")
        yield clue(
            Kind.SSN,
            rf"{START}{label}{END}[^.!?]{{0,25}}{_LAST_FOUR}[ a-z:#=-]{{0,12}}\d{{4}}(?!\d)",
        )
    yield en(
        Kind.SSN,
        rf"{START}{_LAST_FOUR}{END}[a-z :#=-]{{0,15}}{either}{END}[a-z :#=-]{{0,8}}\d{{4}}(?!\d)",
    )


def _immigration() -> Iterator[Clue]:
    yield en(Kind.A_NUMBER, r"(?<![a-z0-9/.@-])a(?:-?#?|#)\d{3}[ -]?\d{3}[ -]?\d{2,3}(?![\d-])")
    yield en(
        Kind.A_NUMBER,
        r"(?<![a-z0-9/.@])a[ -]{1,3}(?:#? ?0?\d{2,3}[ -]\d{3}[ -]\d{3}|0?\d{8,9})(?![\d-])",
    )
    office = any_of("alien registration|alien reg|alien|uscis|registration")
    number = any_of(r"number|num\.?|no\.?|id|#")
    short = any_of("a number|a num|a no|a#|alien")
    yield en(Kind.A_NUMBER, rf"{START}(?:{office}{END} ?{number}|{short}){IS}#? ?a?-?{code(7)}")
    label_es = any_of(
        "numero a|numero de extranjero|numero de extranjera|numero de alien|numero alien|numero de uscis"
    )
    yield es(Kind.A_NUMBER, rf"{START}{label_es}{END}{_SKIP}a?-?{code(7)}")
    yield en(Kind.CASE_NUMBER, rf"{START}(?:eac|wac|lin|src|nbc|msc|ioe|ysc)[ -]?\d{{10}}(?!\d)")


def _coded() -> Iterator[Clue]:
    whose_en = any_of(
        "client|participant|survivor|victim|hmis|apricot|clarity|homeless management|eto|patient"
        "|youth|minor|child"
    )
    whose_es = any_of("cliente|clienta|participante|victima|sobreviviente|usuaria|menor")
    label_en = any_of(r"id|number|num\.?|no\.?|#|code|hash|identifier|uid|key|file|file #|ref")
    label_es = any_of(r"id|codigo|clave|numero|num\.?|no\.?|folio|identificador|#")
    record = r"(?: ?/? ?(?:record|file|case|hmis))?"
    no_hotline = rf"(?!{PHONE_MARK})(?!\d{{1,2}}/\d)(?!(?:911|988|211|711)(?!\d))"
    value = r"(?=[a-z-]{0,12}\d(?:[a-z0-9-]{0,12}\d|[a-z0-9-]{2}))[a-z0-9][a-z0-9-]{1,64}"
    hexadecimal = r"(?=[a-f0-9]{0,20}\d)[a-f0-9]{6,64}(?![a-z0-9])"
    yield en(
        Kind.CLIENT_ID,
        rf"{START}{whose_en}(?:'s)?{record} ?[.,-]?{label_en}{IS}{no_hotline}{value}",
    )
    yield es(
        Kind.CLIENT_ID,
        rf"{START}{label_es}(?: hmis)? (?:de |del |de la |de mi ){{0,2}}{whose_es}{IS}{no_hotline}{value}",
    )
    yield es(Kind.CLIENT_ID, rf"{START}{whose_es} {label_es}{IS}{no_hotline}{value}")
    yield en(
        Kind.CLIENT_ID,
        rf"{START}(?:hash(?:ed)?|sha256|md5)(?: (?:id|client|name))?{IS}{hexadecimal}",
    )


def _documents() -> Iterator[Clue]:
    yield en(Kind.BOOKING_NUMBER, rf"{START}(?:pfn|cdcr){END}(?:{NUMBERED}|{IS}){code(2)}")
    for kind, digits, label_en, label_es in (
        (
            Kind.BOOKING_NUMBER,
            4,
            "booking|inmate|pfn|cdcr|jail|arrest|booked under|jail id|bkg|juvenile hall",
            (
                "numero de reserva|numero de fichaje|numero de ingreso|numero de preso|fichaje"
                "|numero de interno|numero de arresto|numero de recluso|numero de detencion"
            ),
        ),
        (
            Kind.MEDICAL_RECORD,
            4,
            (
                "mrn|mr #|medical record|medical rec|med rec|chart|medi cal|medical|medicaid"
                "|health record|bic|insurance|kaiser|hospital"
            ),
            (
                "expediente medico|historia clinica|historial medico|numero medico"
                "|expediente clinico|numero de paciente|tarjeta medi cal"
            ),
        ),
        (
            Kind.LICENCE,
            5,
            (
                "driver'?s?'? licen[sc]e|drivers? lic|driver id|cdl|dl|lic|licen[sc]e|state id"
                "|id card|ca id|cal id|ab60"
            ),
            (
                "licencia de conducir|licencia de manejo|licencia de manejar|licencia|curp|dui"
                "|numero de licencia|identificacion|ine|cedula|credencial"
            ),
        ),
        (
            Kind.PASSPORT,
            5,
            "passport|ppt",
            "pasaporte|matricula consular|numero de pasaporte|id consular",
        ),
    ):
        value = rf"(?:{NUMBERED}|{IS})(?!{PHONE_MARK}){code(digits)}"
        yield en(kind, rf"{START}{any_of(label_en)}{END}{value}")
        yield es(kind, rf"{START}{any_of(label_es)}{END}{value}")


def _cases() -> Iterator[Clue]:
    label_en = any_of(
        "case|docket|court case|cause|matter|cws|cms|cws/cms|cws cms|cps|dependency|jv|warrant"
        "|police report|incident report"
    )
    weak_en = any_of("court|file|incident|report|referral|ref|petition|complaint|event|cfs|matter")
    said_so = r" ?(?:number|num|nbr|no\b\.?|id|#)[ .:=#-]{0,3}(?:is |was )?"
    label_es = any_of(
        "caso|expediente|causa|corte|juzgado|denuncia|carpeta|carpeta de investigacion|reporte"
        "|reporte policial|folio|peticion|cws|cms"
    )
    sure_en = any_of("case|docket|court case|cws|cms|cws/cms|cws cms|matter")
    sure_es = any_of("caso|expediente|causa|carpeta de investigacion")
    yield en(Kind.CASE_NUMBER, rf"{START}{label_en}{END}{NUMBERED}{code(2)}")
    yield en(Kind.CASE_NUMBER, rf"{START}{weak_en}{END}{said_so}{code(3)}")
    yield es(Kind.CASE_NUMBER, rf"{START}{label_es}{END}{NUMBERED}{code(2)}")
    yield es(
        Kind.CASE_NUMBER,
        rf"{START}(?:numero|num|no|nro|n\.o|#)\.? (?:de |del |de la ){{0,2}}{label_es}{END}{IS}{code(2)}",
    )
    yield en(Kind.CASE_NUMBER, rf"{START}{sure_en}{END}{IS}{code(5)}")
    yield es(Kind.CASE_NUMBER, rf"{START}{sure_es}{END}{IS}{code(5)}")
    # The numbers of the county's courts as they are written: MSN21-1234, J23-00123, 5-231234-7.
    yield en(
        Kind.CASE_NUMBER,
        rf"{START}(?:\d\d)?(?:msn|msc|msp|msd|cv|cr|fl|jv|jd|jj|pr|hf|dv)-?\d\d-?\d{{4,6}}(?!\d)"
        rf"|{START}[cjpdmn]\d\d-\d{{5}}(?!\d)|{START}\d-\d{{6}}-\d(?![\d-])",
    )


def _plates() -> Iterator[Clue]:
    label_en = any_of(
        "license plate|licence plate|lic plate|plate|plates|car plate|tag|tags|lp|ca plate"
    )
    label_es = any_of("placa|placas|matricula|tablilla|tablillas|chapa")
    link = (
        r"(?:is|was|es|number|numero|(?:num|no)\.?|california|calif|ca|partial|parcial|de|del|carro|the"
        r"|la|el|on|car|son|ends in|s)"
    )
    between = rf"(?:[ :=#,()\"'-]{{0,3}}{link}(?![a-z])){{0,5}}[ :=#,()\"'-]{{1,4}}"
    no_plate = rf"(?!{PHONE_MARK})(?!\d+(?:st|nd|rd|th|am|pm){SHUT})(?!\d{{1,3}} [a-z]{{4,}})"
    mixed = r"(?=[a-z0-9 -]{0,6}[a-z][a-z0-9 -]{0,6}\d|[a-z0-9 -]{0,6}\d[ -]?[a-z]|\d{5})"
    marks = rf"(?=[a-z-]{{0,6}} ?[a-z]{{0,4}}\d){mixed}[a-z0-9]{{1,8}}(?:[ -][a-z0-9]{{1,6}})?"
    yield en(Kind.PLATE, rf"{START}{label_en}{END}{between}{no_plate}{marks}")
    yield es(Kind.PLATE, rf"{START}{label_es}{END}{between}{no_plate}{marks}")
    yield en(Kind.PLATE, r"(?<![a-z0-9/@._-])[1-9][a-z]{3}\d{3}(?![a-z0-9/@_-]|\.[a-z0-9])")


CLUES: tuple[Clue, ...] = (
    *_social_security(),
    *_immigration(),
    *_coded(),
    *_documents(),
    *_cases(),
    *_plates(),
)
