// What the pages do better with a script: everything works without it. No inline code, no other host, nothing kept.

const WARN_S = 120;

function button(text, style = "usa-button usa-button--outline") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = style;
  made.textContent = text;
  return made;
}

// The summary of faults takes the focus, also where autofocus is not honoured.
function focusSummary() {
  const summary = document.querySelector(".summary");
  if (summary) summary.focus();
}

// "Show" beside a password. The button is there with scripts alone; it says its state to screen readers.
function offerPassword(beside) {
  const input = beside.querySelector("input");
  const toggle = button(beside.dataset.show, "");
  toggle.setAttribute("aria-label", beside.dataset.shows);
  toggle.setAttribute("aria-controls", input.id);
  toggle.setAttribute("aria-pressed", "false");
  toggle.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    toggle.textContent = shown ? beside.dataset.hide : beside.dataset.show;
    toggle.setAttribute("aria-pressed", String(shown));
  });
  input.form.addEventListener("submit", () => {
    input.type = "password"; // so that the browser keeps it as one
  });
  beside.append(toggle);
}

// The record of a transaction, to copy or to print.
function offerRecord(row) {
  const record = document.querySelector(".record");
  if (!record) return;
  const print = button(row.dataset.print);
  print.addEventListener("click", () => window.print());
  row.prepend(print);
  if (!navigator.clipboard) return; // not on an unprotected connection
  const copy = button(row.dataset.copy);
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  copy.addEventListener("click", async () => {
    const lines = [...record.querySelectorAll("dt")].map(
      (term) => `${term.textContent}: ${term.nextElementSibling.textContent}`,
    );
    await navigator.clipboard.writeText(lines.join("\n") + "\n");
    told.textContent = row.dataset.copied;
  });
  row.prepend(copy);
  row.append(told);
}

// The warning before a session ends. Counted from when the page came, so the computer's clock may be wrong.
function warnBeforeEnd(dialog) {
  const data = dialog.dataset;
  const left = dialog.querySelector("[data-left]");
  const told = dialog.querySelector("[data-told]");
  const stay = dialog.querySelector("[data-stay]");
  let known = Date.parse(data.endsAt);
  let end = performance.now() + Number(data.endsIn) * 1000;
  let warned = false;
  let over = false;

  function tick() {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds <= WARN_S && !warned) {
      warned = true;
      dialog.showModal(); // keeps the focus inside; Esc closes it
      stay.focus();
    }
    if (seconds === 0 && !over) {
      over = true;
      stay.hidden = true;
      told.textContent = data.ended;
    }
  }

  stay.addEventListener("click", async () => {
    try {
      const answer = await fetch(data.extend, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF": data.csrf },
        body: "{}",
        redirect: "error",
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const next = Date.parse((await answer.json()).ends_at);
      if (next <= known) {
        told.textContent = data.last;
        return;
      }
      end += next - known;
      known = next;
      warned = false;
      dialog.close();
    } catch {
      told.textContent = data.failed;
    }
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  setInterval(tick, 1000);
  tick();
}

focusSummary();
document.querySelectorAll("[data-password]").forEach(offerPassword);
document.querySelectorAll("[data-take-away]").forEach(offerRecord);
document.querySelectorAll("dialog[data-ends-at]").forEach(warnBeforeEnd);
