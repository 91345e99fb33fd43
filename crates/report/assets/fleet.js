// Search, machine, order and length of the table of a fleet. What is chosen stands in the address after #, so that
// a link shows the same rows. The table is complete without this; nothing is loaded.
"use strict";
(() => {
  const source = document.getElementById("fleet-data");
  const table = document.querySelector("table.fleet");
  if (!source || !table) return;
  const words = JSON.parse(source.textContent);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const body = table.tBodies[0];
  const worstFirst = [...body.rows];
  const STEP = 500;

  const rows = worstFirst.map((row, i) => ({
    row, i,
    status: row.dataset.status,
    machine: row.dataset.machine || "",
    text: row.textContent.toLowerCase(),
  }));
  let shown = STEP;

  const form = document.querySelector(".filter");
  const radios = [...form.querySelectorAll("input[type=radio]")];
  const add = (parent, name, attributes, text) => {
    const made = document.createElement(name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    return parent.appendChild(made);
  };
  const labelled = (word) => {
    const label = add(form, "label", {});
    add(label, "span", {}, word + " ");
    return label;
  };
  const search = add(labelled(words.text), "input", { type: "search" });
  const machines = [...new Set(rows.map((row) => row.machine).filter(Boolean))].sort();
  const group = add(labelled(words.machine), "select", {});
  add(group, "option", { value: "" }, words.every);
  for (const machine of machines) add(group, "option", { value: machine }, machine);
  if (machines.length === 0) group.parentNode.hidden = true;
  const count = add(form, "output", { "aria-live": "polite" });

  // Headings become buttons; pressing one again turns the order round.
  const headings = [...table.tHead.rows[0].cells];
  const numeric = headings.map((cell) => cell.classList.contains("n"));
  let sort = { by: -1, down: false };
  headings.forEach((cell, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      sort = sort.by !== i ? { by: i, down: false } : sort.down ? { by: -1, down: false } : { by: i, down: true };
      update();
    });
  });
  const more = add(table.parentNode, "button", { type: "button", class: "more" });
  more.addEventListener("click", () => { shown += 4 * STEP; update(true); });

  const value = (entry) => {
    const cell = entry.row.cells[sort.by];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    if (!numeric[sort.by]) return text.toLowerCase();
    const number = parseFloat(text.replace(/^[<>]\s*/, ""));
    return Number.isNaN(number) ? (sort.down ? -Infinity : Infinity) : number;
  };

  function ordered(entries) {
    if (sort.by < 0) return entries;
    const keyed = entries.map((entry) => [value(entry), entry]);
    const way = sort.down ? -1 : 1;
    keyed.sort(([a, p], [b, q]) => (a < b ? -way : a > b ? way : p.i - q.i));
    return keyed.map(([, entry]) => entry);
  }

  function update(keep) {
    if (!keep) shown = STEP;
    const status = radios.find((radio) => radio.checked)?.value ?? "all";
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = rows.filter((entry) =>
      (status === "all" || entry.status === status) &&
      (!group.value || entry.machine === group.value) &&
      wanted.every((word) => entry.text.includes(word)));
    // Only what is shown stands in the page: thousands of hidden rows would still cost time.
    body.replaceChildren(...ordered(matching).slice(0, shown).map((entry) => entry.row));
    const left = matching.length - Math.min(shown, matching.length);
    more.hidden = left === 0;
    more.textContent = fill(words.more, { n: Math.min(left, 4 * STEP) });
    count.textContent = fill(words.shown, { n: matching.length, all: rows.length });
    headings.forEach((cell, i) => {
      if (sort.by === i) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const state = new URLSearchParams();
    if (status !== "all") state.set("status", status);
    if (search.value) state.set("text", search.value);
    if (group.value) state.set("machine", group.value);
    if (sort.by >= 0) state.set("sort", (sort.down ? "-" : "") + sort.by);
    const hash = state.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }

  function read() {
    const state = new URLSearchParams(location.hash.slice(1));
    const status = state.get("status") || "all";
    for (const radio of radios) radio.checked = radio.value === status;
    if (!radios.some((radio) => radio.checked)) radios[0].checked = true;
    search.value = state.get("text") || "";
    group.value = machines.includes(state.get("machine")) ? state.get("machine") : "";
    const by = parseInt(state.get("sort") || "", 10);
    const column = Math.abs(by);
    sort = column < headings.length ? { by: column, down: state.get("sort").startsWith("-") } : { by: -1, down: false };
    update();
  }

  for (const radio of radios) radio.addEventListener("change", () => update());
  search.addEventListener("input", () => update());
  group.addEventListener("change", () => update());
  addEventListener("hashchange", read);
  // Paper shows all that was chosen.
  addEventListener("beforeprint", () => { shown = Infinity; update(true); });
  addEventListener("afterprint", () => update());
  read();
})();
