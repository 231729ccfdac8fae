// The demo's story: acts on the phones as a person would, through the real bot. A touch of any phone takes over.

const PATIENCE = 90000; // ms until an answer must have come; the reminder takes half a minute
const LOOK = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Story {
  // `steps`: [{ caption }, { phone, as, type | pick, hears }]; `hears` stands in the newest messages of that phone then.
  constructor(steps, pace, show) {
    this.steps = steps;
    this.pace = pace;
    this.show = show;
    this.state = "ready";
    this.running = false;
    this.at = 0;
  }

  async play() {
    this.state = "playing";
    this.show(this);
    if (this.running) return; // it was paused in the middle of a step and goes on from there
    this.running = true;
    try {
      while (this.state === "playing" && this.at < this.steps.length) {
        if (await this.take(this.steps[this.at])) this.at += 1;
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

  // Whether the step is done: it is taken again when it was paused before its answer came.
  async take(step) {
    this.show(this);
    if (step.caption !== undefined) {
      await this.rest(step.caption.length * 25);
      return true;
    }
    const phone = new Hand(step.phone);
    phone.place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    if (step.as !== undefined) phone.passTo(step.as);
    if (step.type !== undefined) await this.once(step, phone, () => this.type(phone, step.type));
    if (step.pick !== undefined) await this.once(step, phone, () => this.pick(phone, step.pick));
    const heard = () => (step.before !== undefined || !acts(step)) && phone.hears(step.hears, step.before);
    await until(() => this.state !== "playing" || heard());
    if (!heard()) return false;
    await this.rest(700);
    return true;
  }

  // A step that was paused after its act is not acted again.
  async once(step, phone, act) {
    if (step.before !== undefined || this.state !== "playing") return;
    const before = phone.said;
    if (await act()) step.before = before;
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

  async pick(phone, label) {
    await until(() => this.state !== "playing" || phone.offers(label));
    if (this.state !== "playing") return false;
    const button = phone.button(label);
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

// What a person can do with a phone of the stage.
class Hand {
  constructor(key) {
    this.place = document.querySelector(`section[data-phone="${key}"]`);
  }

  get heard() {
    return Array.from(this.place.querySelectorAll("article[data-from=bot]"));
  }

  get said() {
    return this.heard.map((article) => article.textContent).join("\n");
  }

  hears(words, before) {
    const answered = this.said !== before;
    return answered && (words === undefined || this.heard.slice(-4).some((article) => article.textContent.includes(words)));
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

  offers(label) {
    return this.button(label) !== undefined || this.number(label) !== undefined;
  }

  // A label that ends in "…" is the beginning of one: numbers differ each time.
  button(label) {
    const matches = label.endsWith("…") ? (text) => text.startsWith(label.slice(0, -1)) : (text) => text === label;
    return Array.from(this.place.querySelectorAll("button[data-choice]"))
      .filter((button) => matches(button.textContent.trim()))
      .pop();
  }

  number(label) {
    const lines = (this.heard.pop()?.innerText ?? "").split("\n");
    return lines.find((line) => line.trim().endsWith(`. ${label}`))?.split(".")[0].trim();
  }
}

export function mount(bar, phones, steps, pace = 1) {
  const play = bar.querySelector("[data-story=play]");
  const pause = bar.querySelector("[data-story=pause]");
  const caption = bar.querySelector("[role=status]");
  let story = new Story(structuredClone(steps), pace, show);

  function show({ state, caption: words }) {
    bar.dataset.state = state;
    pause.hidden = state !== "playing";
    play.hidden = state === "playing";
    play.textContent = { ready: "Xem thử", over: "Xem lại" }[state] ?? "Xem tiếp";
    caption.textContent = {
      paused: "Đã tạm dừng. Đồng chí cứ thử trên các điện thoại, rồi bấm Xem tiếp.",
      stuck: "Câu chuyện dừng ở đây. Đồng chí cứ thử tiếp trên các điện thoại.",
      over: "Hết phần xem thử. Đồng chí cứ thử tiếp trên các điện thoại.",
    }[state] ?? words;
  }

  play.addEventListener("click", () => {
    if (story.state === "over") story = new Story(structuredClone(steps), pace, show);
    story.play();
  });
  pause.addEventListener("click", () => story.pause());
  for (const kind of ["pointerdown", "keydown"]) {
    // Only people cause trusted events: whoever touches a phone has taken over.
    phones.addEventListener(kind, (event) => event.isTrusted && story.pause(), { capture: true });
  }
  bar.hidden = false;
  show(story);
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
