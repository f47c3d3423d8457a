// Safe Exam Browser's JavaScript API, for browsers that send no headers (WKWebView): hashes of this page's own address.
const PATIENCE = 2000;
let shown = null;

function read() {
  const security = self.SafeExamBrowser?.security;
  if (!security?.configKey) return null;
  return { page: location.pathname + location.search, config: security.configKey, exam: security.browserExamKey ?? "" };
}

function ask() {
  const security = self.SafeExamBrowser?.security;
  if (!security) return Promise.resolve(null);
  return new Promise((resolve) => {
    const done = () => resolve(read());
    setTimeout(done, PATIENCE);
    try {
      security.updateKeys(done);
    } catch {
      done();
    }
  });
}

function fill() {
  for (const form of document.querySelectorAll("form[data-browser]")) {
    for (const [name, value] of [["browser_page", shown.page], ["browser_config_hash", shown.config], ["browser_exam_hash", shown.exam]]) {
      const input = form.querySelector(`[name=${name}]`) ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
      input.value = value;
    }
    form.hidden = false;
  }
}

export const browserReady = ask().then((found) => {
  shown = found;
  if (shown) fill();
});

export function browserHeaders() {
  if (!shown) return {};
  return { "X-Exam-Page": shown.page, "X-Exam-Page-ConfigKeyHash": shown.config, "X-Exam-Page-RequestHash": shown.exam };
}

// A locked sitting: ask until the invigilator has let it go on, then load the room again.
export function awaitUnlock(address, token) {
  setInterval(async () => {
    try {
      const answer = await fetch(address, { headers: { "X-Sitting-Token": token, ...browserHeaders() }, cache: "no-store", redirect: "error" });
      if (answer.ok) location.reload();
    } catch {
      // Asked again.
    }
  }, 6000 + Math.random() * 2000);
}
