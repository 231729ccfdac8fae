import { html, render } from "./preact-htm.js";
import { Phone } from "./phone.js";

const BIG = "langso.big";

function setBig(big) {
  document.documentElement.classList.toggle("big", big);
  document.getElementById("size").setAttribute("aria-pressed", String(big));
}

setBig(localStorage.getItem(BIG) === "1");
document.getElementById("size").addEventListener("click", () => {
  const big = localStorage.getItem(BIG) !== "1";
  localStorage.setItem(BIG, big ? "1" : "0");
  setBig(big);
});

// A link `?start=CODE` opens what it names once, also when the page is loaded again.
const query = new URLSearchParams(location.search);
const opened = query.get("start");
if (opened !== null) {
  query.delete("start");
  history.replaceState(null, "", query.toString() ? `?${query}` : location.pathname);
}

// A link `?xa=UNIT` says where the visitor is at home. The bot is told once and keeps it with the conversation.
const HOME = "langso.home";
const unit = query.get("xa");
const moved = unit !== null && /^[a-z0-9-]{1,60}$/.test(unit) && localStorage.getItem(HOME) !== unit;
if (moved) localStorage.setItem(HOME, unit);
const start = opened ?? (moved ? `xa_${unit}` : null);

const main = document.getElementById("phones");
const phones = JSON.parse(main.dataset.phones);
render(phones.map((phone, at) => html`<${Phone} key=${phone.key} phone=${phone} start=${at === 0 ? start : null} />`), main);
