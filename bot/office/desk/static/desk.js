// What the desk does besides htmx: a form is sent once, and not without a network; a progress line shows what takes
// long; a shortcut; A4.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  // Without a network the browser would put its own page in place of what was written.
  const offline = document.getElementById("offline");
  offline.hidden = navigator.onLine;
  if (!navigator.onLine) {
    event.preventDefault();
    offline.scrollIntoView({ block: "nearest" });
    return;
  }
  // A form that brings a file leaves its page as it is: it may be sent again.
  if ("file" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  document.documentElement.classList.add("busy");
});

// A page that comes back by the back button may send its forms again: their ids make sure they act once.
window.addEventListener("pageshow", () => {
  document.documentElement.classList.remove("busy");
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  if (location.hash === "#tra-loi") document.getElementById("tra-loi")?.focus();
});

window.addEventListener("online", () => {
  document.getElementById("offline").hidden = true;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// The slash goes to the page's search, but not from where something is being written.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});
