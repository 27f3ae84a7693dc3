// The glossary's page: what is typed into the field leaves the entries that have it.
const field = /** @type {HTMLInputElement} */ (document.querySelector("input"));
/** @type {NodeListOf<HTMLElement>} */
const entries = document.querySelectorAll("dl > div");
const sections = [...document.querySelectorAll("section")];

function search() {
  const wanted = field.value.trim().toLowerCase();
  for (const one of entries) one.hidden = !one.textContent.toLowerCase().includes(wanted);
  for (const one of sections) one.hidden = !one.querySelector("div:not([hidden])");
}

field.addEventListener("input", search);
// A link to an entry shows it, whatever was searched for before.
window.addEventListener("hashchange", () => {
  field.value = "";
  search();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
});
