/* The check is sent from the page, so that a network that breaks off leaves the page and its scans where they are. It says
   that nothing was decided: no verdict was heard, and none is drawn. The same press again bears the same number, so that
   a check that did arrive is answered once more and not made twice. */

const FORM = "form.c-look";
const PATIENCE = 10_000;
let busy = false;

export function start() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(FORM) || event.target.dataset.plainly !== undefined) return;
    event.preventDefault();
    if (!busy) send(event.target, event.submitter);
  });
}

async function send(form, button) {
  busy = true;
  told(form, false);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, button)),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.redirected && answer.ok) location.assign(answer.url);
    else plainly(form, button); // a refusal is a page of its own
  } catch {
    told(form, true);
  } finally {
    busy = false;
  }
}

/* As any form is sent: the page that comes then is the answer, and the number is the same. */
function plainly(form, button) {
  form.dataset.plainly = "";
  form.requestSubmit(button);
}

function told(form, undecided) {
  const note = form.querySelector("[data-undecided]");
  note.hidden = !undecided;
  if (undecided) note.focus();
}
