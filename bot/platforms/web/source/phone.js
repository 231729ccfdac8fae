// A phone: its log, its choices, its input.

import { html, useEffect, useLayoutEffect, useRef, useState } from "./preact-htm.js";
import { Line } from "./line.js";
import { Article } from "./message.js";
import { sendFile, uploadId } from "./upload.js";

const NEAR_END = 80; // px
const FILES = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx,.mp3,.m4a,.ogg,.wav";
const LONGEST_CAPTION = 300; // what is typed meanwhile goes along if it is no longer
const GREET_AFTER = 500; // ms of silence on an open line mean that nobody has talked here yet

export function Phone({ phone, start }) {
  const [entries, setEntries] = useState([]);
  const [pending, setPending] = useState([]);
  const [typed, setTyped] = useState([]);
  const [state, setState] = useState("opening");
  const [refused, setRefused] = useState("");
  const [person, setPerson] = useState(phone.persons[0].key);
  const [silent, setSilent] = useState(false);
  const [draft, setDraft] = useState("");
  const line = useRef(null);
  const log = useRef(null);
  const held = useRef(true); // the log stays at its end
  const pressed = useRef(null); // id of the message whose button was pressed last, until something came of it

  useEffect(() => {
    line.current = new Line(phone.socket, phone.key, {
      entries: (arrived) => {
        if (pressed.current !== null && arrived.some(([, message]) => !message.replaces)) held.current = true;
        setEntries((known) => arrived.reduce(added, known));
      },
      pending: (frames) => {
        setPending(frames);
        // What was typed stays in sight between its acknowledgement and its place in the history.
        setTyped((shown) => [...shown, ...frames.filter((frame) => isText(frame) && !shown.some((one) => one.id === frame.id))]);
      },
      state: setState,
      refused: (frame, reason) => {
        setTyped((shown) => shown.filter((one) => one.id !== frame.id));
        setRefused(reason);
        setDraft((text) => text || (frame.text ?? ""));
      },
    }, phone.renew);
    if (start) line.current.send({ text: `/start ${start}` });
  }, []);

  useEffect(() => {
    if (state !== "open") return undefined;
    const timer = setTimeout(() => setSilent(true), GREET_AFTER);
    return () => clearTimeout(timer);
  }, [state]);

  const known = new Set(entries.map((entry) => entry.message.id));
  const waiting = typed.filter((frame) => !known.has(frame.id));
  const presses = pending.filter((frame) => !isText(frame));

  const toEnd = () => {
    const box = log.current;
    if (!held.current) return;
    // A message longer than the screen is shown from its beginning.
    const newest = box.querySelector("article:last-of-type");
    const tall = newest !== null && newest.dataset.from === "bot" && newest.offsetHeight > box.clientHeight;
    box.scrollTop = tall ? newest.offsetTop : box.scrollHeight; // the log is positioned: offsets count from it
  };
  useLayoutEffect(toEnd, [entries, waiting.length, state, silent]);
  useLayoutEffect(() => {
    // A pressed button that went away with its page takes the focus along: hand it to what came instead.
    if (pressed.current !== null) {
      const article = log.current.querySelector(`article[data-id="${CSS.escape(pressed.current)}"]`);
      if (document.activeElement === document.body) (article?.querySelector("button") ?? log.current).focus({ preventScroll: true });
      if (article !== null && !held.current) bringIntoView(log.current, article);
    }
    pressed.current = null;
  }, [entries]);
  useEffect(() => {
    const watch = new ResizeObserver(toEnd);
    watch.observe(log.current);
    return () => watch.disconnect();
  }, []);

  const onScroll = () => {
    const box = log.current;
    held.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  };
  const send = (frame) => {
    setRefused("");
    line.current.send(phone.persons.length > 1 ? { ...frame, person } : frame);
  };
  const say = (text) => {
    if (text.length > phone.limit) {
      setRefused(phone.words.long);
      return;
    }
    held.current = true;
    send({ text: wellFormed(text) });
    setDraft("");
  };

  const attach = async (file) => {
    if (file.size > phone.largest) {
      setRefused(phone.words.large);
      return;
    }
    held.current = true;
    setRefused("");
    const typedMeanwhile = wellFormed(draft.trim());
    const caption = typedMeanwhile.length > LONGEST_CAPTION ? "" : typedMeanwhile;
    const holder = phone.persons.length > 1 ? person : undefined;
    const id = uploadId(phone.files, holder, file, caption);
    setTyped((shown) => [...shown, { id, text: `📎 ${file.name}\n${caption}`.trim() }]);
    if (caption) setDraft("");
    const reason = await sendFile(phone.files, id, holder, file, caption, phone.words.unsent);
    if (reason) {
      setTyped((shown) => shown.filter((one) => one.id !== id));
      setRefused(reason);
      setDraft((text) => text || caption);
    }
  };

  const greeting = silent && entries.length === 0 && waiting.length === 0;
  return html`<section data-phone=${phone.key} class=${phone.persons.length > 1 ? "phone several" : "phone"} aria-labelledby=${`title-${phone.key}`}>
    <header>
      <h2 id=${`title-${phone.key}`}>${phone.title}</h2>
      ${phone.note && html`<p>${phone.note}</p>`}
      <label hidden=${phone.persons.length < 2}>${phone.words.holder}
        <select name="person" value=${person} onChange=${(event) => setPerson(event.target.value)}>
          ${phone.persons.map((one) => html`<option value=${one.key}>${one.name}</option>`)}
        </select>
      </label>
    </header>
    <p role="status" class="state">${state === "lost" ? phone.words.lost : ""}</p>
    <div role="log" aria-live="polite" aria-label=${`${phone.words.talk} ${phone.title}`} tabindex="0" ref=${log} onScroll=${onScroll}>
      ${greeting && html`<div class="greeting"><p>${phone.words.greeting}</p>
        <button type="button" onClick=${() => say("/start")}>${phone.words.start}</button></div>`}
      ${entries.map(
        (entry) => html`<${Article} key=${entry.id} entry=${entry} me=${person} words=${phone.words} onLoad=${toEnd}
          busy=${new Set(presses.filter((frame) => frame.message === entry.id).map((frame) => frame.press))}
          onPress=${(press, message) => {
            pressed.current = message;
            send({ press, message });
          }} />`,
      )}
      ${waiting.map((frame) => html`<${Article} key=${frame.id} entry=${onItsWay(frame, person, phone.words)} me=${person} words=${phone.words} />`)}
    </div>
    <${Composer} phone=${phone} draft=${draft} setDraft=${setDraft} onSay=${say} onAttach=${attach} refused=${refused} />
  </section>`;
}

function Composer({ phone, draft, setDraft, onSay, onAttach, refused }) {
  const box = useRef(null);
  const picker = useRef(null);
  useLayoutEffect(() => {
    const { style } = box.current;
    style.height = "";
    if (!draft) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    style.height = `${(box.current.scrollHeight + 4) / rem}rem`; // in rem: it grows with the A+ button
  }, [draft]);
  const submit = (event) => {
    event.preventDefault();
    if (draft.trim()) onSay(draft.trim());
    box.current.focus();
  };
  const onKeyDown = (event) => {
    // An Enter that ends a Telex composition is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const onPick = (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // the same file may be chosen again
    if (file) onAttach(file);
    box.current.focus();
  };
  const id = `text-${phone.key}`;
  return html`<form onSubmit=${submit}>
    <p role="alert" class="refused">${refused}</p>
    <label for=${id} class="unseen">${phone.words.mine} (${phone.title})</label>
    <div class="write"><input type="file" hidden accept=${FILES} ref=${picker} onChange=${onPick} />
      <button type="button" class="attach" onClick=${() => picker.current.click()}>${phone.words.photo}<span class="unseen"> ${phone.words.orFile}</span></button>
    <textarea id=${id} name="text" rows="1" placeholder=${phone.words.type} ref=${box} value=${draft} enterkeyhint="send"
      onInput=${(event) => setDraft(event.target.value)} onKeyDown=${onKeyDown}></textarea>
    <button type="submit">${phone.words.send}</button></div>
  </form>`;
}

// A page that was turned in place may have grown beyond the end of the log.
function bringIntoView(box, article) {
  const top = article.offsetTop;
  const bottom = top + article.offsetHeight;
  if (top < box.scrollTop || article.offsetHeight > box.clientHeight) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

function added(entries, [n, message, fresh]) {
  const known = fresh ? [] : entries;
  const id = message.replaces ?? String(n);
  const entry = { id, message };
  return known.some((one) => one.id === id) ? known.map((one) => (one.id === id ? entry : one)) : [...known, entry];
}

function isText(frame) {
  return frame.text !== undefined;
}

function onItsWay(frame, person, words) {
  const text = frame.text.startsWith("/start") ? words.start : frame.text;
  const message = { from: "person", person: frame.person ?? person, name: "", text: [[text, "plain", null]] };
  return { id: frame.id, pending: true, message };
}

// Half of a character (a cut emoji) cannot be sent as UTF-8.
function wellFormed(text) {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) => (found.length === 2 ? found : ""));
}
