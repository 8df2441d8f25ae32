// Sorting and filtering of the list of communities. Without this file the list is a plain table, in order of rank.
"use strict";
(() => {
  const table = document.querySelector("table[data-list]");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const status = document.getElementById("status");
  const filters = document.getElementById("filters");
  const [kind, relation, words] = ["kind", "relation", "words"].map((id) => document.getElementById(id));

  const shown = () => rows.filter((row) => !row.hidden).length;
  const tell = (sorted) => {
    const count = `${shown().toLocaleString("en")} of ${rows.length.toLocaleString("en")} communities shown`;
    status.textContent = sorted ? `${count}, sorted by ${sorted}` : count;
  };
  // A cell's own value where it has one (numbers without separators), else its words. What has no value comes last.
  const value = (row, n) => {
    const told = row.cells[n].dataset.value;
    return told === undefined ? row.cells[n].textContent.trim() : told === "" ? null : Number(told);
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en"));

  const sort = (n) => {
    const head = heads[n];
    const first = head.dataset.first || "descending";
    const other = first === "descending" ? "ascending" : "descending";
    const direction = head.getAttribute("aria-sort") === first ? other : first;
    const sign = direction === "ascending" ? 1 : -1;
    for (const one of heads) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const keyed = rows.map((row, place) => ({ row, place, key: value(row, n) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place;
      return sign * compare(a.key, b.key) || a.place - b.place;
    });
    body.append(...keyed.map((one) => one.row));
    tell(`${head.textContent.trim()}, ${direction}`);
  };

  const filter = () => {
    const sought = words.value.trim().toLowerCase();
    for (const row of rows) {
      const of_kind = !kind.value || row.dataset.kinds.split(" ").includes(kind.value);
      const of_relation = !relation.value || row.dataset.relations.split(" ").includes(relation.value);
      row.hidden = !(of_kind && of_relation && (!sought || row.textContent.toLowerCase().includes(sought)));
    }
    tell();
  };

  heads.forEach((head, n) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(n));
  });
  for (const one of [kind, relation]) one.addEventListener("change", filter);
  words.addEventListener("input", filter);
  filters.addEventListener("reset", () => setTimeout(filter));
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
  filter();
})();
