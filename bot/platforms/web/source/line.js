// The line to the server: connects again by itself and repeats every frame until it is acknowledged.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const REPEAT_AFTER = 4000;
const GATHER = 16; // ms; entries that come together are shown together

export class Line {
  // `on` has entries([[n, message, fresh]]), pending(frames), state("opening" | "open" | "lost"), refused(frame, reason).
  constructor(path, key, on, renewal) {
    this.renewal = renewal;
    this.address = new URL(path, location.href.replace(/^http/, "ws")).href;
    this.store = `langso.pending.${key}`;
    this.on = on;
    this.last = 0;
    this.wait = FIRST_WAIT;
    this.repeat = REPEAT_AFTER;
    this.gathered = [];
    this.pending = restored(this.store);
    this.on.pending(this.pending);
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && this.hurry());
    this.on.state("opening");
    this.connect();
  }

  send(frame) {
    const numbered = { id: newId(), ...frame };
    this.keep([...this.pending, numbered]);
    this.flush([numbered]);
  }

  connect() {
    clearTimeout(this.retry);
    this.retry = null;
    this.fresh = true;
    this.socket = new WebSocket(this.address);
    this.socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT;
      this.on.state("open");
      this.socket.send(JSON.stringify({ since: this.last }));
      this.flush(this.pending);
    });
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.lost());
  }

  lost() {
    this.on.state("lost");
    this.retry = setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  hurry() {
    if (this.retry !== null) this.connect();
  }

  receive(frame) {
    if (frame.n !== undefined) {
      // A number that has been before can only come first on a socket: the server's log was begun anew.
      const fresh = this.fresh && frame.n <= this.last;
      this.fresh = false;
      if (frame.n <= this.last && !fresh) return;
      this.last = frame.n;
      this.gathered.push([frame.n, frame.message, fresh]);
      this.gather ??= setTimeout(() => this.deliver(), GATHER);
    } else if (frame.ack !== undefined) {
      this.done(frame.ack);
    } else if (frame.refused !== undefined) {
      const refused = this.pending.find((one) => one.id === frame.refused);
      this.done(frame.refused);
      if (refused !== undefined) this.on.refused(refused, frame.reason);
    } else if (frame.renew !== undefined) {
      this.renew(frame.renew);
    }
  }

  // After a change of rights the old cookie is worth nothing: without a new one the next page would be a stranger's.
  renew(ticket, tries = 5) {
    const again = () => tries > 1 && setTimeout(() => this.renew(ticket, tries - 1), FIRST_WAIT * 2);
    fetch(this.renewal, { method: "POST", body: ticket }).then((answer) => answer.status >= 500 && again(), again);
  }

  deliver() {
    const entries = this.gathered;
    this.gathered = [];
    this.gather = null;
    this.on.entries(entries);
  }

  done(id) {
    this.repeat = REPEAT_AFTER;
    this.keep(this.pending.filter((frame) => frame.id !== id));
  }

  keep(pending) {
    this.pending = pending;
    sessionStorage.setItem(this.store, JSON.stringify(pending));
    this.on.pending(pending);
  }

  flush(frames) {
    if (this.socket.readyState === WebSocket.OPEN) {
      for (const frame of frames) this.socket.send(JSON.stringify(frame));
    }
    clearTimeout(this.again);
    if (this.pending.length === 0) return;
    this.again = setTimeout(() => {
      this.repeat = Math.min(this.repeat * 2, LONGEST_WAIT * 2);
      this.flush(this.pending);
    }, this.repeat);
  }
}

function restored(store) {
  try {
    const pending = JSON.parse(sessionStorage.getItem(store) ?? "[]");
    return Array.isArray(pending) ? pending : [];
  } catch {
    return [];
  }
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}
