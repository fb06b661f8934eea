// The page's filter: what is chosen, kept in the address so that a view can be linked, and what it leaves of the page.
const bar = document.getElementById("filters");
const boxes = [...bar.querySelectorAll('input[name="network"]')];
const scopes = [...bar.querySelectorAll("select")];

function readAddress(name) {
  return new URLSearchParams(location.search).getAll(name);
}

function writeAddress(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, values] of Object.entries(changes)) {
    query.delete(name);
    for (const value of values) if (value) query.append(name, value);
  }
  const text = query.toString();
  try {
    history.replaceState(null, "", location.pathname + (text && `?${text}`) + location.hash);
  } catch {
    // Where files may not change their address, the filter works and cannot be linked.
  }
}

// Rows are looked for once: those that a table's search takes out of the page are filtered all the same.
const filtered = [...document.querySelectorAll("main :is([data-protocol], [data-device], [data-size], [data-archs], [data-arch])")];
const rows = filtered.filter((one) => one.matches("tbody tr"));
const groups = [...document.querySelectorAll("main :is(.part, .finding)")].map((group) => [
  group,
  group.matches(".finding") ? [...group.querySelectorAll("li")] : [...group.querySelectorAll("tbody tr, figure")],
]);
const sections = [...document.querySelectorAll("main > section:not(#claims)")].map((section) => [
  section.querySelector(".nothing"),
  [...section.querySelectorAll(".part, .finding")],
]);
const marks = [...document.querySelectorAll("figure [data-network]")];

function networksOf({ archs, arch }) {
  return archs ? JSON.parse(archs) : arch ? [arch] : [];
}

function fits({ dataset }, chosen) {
  const named = networksOf(dataset);
  return (
    scopes.every(({ name, value }) => !value || !dataset[name] || dataset[name] === value) &&
    (!chosen.size || !named.length || named.some((name) => chosen.has(name)))
  );
}

function applyFilter() {
  const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  for (const one of filtered) one.hidden = !fits(one, chosen);
  for (const [group, members] of groups) {
    group.hidden = !fits(group, chosen) || (members.length > 0 && members.every((member) => member.hidden));
  }
  for (const [nothing, members] of sections) {
    if (nothing) nothing.hidden = !members.length || members.some((member) => !member.hidden);
  }
  for (const mark of marks) mark.classList.toggle("dimmed", chosen.size > 0 && !chosen.has(mark.dataset.network));
  const active = chosen.size > 0 || scopes.some((select) => select.value);
  tellPaper(active);
  document.getElementById("left").textContent = active
    ? `${rows.filter((row) => !row.hidden && !row.closest(".part[hidden]")).length} of ${rows.length} rows`
    : "";
  const names = document.getElementById("chosen-networks");
  if (names) names.textContent = chosen.size ? `${chosen.size} of ${boxes.length}` : "all";
}

// On paper there is no bar to see what was left out.
function tellPaper(active) {
  const told = scopes.filter(({ value }) => value).map((select) => select.selectedOptions[0].text);
  const names = boxes.filter((box) => box.checked).map((box) => box.parentElement.textContent.trim());
  const line = document.getElementById("filtered");
  line.hidden = !active;
  line.textContent = `Not everything is shown, only: ${[...told, ...names].join("; ")}.`;
}

function choose() {
  writeAddress({
    ...Object.fromEntries(scopes.map(({ name, value }) => [name, [value]])),
    network: boxes.filter((box) => box.checked).map((box) => box.value),
  });
  applyFilter();
}

for (const select of scopes) {
  const [value] = readAddress(select.name);
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}
const linked = readAddress("network");
for (const box of boxes) box.checked = linked.includes(box.value);

bar.addEventListener("change", choose);
bar.addEventListener("submit", (event) => event.preventDefault());
bar.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const select of scopes) select.value = "";
  for (const box of boxes) box.checked = false;
  choose();
});
for (const button of document.querySelectorAll(".everything")) button.addEventListener("click", () => bar.reset());
for (const button of bar.querySelectorAll("[data-choose]")) {
  button.addEventListener("click", () => {
    const wanted = button.dataset.choose ? JSON.parse(button.dataset.choose) : [];
    for (const box of boxes) box.checked = wanted.includes(box.value);
    choose();
  });
}

const picker = bar.querySelector(".picker");
if (picker) {
  document.addEventListener("click", (event) => {
    if (!picker.contains(event.target)) picker.open = false;
  });
  picker.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    picker.open = false;
    picker.querySelector("summary").focus();
  });
}
applyFilter();
