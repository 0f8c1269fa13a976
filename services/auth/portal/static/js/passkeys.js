// Passkeys: asks this site for the options of a ceremony, the browser for its answer, and gives the answer to the site.
// Without this script the pages say so and offer the field for a code.

const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withBytes = (list) => (list ?? []).map((each) => ({ ...each, id: decode(each.id) }));

function creation(options) {
  return {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: withBytes(options.excludeCredentials),
  };
}

function request(options) {
  return { ...options, challenge: decode(options.challenge), allowCredentials: withBytes(options.allowCredentials) };
}

function plain(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const present = parts.filter((name) => response[name]);
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(present.map((name) => [name, encode(response[name])])),
    clientExtensionResults: {},
  };
}

async function post(address, csrf, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF": csrf },
    body: JSON.stringify(body),
    credentials: "same-origin",
    redirect: "error",
  });
  return { ok: answer.ok, json: await answer.json() };
}

async function answered(place) {
  const { options, csrf } = place.dataset;
  const { ok, json } = await post(options, csrf, {});
  if (!ok) throw new Refused(json.error);
  const enrolling = place.dataset.passkey === "enrol";
  const credential = enrolling
    ? await navigator.credentials.create({ publicKey: creation(json) })
    : await navigator.credentials.get({ publicKey: request(json) });
  return plain(credential);
}

class Refused extends Error {}

async function use(place) {
  const credential = await answered(place);
  const form = place.closest("form[data-passkey-form]");
  if (form) {
    form.elements.passkey.value = JSON.stringify(credential);
    form.submit();
    return;
  }
  const label = document.getElementById("label")?.value ?? "";
  const { answer, csrf, next } = place.dataset;
  const { ok, json } = await post(answer, csrf, { credential, label, next, ticket: place.dataset.ticket ?? "" });
  if (!ok) {
    place.dataset.ticket = json.ticket ?? "";
    throw new Refused(json.error);
  }
  window.location.assign(json.next);
}

function sentence(place, error) {
  if (error instanceof Refused && error.message) return error.message;
  return error?.name === "NotAllowedError" ? place.dataset.cancelled : place.dataset.failed;
}

function serve(place) {
  const button = place.querySelector("button");
  const fault = place.querySelector(".fault");
  place.querySelector(".passkey-without").hidden = true;
  button.hidden = false;
  button.addEventListener("click", async () => {
    fault.textContent = "";
    button.disabled = true;
    try {
      await use(place);
    } catch (error) {
      fault.textContent = sentence(place, error);
    } finally {
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential && window.isSecureContext) document.querySelectorAll("[data-passkey]").forEach(serve);
