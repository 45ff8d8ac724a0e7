// Shows what arrives after the page was drawn, and makes forms into real dialogs.
"use strict";

const parts = ["content", "dialogs"];
let sequence = document.body.dataset.sequence;
let drawn = parts.map((id) => document.getElementById(id).innerHTML);

function openDialog() {
  const dialog = document.querySelector("dialog");
  if (!dialog) return;
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("button[name=close]").click();
  });
}

async function redraw() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  parts.forEach((id, index) => {
    const html = fresh.getElementById(id).innerHTML;
    if (html === drawn[index]) return; // keeps what somebody is typing
    drawn[index] = html;
    document.getElementById(id).innerHTML = html;
    if (id === "dialogs") openDialog();
  });
}

async function listen() {
  for (;;) {
    try {
      const answer = await fetch(`/changes?after=${sequence}`, { cache: "no-store" });
      const now = String((await answer.json()).sequence);
      if (now !== sequence) {
        sequence = now;
        await redraw();
      }
    } catch {
      return; // the sandbox has stopped
    }
  }
}

document.addEventListener("click", (event) => {
  const question = event.target.dataset && event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

openDialog();
const latest = document.getElementById("latest");
if (latest) latest.scrollIntoView({ block: "end" });
listen();
