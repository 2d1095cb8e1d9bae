// What HTML alone cannot do: fresh relative times, copy buttons, a transcript that follows, polls that rest while hidden.
(() => {
  "use strict";
  const language = document.documentElement.lang || "en";
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

  function spell(seconds) {
    const size = Math.abs(seconds);
    if (size < 5400) return relative.format(Math.round(seconds / 60), "minute");
    if (size < 129600) return relative.format(Math.round(seconds / 3600), "hour");
    return relative.format(Math.round(seconds / 86400), "day");
  }

  // The server writes UTC; here it becomes the reader's own clock.
  function tell(root) {
    for (const node of root.querySelectorAll("time[datetime]")) {
      const at = new Date(node.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      node.title = exact.format(at);
      if (!node.hasAttribute("data-relative")) continue;
      const seconds = (at.getTime() - Date.now()) / 1000;
      if (Math.abs(seconds) < 45) continue;
      node.textContent = Math.abs(seconds) > 86400 * 30 ? day.format(at) : spell(seconds);
    }
  }

  function atEnd(box) {
    return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  }

  function follow() {
    const box = document.getElementById("transcript");
    if (box) box.scrollTop = box.scrollHeight;
  }

  function count() {
    let total = 0;
    for (const badge of document.querySelectorAll(".tabs .badge:not([hidden])")) total += parseInt(badge.textContent, 10) || 0;
    document.title = (total ? `(${total}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  });

  // A second click must not look as if it did something; the server ignores it anyway.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.hasAttribute("hx-post") || !button) return;
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      button.addEventListener("click", (again) => again.preventDefault());
    }, 0);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing.tagName === "TEXTAREA") {
      event.preventDefault();
      typing.form.requestSubmit();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const search = document.getElementById("search");
      if (search) { event.preventDefault(); search.focus(); }
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const source = event.detail.elt;
    if (!source.hasAttribute("data-poll")) return;
    // Nobody is looking, or somebody is in the middle of this very piece: leave it alone.
    const inside = source.id !== "tail" && source.id !== "news" && source.contains(document.activeElement);
    if (document.hidden || inside) event.preventDefault();
  });
  let stay = true;
  document.addEventListener("htmx:beforeSwap", () => {
    const box = document.getElementById("transcript");
    stay = !box || atEnd(box);
  });
  document.addEventListener("htmx:afterSettle", () => {
    tell(document);
    count();
    if (stay) follow();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && window.htmx) for (const node of document.querySelectorAll("[data-poll]")) htmx.trigger(node, "look");
  });

  function start() {
    tell(document);
    count();
    follow();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  setInterval(() => tell(document), 30000);
})();
