// Makes the drawn figures of a page movable: zoom, cursor, harmonics and sidebands. The figures are
// complete without it. Every word that is shown comes from the page's data; nothing is loaded.
"use strict";
(() => {
  const source = document.getElementById("plot-data");
  if (!source) return;
  const { words, shaft, combs, plots } = JSON.parse(source.textContent);
  const SVG = document.querySelector("svg").namespaceURI;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  const shape = (parent, name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return parent.appendChild(element);
  };
  const element = (parent, name, attributes, text) => {
    const made = document.createElement(name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    return parent.appendChild(made);
  };

  // Numbers as the report prints them: a decimal point, an exponent only where zeros would hide the digits.
  const significant = (value, digits) => {
    if (!Number.isFinite(value)) return "-";
    if (value === 0) return "0";
    const size = Math.floor(Math.log10(Math.abs(value)));
    if (size < -4 || size > 6) return value.toExponential(digits - 1);
    return value.toFixed(clamp(digits - 1 - size, 0, 9));
  };
  const decimalsFor = (step) => clamp(Math.ceil(-Math.log10(step) - 1e-9), 0, 9);
  // Never finer than a tenth of what was measured.
  const decimalsWithin = (step) => clamp(Math.floor(1 - Math.log10(step) + 1e-9), 0, 6);
  const decibel = (ratio) => (ratio > 0 ? (20 * Math.log10(ratio)).toFixed(1) : "-");

  const niceStep = (step) => {
    const power = 10 ** Math.floor(Math.log10(step));
    return ([1, 2, 5, 10].find((m) => m * power >= step * 0.72) || 1) * power;
  };
  const linearTicks = ([low, high], wanted) => {
    const step = niceStep((high - low) / Math.max(wanted, 2));
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9 && ticks.length < 200; i++)
      ticks.push([i * step, (i * step).toFixed(decimalsFor(step))]);
    return ticks;
  };
  const logTicks = ([low, high]) => {
    const decades = Math.log10(high / low);
    const ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (let digit = 1; digit < 10; digit++) {
        const value = digit * 10 ** e;
        if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
        const named = decades < 2.6 ? [1, 2, 5].includes(digit) : digit === 1;
        ticks.push([value, named ? (e < -3 || e > 4 ? `${digit}e${e}` : value.toFixed(Math.max(-e, 0))) : ""]);
      }
    return ticks;
  };

  // Place of the last of ascending `values` that is at most `x`.
  const lastBefore = (values, x) => {
    let low = 0, high = values.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (values[middle] <= x) low = middle; else high = middle - 1;
    }
    return low;
  };

  class Plot {
    constructor(data) {
      this.data = data;
      const svg = document.getElementById(data.id + "-title").closest("svg");
      this.svg = svg;
      [this.left, this.top, this.width, this.height] = data.area;
      this.trace = data.curves.find((curve) => curve.ink === "trace");
      if (data.cells) this.levels = Uint8Array.from(atob(data.cells.levels), (c) => c.charCodeAt(0));
      this.home = { x: data.x.range, y: data.y.range, scale: data.y.scale };
      this.view = { ...this.home };
      this.grid = svg.querySelector(".grid");
      this.axes = svg.querySelector(".axes");
      this.original = { grid: this.grid.getAttribute("d"), axes: this.axes.cloneNode(true) };
      this.moving = [...svg.querySelectorAll("[data-x]")].map((group) => ({
        group,
        x: group.dataset.x.split(" ").map(Number),
        y: "y" in group.dataset ? Number(group.dataset.y) : undefined,
        rail: !group.closest("[clip-path]"),
      }));
      this.pictures = [...svg.querySelectorAll("image")];
      this.curves = data.curves.map((curve) => ({
        ...curve,
        paths: svg.querySelectorAll(`[data-curve="${curve.mark}"] path`),
      }));
      this.others = data.curves.filter((curve) => curve !== this.trace);
      this.kept = this.curves.map((curve) => [...curve.paths].map((path) => path.getAttribute("d")));
      this.at = this.reference = null;
      this.harmonics = this.sidebands = this.pinned = false;
      this.spacing = shaft || 0;
      this.frame();
      this.listen();
    }

    get spectral() { return this.data.combs; }

    // The plot becomes one stop of the Tab key, with its tools and its reading under it.
    frame() {
      const svg = this.svg;
      const host = svg.parentNode;
      const help = this.data.id + "-keys";
      const title = svg.querySelector("title").textContent;
      for (const [key, value] of Object.entries({
        tabindex: "0", role: "application", "aria-label": fill(words.plot, { title }),
        "aria-describedby": help,
      })) host.setAttribute(key, value);
      this.host = host;
      const tools = document.createElement("div");
      tools.className = "tools";
      host.after(tools);
      const button = (word, title, act, toggles) => {
        const made = element(tools, "button", { type: "button", title, "aria-label": title }, word);
        if (toggles) made.setAttribute("aria-pressed", "false");
        made.addEventListener("click", () => { act(); this.draw(); });
        return made;
      };
      button("+", words.zoomIn, () => this.zoom(0.5));
      button("\u2212", words.zoomOut, () => this.zoom(2));
      button(words.all, words.reset, () => this.reset());
      this.buttons = {};
      if (this.trace && this.data.y.ratio) this.buttons.scale = button("", words.scaleTitle, () => this.nextScale());
      if (this.spectral) {
        this.buttons.harmonics = button(words.harmonics, words.harmonicsTitle, () => this.toggle("harmonics"), true);
        this.buttons.sidebands = button(words.sidebands, words.sidebandsTitle, () => this.toggle("sidebands"), true);
        for (const comb of combs)
          button(comb.name, fill(words.combTitle, { name: comb.name }), () => {
            this.place(comb.hz);
            this.harmonics = true;
            this.spacing = comb.spacing || this.spacing;
          });
      }
      const details = element(tools, "details", {});
      element(details, "summary", {}, words.keys);
      element(details, "p", { id: help }, this.spectral ? words.spectralHelp : words.help);
      this.output = element(tools, "output", { class: "cursor-reading", "aria-live": "polite" }, words.idle);
      this.overlay = shape(svg, "g", { class: "cursor" });
      this.band = null;
      this.nameScale();
    }

    listen() {
      const host = this.host;
      host.addEventListener("keydown", (event) => this.key(event));
      host.addEventListener("pointerdown", (event) => this.press(event));
      host.addEventListener("pointermove", (event) => this.move(event));
      host.addEventListener("pointerup", (event) => this.release(event));
      host.addEventListener("pointercancel", () => { this.drag = null; this.draw(); });
      host.addEventListener("dblclick", () => { this.reset(); this.draw(); });
      host.addEventListener("pointerleave", () => {
        if (!this.pinned && !this.drag) { this.at = null; this.draw(); }
      });
      host.addEventListener("wheel", (event) => {
        if (document.activeElement !== host) return;
        event.preventDefault();
        const factor = event.deltaY > 0 ? 1.25 : 0.8;
        if (event.shiftKey) this.stretch(factor); else this.zoom(factor, this.valueAt(this.point(event)[0]));
        this.draw();
      }, { passive: false });
    }

    // Positions.
    share(value, axis) {
      const [low, high] = axis.range;
      if (axis.scale !== "log") return (value - low) / (high - low);
      return value > 0 ? Math.log(value / low) / Math.log(high / low) : -1;
    }
    px(value) { return this.left + this.share(value, { range: this.view.x }) * this.width; }
    py(value) {
      const axis = { range: this.view.y, scale: this.view.scale === "linear" ? "linear" : "log" };
      return this.top + this.height * (1 - clamp(this.share(value, axis), -1, 2));
    }
    homeX(value) { return this.left + this.share(value, { range: this.home.x }) * this.width; }
    homeY(value) { return this.top + this.height * (1 - this.share(value, { range: this.home.y, scale: this.home.scale })); }
    valueAt(px) {
      const [low, high] = this.view.x;
      return low + ((px - this.left) / this.width) * (high - low);
    }
    point(event) {
      const box = this.svg.getBoundingClientRect();
      const [, , width, height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
      return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    }
    inside([x, y]) {
      return x >= this.left && x <= this.left + this.width && y >= this.top && y <= this.top + this.height;
    }

    // The view.
    show(low, high) {
      const [first, last] = this.home.x;
      const width = clamp(high - low, (last - first) / 2000, last - first);
      const from = clamp(low, first, last - width);
      this.view.x = [from, from + width];
    }
    zoom(factor, about) {
      const [low, high] = this.view.x;
      const middle = about ?? (this.at !== null && this.at >= low && this.at <= high ? this.at : (low + high) / 2);
      this.show(middle - (middle - low) * factor, middle + (high - middle) * factor);
    }
    stretch(factor) {
      const [low, high] = this.view.y;
      if (!this.trace) return;
      if (this.view.scale === "linear") this.view.y = [low * factor, high * factor];
      else this.view.y = [high * (low / high) ** clamp(factor, 0.5, 2), high];
    }
    reset() {
      this.view = { ...this.home };
      this.nameScale();
    }
    nextScale() {
      const scales = ["linear", "log", "decibel"];
      const scale = scales[(scales.indexOf(this.view.scale) + 1) % 3];
      const largest = this.largest;
      if (scale === this.home.scale) this.view.y = this.home.y;
      else if (scale === "linear") this.view.y = [0, largest * 1.08];
      else if (scale === "log") this.view.y = [largest * 1e-4, largest * 2];
      this.view.scale = scale;
      this.nameScale();
    }
    get largest() { return this.trace.high.reduce((a, b) => Math.max(a, b), 0); }
    nameScale() {
      if (this.buttons.scale) this.buttons.scale.textContent = words[this.view.scale];
    }
    toggle(what) {
      if (this.at === null) this.place((this.view.x[0] + this.view.x[1]) / 2);
      this[what] = !this[what];
    }

    // The cursor.
    place(value) {
      const [first, last] = this.home.x;
      this.at = clamp(value, first, last);
      this.pinned = true;
      const [low, high] = this.view.x;
      if (this.at < low || this.at > high) this.show(this.at - (high - low) / 2, this.at + (high - low) / 2);
    }
    // The largest point near a pixel, so that a pointer finds a peak.
    near(px) {
      if (!this.trace) return this.valueAt(px);
      const { x, high } = this.trace;
      const from = lastBefore(x, this.valueAt(px - 4));
      const to = lastBefore(x, this.valueAt(px + 4));
      let best = to;
      for (let i = from; i <= to; i++) if (high[i] > high[best]) best = i;
      return x[best];
    }
    step(by) {
      if (this.at === null) { this.place((this.view.x[0] + this.view.x[1]) / 2); return; }
      if (this.harmonics || !this.trace) {
        const fine = this.harmonics ? Math.max(this.data.x.step / 10, this.at * 5e-4) : (this.view.x[1] - this.view.x[0]) / 240;
        this.place(this.at + by * fine);
      } else {
        const { x } = this.trace;
        this.place(x[clamp(lastBefore(x, this.at) + by, 0, x.length - 1)]);
      }
    }
    // To the next point that is the largest of its surroundings.
    peak(direction) {
      if (!this.trace) return;
      const { x, high } = this.trace;
      const reach = 8;
      for (let i = (this.at === null ? 0 : lastBefore(x, this.at)) + direction; i >= 0 && i < x.length; i += direction) {
        let peak = true;
        for (let j = Math.max(i - reach, 0); j <= Math.min(i + reach, x.length - 1); j++) peak &&= high[j] <= high[i];
        if (peak) { this.place(x[i]); return; }
      }
    }

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.host) return;
      const many = event.shiftKey ? 10 : 1;
      const actions = {
        ArrowLeft: () => this.step(-many), ArrowRight: () => this.step(many),
        ArrowUp: () => this.stretch(0.8), ArrowDown: () => this.stretch(1.25),
        PageUp: () => this.peak(-1), PageDown: () => this.peak(1),
        Home: () => this.place(this.view.x[0]), End: () => this.place(this.view.x[1]),
        "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.reset(),
        h: () => this.spectral && this.toggle("harmonics"),
        s: () => this.spectral && this.toggle("sidebands"),
        l: () => this.buttons.scale && this.nextScale(),
        d: () => { this.reference = this.reference === this.at ? null : this.at; },
        ",": () => { this.spacing *= 1 - 1e-3 * many; }, ".": () => { this.spacing *= 1 + 1e-3 * many; },
        Escape: () => {
          const marked = this.at !== null || this.reference !== null;
          this.at = this.reference = null;
          this.harmonics = this.sidebands = this.pinned = false;
          if (!marked) this.reset();
        },
      };
      const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      act();
      this.draw();
    }

    // The marker under a pixel: which line of the comb is held.
    held(px) {
      if (this.at === null) return null;
      const close = (value) => Math.abs(this.px(value) - px) < 7;
      if (this.sidebands && this.spacing > 0)
        for (const k of [-1, 1, -2, 2, -3, 3]) if (close(this.at + k * this.spacing)) return { sideband: k };
      if (this.harmonics) {
        const k = Math.max(1, Math.round(this.valueAt(px) / this.at));
        if (close(k * this.at)) return { harmonic: k };
      }
      return null;
    }
    press(event) {
      const place = this.point(event);
      if (event.button !== 0 || !this.inside(place)) return;
      this.host.focus({ preventScroll: true });
      this.drag = { from: place[0], ...(this.held(place[0]) || { box: true }) };
      this.host.setPointerCapture(event.pointerId);
    }
    move(event) {
      const [px] = this.point(event);
      const drag = this.drag;
      if (!drag) {
        if (!this.pinned && this.inside(this.point(event))) { this.at = this.near(px); this.draw(); }
        return;
      }
      const value = this.valueAt(clamp(px, this.left, this.left + this.width));
      if (drag.harmonic) this.at = Math.max(value / drag.harmonic, this.data.x.step);
      else if (drag.sideband) this.spacing = Math.max((value - this.at) / drag.sideband, this.data.x.step);
      else drag.to = px;
      this.draw();
    }
    release(event) {
      const drag = this.drag;
      this.drag = null;
      if (!drag) return;
      if (drag.box) {
        if (drag.to !== undefined && Math.abs(drag.to - drag.from) > 5)
          this.show(this.valueAt(Math.min(drag.from, drag.to)), this.valueAt(Math.max(drag.from, drag.to)));
        else this.place(this.near(this.point(event)[0]));
      }
      this.draw();
    }

    // Drawing.
    draw() {
      this.drawView();
      this.drawCursor();
      for (const name of ["harmonics", "sidebands"])
        this.buttons[name]?.setAttribute("aria-pressed", String(this[name]));
      this.output.textContent = this.reading();
    }
    drawView() {
      const view = this.view;
      const key = JSON.stringify(view);
      if (key === this.drawn || (!this.drawn && key === JSON.stringify(this.home))) return;
      this.drawn = key;
      const home = key === JSON.stringify(this.home);
      this.curves.forEach((curve, i) => {
        const path = home ? null : this.path(curve);
        curve.paths.forEach((own, j) => own.setAttribute("d", home ? this.kept[i][j] : path));
      });
      for (const { group, x, y, rail } of this.moving) {
        const middle = (x[0] + x[x.length - 1]) / 2;
        const dx = this.px(middle) - this.homeX(middle);
        const dy = y === undefined ? 0 : this.py(y) - this.homeY(y);
        const gone = rail && (this.px(middle) < this.left || this.px(middle) > this.left + this.width);
        group.setAttribute("visibility", gone ? "hidden" : "inherit");
        group.setAttribute("transform", `translate(${dx.toFixed(1)} ${dy.toFixed(1)})`);
        const box = x.length === 2 && group.querySelector("rect");
        if (box) {
          const width = Math.max(this.px(x[1]) - this.px(x[0]), 1.5);
          box.setAttribute("x", (this.homeX(middle) - width / 2).toFixed(1));
          box.setAttribute("width", width.toFixed(1));
        }
      }
      for (const picture of this.pictures) {
        const from = this.px(this.home.x[0]), to = this.px(this.home.x[1]);
        picture.setAttribute("x", from.toFixed(1));
        picture.setAttribute("width", (to - from).toFixed(1));
      }
      this.drawAxes(home);
    }
    path({ x, low, high }) {
      const at = (i, y) => `${this.px(x[i]).toFixed(1)} ${this.py(y).toFixed(1)}`;
      const upper = x.map((_, i) => at(i, high[i]));
      if (!low) return "M" + upper.join("L");
      return "M" + upper.concat(x.map((_, i) => at(i, low[i])).reverse()).join("L") + "Z";
    }
    drawAxes(home) {
      this.axes.replaceChildren(...this.original.axes.cloneNode(true).childNodes);
      this.grid.setAttribute("d", this.original.grid);
      if (home) return;
      const bottom = this.top + this.height, right = this.left + this.width;
      const stays = this.data.y.names.length > 0;
      let ticks = "", grid = "";
      for (const old of this.axes.querySelectorAll(".tick")) {
        const below = Number(old.getAttribute("y")) > bottom;
        if (below || !stays) old.remove();
      }
      this.axes.querySelector(".ticks").remove();
      for (const [value, label] of linearTicks(this.view.x, this.width / 95)) {
        const x = this.px(value).toFixed(1);
        ticks += `M${x} ${bottom}v5`;
        grid += `M${x} ${this.top}V${bottom}`;
        shape(this.axes, "text", { class: "tick", x, y: bottom + 18, "text-anchor": "middle" }, label);
      }
      if (!stays)
        for (const [value, label] of this.yTicks()) {
          const y = this.py(value);
          if (y < this.top - 0.5 || y > bottom + 0.5) continue;
          ticks += `M${this.left - (label ? 5 : 3)} ${y.toFixed(1)}H${this.left}`;
          if (!label) continue;
          grid += `M${this.left} ${y.toFixed(1)}H${right}`;
          shape(this.axes, "text", { class: "tick", x: this.left - 8, y: (y + 4).toFixed(1), "text-anchor": "end" }, label);
        }
      shape(this.axes, "path", { class: "ticks", d: ticks });
      this.grid.setAttribute("d", grid);
      const label = this.axes.querySelector("[transform]");
      if (label && this.view.scale === "decibel") label.textContent = words.decibelAxis;
    }
    yTicks() {
      const { y, scale } = this.view;
      const wanted = this.height / 48;
      if (scale === "linear") return linearTicks(y, wanted);
      if (scale === "log") return logTicks(y);
      const top = this.largest;
      const range = y.map((value) => 20 * Math.log10(value / top));
      return linearTicks(range, wanted).map(([level, label]) => [top * 10 ** (level / 20), label]);
    }
    drawCursor() {
      const bottom = this.top + this.height, right = this.left + this.width;
      this.overlay.replaceChildren();
      const line = (value, kind, label) => {
        const x = this.px(value);
        if (x < this.left - 0.5 || x > right + 0.5) return;
        shape(this.overlay, "path", { class: kind, d: `M${x.toFixed(1)} ${this.top}V${bottom}` });
        const turned = x > right - 20;
        if (label) shape(this.overlay, "text", { x: (turned ? x - 3 : x + 3).toFixed(1), y: this.top + 12, class: "cursor-label", "text-anchor": turned ? "end" : "start" }, label);
      };
      if (this.drag?.box && this.drag.to !== undefined) {
        const [a, b] = [this.drag.from, this.drag.to].sort((p, q) => p - q).map((p) => clamp(p, this.left, right));
        shape(this.overlay, "rect", { class: "zoom-box", x: a, y: this.top, width: b - a, height: this.height });
      }
      if (this.reference !== null) line(this.reference, "cursor-line reference", "\u0394");
      if (this.at === null) return;
      if (this.harmonics)
        for (let k = 2; k * this.at <= this.view.x[1] && k <= 60; k++) line(k * this.at, "cursor-line comb", `${k}`);
      if (this.sidebands && this.spacing > 0)
        for (const k of [-3, -2, -1, 1, 2, 3]) line(this.at + k * this.spacing, "cursor-line side", k > 0 ? `+${k}` : `\u2212${-k}`);
      line(this.at, "cursor-line", this.harmonics ? "1" : "");
      const value = this.value(this.at);
      if (value === null) return;
      const y = clamp(this.py(value.high), this.top, bottom);
      shape(this.overlay, "circle", { class: "cursor-dot", cx: this.px(this.at).toFixed(1), cy: y.toFixed(1), r: 4 });
    }

    // What the trace is at a position: the nearest point.
    index(x, at) {
      const i = lastBefore(x, at);
      return i + 1 < x.length && x[i + 1] - at < at - x[i] ? i + 1 : i;
    }
    value(at) {
      if (!this.trace) return null;
      const i = this.index(this.trace.x, at);
      return { low: this.trace.low?.[i], high: this.trace.high[i] };
    }
    position(at) {
      const { kind, step } = this.data.x;
      if (kind === "time") return fill(words.seconds, { s: at.toFixed(decimalsFor(step)), turns: shaft ? fill(words.turns, { n: (at * shaft).toFixed(1) }) : "" });
      const order = shaft ? fill(words.order, { n: (at / shaft).toFixed(3) }) : "";
      return fill(words.hertz, { hz: at.toFixed(decimalsWithin(step)), order, cpm: (at * 60).toFixed(step < 0.1 ? 1 : 0) });
    }
    reading() {
      if (this.at === null) return words.idle;
      const parts = [this.position(this.at)];
      if (this.data.cells) parts.push(this.cellReading());
      const unit = this.data.y.unit;
      const value = this.value(this.at);
      if (value?.low !== undefined) parts.push(fill(words.between, { low: significant(value.low, 3), high: significant(value.high, 3), unit }));
      else if (value) {
        parts.push(fill(words.amplitude, { value: significant(value.high, 3), unit, db: decibel(value.high / this.largest) }));
        for (const curve of this.others) {
          const then = curve.high[this.index(curve.x, this.at)];
          if (curve.ink === "floor") parts.push(fill(words.overFloor, { db: decibel(value.high / then) }));
          if (curve.ink === "second") parts.push(fill(words.second, { value: significant(then, 3) }));
        }
      }
      if (this.reference !== null && this.reference !== this.at) parts.push(this.difference());
      if (this.harmonics && this.trace) parts.push(this.combReading());
      if (this.sidebands && this.spacing > 0)
        parts.push(fill(words.sidebandReading, { hz: significant(this.spacing, 4), order: shaft ? fill(words.order, { n: (this.spacing / shaft).toFixed(3) }) : "" }));
      return parts.join(words.joint) + words.end;
    }
    difference() {
      const by = this.at - this.reference;
      const inverse = significant(1 / Math.abs(by), 4);
      if (this.data.x.kind === "time") return fill(words.timeDifference, { s: significant(by, 4), hz: inverse });
      return fill(words.difference, { hz: significant(by, 4), s: inverse });
    }
    combReading() {
      const { x, high } = this.trace;
      const half = Math.max(this.data.x.step, this.at * 4e-3);
      const levels = [];
      for (let k = 1; k <= 6 && k * this.at <= this.home.x[1]; k++) {
        let largest = 0;
        for (let i = lastBefore(x, k * this.at - half); i < x.length && x[i] <= k * this.at + half; i++)
          if (x[i] >= k * this.at - half) largest = Math.max(largest, high[i]);
        levels.push(`${k}: ${largest ? decibel(largest / this.largest) : "-"}`);
      }
      return fill(words.harmonicReading, { levels: levels.join(", ") });
    }
    cellReading() {
      const { rows, columns, low, high, unit } = this.data.cells;
      const [first, last] = this.home.x;
      const column = clamp(Math.floor(((this.at - first) / (last - first)) * columns), 0, columns - 1);
      let best = 0;
      for (let row = 1; row < rows; row++)
        if (this.levels[row * columns + column] > this.levels[best * columns + column]) best = row;
      const level = low + ((high - low) * this.levels[best * columns + column]) / 255;
      const [bottom, top] = this.home.y;
      const names = this.data.y.names;
      if (names.length) return fill(words.namedCell, { level: significant(level, 3), unit, name: names[clamp(best, 0, names.length - 1)][1] });
      const where = bottom + ((best + 0.5) / rows) * (top - bottom);
      return fill(words.cell, { level: significant(level, 3), unit, where: significant(where, 4), of: this.data.y.unit });
    }
  }

  const made = plots.map((data) => new Plot(data));
  // Paper shows the figures as they were signed, not as they were last looked at.
  let before = [];
  addEventListener("beforeprint", () => {
    before = made.map((plot) => plot.view);
    for (const plot of made) { plot.reset(); plot.drawView(); }
  });
  addEventListener("afterprint", () => {
    made.forEach((plot, i) => { plot.view = before[i] || plot.view; plot.nameScale(); plot.draw(); });
  });
})();
