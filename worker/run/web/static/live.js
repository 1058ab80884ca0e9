// Keeps the page current. The server says that something happened, the page is fetched again, and what differs is
// changed in place: scroll position, focus, open menus, typed text and a selection survive. A hidden tab rests.
"use strict";

(() => {
  // Fetched this often without being told, for what no event tells of: relative times, signs of life.
  const PAUSE_MS = 5000;
  const SOONEST_MS = 1000;
  const GIVE_UP_MS = 15000;
  const main = document.getElementById("main");
  const nav = document.getElementById("nav");
  const live = document.getElementById("live");
  const address = location.origin + location.pathname + location.search;
  let good = new Date();
  let begun = 0;
  let timer = 0;
  let busy = false;
  let again = false;
  let source = null;

  /** Makes `old` what `fresh` is. An element with an id stays the same element wherever it moves. */
  function morph(old, fresh) {
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) return;
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !isOwn(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !isOwn(old, name)) old.setAttribute(name, value);
    }
    morphChildren(old, fresh);
  }

  /** What the reader has set, not the server. */
  function isOwn(element, name) {
    return element.nodeName === "DETAILS" && name === "open";
  }

  function morphChildren(old, fresh) {
    const known = new Map();
    for (const child of old.children) if (child.id) known.set(child.id, child);
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const same = wanted.id ? known.get(wanted.id) : undefined;
      if (same && same.nodeName === wanted.nodeName) {
        if (same === at) at = at.nextSibling;
        else old.insertBefore(same, at);
        morph(same, wanted);
      } else if (at && !at.id && !wanted.id && at.nodeName === wanted.nodeName) {
        const next = at.nextSibling;
        morph(at, wanted);
        at = next;
      } else {
        old.insertBefore(wanted, at);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  /** The first thing with an id that is in view, and where it stands. */
  function anchor() {
    if (scrollY === 0) return null;
    for (const element of main.querySelectorAll("article[id], tr[id], li[id], section[id]")) {
      const { top, bottom } = element.getBoundingClientRect();
      const holdsOthers = element.tagName === "SECTION";
      if (bottom > 0 && !(holdsOthers && top < 0)) return { element, top };
    }
    return null;
  }

  function change(page, fresh) {
    const stood = anchor();
    const focus = document.activeElement;
    morph(main, fresh);
    const freshNav = page.getElementById("nav");
    if (nav && freshNav) morph(nav, freshNav);
    document.title = page.title;
    if (stood && stood.element.isConnected) scrollBy(0, stood.element.getBoundingClientRect().top - stood.top);
    if (focus && focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
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
    if (!isSelecting()) change(page, fresh);
  }

  async function refresh() {
    if (busy || document.hidden) return;
    busy = true;
    begun = Date.now();
    let trouble = "no connection to wirewatch";
    try {
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS) });
      if (answer.redirected) {
        location.reload();
        return;
      }
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
      refreshIn(again ? SOONEST_MS : PAUSE_MS);
      again = false;
    }
  }

  function refreshIn(pause) {
    clearTimeout(timer);
    timer = setTimeout(refresh, pause);
  }

  function refreshSoon() {
    if (busy) again = true;
    else refreshIn(Math.max(0, begun + SOONEST_MS - Date.now()));
  }

  function listen() {
    if (source) source.close();
    source = null;
    clearTimeout(timer);
    if (document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("changed", refreshSoon);
    source.addEventListener("open", refreshSoon);
    refreshIn(PAUSE_MS);
  }

  /** What takes long says so; the answer is a page of its own. */
  function wait(button, words) {
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = words;
    setTimeout(() => { button.disabled = true; });
  }

  /** A change asked for by a form is made without leaving the page; without scripts the form does the same. */
  async function send(event) {
    const form = event.target;
    if (form.dataset.slow && event.submitter) wait(event.submitter, form.dataset.slow);
    if (form.method !== "post" || !main.contains(form) || form.hasAttribute("data-plain")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(form, button));
      const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(GIVE_UP_MS) });
      if (!answer.ok) throw new Error(String(answer.status));
      form.closest("details")?.removeAttribute("open");
      await refresh();
    } catch {
      say("this was not done; try again", true);
    } finally {
      if (button) button.disabled = false;
    }
  }

  /** One menu at a time, and none after Escape or a click elsewhere. */
  function closeMenus(event) {
    if (event.type === "keydown" && event.key !== "Escape") return;
    for (const menu of main.querySelectorAll("details.menu[open]")) {
      if (event.type === "keydown" && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      if (event.type === "keydown" || !menu.contains(event.target)) menu.removeAttribute("open");
    }
  }

  document.addEventListener("submit", send);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
  if (main.hasAttribute("data-still")) return;
  document.addEventListener("visibilitychange", listen);
  listen();
})();
