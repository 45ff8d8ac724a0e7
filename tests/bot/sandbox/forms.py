"""Forms for tests, and a bot that answers every interaction with what it was told to."""


class Bot:
    """Remembers what it was sent; an answer of None acknowledges nothing."""

    def __init__(self):
        self.answer = {}
        self.payloads = []

    async def __call__(self, request):
        self.payloads.append(request.payload)
        return self.answer


def plain(text):
    return {"type": "plain_text", "text": text}


def option(value, text=None):
    return {"text": plain(text or value.title()), "value": value}


def entry(name, element, **fields):
    element = {"action_id": f"{name}-value", **element}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": element,
        **fields,
    }


def modal(*blocks, **fields):
    return {
        "type": "modal",
        "title": plain("Register"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **fields,
    }


async def open_modal(sandbox, client, view, *, person="U0MEMBER"):
    trigger = sandbox.workspace.trigger(person).id
    await client.views_open(trigger_id=trigger, view=view)
    return sandbox.modal(person)
