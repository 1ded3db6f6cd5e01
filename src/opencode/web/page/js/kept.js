// Small choices of this browser: theme, language, drafts. A browser that keeps nothing works, too.

/** @param {string} name @param {string} [otherwise] @returns {string} */
export function kept(name, otherwise = "") {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {string} value "" forgets it */
export function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // full or switched off: the choice lives as long as the page
  }
}
