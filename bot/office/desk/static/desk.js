// What the desk does besides htmx: a form is sent once, a progress line shows what takes long, shortcuts, A4.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
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

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// g then a letter opens a page of the list; the letters stand beside their labels (accesskey does the same by itself).
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
