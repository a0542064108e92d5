// Words, numbers and elements: what every other part of the page uses.
"use strict";
window.roofpv = (() => {
  const about = JSON.parse(document.getElementById("about").textContent);
  const tags = { en: "en", zh: "zh-CN" };
  const listeners = new Map();
  let language = about.language;

  const on = (event, heard) => {
    if (!listeners.has(event)) listeners.set(event, []);
    listeners.get(event).push(heard);
  };
  const tell = (event, what) => (listeners.get(event) || []).forEach((heard) => heard(what));

  const say = (key, words = {}) => {
    const text = about.texts[language][key];
    if (text === undefined) throw new Error(`no text ${key}`);
    return text.replace(/\$([a-z_]+)/g, (all, name) => (name in words ? words[name] : all));
  };
  const hasText = (key) => key in about.texts[language];

  // A unit as people of the language write it, and a column with its unit.
  const unitOf = (unit) => (hasText(`page.unit.${unit}`) ? say(`page.unit.${unit}`) : unit);
  const titled = (column) => {
    const text = say(`page.column.${column.name}`);
    if (!column.unit || column.unit === "%") return text;
    return say("page.titled", { text, unit: unitOf(column.unit) });
  };

  // A whole number in units of its last printed digit, as it is printed everywhere: 1,234.5.
  const DASH = "\u2013";
  const printed = (count, column, withUnit = false) => {
    if (Number.isNaN(count)) return DASH;
    const digits = String(Math.abs(count)).padStart(column.digits + 1, "0");
    const end = digits.length - column.digits;
    const whole = digits.slice(0, end).replace(/\B(?=(\d{3})+$)/g, ",");
    const rest = column.digits ? `.${digits.slice(end)}` : "";
    const near = column.unit === "%" || column.unit === "\u00b0" ? "" : " ";
    const unit = column.unit && (withUnit || column.unit === "%") ? near + unitOf(column.unit) : "";
    return `${count < 0 ? "-" : ""}${whole}${rest}${unit}`;
  };

  // An element with attributes and children; words become text, never markup.
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const setLanguage = (wanted) => {
    language = wanted;
    document.documentElement.lang = tags[language];
    document.title = say("page.title");
    for (const one of document.querySelectorAll("[data-say]")) {
      one.textContent = say(one.dataset.say);
    }
    for (const one of document.querySelectorAll("[data-say-label]")) {
      one.setAttribute("aria-label", say(one.dataset.sayLabel));
    }
    for (const one of document.querySelectorAll("[data-told]")) {
      one.hidden = one.dataset.told !== language;
    }
    for (const one of document.querySelectorAll("[data-language]")) {
      one.setAttribute("aria-pressed", String(one.dataset.language === language));
    }
    tell("language", language);
  };

  return {
    about, on, tell, say, hasText, titled, printed, make, setLanguage, DASH,
    get language() { return language; },
    get tag() { return tags[language]; },
  };
})();
