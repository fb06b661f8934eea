// Where numbers come from: the records behind a row, in a dialog, with links to their files.
const { facts, records } = JSON.parse(document.getElementById("records").textContent);
const dialog = document.getElementById("sources");
const openUpTo = 1; // records that are shown in full at once

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function indices(spans) {
  return spans.split(" ").flatMap((span) => {
    const [first, last = first] = span.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, step) => first + step);
  });
}

function distinct(values, most = 8) {
  const found = [...new Set(values.filter((value) => value !== null && value !== undefined && value !== ""))];
  const more = found.length > most ? ` and ${found.length - most} more` : "";
  return found.slice(0, most).join(", ") + more;
}

function list(pairs) {
  const made = element("dl");
  for (const [name, value] of pairs) {
    if (value) made.append(element("div", "", element("dt", name), element("dd", value)));
  }
  return made;
}

function factsOf(attempt) {
  return attempt.facts.map((index) => facts[index]);
}

function fact(own, name) {
  return own.flatMap(({ attempts }) => attempts.flatMap((attempt) => factsOf(attempt).filter(([key]) => key === name).map(([, value]) => value)));
}

function together(own) {
  const attempts = own.flatMap((record) => record.attempts);
  const days = attempts.map(({ started }) => started.slice(0, 10)).sort();
  const last = days.at(-1);
  return list([
    ["n", `${own.length} record${own.length === 1 ? "" : "s"}`],
    ["kind", distinct(own.map((record) => record.kind))],
    ["protocol", distinct(own.map((record) => `${record.protocol} (${record.standing})`))],
    ["seeds", distinct(own.map((record) => record.seed).sort((a, b) => a - b), 12)],
    ["device", distinct(own.map((record) => record.device)) || "none: exact counts"],
    ["precision", distinct(own.map((record) => record.precision))],
    ["PyTorch", distinct(fact(own, "torch"))],
    ["commit", distinct(fact(own, "commit").map((commit) => commit.slice(0, 12)))],
    ["measured", days[0] === last ? last : `${days[0]} to ${last}`],
  ]);
}

function links(record) {
  if (!record.files.length) return [];
  return record.files.flatMap((href, index) => {
    const link = element("a", record.files.length > 1 ? `raw record ${index + 1}` : "raw record");
    link.href = href;
    return [index ? ", " : " · ", link];
  });
}

function one(record, open) {
  const made = element("div");
  made.className = "record";
  const words = [record.kind, record.network, `${record.size} px`, record.seed === null ? "" : `seed ${record.seed}`];
  made.append(element("b", words.filter(Boolean).join(" · ")), element("p", "key ", element("code", record.key), ...links(record)));
  for (const attempt of record.attempts) {
    const told = element("details", "", element("summary", `${attempt.started}, took ${attempt.took}${attempt.failed ? `, failed: ${attempt.failed}` : ""}`));
    const fill = () => told.childElementCount < 2 && told.append(list(factsOf(attempt)));
    told.addEventListener("toggle", fill);
    told.open = open;
    made.append(told);
  }
  return made;
}

function show(button) {
  const own = indices(button.dataset.records).map((index) => records[index]);
  document.getElementById("sources-title").textContent = `Behind ${button.dataset.about}`;
  const body = document.getElementById("sources-body");
  body.replaceChildren(together(own), ...own.map((record) => one(record, own.length <= openUpTo)));
  dialog.showModal();
  dialog.scrollTop = 0;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".from");
  if (button) {
    event.preventDefault(); // a button in a summary does not fold it
    show(button);
  } else if (event.target === dialog) {
    dialog.close(); // the dark around it
  }
});
