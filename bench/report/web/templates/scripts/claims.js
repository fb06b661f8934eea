// Finds claims by words, verdict, document and topic.
const claimBar = document.getElementById("claim-filters");
const claims = [...document.querySelectorAll(".claim")].map((element) => ({
  element,
  words: element.textContent.toLowerCase(),
  document: element.closest(".document").dataset.document,
  verdict: element.dataset.verdict,
  topic: element.dataset.topic,
}));

function applyClaims() {
  const { claim, verdict, document: from, topic } = claimBar.elements;
  const words = claim.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const one of claims) {
    const fits =
      words.every((word) => one.words.includes(word)) &&
      [[verdict, one.verdict], [from, one.document], [topic, one.topic]].every(([select, own]) => !select.value || select.value === own);
    one.element.hidden = !fits;
    left += fits;
  }
  for (const group of document.querySelectorAll(".document")) {
    group.hidden = [...group.querySelectorAll(".claim")].every((one) => one.hidden);
  }
  claimBar.querySelector("output").textContent = left < claims.length ? `${left} of ${claims.length} claims` : "";
  document.getElementById("no-claim").hidden = left > 0;
}

const claimFields = [...claimBar.elements].filter((field) => field.matches("input, select"));
function chooseClaims() {
  writeAddress(Object.fromEntries(claimFields.map(({ name, value }) => [name, [value.trim()]])));
  applyClaims();
}
function allClaims() {
  for (const field of claimFields) field.value = "";
  chooseClaims();
}

// A link to a claim opens it, and undoes a filter that it does not fit.
function followLink() {
  const target = claims.find(({ element }) => `#${element.id}` === decodeURIComponent(location.hash));
  if (!target) return;
  if (target.element.hidden) allClaims();
  target.element.open = true;
  target.element.scrollIntoView();
}

for (const field of claimFields) {
  const [value] = readAddress(field.name);
  if (value !== undefined && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
}
claimBar.addEventListener("input", chooseClaims);
claimBar.addEventListener("submit", (event) => event.preventDefault());
claimBar.addEventListener("reset", (event) => {
  event.preventDefault();
  allClaims();
});
document.querySelector("#no-claim button").addEventListener("click", allClaims);
addEventListener("hashchange", followLink);
applyClaims();
followLink();
