"use strict";
const byId = (id) => document.getElementById(id);
const prepared = JSON.parse(byId("prepared").textContent);
const texts = new Map();
const SHOWN = 100; // findings; who has more of them reads no further
let sheet = null;
let asked = 0;

// Whatever a policy holds becomes text, never markup.
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// `commands` between backquotes are set as code.
function prose(text) {
  return text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));
}

// --- the evaluator, in a worker made of this page's own bytes ----------------------------------------------------

function takeParts() {
  const found = [...document.querySelectorAll("script[data-part]")];
  const parts = Object.fromEntries(found.map((one) => [one.dataset.part, one.textContent]));
  found.forEach((one) => one.remove());
  return parts;
}

async function startWorker() {
  const { "worker.js": script, ...parts } = takeParts();
  const packed = Uint8Array.from(atob(script), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const blob = new Blob([await new Response(stream).arrayBuffer()], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(blob));
  const waiting = new Map();
  let last = 0;
  const send = (message) => new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    worker.postMessage({ id: last, ...message });
  });
  worker.onmessage = ({ data }) => {
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) resolve(data.answer);
    else reject(new Error(data.error));
  };
  worker.onerror = (event) => waiting.forEach(({ reject }) => reject(new Error(event.message)));
  await send({ parts });
  return (question) => send({ question });
}

const started = startWorker();

async function ask(question) {
  const answer = await (await started)(JSON.stringify(question));
  return JSON.parse(answer);
}

// --- 1. the order -------------------------------------------------------------------------------------------------

function currentOrder() {
  if (prepared) return prepared.order;
  return Object.fromEntries([...byId("order").elements].map((field) => [field.name, field.value]));
}

async function renewSheet() {
  const question = ++asked;
  const answer = await ask({ order: currentOrder(), ownership: byId("ownership").value });
  if (question !== asked) return false;
  showProblems(answer.problems || []);
  if (answer.sheet) showSheet(answer.sheet);
  return Boolean(answer.sheet);
}

function showProblems(problems) {
  for (const field of byId("order").elements) {
    const problem = problems.find((one) => one.field === field.name && field.value.trim());
    byId(`${field.id}-problem`)?.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    if (!problem) continue;
    const note = element("p", { className: "problem", id: `${field.id}-problem` }, `${problem.message} ${problem.remedy}`);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", note.id);
    field.after(note);
  }
  if (problems.length) {
    sheet = null;
    byId("sheet").replaceChildren();
    byId("paste").hidden = true;
    byId("result").hidden = true;
  }
}

function showSheet(next) {
  sheet = next;
  byId("result").hidden = true;
  const shown = [element("p", {}, sheet.explanation)];
  if (prepared) {
    const { client, stack_arn, account, input, output } = prepared.order;
    shown.unshift(facts({ Client: client, "ARN of the stack": stack_arn, "Your account": account, Sources: input, Results: output }));
  }
  for (const { bucket, permissions } of sheet.buckets) {
    if (!permissions.length) continue;
    const rows = permissions.map((one) => element("li", {}, element("code", {}, one.action),
      one.optional ? " (optional): " : ": ", one.reason));
    shown.push(element("h3", {}, "Bucket ", element("code", {}, bucket)), element("ul", {}, ...rows));
  }
  byId("sheet").replaceChildren(...shown);
  showTexts();
}

function facts(values) {
  const rows = Object.entries(values).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, element("code", {}, value))));
  return element("dl", { className: "facts" }, ...rows);
}

// --- 2. the policies ------------------------------------------------------------------------------------------------

function showTexts() {
  const buckets = sheet.buckets.map((one) => one.bucket);
  const present = [...byId("texts").querySelectorAll("textarea")].map((one) => one.dataset.bucket);
  byId("paste").hidden = false;
  if (JSON.stringify(buckets) === JSON.stringify(present)) return;
  byId("texts").replaceChildren(...buckets.map((bucket, number) => {
    const area = element("textarea", { id: `text-${number}`, rows: 9, spellcheck: false, value: texts.get(bucket) || "" });
    area.dataset.bucket = bucket;
    area.setAttribute("autocomplete", "off");
    area.setAttribute("aria-describedby", `hint-${number}`);
    area.addEventListener("input", () => texts.set(bucket, area.value));
    return element("div", { className: "field" },
      element("label", { htmlFor: area.id }, "Policy of bucket ", element("code", {}, bucket)), area,
      element("p", { className: "hint", id: `hint-${number}` },
        "Permissions, Bucket policy in the S3 console; leave it empty where the bucket has none."));
  }));
}

async function check() {
  if (!sheet) return;
  say("Checking…");
  const question = (asked += 1);
  const policies = Object.fromEntries(sheet.buckets.map(({ bucket }) => [bucket, texts.get(bucket) || ""]));
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const answer = await ask({ order: currentOrder(), ownership: byId("ownership").value, policies, now });
  if (question !== asked) return;
  say("");
  showReport(answer);
}

// --- 3. the report --------------------------------------------------------------------------------------------------

const VERDICTS = { yes: ["good", "✓", "Entitled"], no: ["bad", "✕", "Not entitled"], depends: ["open", "?", "It depends"] };
const EFFECTS = {
  Allow: ["good", "✓", "allowed"],
  ExplicitDeny: ["bad", "✕", "denied"],
  ImplicitDeny: ["bad", "–", "not granted"],
  Unknown: ["open", "?", "depends"],
  Unreadable: ["bad", "✕", "unreadable"],
};
const REACHES = {
  ordered: ["good", "as ordered"],
  stack: ["plain", "the stack"],
  others: ["plain", "others"],
  public: ["bad", "public"],
  nobody: ["open", "nobody"],
};

function badge(kind, sign, text) {
  return element("span", { className: `badge ${kind}` },
    sign ? element("span", { ariaHidden: "true" }, `${sign} `) : null, text);
}

function showReport({ reports, advice, sheet: ordered }) {
  const [kind, sign, word] = VERDICTS[advice.verdict];
  const verdict = element("div", { className: `verdict ${kind}` },
    element("p", { className: "word" }, element("span", { ariaHidden: "true" }, `${sign} `), word),
    element("p", {}, advice.headline));
  const steps = element("ol", { className: "steps" }, ...advice.steps.map((step) => element("li", {}, ...prose(step))));
  byId("report").replaceChildren(verdict, element("h3", {}, "What to do next"), steps,
    ...reports.map(showBucket), ...showKeys(ordered.keys));
  byId("result").hidden = false;
  document.querySelectorAll("#report pre").forEach(scrollToChange);
  byId("result").focus({ preventScroll: true });
  byId("result").scrollIntoView({ block: "start" });
}

function showBucket(report) {
  return element("section", { className: "bucket" },
    element("h3", {}, "Bucket ", element("code", {}, report.bucket)),
    report.error === null ? null : element("p", { className: "problem" }, report.error),
    element("h4", {}, "What the stack may do"), showAnswers(report.answers),
    element("h4", {}, report.fix?.problem ? "The stack's statements alone" : "The corrected policy"), showFix(report.fix),
    element("h4", {}, `Findings (${report.findings.length})`), showFindings(report.findings),
    report.openings.length ? element("h4", {}, "What each statement opens") : null,
    report.openings.length ? showOpenings(report.openings) : null);
}

function showAnswers(answers) {
  return element("ul", { className: "answers" }, ...answers.map((one) => {
    const [kind, sign, word] = EFFECTS[one.effect];
    const mild = one.required || one.effect === "Allow" ? kind : "open";
    const places = one.deciding.map((where) => where.sid ? `${where.path} (${where.sid})` : where.path);
    const by = places.length ? ` Decided by ${places.join(", ")}.` : "";
    const cut = one.cut_off ? " The policy is public: with RestrictPublicBuckets, S3 cuts the stack off." : "";
    const after = one.after && one.after !== one.effect ? ` With the corrected policy: ${EFFECTS[one.after][2]}.` : "";
    return element("li", {}, badge(mild, sign, word),
      element("div", {}, element("strong", {}, one.title), one.required ? "" : " (optional)", " ",
        element("code", {}, one.action), element("p", {}, `${one.why}${by}${cut}${after}`)));
  }));
}

function showFix(fix) {
  if (!fix) return element("p", {}, "Nothing has to be attached.");
  const changed = fix.pieces.some(([mark]) => mark !== "kept");
  if (!changed) return element("p", {}, "Nothing is to be added: your policy holds every statement that was ordered.");
  const tags = { kept: "span", added: "ins", removed: "del" };
  const shown = fix.pieces.map(([mark, text]) => element(tags[mark], {}, text));
  const copied = element("span", { role: "status" });
  const button = element("button", { type: "button", className: "copy" }, fix.problem ? "Copy these statements" : "Copy the policy");
  const box = element("pre", { tabIndex: 0 }, ...shown);
  box.setAttribute("aria-label", fix.problem ? "Statements" : "Corrected policy; additions and removals are marked");
  button.addEventListener("click", async () => {
    copied.textContent = (await copy(fix.text)) ? "Copied." : "Select the text and copy it by hand.";
  });
  const size = ` ${fix.bytes.toLocaleString("en")} of ${fix.limit.toLocaleString("en")} bytes.`;
  const legend = fix.problem
    ? [`They are a policy without your other statements.${size}`]
    : [element("ins", {}, "Added"), " and ", element("del", {}, "removed"), ` text is marked; only the former is copied.${size}`];
  return element("div", {},
    fix.problem ? element("p", { className: "problem" }, `${fix.problem.message} ${fix.problem.remedy}`) : null,
    element("p", { className: "actions" }, button, " ", copied),
    box,
    element("p", { className: "hint" }, ...legend));
}

function scrollToChange(box) {
  const first = box.querySelector("ins, del");
  if (first) box.scrollTop = first.getBoundingClientRect().top - box.getBoundingClientRect().top - 60;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { value: text, className: "away" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function showFindings(findings) {
  if (!findings.length) return element("p", {}, "Nothing was found to be wrong.");
  const kinds = { error: "bad", warning: "open", info: "plain" };
  const more = findings.length - SHOWN;
  const rest = more > 0 ? element("li", {}, element("span"), `and ${more} more; mend these first.`) : null;
  return element("ul", { className: "findings" }, ...findings.slice(0, SHOWN).map((one) => element("li", {},
    badge(kinds[one.severity], "", one.severity),
    element("div", {}, element("strong", {}, one.message), " ",
      one.path ? element("code", {}, one.path) : null,
      one.mended ? element("p", {}, "The corrected policy mends this.") : null,
      element("p", {}, one.why), element("p", {}, element("em", {}, "Remedy: "), ...prose(one.remedy))))), rest);
}

function showOpenings(openings) {
  return element("ul", { className: "openings" }, ...openings.map((one) => {
    const [kind, word] = REACHES[one.reach];
    const denies = one.effect === "Deny";
    const line = (name, values) => values.length
      ? element("div", {}, element("dt", {}, name), element("dd", {}, ...values.map((value) => element("code", {}, value))))
      : null;
    return element("li", {}, badge(denies ? "plain" : kind, "", denies ? "denial" : word),
      element("dl", { className: "facts" },
        line("Statement", [one.sid ? `${one.path} (${one.sid})` : one.path]),
        line(denies ? "Denied to" : "Who", one.who), line(denies ? "May not" : "May", one.actions), line("On", one.resources),
        line("Only if", one.conditions)));
  }));
}

function showKeys(keys) {
  return keys.map((one) => element("section", { className: "bucket" },
    element("h3", {}, "Key ", element("code", {}, one.key)),
    element("p", {}, "Add this statement to the key's policy."), element("pre", { tabIndex: 0 }, one.text)));
}

// --- wiring -----------------------------------------------------------------------------------------------------------

function say(text) {
  byId("status").textContent = text;
}

function guarded(work) {
  return async (event) => {
    event?.preventDefault();
    try {
      await work();
    } catch (error) {
      say(`This page failed: ${error.message}. Load it again; if it repeats, tell the stack's admin.`);
    }
  };
}

function later(work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 250);
  };
}

byId("order").hidden = Boolean(prepared);
byId("order").addEventListener("submit", (event) => event.preventDefault());
byId("order").addEventListener("input", later(guarded(renewSheet)));
byId("ownership").addEventListener("change", guarded(renewSheet));
byId("policies").addEventListener("submit", guarded(check));
if (prepared) showSheet(prepared.sheet);
const STARTING = "Starting the evaluator…";
say(STARTING);
started.then(() => byId("status").textContent === STARTING && say(""), (error) => {
  byId("paste").hidden = false;
  say(`This browser cannot run the evaluator: ${error.message}. Use a current Chrome, Edge, Firefox or Safari.`);
});
