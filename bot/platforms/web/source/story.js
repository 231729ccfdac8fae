// The demo's story: acts on the phones as a person would, through the real bot. A touch of any phone takes over.

const PATIENCE = 90000; // ms until an answer must have come; the reminder takes half a minute
const LOOK = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Story {
  // `steps`: [{ caption }, { phone, as, type | pick, hears }]. Only what was said since the story began counts: the
  // phones may have talked before, in an earlier story too, and its messages look the same.
  //   phone  a key, several of which the one that `hears` is meant, or the name of one that was kept
  //   hears  words, or several that must stand in one message: of the newest after an act, else of any message;
  //          "|" is between those of which one will do
  //   times  so many messages say what is heard; `keep` remembers on which phone the newest of them is
  //   pick   the label of the newest choice, or of the newest in a message that says `of`; "…" ends a beginning
  //   if     the step is for whoever has heard these words last, others go on; `back` goes to the step of that name
  //   learn  { NAME: pattern } remembers a word of what was heard, which later steps call {NAME}
  constructor(steps, pace, show) {
    this.steps = steps;
    this.pace = pace;
    this.show = show;
    this.state = "ready";
    this.running = false;
    this.at = 0;
    this.known = new Map();
  }

  async play() {
    this.state = "playing";
    this.show(this);
    if (this.running) return; // it was paused in the middle of a step and goes on from there
    this.running = true;
    this.since ??= new Map(sections().map((section) => [section.dataset.phone, newest(section)]));
    try {
      while (this.state === "playing" && this.at < this.steps.length) {
        const step = this.filled(this.steps[this.at]);
        if (await this.take(step)) this.at = this.following(step);
      }
      if (this.state === "playing") this.state = "over";
    } catch (error) {
      if (!(error instanceof Stuck)) throw error;
      this.state = "stuck";
    } finally {
      this.running = false;
    }
    this.show(this);
  }

  pause() {
    if (this.state === "playing") this.state = "paused";
    this.show(this);
  }

  get caption() {
    const told = this.steps.slice(0, this.at + 1).filter((step) => step.caption !== undefined);
    return told.length > 0 ? told[told.length - 1].caption : "";
  }

  // The step with what was remembered in the place of {NAME}.
  filled(step) {
    const fill = (value) => (typeof value === "string" ? value.replace(/\{(\w+)\}/g, (all, name) => this.known.get(name) ?? all) : value);
    this.acted ??= new Map();
    return { ...Object.fromEntries(Object.entries(step).map(([key, value]) => [key, Array.isArray(value) ? value.map(fill) : fill(value)])), at: this.at };
  }

  following(step) {
    this.acted.delete(step.at);
    if (step.skipped || step.back === undefined) return step.at + 1;
    const to = this.steps.findIndex((one) => one.name === step.back);
    for (let at = to; at < step.at; at += 1) this.acted.delete(at);
    return to;
  }

  // Whether the step is done: it is taken again when it was paused before its answer came.
  async take(step) {
    this.show(this);
    if (step.caption !== undefined) {
      await this.rest(step.caption.length * 25);
      return true;
    }
    const hands = [step.phone].flat().map((key) => new Hand(key, this.since.get(key) ?? 0));
    if (step.if !== undefined && !this.acted.has(step.at) && !hands[0].saidLast(step.if)) {
      step.skipped = true;
      return true;
    }
    if (hands.length === 1) hands[0].comeIntoView();
    if (step.as !== undefined) hands[0].passTo(step.as);
    if (step.type !== undefined) await this.once(step, hands[0], () => this.type(hands[0], step.type));
    if (step.pick !== undefined) await this.once(step, hands[0], () => this.pick(hands[0], step.pick, step.of));
    const heard = () => (acts(step) ? this.acted.has(step.at) && hands[0].answers(step.hears, this.acted.get(step.at)) : told(hands, step));
    await until(() => this.state !== "playing" || heard());
    if (!heard()) return false;
    this.remember(step, hands);
    await this.rest(700);
    return true;
  }

  remember(step, hands) {
    const articles = hands.flatMap((hand) => hand.saying(step.hears)).sort(byTime);
    const last = articles[articles.length - 1];
    if (step.keep !== undefined) this.known.set(step.keep, last.closest("[data-phone]").dataset.phone);
    for (const [name, pattern] of Object.entries(step.learn ?? {})) this.known.set(name, last.textContent.match(new RegExp(pattern))[0]);
    if (hands.length > 1) new Hand(last.closest("[data-phone]").dataset.phone, 0).comeIntoView();
  }

  // A step that was paused after its act is not acted again.
  async once(step, phone, act) {
    if (this.acted.has(step.at) || this.state !== "playing") return;
    const before = phone.said;
    if (await act()) this.acted.set(step.at, before);
  }

  async type(phone, text) {
    const letters = Array.from(text);
    for (let end = 1; end <= letters.length && !calm.matches && this.pace > 0; end += 1) {
      phone.write(letters.slice(0, end).join(""));
      await sleep(35 * this.pace);
    }
    phone.write(text);
    await this.rest(150);
    if (this.state !== "playing") return false;
    phone.submit();
    return true;
  }

  async pick(phone, label, of) {
    await until(() => this.state !== "playing" || phone.offers(label, of));
    if (this.state !== "playing") return false;
    const button = phone.button(label, of);
    if (button === undefined) return this.type(phone, phone.number(label));
    button.classList.add("shown-press");
    await this.rest(400);
    button.classList.remove("shown-press");
    if (this.state !== "playing") return false;
    button.click();
    return true;
  }

  rest(milliseconds) {
    return sleep(milliseconds * this.pace);
  }
}

class Stuck extends Error {}

function acts(step) {
  return step.type !== undefined || step.pick !== undefined;
}

function sections() {
  return Array.from(document.querySelectorAll("section[data-phone]"));
}

function newest(section) {
  return Math.max(0, ...Array.from(section.querySelectorAll("article[data-id]"), (article) => Number(article.dataset.id) || 0));
}

// Whether enough messages of these phones say what is waited for.
function told(hands, step) {
  return hands.flatMap((hand) => hand.saying(step.hears)).length >= (step.times ?? 1);
}

function says(article, words) {
  const text = article.textContent;
  return [words ?? ""].flat().every((one) => one.split("|").some((other) => text.includes(other)));
}

function byTime(one, other) {
  const at = (article) => article.querySelector("time")?.dateTime ?? "";
  return at(one).localeCompare(at(other));
}

// What a person can do with a phone of the stage. Messages up to the one with the number `since` are forgotten.
class Hand {
  constructor(key, since) {
    this.place = document.querySelector(`section[data-phone="${key}"]`);
    this.since = since;
  }

  get heard() {
    return Array.from(this.place.querySelectorAll("article[data-from=bot]")).filter((article) => Number(article.dataset.id) > this.since);
  }

  get said() {
    return this.heard.map((article) => article.textContent).join("\n");
  }

  saying(words) {
    return this.heard.filter((article) => says(article, words));
  }

  saidLast(words) {
    return this.heard.slice(-1).some((article) => says(article, words));
  }

  answers(words, before) {
    return this.said !== before && this.heard.slice(-4).some((article) => says(article, words));
  }

  comeIntoView() {
    this.place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  passTo(person) {
    const select = this.place.querySelector("select[name=person]");
    if (select.value === person) return;
    select.value = person;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  write(text) {
    const box = this.place.querySelector("textarea");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  submit() {
    this.place.querySelector("form").requestSubmit();
  }

  offers(label, of) {
    return this.button(label, of) !== undefined || this.number(label) !== undefined;
  }

  // A label that ends in "…" is the beginning of one: numbers differ each time.
  button(label, of) {
    const matches = label.endsWith("…") ? (text) => text.startsWith(label.slice(0, -1)) : (text) => text === label;
    return this.saying(of)
      .flatMap((article) => Array.from(article.querySelectorAll("button[data-choice]")))
      .filter((button) => matches(button.textContent.trim()))
      .pop();
  }

  number(label) {
    const lines = (this.heard.pop()?.innerText ?? "").split("\n");
    return lines.find((line) => line.trim().endsWith(`. ${label}`))?.split(".")[0].trim();
  }
}

export function mount(bar, phones, steps, pace = 1) {
  const [play, pause, again, reset] = ["play", "pause", "again", "reset"].map((name) => bar.querySelector(`[data-story=${name}]`));
  const caption = bar.querySelector("[role=status]");
  let story = new Story(steps, pace, show);

  function show(shown) {
    if (shown !== story) return; // one that was left
    const { state, caption: words } = shown;
    bar.dataset.state = state;
    pause.hidden = state !== "playing";
    play.hidden = state === "playing";
    again.hidden = state !== "paused";
    play.textContent = { ready: "Xem thử", paused: "Xem tiếp" }[state] ?? "Xem lại";
    caption.textContent = {
      paused: "Đã tạm dừng. Đồng chí cứ thử trên các điện thoại, rồi bấm Xem tiếp.",
      stuck: "Câu chuyện dừng ở đây. Đồng chí cứ thử tiếp trên các điện thoại, hoặc bấm Xem lại.",
      over: "Hết phần xem thử. Đồng chí cứ thử tiếp trên các điện thoại.",
    }[state] ?? words;
  }

  const fromTheStart = () => {
    story = new Story(steps, pace, show);
    story.play();
  };
  play.addEventListener("click", () => (["over", "stuck"].includes(story.state) ? fromTheStart() : story.play()));
  again.addEventListener("click", fromTheStart);
  pause.addEventListener("click", () => story.pause());
  reset?.addEventListener("click", () => {
    story.pause();
    if (confirm("Xóa hết những gì đã thử ở đây và bắt đầu lại từ đầu?")) beginAnew(reset, caption);
  });
  for (const kind of ["pointerdown", "keydown"]) {
    // Only people cause trusted events: whoever touches a phone has taken over.
    phones.addEventListener(kind, (event) => event.isTrusted && story.pause(), { capture: true });
  }
  bar.hidden = false;
  show(story);
}

// The server begins again with nothing in it; the page is loaded again as soon as it is another one's.
async function beginAnew(button, caption) {
  const { began } = button.dataset;
  button.disabled = true;
  caption.textContent = "Đang xóa và bắt đầu lại…";
  if (!(await fetch("/chat/reset", { method: "POST" })).ok) {
    button.disabled = false;
    caption.textContent = "Chưa xóa được. Đồng chí tải lại trang rồi thử lại.";
    return;
  }
  const other = async () => {
    try {
      const page = await fetch(location.pathname, { cache: "no-store" });
      return page.ok && !(await page.text()).includes(`data-began="${began}"`);
    } catch {
      return false; // it is not there yet
    }
  };
  while (!(await other())) await sleep(LOOK * 3);
  sessionStorage.clear();
  location.reload();
}

async function until(condition) {
  for (let waited = 0; !condition(); waited += LOOK) {
    if (waited > PATIENCE) throw new Stuck();
    await sleep(LOOK);
  }
}

function sleep(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
