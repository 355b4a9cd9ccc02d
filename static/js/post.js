// The post page looks again by itself, but never under the hands of somebody who types or chooses there, and never over
// something that was typed there and not sent yet.
const BUSY = "#live input:focus, #live textarea:focus, #controls input:focus, #controls details[open]:focus-within, dialog[open]";
const FIELDS = ":is(#live, #controls) :is(input, textarea, select)";

function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "live") return;
  if (document.querySelector(BUSY) || [...document.querySelectorAll(FIELDS)].some(changed)) event.preventDefault();
});
