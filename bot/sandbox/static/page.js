// Shows what arrives after the page was drawn, and makes forms into real dialogs.
"use strict";

const parts = ["clock", "content", "dialogs"].filter((id) => document.getElementById(id));
const drawn = new WeakMap(); // element -> its HTML when it came, before anybody typed in it
let sequence = document.body.dataset.sequence;
let leaving = false;

function open(dialog) {
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("button[name=close]").click();
  });
}

// Changes only what is different: the rest keeps its focus, its text and its silence.
function patch(list, fresh) {
  const there = new Map([...list.children].map((element) => [element.dataset.key, element]));
  for (const element of [...fresh.children]) {
    const old = there.get(element.dataset.key);
    there.delete(element.dataset.key);
    if (old && drawn.get(old) === element.innerHTML) {
      old.id = element.id;
      continue;
    }
    const active = document.activeElement;
    const focused = old && old.contains(active);
    drawn.set(element, element.innerHTML);
    if (old) carry(old, element);
    if (old) old.replaceWith(element);
    else list.append(element);
    if (element.matches("dialog")) open(element);
    else if (focused) element.focus();
    if (focused && active.name) counterpart(active, element)?.focus();
  }
  there.forEach((element) => element.remove());
}

// A form that the bot draws anew keeps what was being typed in it.
function carry(old, element) {
  for (const field of old.querySelectorAll("input, textarea, select")) {
    const same = counterpart(field, element);
    if (!field.name || !same || field.type === "hidden") continue;
    if (ticked(field)) {
      if (field.checked !== field.defaultChecked) same.checked = field.checked;
    } else if (field.localName === "select") {
      const chosen = [...same.options].some((option) => option.value === field.value);
      if (chosen && !field.selectedOptions[0].defaultSelected) same.value = field.value;
    } else if (field.value !== field.defaultValue) {
      same.value = field.value;
    }
  }
}

function counterpart(field, element) {
  return [...element.querySelectorAll(field.localName)].find((other) =>
    other.name === field.name && other.type === field.type && (!ticked(field) || other.value === field.value));
}

function ticked(field) {
  return field.type === "checkbox" || field.type === "radio";
}

async function redraw() {
  const address = new URL(location.href);
  address.searchParams.set("redraw", "1");
  const answer = await fetch(address, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (leaving) return; // the next page shows it
  for (const id of parts) {
    const there = fresh.getElementById(id);
    if (there) patch(document.getElementById(id), there);
  }
}

async function listen() {
  for (;;) {
    try {
      const answer = await fetch(`/changes?after=${sequence}`, { cache: "no-store" });
      const now = String((await answer.json()).sequence);
      sequence = now;
      await redraw(); // also when nothing happened: time has passed
    } catch {
      if (!leaving) stopped();
      return;
    }
  }
}

function stopped() {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = "The sandbox has stopped. Start it again, then load this page anew.";
  document.getElementById("notices").replaceChildren(notice);
}

document.addEventListener("click", (event) => {
  const question = event.target.dataset && event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
// Enter in a field that has a button of its own presses that one.
document.addEventListener("keydown", (event) => {
  const beside = event.key === "Enter" && !event.isComposing && event.target.matches("input") && event.target.closest(".with-button");
  if (!beside) return;
  event.preventDefault();
  beside.querySelector("button").click();
});
addEventListener("submit", () => { leaving = true; });
addEventListener("beforeunload", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });

for (const id of parts) {
  for (const element of document.getElementById(id).children) drawn.set(element, element.innerHTML);
}
document.querySelectorAll("dialog").forEach(open);
const command = document.getElementById("command");
// A pane begins at the newest message. Its address must not say so: the page around it would move.
if (window !== parent && !location.hash) scrollTo(0, document.body.scrollHeight);
command.setSelectionRange(command.value.length, command.value.length);
listen();
