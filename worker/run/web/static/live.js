// Keeps the page current: fetches it again every two seconds and replaces <main> when something other than the relative
// times has changed. Scroll position, focus and a selection survive; a hidden tab rests.
"use strict";

(() => {
  const PAUSE_MS = 2000;
  const GIVE_UP_MS = 15000;
  const main = document.getElementById("main");
  const live = document.getElementById("live");
  const address = location.origin + location.pathname + location.search;
  let shape = null;
  let good = new Date();
  let timer = 0;
  let busy = false;

  /** The markup of `root` without the texts of its times, which change all the time. */
  function shapeOf(root) {
    const copy = root.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = "";
    return copy.innerHTML;
  }

  function updateTimes(fresh) {
    const texts = fresh.querySelectorAll("time");
    main.querySelectorAll("time").forEach((time, i) => {
      if (time.textContent !== texts[i].textContent) time.textContent = texts[i].textContent;
    });
  }

  /** The first thing with an id that is in view, and where it stands. */
  function anchor() {
    if (scrollY === 0) return null;
    for (const element of main.querySelectorAll("article[id], tr[id], section[id]")) {
      const { top, bottom } = element.getBoundingClientRect();
      const holdsOthers = element.tagName === "SECTION";
      if (bottom > 0 && !(holdsOthers && top < 0)) return { id: element.id, top };
    }
    return null;
  }

  /** What has the focus, as its element's id or its link and the id of what it stands in. */
  function focused() {
    const element = document.activeElement;
    if (!element || element === main || !main.contains(element)) return null;
    const holder = element.closest("[id]");
    return { href: element.getAttribute("href"), holder: holder.id };
  }

  function focusAgain(was) {
    const holder = document.getElementById(was.holder) || main;
    const same = [...holder.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === was.href);
    if (same) same.focus({ preventScroll: true });
  }

  function replace(fresh) {
    const stood = anchor();
    const focus = focused();
    main.innerHTML = fresh.innerHTML;
    if (stood) {
      const again = document.getElementById(stood.id);
      if (again) scrollBy(0, again.getBoundingClientRect().top - stood.top);
    }
    if (focus) focusAgain(focus);
  }

  function isSelecting() {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed && main.contains(selection.anchorNode);
  }

  function say(text, isBad) {
    if (live.textContent !== text) live.textContent = text;
    live.classList.toggle("is-lost", isBad);
    main.classList.toggle("is-old", isBad);
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.getElementById("main");
    if (!fresh) throw new Error("the answer is no page of ours");
    if (shape === null) shape = shapeOf(main);
    const next = shapeOf(fresh);
    if (next === shape) {
      updateTimes(fresh);
    } else if (!isSelecting()) {
      replace(fresh);
      document.title = page.title;
      shape = next;
    }
  }

  async function refresh() {
    if (busy || document.hidden) return;
    busy = true;
    let trouble = "no connection to wirewatch";
    try {
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS) });
      if (answer.status >= 500) {
        trouble = answer.status === 503 ? "Redis does not answer" : "wirewatch met an error";
        throw new Error(trouble);
      }
      show(await answer.text());
      good = new Date();
      say("live", false);
    } catch {
      say(`${trouble}; as of ${good.toLocaleTimeString()}`, true);
    } finally {
      busy = false;
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE_MS);
    }
  }

  document.addEventListener("visibilitychange", refresh);
  timer = setTimeout(refresh, PAUSE_MS);
})();
