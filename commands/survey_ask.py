"""
The forms in which coordinators ask simple questions, and give a survey other days.
"""

from commands.contacts import is_said, one_line
from commands.contract import Button, Reply, Request, Standing, UserError
from commands.forms import (
    FieldError,
    Form,
    Sheet,
    Submission,
    TextField,
)
from commands.register import asker_of
from commands.speech import phrase, say
from commands.survey_board import board
from commands.survey_fields import (
    MOVED,
    common,
    dates_fields,
    name_field,
    ordered,
    planned,
    reporters_field,
    search,
    stored,
    version,
)
from commands.survey_pages import LIST, asked_for, day
from storage.errors import SurveyMovedOnError
from storage.session import Session
from storage.surveys.cycles import (
    CycleState,
    Definition,
)
from storage.surveys.life import extend
from storage.surveys.shapes import Question
from storage.task_forces import local_day

LONGEST_LABEL = 60  # characters
MOST_QUESTIONS, MOST_OPTIONS = 20, 10
FIXED = phrase("Its dates cannot be changed any more.")
SHOWN = phrase("What came of it was shown, so it is not opened again: with one agency more, the difference would be what that one said. Define another.")  # fmt: skip


def show_questions(request: Request, session: Session) -> Sheet | Reply:
    cycle = planned(request, session)
    if isinstance(cycle, Reply):
        return cycle
    value = "\n".join(" | ".join([each.text, *each.options]) for each in cycle.questions) if cycle else None  # fmt: skip
    return Sheet(
        title=say("Simple questions"),
        says=(
            say("For what is no statistic. Agencies answer in whole numbers or pick one of your options; there is no free text."),
            say("You see who has answered, and in the end sums and choices of many agencies together."),
        ),
        fields=(
            name_field(cycle),
            TextField(
                name="questions", label=say("Questions"), free=True, lines=True, longest=2000, value=value,
                hint=say("One a line. With options it is: Do you shelter at night? | yes | no | planned. Without, a whole number is asked."),
            ),
            reporters_field(cycle, session),
            *dates_fields(cycle),
        ),
        send=say("Save"),
        seen=f"{cycle.version}" if cycle else "",
    )  # fmt: skip


def take_questions(request: Request, session: Session, submission: Submission) -> Reply:
    wrong: dict[str, str] = {}
    name, organizations, dates = common(submission, session, wrong)
    questions = _questions(submission, wrong)
    if wrong or dates is None:
        raise FieldError(wrong)
    wanted = Definition(name=name, dates=dates, organizations=organizations, questions=questions)
    return stored(request, session, submission, wanted)


def show_extend(request: Request, session: Session) -> Sheet | Reply:
    cycle = asked_for(request, session)
    again = cycle.reopens
    if cycle.state is not CycleState.OPEN and not again:
        return board(cycle, request, session, first=say(SHOWN) if cycle.results else say(FIXED))
    says = say("It is open again until then. What it became and nobody has published is put away; what was published is corrected by the next.")  # fmt: skip
    return Sheet(
        title=say("Open it again") if again else say("Extend it"),
        says=(says,) if again else (say("It is due {day} now.", day=day(cycle.dates.due_on)),),
        fields=dates_fields(cycle)[1:],
        send=say("Save"),
        seen=f"{cycle.version}",
    )


def take_extend(request: Request, session: Session, submission: Submission) -> Reply:
    cycle = asked_for(request, session)
    wrong: dict[str, str] = {}
    dates = ordered(submission, wrong, opens=cycle.dates.opens_on)
    today = local_day(session, request.now)
    if dates and dates.grace_on < today:
        wrong["grace"] = say("This is past. Please pick a later day.")
    if wrong or dates is None:
        raise FieldError(wrong)
    try:
        changed = extend(
            session, cycle.number, dates, by=asker_of(request).user_id, now=request.now,
            seen=version(submission),
        )  # fmt: skip
    except SurveyMovedOnError:
        raise UserError(say(MOVED), buttons=(_to_board(cycle.number), LIST.spoken)) from None
    return board(changed, request, session, first=say("Its dates were changed."))


def _questions(submission: Submission, wrong: dict[str, str]) -> tuple[Question, ...]:
    found = []
    for line in submission.text("questions").splitlines():
        text, *options = (one_line(each) for each in line.split("|"))
        given = tuple(each for each in options if is_said(each))
        if is_said(text):
            found.append(Question(text=text, options=given))
    if not found:
        wrong["questions"] = say("Please type at least one question.")
    elif len(found) > MOST_QUESTIONS:
        wrong["questions"] = say(
            "Please ask at most {most_questions} questions.", most_questions=MOST_QUESTIONS
        )
    elif len({each.text.casefold() for each in found}) < len(found):
        wrong["questions"] = say("One question is there twice. Please take one out.")
    elif any(len(each.options) == 1 or len(each.options) > MOST_OPTIONS or len({one.casefold() for one in each.options}) < len(each.options) for each in found):  # fmt: skip
        wrong["questions"] = say(
            "A question has no options, or from 2 to {most_options}, no two alike.",
            most_options=MOST_OPTIONS,
        )
    elif any(len(each.text) > 150 or any(len(one) > LONGEST_LABEL for one in each.options) for each in found):  # fmt: skip
        wrong["questions"] = say("Please use at most 150 characters a question, and {longest_label} an option.", longest_label=LONGEST_LABEL)  # fmt: skip
    return tuple(found)


def _to_board(number: int) -> Button:
    return Button(label=say("Look at it"), command=f"survey board {number}")


QUESTIONS = Form(
    word="ask",
    usage="survey ask",
    summary=phrase("Ask agencies simple questions."),
    who=Standing.COORDINATOR,
    show=show_questions,
    take=take_questions,
    search={"agencies": search},
)
EXTEND = Form(
    word="extend",
    usage="survey extend NUMBER",
    summary=phrase("Give a survey later dates, or open it again."),
    who=Standing.COORDINATOR,
    show=show_extend,
    take=take_extend,
)
