/* A scan fills the field that asks for it: the focused one, else the first empty one. A scan of anything else goes on to
   the server, which says what it is. */

const AIM = /^\][A-Za-z][0-9A-Za-z]/;

export function start() {
  document.addEventListener("scan", (event) => {
    const code = event.detail.symbol.replace(AIM, "");
    const field = wanted(code.slice(0, 2));
    if (!field) return;
    event.preventDefault();
    field.value = code;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    (following(field) ?? field).focus();
  });
}

function wanted(kind) {
  const fields = [...document.querySelectorAll("input[data-scan-kinds]")].filter(
    (field) => field.dataset.scanKinds.split(" ").includes(kind) && field.checkVisibility(),
  );
  return fields.find((field) => field === document.activeElement) ?? fields.find((field) => field.value === "");
}

/* The next field that waits for a scan, so that a form can be filled without touching it. */
function following(field) {
  const fields = [...(field.form?.querySelectorAll("input[data-scan-kinds]") ?? [])];
  return fields.slice(fields.indexOf(field) + 1).find((other) => other.value === "" && other.checkVisibility());
}
