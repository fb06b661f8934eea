// Every table sorts by its heads, and a long one can be searched.
const searchedFrom = 8; // rows
const { DataTable } = globalThis;

// Cells without a value come last, whichever way a column is sorted.
const emptyLast = (compare) => (a, b) => (a === "" ? (b === "" ? 0 : 1) : b === "" ? -1 : compare(a, b));
const asNumber = (value) => (value === "" ? "" : Number(value));
const byWords = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
DataTable.type("exact", "order", {
  pre: asNumber,
  asc: emptyLast((a, b) => a - b),
  desc: emptyLast((a, b) => b - a),
});
DataTable.type("words", "order", {
  pre: (value) => String(value),
  asc: emptyLast(byWords),
  desc: emptyLast((a, b) => byWords(b, a)),
});

function exactValue(cell, head) {
  const text = cell.textContent.trim();
  // A column that is worked out from others has no exact number but the one that is printed.
  const value = head.dataset.column ? cell.dataset.value : text;
  return value === "—" ? "" : (value ?? text);
}

function isNumeric(head, values) {
  return head.matches(".number") && values.every((value) => value === "" || Number.isFinite(Number(value)));
}

function prepare(table) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map(() => []);
  for (const row of table.tBodies[0].rows) {
    for (const [index, cell] of [...row.cells].entries()) {
      const value = exactValue(cell, heads[index]);
      columns[index].push(value);
      cell.dataset.order = value;
      cell.dataset.search = cell.textContent.trim();
    }
  }
  return heads.map((head, index) => ({ targets: index, type: isNumeric(head, columns[index]) ? "exact" : "words" }));
}

function addSearch(table, grid) {
  const label = document.createElement("label");
  label.className = "search";
  const input = document.createElement("input");
  input.type = "search";
  const count = document.createElement("output");
  const all = grid.rows().count();
  label.append("Find in this table", input);
  label.append(count);
  input.addEventListener("input", () => {
    const left = grid.search(input.value).draw().rows({ search: "applied" }).count();
    count.textContent = left < all ? `${left} of ${all} rows` : "";
  });
  table.closest(".scroll").before(label);
}

DataTable.ext.errMode = "throw";
for (const table of document.querySelectorAll("table[data-table]")) {
  if (table.tBodies[0].rows.length < 2) continue;
  const grid = new DataTable(table, {
    autoWidth: false,
    columnDefs: prepare(table),
    info: false,
    language: { zeroRecords: "No row has these words." },
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    order: [],
    paging: false,
  });
  if (grid.rows().count() >= searchedFrom) addSearch(table, grid);
}

// The library's buttons know the enter key alone; a button is also pressed by the space bar.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches(".dt-column-order")) return;
  event.preventDefault();
  event.target.click();
});
