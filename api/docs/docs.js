// Lists the operations of /openapi.json and sends what a person fills in. Everything is set as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return element;
}

// Paragraphs of a text whose lines were broken for the eye.
function paragraphs(text) {
  return (text || "").split(/\n\s*\n/).map((each) => make("p", {}, each.replaceAll("`", "").replace(/\s*\n\s*/g, " ")));
}

// Follows a reference inside the document.
function resolved(spec, node) {
  let found = node;
  while (found && found.$ref) {
    found = found.$ref.slice(2).split("/").reduce((at, part) => at[part.replace("~1", "/").replace("~0", "~")], spec);
  }
  return found || {};
}

function exampleOf(spec, schema, depth = 0) {
  const shape = resolved(spec, schema);
  if (shape.example !== undefined) return shape.example;
  if (shape.examples && shape.examples.length) return shape.examples[0];
  if (shape.default !== undefined) return shape.default;
  if (shape.enum) return shape.enum[0];
  const type = Array.isArray(shape.type) ? shape.type[0] : shape.type;
  if (type === "object" && depth < 6) {
    const required = new Set(shape.required || []);
    const given = Object.entries(shape.properties || {}).filter(([name]) => required.has(name));
    return Object.fromEntries(given.map(([name, inside]) => [name, exampleOf(spec, inside, depth + 1)]));
  }
  if (type === "array") return [];
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  return "";
}

function bodyExample(spec, media) {
  if (media.example !== undefined) return media.example;
  const named = Object.values(media.examples || {});
  return named.length ? resolved(spec, named[0]).value : exampleOf(spec, media.schema);
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parameterInput(spec, parameter) {
  const schema = resolved(spec, parameter.schema);
  const attributes = { "data-in": parameter.in, "data-name": parameter.name, "aria-label": parameter.name };
  if (schema.enum) {
    const input = make("select", attributes, make("option", { value: "" }, "—"));
    input.append(...schema.enum.map((choice) => make("option", { value: choice }, String(choice))));
    return input;
  }
  const input = make("input", { ...attributes, spellcheck: "false", autocomplete: "off" });
  if (parameter.in === "path") input.value = parameter.example ?? schema.example ?? (schema.examples || [""])[0];
  if (parameter.name === "Idempotency-Key") input.value = freshKey();
  const example = parameter.example ?? schema.example ?? (schema.examples || [])[0];
  if (example !== undefined) input.placeholder = String(example);
  return input;
}

function parameterTable(spec, parameters) {
  const rows = parameters.map((parameter) =>
    make(
      "tr", {},
      make("th", { scope: "row" }, make("code", {}, parameter.name), parameter.required ? " *" : ""),
      make("td", {}, parameterInput(spec, parameter)),
      make("td", { class: "quiet text" }, `${parameter.in}. ${parameter.description || ""}`),
    ));
  return make("table", {}, ...rows);
}

function responseTable(spec, responses) {
  const rows = Object.entries(responses || {}).map(([status, response]) =>
    make(
      "tr", {},
      make("th", { scope: "row" }, status),
      make("td", { class: "text" }, resolved(spec, response).description || ""),
    ));
  return make("table", {}, ...rows);
}

function requestOf(path, method, form) {
  const headers = { Accept: "application/json" };
  const query = new URLSearchParams();
  let address = path;
  for (const input of form.querySelectorAll("[data-in]")) {
    const { in: place, name } = input.dataset;
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value !== "" && place === "query") query.append(name, input.value);
    else if (input.value !== "" && place === "header") headers[name] = input.value;
  }
  const key = document.getElementById("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = form.querySelector("textarea");
  if (body) headers["Content-Type"] = body.dataset.type;
  const asked = query.toString();
  return { address: asked ? `${address}?${asked}` : address, method: method.toUpperCase(), headers, body: body?.value };
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curlLine({ address, method, headers, body }) {
  const shown = { ...headers };
  if (shown.Authorization) shown.Authorization = "Bearer $KEY";
  const given = Object.entries(shown).map(([name, value]) =>
    name === "Authorization" ? `-H "${name}: ${value}"` : `-H ${quoted(`${name}: ${value}`)}`);
  const data = body === undefined ? [] : [`--data ${quoted(body)}`];
  return ["curl -i", method === "GET" ? "" : `-X ${method}`, quoted(location.origin + address), ...given, ...data]
    .filter(Boolean).join(" ");
}

function pretty(text, type) {
  if (!/json/.test(type || "")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(path, method, form, answer) {
  const request = requestOf(path, method, form);
  answer.replaceChildren(make("pre", {}, curlLine(request)), make("p", { role: "status" }, "Waiting …"));
  const started = performance.now();
  try {
    const { address, ...options } = request;
    const response = await fetch(address, { ...options, credentials: "omit", cache: "no-store" });
    const text = await response.text();
    const took = Math.round(performance.now() - started);
    const headers = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join("\n");
    answer.replaceChildren(
      make("pre", {}, curlLine(request)),
      make("p", { role: "status", class: `status ${response.ok ? "good" : "bad"}` },
        `${response.status} ${response.statusText} · ${took} ms`),
      make("details", {}, make("summary", {}, "Headers"), make("pre", {}, headers)),
      make("pre", {}, pretty(text, response.headers.get("Content-Type"))),
    );
  } catch (error) {
    answer.replaceChildren(make("p", { class: "status bad", role: "status" }, `No answer: ${error.message}`));
  }
}

function operationForm(spec, path, method, operation, shared) {
  const parameters = [...shared, ...(operation.parameters || [])].map((each) => resolved(spec, each));
  const answer = make("div", { "aria-live": "polite" });
  const form = make("form", {});
  if (parameters.length) form.append(make("h3", {}, "Parameters"), parameterTable(spec, parameters));
  const content = Object.entries(resolved(spec, operation.requestBody).content || {})[0];
  if (content) {
    const area = make("textarea", { "data-type": content[0], spellcheck: "false", "aria-label": "Body" });
    area.value = JSON.stringify(bodyExample(spec, content[1]), null, 2);
    // Another body is another request: it gets a key of its own, so that a second Send of the same is a repeat.
    area.addEventListener("change", () => {
      const key = form.querySelector("[data-name=Idempotency-Key]");
      if (key) key.value = freshKey();
    });
    form.append(make("h3", {}, `Body (${content[0]})`), area);
  }
  form.append(make("p", {}, make("button", { type: "submit" }, "Send")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(path, method, form, answer);
  });
  return [form, answer];
}

function operationView(spec, path, method, operation, shared) {
  const view = make(
    "details", { class: "operation", "data-words": `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase() },
    make("summary", {},
      make("span", { class: `method ${method}` }, method.toUpperCase()),
      make("span", { class: "path" }, path), make("span", { class: "quiet" }, operation.summary || "")),
  );
  // The form is made when it is first opened: a page of many operations stays quick.
  view.addEventListener("toggle", () => {
    if (!view.open || view.dataset.made) return;
    view.dataset.made = "yes";
    view.append(
      ...paragraphs(operation.description || operation.summary),
      ...operationForm(spec, path, method, operation, shared),
      make("h3", {}, "Answers"), responseTable(spec, operation.responses));
  });
  return view;
}

function show(spec) {
  document.title = spec.info.title;
  document.getElementById("title").textContent = `${spec.info.title} ${spec.info.version}`;
  document.getElementById("description").replaceChildren(...paragraphs(spec.info.description));
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((each) => item[each])) {
      const tag = (item[method].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(spec, path, method, item[method], item.parameters || []));
    }
  }
  const sections = Array.from(groups, ([tag, views]) => make("section", {}, make("h2", {}, tag), ...views));
  document.getElementById("operations").replaceChildren(...sections);
}

function narrow(words) {
  for (const view of document.querySelectorAll("details.operation")) {
    view.hidden = !words.toLowerCase().split(/\s+/).every((word) => view.dataset.words.includes(word));
  }
}

document.getElementById("access").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("find").addEventListener("input", (event) => narrow(event.target.value));
fetch("/openapi.json", { credentials: "omit" })
  .then((response) => response.json())
  .then(show)
  .catch((error) => { document.getElementById("state").textContent = `The document could not be read: ${error.message}`; });
