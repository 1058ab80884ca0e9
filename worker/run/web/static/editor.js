// The editor of a topic: what the query means while it is typed, then what it would have told. The latest text wins.
"use strict";

(() => {
  const CHECK_MS = 250;
  const PREVIEW_MS = 900;
  const AGAIN_MS = 150;
  const form = document.getElementById("editor");
  const query = document.getElementById("query");
  const verdict = document.getElementById("verdict");
  const preview = document.getElementById("preview");
  let version = 0;
  let timer = 0;
  let typing = null;
  let changed = false;

  function fields(part) {
    const body = new URLSearchParams(new FormData(form));
    if (part) body.set("part", "1");
    return body;
  }

  async function ask(path, body) {
    const answer = await fetch(path, { method: "POST", body, signal: typing.signal });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  }

  function put(place, body) {
    if (place.innerHTML !== body.innerHTML) place.replaceChildren(...body.childNodes);
  }

  /** Runs `step` with the text as it is now, unless it has changed by then. */
  function later(pause, step) {
    const mine = version;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        await step(() => mine === version);
      } catch (error) {
        if (error.name === "AbortError" || mine !== version) return;
        verdict.textContent = "wirewatch does not answer; what you wrote is still here";
      }
    }, pause);
  }

  async function check(isCurrent) {
    const body = await ask("/topics/check", fields());
    if (!isCurrent()) return;
    put(verdict, body);
    const spot = verdict.querySelector("[data-at]");
    query.toggleAttribute("aria-invalid", Boolean(spot));
    if (spot) query.setAttribute("aria-invalid", "true");
    later(PREVIEW_MS, look);
  }

  async function look(isCurrent) {
    const body = await ask("/topics/preview", fields(true));
    if (!isCurrent()) return;
    put(preview, body);
    preview.classList.remove("is-old");
    if (preview.querySelector("[data-running]")) later(AGAIN_MS, look);
  }

  function begin(pause) {
    version += 1;
    if (typing) typing.abort();
    typing = new AbortController();
    later(pause, check);
  }

  form.addEventListener("input", (event) => {
    changed = true;
    if (event.target.name.startsWith("notify:")) form.elements.notify.value = "some";
    preview.classList.add("is-old");
    begin(CHECK_MS);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.id === "try") {
      event.preventDefault();
      begin(0);
    } else {
      changed = false;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  if (query.value) begin(0);
  else query.focus();
})();
