/* Passkeys (WebAuthn): adding one, signing in, signing an order. The browser talks to the device; the server judges. */

const binary = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const known = (list) => (list ?? []).map((one) => ({ ...one, id: binary(one.id) }));

async function asked(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { accept: "application/json" }, redirect: "manual" });
  const type = answer.headers.get("content-type") ?? "";
  return { status: answer.status, told: type.includes("json") ? await answer.json() : null };
}

async function made(options) {
  const found = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: binary(options.challenge),
      user: { ...options.user, id: binary(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = found.response;
  return answered(found, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

async function proved(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: binary(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return answered(found, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const answered = (found, response) =>
  JSON.stringify({
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    response,
    clientExtensionResults: found.getClientExtensionResults(),
  });

/* One press at a time; what the device or the server did not do is said where the button is. */
function guarded(button, scope, work) {
  const fault = scope.querySelector("[data-passkey-fault]");
  button.addEventListener("click", async () => {
    if (button.disabled) return;
    button.disabled = true;
    if (fault) fault.hidden = true;
    try {
      await work();
    } catch (error) {
      if (!fault) return;
      fault.textContent = error.told?.message ?? fault.dataset.text;
      fault.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

function refused(told) {
  const error = new Error("refused");
  error.told = told;
  return error;
}

function signsIn(button) {
  const form = button.form;
  guarded(button, form.parentElement, async () => {
    const { status, told } = await asked("/sign-in/passkey");
    if (status !== 200) throw refused(told);
    form.elements.passkey.value = await proved(told);
    form.submit();
  });
}

function adds(button) {
  const form = button.form;
  guarded(button, form, async () => {
    if (!form.reportValidity()) return;
    const { status, told } = await asked("/account/passkeys/options", new FormData(form));
    if (status !== 200) throw refused(told);
    form.elements.answer.value = await made(told);
    form.submit();
  });
}

/* The form goes to its own address twice: first to hear what the passkey has to answer about this very order. */
function signs(button) {
  const form = button.form;
  guarded(button, form, async () => {
    const field = form.elements["signature.passkey"];
    field.value = "ask";
    const { status, told } = await asked(form.action, new FormData(form)).finally(() => (field.value = ""));
    if (status !== 401 || !told?.passkey) {
      field.value = told ? "" : "ask";
      if (told) throw refused(told);
      form.submit(); // what is wrong with the order itself, the page says
      return;
    }
    field.value = await proved(told.passkey);
    form.submit();
  });
}

export function start() {
  if (!window.PublicKeyCredential) return;
  for (const way of document.querySelectorAll("[data-passkey-way]")) way.hidden = false;
  for (const button of document.querySelectorAll("[data-passkey-sign-in]")) signsIn(button);
  for (const button of document.querySelectorAll("[data-passkey-add]")) adds(button);
  for (const button of document.querySelectorAll("[data-passkey-sign]")) signs(button);
}
