// Asks for the password; a right one is exchanged for the page's cookie.

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("password"));
const complaint = /** @type {HTMLElement} */ (document.getElementById("complaint"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  complaint.textContent = "";
  const status = await attempt(field.value);
  if (status === 204) {
    location.reload();
    return;
  }
  complaint.textContent = (status === 401 ? form.dataset.wrong : form.dataset.failed) ?? "";
  field.setAttribute("aria-invalid", "true");
  field.select();
});

/** @param {string} password @returns {Promise<number>} the status; 0 when nobody answers */
async function attempt(password) {
  const bytes = new TextEncoder().encode(`${form.dataset.user}:${password}`);
  const headers = {
    authorization: `Basic ${btoa(String.fromCharCode(...bytes))}`,
    "x-requested-with": "opencode",
  };
  try {
    return (await fetch("/web/login", { method: "POST", headers })).status;
  } catch {
    return 0;
  }
}
