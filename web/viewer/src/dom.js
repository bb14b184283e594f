// Elements made by hand: texts become texts, and no HTML is ever parsed.

/** One element; ``on`` has its listeners, ``data`` its data attributes. */
export function make(tag, options = {}, ...children) {
  const { text, on = {}, data = {}, ...attributes } = options;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  if (text != null) element.textContent = text;
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value;
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter(Boolean));
  return element;
}

/** A button with its name; a pressed one says so. */
export function button(name, act, options = {}) {
  return make("button", { type: "button", text: name, on: { click: act }, ...options });
}

/** Say on a button whether it is pressed. */
export function press(element, pressed) {
  const told = String(Boolean(pressed));
  if (element.getAttribute("aria-pressed") !== told) element.setAttribute("aria-pressed", told);
}

/** Post a form of these fields, whose answer fills the frame or tab of that name. */
export function submit(action, fields, target = "_self") {
  const form = make("form", { method: "post", action, target, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    form.append(make("input", { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
  form.remove();
}
