// The clipboard, also where browsers keep theirs for encrypted pages only: a phone on plain HTTP.

/** @param {string} text @returns {Promise<void>} */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}
