// What the page says by itself, in her language, as the store put it there.
const said = JSON.parse(document.body.dataset.words);

/** A text by its name, with what stands in braces filled in. */
export function words(name, filled = {}) {
  return said[name].replace(/\{(\w+)\}/g, (whole, part) => filled[part] ?? whole);
}
