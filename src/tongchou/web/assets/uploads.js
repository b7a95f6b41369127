/* Uploads from the browser: files are dropped or chosen, sent part by part to the API, and go on where they were cut
   off, also after the page was closed: the browser remembers the upload of a file by its name, size, date and place. */
class TongchouUploads extends HTMLElement {
  connectedCallback() {
    if (this.words) return;
    this.words = JSON.parse(this.dataset.words);
    this.part = Number(this.dataset.part);
    this.innerHTML = `<div class="up-bar"><label>${this.words.whose} <select></select></label></div>
      <label class="up-drop" tabindex="0" role="button"><input type="file" multiple><b></b><span></span></label>
      <div class="up-list" role="list"></div>`;
    const select = this.querySelector("select");
    for (const [id, name] of JSON.parse(this.dataset.places)) select.add(new Option(id ? `${name} ${id}` : name, id));
    const drop = this.querySelector(".up-drop"), input = this.querySelector("input");
    drop.querySelector("b").textContent = this.words.drop;
    drop.querySelector("span").textContent = this.words.kinds;
    input.accept = this.dataset.accept;
    input.onchange = () => { this.take(input.files); input.value = ""; };
    drop.onkeydown = (event) => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); input.click(); } };
    for (const name of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("is-over", name === "dragover");
        if (name === "drop") this.take(event.dataTransfer.files);
      });
    }
  }

  async take(files) {
    const place = this.querySelector("select").value;
    // One after another, in the order given: replies of settlements are there before the lists that need them.
    const sendings = [...files].map((file) => new Sending(this, file, place));
    for (const each of sendings) await each.begin();
  }
}

class Sending {
  constructor(owner, file, place) {
    [this.owner, this.file, this.place, this.words] = [owner, file, place, owner.words];
    this.key = `tongchou-upload|${place}|${file.name}|${file.size}|${file.lastModified}`;
    this.row = document.createElement("div");
    this.row.className = "up-row";
    this.row.setAttribute("role", "listitem");
    this.row.innerHTML = `<div class="up-name"></div>
      <div class="up-track" role="progressbar" aria-valuemin="0" aria-valuemax="100"><i></i></div>
      <div class="up-said" role="status"></div><div class="up-acts"></div>`;
    this.row.querySelector(".up-name").textContent = file.name;
    this.row.querySelector(".up-track").setAttribute("aria-label", `${this.words.progress} ${file.name}`);
    owner.querySelector(".up-list").append(this.row);
    this.say(this.words.next);
  }

  async begin() {
    this.isStopped = false;
    this.acts([[this.words.pause, () => this.stop()]]);
    try {
      await this.announce();
      await this.send();
      if (this.isStopped) return this.paused(this.words.paused);
      this.say(this.words.examining);
      await this.ask("POST", `/${this.id}/complete`);
      await this.ask("POST", `/${this.id}/intake`);
      this.forget();
      this.acts([]);
      await this.follow();
    } catch (problem) {
      if (problem.isLost) return this.paused(this.words.lost);
      if (!problem.canGoOn) this.forget();
      this.acts([]);
      this.say(problem.message, "is-bad");
    }
  }

  async announce() {
    const known = localStorage.getItem(this.key);
    if (known) {
      const upload = await this.ask("GET", `/${known}`).catch(() => null);
      if (upload && ["receiving", "received"].includes(upload.state)) {
        [this.id, this.at] = [known, upload.received];
        return;
      }
    }
    const about = { name: this.file.name, size: this.file.size, content_type: this.file.type, institution_id: this.place };
    const upload = await this.ask("POST", "", about);
    [this.id, this.at] = [upload.upload_id, 0];
    localStorage.setItem(this.key, this.id);
  }

  async send() {
    for (let failures = 0; this.at < this.file.size && !this.isStopped;) {
      try {
        this.at = await this.sendPart(this.file.slice(this.at, this.at + this.owner.part));
        failures = 0;
      } catch (problem) {
        if (!problem.canGoOn || ++failures > 6) throw problem;
        this.say(this.words.again);
        await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** failures, 8000)));
        const upload = await this.ask("GET", `/${this.id}`).catch(() => null);
        if (upload) this.at = upload.received;
      }
      this.show(this.at);
    }
  }

  sendPart(part) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PATCH", `${API}/${this.id}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Upload-Offset", String(this.at));
      request.upload.onprogress = (event) => this.show(this.at + event.loaded);
      request.onerror = request.ontimeout = () => failed(lost());
      request.onabort = () => done(this.at);
      request.onload = () => {
        if (request.status === 200) return done(JSON.parse(request.response).data.received);
        failed(told(this.words.language, request.status, request.response));
      };
      request.send(part);
    });
  }

  async follow() {
    for (;;) {
      const order = await this.ask("GET", `/${this.id}/intake`).catch(() => null);
      if (order && order.problem && order.state === "failed") {
        const each = order.problem.problems ? order.problem.problems[0] : order.problem;
        const say = (text) => text[this.words.language];
        return this.say(`${say(each.what)}：${say(each.why)}。${say(each.remedy)}`, "is-bad");
      }
      if (order && order.state === "computed") return this.finished(order);
      if (order && order.state === "interrupted") await this.ask("POST", `/${this.id}/intake`).catch(() => null);
      this.say(order && order.state === "running" ? this.words.taking : this.words.waiting, "is-busy");
      await new Promise((done) => setTimeout(done, 1000));
    }
  }

  finished(order) {
    const report = order.report, count = report.documents, tables = report.tables ? Object.values(report.tables.tables) : [];
    const sum = (name) => tables.reduce((all, each) => all + each[name], 0);
    const taken = count.accepted + sum("taken"), aside = count.set_aside + sum("set_aside");
    const same = report.tables && report.tables.is_repeated || report.files.some((file) => file.is_repeated);
    const counts = this.words.done.replace("{taken}", taken.toLocaleString()).replace("{aside}", aside.toLocaleString());
    this.say(same ? this.words.same : counts, aside ? "is-bad" : "is-good");
    this.acts([[this.words.look, () => { location.href = `/quality?batch=${order.batch_id}`; }]]);
  }

  paused(words) {
    this.say(words, "is-bad");
    this.acts([
      [this.words.resume, () => this.begin()],
      [this.words.abandon, async () => {
        await this.ask("DELETE", `/${this.id}`).catch(() => null);
        this.forget();
        this.row.remove();
      }],
    ]);
  }

  stop() { this.isStopped = true; if (this.request) this.request.abort(); }
  forget() { localStorage.removeItem(this.key); }

  show(bytes) {
    const share = Math.floor(100 * bytes / this.file.size);
    this.row.querySelector("i").style.width = `${share}%`;
    this.row.querySelector(".up-track").setAttribute("aria-valuenow", share);
    const mb = (number) => (number / 1048576).toLocaleString(undefined, { maximumFractionDigits: 1 });
    this.say(`${share}% · ${mb(bytes)} / ${mb(this.file.size)} MB`);
  }

  say(words, tone = "") {
    const said = this.row.querySelector(".up-said");
    said.textContent = words;
    this.row.classList.remove("is-bad", "is-good", "is-busy");
    if (tone) this.row.classList.add(tone);
  }

  acts(list) {
    this.row.querySelector(".up-acts").replaceChildren(...list.map(([words, act]) => {
      const button = document.createElement("button");
      button.textContent = words;
      button.onclick = act;
      return button;
    }));
  }

  async ask(method, path, body) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    let answer;
    try {
      answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
    } catch { throw lost(); }
    const text = await answer.text();
    if (!answer.ok) throw told(this.words.language, answer.status, text);
    return JSON.parse(text).data;
  }
}

const API = "/api/v1/uploads";

function lost() { return Object.assign(new Error(), { isLost: true, canGoOn: true }); }

function told(language, status, text) {
  let words = `HTTP ${status}`, code = "";
  try {
    const first = JSON.parse(text).errors[0];
    code = first.code;
    words = [first.what, first.why, first.remedy].map((each) => each[language]).join(language === "zh" ? "；" : "; ");
  } catch { /* an answer that is no envelope */ }
  const canGoOn = [429, 502, 503, 504].includes(status) || ["records.upload_offset", "workplace.upload_busy"].includes(code);
  return Object.assign(new Error(words), { canGoOn });
}

if (!customElements.get("tongchou-uploads")) customElements.define("tongchou-uploads", TongchouUploads);
