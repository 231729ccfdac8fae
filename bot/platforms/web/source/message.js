// One message as an element. Text comes as spans and becomes text nodes: nothing in it can turn into markup.

import { html } from "./preact-htm.js";

const STYLES = { bold: "strong", italic: "em", code: "code" };
const SAFE_LINK = /^https?:\/\//i;

export function Spans({ text }) {
  return text.map(([words, style, link]) => {
    const Tag = STYLES[style];
    const styled = Tag ? html`<${Tag}>${words}<//>` : words;
    return link && SAFE_LINK.test(link)
      ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${styled}</a>`
      : styled;
  });
}

function Attachment({ kind, url, alt, size, onLoad, words }) {
  if (kind === "photo") {
    return html`<a class="photo" href=${url} target="_blank" rel="noopener noreferrer"
      ><img src=${url} alt=${alt} onLoad=${onLoad} /></a>`;
  }
  const name = html`<span>${alt}${size > 0 && html` <small>(${readable(size, words.locale)})</small>`}</span>`;
  if (kind === "audio") {
    return html`<div class="audio"><p>${name}</p><audio controls preload="none" src=${url} aria-label=${alt}></audio></div>`;
  }
  return html`<a class="file" href=${url} download>${words.download} ${name}</a>`;
}

function readable(bytes, locale) {
  const kilobytes = bytes / 1024;
  const [number, unit] = kilobytes < 1000 ? [Math.ceil(kilobytes), "KB"] : [kilobytes / 1024, "MB"];
  return `${number.toLocaleString(locale, { maximumFractionDigits: 1 })} ${unit}`;
}

function Choices({ id, buttons, rows, busy, onPress }) {
  const groups = [];
  let at = 0;
  for (const width of [...rows, ...buttons.map(() => 1)]) {
    if (at < buttons.length && width > 0) groups.push(buttons.slice(at, at + width));
    at += width;
  }
  const press = (event, data) => {
    // The second click of a double click means the same as the first.
    if (event.detail < 2 && !busy.has(data)) onPress(data, id);
  };
  return html`<div class="choices">
    ${groups.map(
      (group) => html`<div class="row">
        ${group.map(
          ([label, data]) => html`<button type="button" data-choice=${data} aria-disabled=${busy.has(data) ? "true" : null}
            onClick=${(event) => press(event, data)}>${label}</button>`,
        )}
      </div>`,
    )}
  </div>`;
}

export function Article({ entry, me, busy, onPress, onLoad, words }) {
  const { id, message } = entry;
  const bot = message.from === "bot";
  const mine = !bot && message.person === me;
  const who = bot ? words.bot : mine ? words.me : message.name;
  const { text, attachment, buttons = [], rows = [] } = message;
  return html`<article data-from=${bot ? "bot" : mine ? "me" : message.name} data-id=${id} class=${message.large ? "large" : null}>
    <p class=${bot || mine ? "unseen" : "who"}>${who}:</p>
    ${attachment && html`<${Attachment} ...${attachment} onLoad=${onLoad} words=${words} />`}
    ${text.length > 0 && html`<p class="text"><${Spans} text=${text} /></p>`}
    ${buttons.length > 0 && html`<${Choices} id=${id} buttons=${buttons} rows=${rows} busy=${busy} onPress=${onPress} />`}
    <p class="when">${entry.pending ? words.sending : html`<time datetime=${message.at}>${clock(message.at)}</time>`}</p>
  </article>`;
}

function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${time}, ${date.toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit" })}`;
}
